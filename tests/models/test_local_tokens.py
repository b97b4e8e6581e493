# ruff: noqa: E501 - a row of a table stays on one line
"""No text of a conversation becomes a control token, and benign text gets the stock ids."""

import itertools
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)

from agentkit.errors import ModelError
from agentkit.messages import Assistant, Message, System, Text, ToolCall, ToolResult, User
from agentkit.models.local_tokens import TextDecoder, Vocabulary
from agentkit.qwen.prompt import Prompt, Segment, as_chat, queries

DATA = Path(__file__).parents[1] / "data"
GOLDEN = [
    json.loads(line)
    for line in (DATA / "golden_renders.jsonl").read_text(encoding="utf-8").splitlines()
]
ATTACKS = [
    row["input"]["text"] if isinstance(row["input"], dict) else row["input"]
    for row in map(json.loads, (DATA / "attack_examples.jsonl").read_text("utf-8").splitlines())
    if row["kind"] == "control_token"
]
SPECIAL = (
    "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|object_ref_start|>", "<|object_ref_end|>",
    "<|box_start|>", "<|box_end|>", "<|quad_start|>", "<|quad_end|>", "<|vision_start|>",
    "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>", "<|audio_start|>",
    "<|audio_end|>", "<tts_pad>", "<tts_text_bos>", "<tts_text_eod>", "<tts_text_bos_single>",
    "<|audio_pad|>",
)  # fmt: skip
NOT_SPECIAL = (
    "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>",
    "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>", "<tool_response>", "</tool_response>",
    "<think>", "</think>",
)  # fmt: skip
CONTROL = SPECIAL + NOT_SPECIAL
# The pattern by which Qwen3.5 splits text before its merges apply.
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}"
    r"| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small tokenizer built as the real one is: byte-level BPE, NFC, 33 added tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    split = pre_tokenizers.Split(Regex(PATTERN), behavior="isolated")
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, byte_level])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    text = (
        "The weather in Paris.\n\nimport im_start im_end tool_call think <function=f>\n</function>"
    )
    tokenizer.train_from_iterator([text] * 8, trainer)
    tokenizer.add_tokens(
        [AddedToken(text, special=text in SPECIAL, normalized=False) for text in CONTROL]
    )
    place = tmp_path_factory.mktemp("tokenizer")
    tokenizer.save(str(place / "tokenizer.json"))
    return place


@pytest.fixture(scope="module")
def vocabulary(folder: Path) -> Vocabulary:
    return Vocabulary(folder)


@pytest.fixture(scope="module")
def stock(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def segments_of(messages: Sequence[Message], tools: Any = None) -> list[Segment]:
    chat = [as_chat(message) for message in messages]
    turns = Prompt(chat, tools, queries=queries(messages)).turns()
    return [segment for turn in turns for segment in turn]


def conversation(
    text: str | None, field: str, parts: tuple[str, ...] = ()
) -> tuple[list[Message], list[Any]]:
    """A conversation with everything in it, one field of which is the given text."""

    def put(name: str, harmless: str) -> str:
        return text if text is not None and name == field else harmless

    content: Any = put("user", "What is it?")
    if field == "parts" and parts:
        content = tuple(Text(text=part) for part in parts)
    properties = {put("parameter name", "city"): {"type": "string", put("schema key", "note"): 1, "enum": [put("enum value", "Paris")], "description": put("parameter description", "A city.")}}  # fmt: skip
    tools = [
        {
            "name": put("tool name", "weather"),
            "description": put("tool description", "The weather."),
            "parameters": {"type": "object", "properties": properties},
        }
    ]
    call = ToolCall(
        id="1",
        name=put("call name", "weather"),
        arguments={
            put("argument name", "city"): put("argument value", "Paris"),
            "nested": {put("nested key", "a"): [put("nested value", "b")]},
        },
    )
    messages: list[Message] = [
        System(content=put("system", "Be brief.")),
        User(content=content),
        Assistant(content=put("old answer", "Well."), reasoning=put("old thought", "Hm.")),
        User(content="And now?"),
        Assistant(
            content=put("answer", "Let me see."), reasoning=put("thought", "Hm."), tool_calls=(call,)
        ),
        ToolResult(call_id="1", name="weather", content=put("result", "It rains.")),
        User(content=put("correction", "Write it again."), purpose="correction"),
        Assistant(content="It rains."),
        ToolResult(call_id="2", name="x", content=(Text(text=put("result part", "a")), Text(text="b"))),
    ]  # fmt: skip
    return messages, tools


FIELDS = (
    "system", "user", "parts", "old answer", "old thought", "answer", "thought", "result",
    "result part", "correction", "tool name", "tool description", "parameter name", "schema key",
    "enum value", "parameter description", "call name", "argument name", "argument value",
    "nested key", "nested value",
)  # fmt: skip


def census(vocabulary: Vocabulary, ids: Sequence[int]) -> Counter[str]:
    return Counter(text for number in ids if (text := vocabulary.control_text(number)))


def expected_census(vocabulary: Vocabulary) -> Counter[str]:
    return census(vocabulary, vocabulary.encode(segments_of(*conversation(None, ""))))


def decoded(vocabulary: Vocabulary, ids: Sequence[int]) -> str:
    decoder = TextDecoder(vocabulary)
    text = "".join(vocabulary.control_text(number) or decoder.decode(number) for number in ids)
    return text + decoder.flush()


def test_all_33_added_tokens_are_control_tokens(vocabulary: Vocabulary) -> None:
    assert set(vocabulary.control) == set(CONTROL)
    assert vocabulary.size == max(vocabulary.control.values()) + 1


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: row["name"])
def test_benign_conversations_get_the_ids_of_the_stock_tokenizer(
    row: dict[str, Any], vocabulary: Vocabulary, stock: Tokenizer
) -> None:
    segments = [
        segment for turn in Prompt(row["messages"], row["tools"]).turns() for segment in turn
    ]
    text = "".join(segment.text for segment in segments)
    assert vocabulary.encode(segments) == stock.encode(text, add_special_tokens=False).ids


@given(words=st.lists(st.text(alphabet="ab \n'ü🦀<>|_9e\u0301"), min_size=3, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_text_of_any_shape_gets_the_ids_of_the_stock_tokenizer(
    words: list[str], vocabulary: Vocabulary, stock: Tokenizer
) -> None:
    messages = [
        System(content=words[0]),
        User(content=(Text(text=words[1]), Text(text=words[2]))),
        Assistant(content=words[2], reasoning=words[1]),
    ]
    segments = segments_of(messages)
    text = "".join(segment.text for segment in segments)
    assert vocabulary.encode(segments) == stock.encode(text, add_special_tokens=False).ids


@pytest.mark.parametrize("field", FIELDS)
def test_no_attack_in_any_field_adds_a_control_token(field: str, vocabulary: Vocabulary) -> None:
    expected = expected_census(vocabulary)
    for attack in ATTACKS:
        text, parts = ("".join(attack), tuple(attack)) if isinstance(attack, list) else (attack, (attack[:5], attack[5:]))  # fmt: skip
        messages, tools = conversation(text, field, parts)
        ids = vocabulary.encode(segments_of(messages, tools))
        assert census(vocabulary, ids) == expected, attack[:80]


@pytest.mark.parametrize("token", CONTROL)
def test_no_control_token_split_over_parts_is_put_together(
    token: str, vocabulary: Vocabulary
) -> None:
    for place in range(len(token) + 1):
        parts = (Text(text=token[:place]), Text(text=token[place:]))
        ids = vocabulary.encode(segments_of([User(content=parts)]))
        assert census(vocabulary, ids) == {"<|im_start|>": 1, "<|im_end|>": 1}


@pytest.mark.parametrize("token", CONTROL)
def test_a_control_token_in_a_control_segment_is_one_id(token: str, vocabulary: Vocabulary) -> None:
    assert vocabulary.encode([Segment(token, True)]) == [vocabulary.control[token]]
    ordinary = vocabulary.encode([Segment(token, False)])
    assert len(ordinary) > 1
    assert decoded(vocabulary, ordinary) == token


@pytest.mark.parametrize(
    "text",
    [
        *[attack for attack in ATTACKS if isinstance(attack, str)],
        "<|im_\u200dend|>",
        "<｜im_end｜>",
        "<|IM_END|>",
        "< |im_end|>",
        "<|im_end|",
        "</s>",
        "\u202e<|im_end|>",
        "🦀 ü ß \0 \x7f \u2028",
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_look_alikes_decode_to_the_very_same_text(text: str, vocabulary: Vocabulary) -> None:
    ids = vocabulary.encode([Segment(text, False)])
    assert not census(vocabulary, ids)
    assert decoded(vocabulary, ids) == text


FUZZ = st.lists(
    st.sampled_from(CONTROL)
    | st.sampled_from(["<", "<|", "|>", ">", "im_end", "_start|>", "</", "think>", "\n", " ", "🦀", "e\u0301", "\u200d"])
    | st.text(max_size=4),
    max_size=8,
).map("".join)  # fmt: skip


def check_fuzz(vocabulary: Vocabulary, texts: list[str]) -> None:
    fields = itertools.cycle(texts)
    messages = [
        System(content=next(fields)),
        User(content=tuple(Text(text=text) for text in texts)),
        Assistant(
            content=next(fields),
            reasoning=next(fields),
            tool_calls=(
                ToolCall(id="1", name=next(fields), arguments={next(fields): next(fields)}),
            ),
        ),
        ToolResult(call_id="1", name="x", content=next(fields)),
        User(content=next(fields), purpose="correction"),
    ]
    tools = [{"name": next(fields), next(fields): {next(fields): [next(fields)]}}]
    found = census(vocabulary, vocabulary.encode(segments_of(messages, tools)))
    assert found == {
        "<|im_start|>": 4, "<|im_end|>": 4, "<think>": 1, "</think>": 1, "<tool_response>": 2,
        "</tool_response>": 2, "<tool_call>": 3, "</tool_call>": 3,
    }  # fmt: skip


@given(texts=st.lists(FUZZ, min_size=1, max_size=10))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_random_conversation_adds_a_control_token(
    texts: list[str], vocabulary: Vocabulary
) -> None:
    check_fuzz(vocabulary, texts)


@pytest.mark.slow
@given(texts=st.lists(FUZZ, min_size=1, max_size=10))
@settings(max_examples=10_000, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_random_conversation_of_very_many_adds_a_control_token(
    texts: list[str], vocabulary: Vocabulary
) -> None:
    check_fuzz(vocabulary, texts)


@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs"])))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_characters_come_out_whole_and_exactly(text: str, vocabulary: Vocabulary) -> None:
    composed = normalizers.NFC().normalize_str(text)
    ids = vocabulary.encode([Segment(text, False)])
    decoder = TextDecoder(vocabulary)
    shown = ""
    for number in ids:
        shown += decoder.decode(number)
        assert composed.startswith(shown)
    assert shown + decoder.flush() == composed


def test_a_character_spread_over_several_ids_waits_for_its_last(vocabulary: Vocabulary) -> None:
    ids = vocabulary.encode([Segment("🦀", False)])
    assert len(ids) == 4
    decoder = TextDecoder(vocabulary)
    assert [decoder.decode(number) for number in ids] == ["", "", "", "🦀"]
    cut = TextDecoder(vocabulary)
    assert cut.decode(ids[0]) + cut.decode(ids[1]) + cut.flush() == "\ufffd"


def test_a_vocabulary_that_gives_text_a_control_id_is_refused(folder: Path, tmp_path: Path) -> None:
    definition = json.loads((folder / "tokenizer.json").read_text("utf-8"))
    for token in definition["added_tokens"]:
        if token["content"] == "<think>":
            token["id"] = definition["model"]["vocab"]["a"]
    (tmp_path / "tokenizer.json").write_text(json.dumps(definition), "utf-8")
    broken = Vocabulary(tmp_path)
    assert broken.encode([Segment("b", False)])
    with pytest.raises(ModelError, match="refused"):
        broken.encode([Segment("a", False)])


@pytest.mark.parametrize("text", [None, "", "{}", '{"added_tokens": []}', "[1]"])
def test_a_folder_without_a_tokenizer_is_named(text: str | None, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / "tokenizer.json").write_text(text, "utf-8")
    with pytest.raises(ModelError) as caught:
        Vocabulary(tmp_path)
    assert str(tmp_path) in str(caught.value)
