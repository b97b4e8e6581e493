"""The engine on a small random model: every prompt token once, and never a wrong state."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import shutil
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
import torch
from safetensors.torch import load_file, save_file

from agentkit import (
    Agent,
    Assistant,
    ConfigError,
    ContextOverflow,
    Limits,
    LocalModel,
    Message,
    ModelError,
    ModelUnavailable,
    Sampling,
    System,
    TextDelta,
    ThinkingDelta,
    ToolCall,
    ToolResult,
    Toolset,
    Usage,
    User,
    dump_transcript,
    load_transcript,
    tool,
)
from agentkit.events import Finish, ModelEvent
from agentkit.models.local_engine import Engine
from agentkit.models.local_sampler import Sampler
from agentkit.models.local_tokens import Vocabulary
from agentkit.qwen.prompt import Segment
from agentkit.qwen.sampling import Values, sampling_values, thinks_by_default
from agentkit.reply import Reply

GREEDY = Sampling(temperature=0, output_tokens=12, thinking=True, thinking_tokens=5)


@tool
def stock(sku: str) -> int:
    """Units of an article."""
    return len(sku)


TOOLS = Toolset([stock])


@pytest.fixture
def engine(random_model: Path) -> Engine:
    return Engine.load(str(random_model), "cpu", 2**30)


def events_of(
    engine: Engine, transcript: Sequence[Message], sampling: Sampling = GREEDY
) -> list[ModelEvent]:
    return list(engine.reply(transcript, TOOLS, sampling, threading.Event()))


def reply_of(
    engine: Engine, transcript: Sequence[Message], sampling: Sampling = GREEDY
) -> Assistant:
    reply = Reply(1, engine._name)
    for event in events_of(engine, transcript, sampling):
        reply.add(event)
    return reply.message()


def converse(engine: Engine, steps: int, opening: Sequence[Message]) -> tuple[list[Message], Usage]:
    """A tool loop: each step a reply and a result, as the agent would append them."""
    transcript, usage = list(opening), Usage()
    for step in range(steps):
        message = reply_of(engine, transcript)
        usage += message.usage
        result = ToolResult(
            call_id=str(step), name="stock", content=f"step {step} found {step * 7}"
        )
        transcript += [message, result]
    return transcript, usage


OPENING = (System(content="Be exact."), User(content="How many are there of A-17?"))


def logits_of(engine: Engine, transcript: Sequence[Message]) -> tuple[torch.Tensor, torch.Tensor]:
    """The next logits from the best kept state, and from nothing."""
    ids, _ = engine._prompt_ids(transcript, TOOLS)
    state = engine._states.take(ids)
    assert state is not None
    with torch.no_grad():
        kept = engine.forward(state, ids[len(state.ids) :])
        fresh = engine.forward(engine._empty(), ids)
    return kept, fresh


def test_each_prompt_token_of_a_tool_loop_is_computed_once(engine: Engine) -> None:
    transcript, usage = converse(engine, 10, OPENING)

    last = reply_of(engine, transcript)

    computed = usage.computed_tokens + last.usage.computed_tokens
    drawn = usage.output_tokens - 10  # the last token of a reply is fed with the next prompt
    assert computed + drawn == last.usage.prompt_tokens


def test_a_kept_state_gives_the_logits_of_a_full_computation(engine: Engine) -> None:
    transcript, _ = converse(engine, 6, OPENING)

    kept, fresh = logits_of(engine, transcript)

    assert torch.allclose(kept, fresh, atol=1e-3)
    assert fresh.std() > 0.1


def test_a_following_question_costs_one_fork_and_not_a_new_prefill(engine: Engine) -> None:
    transcript, _ = converse(engine, 3, OPENING)
    transcript += [reply_of(engine, transcript), User(content="And of B-2?")]
    prefix = len(engine._prompt_ids(OPENING, TOOLS)[0])

    message = reply_of(engine, transcript)
    kept, fresh = logits_of(engine, transcript)

    assert message.usage.reused_tokens == prefix
    assert torch.allclose(kept, fresh, atol=1e-3)


def test_a_second_run_of_an_agent_reuses_the_tools_and_instructions(engine: Engine) -> None:
    reply_of(engine, OPENING)

    other = reply_of(engine, (OPENING[0], User(content="Something else altogether?")))

    assert other.usage.reused_tokens == engine._prompt_ids(OPENING, TOOLS)[1][0]


def test_conversations_that_take_turns_do_not_disturb_each_other(random_model: Path) -> None:
    openings = [(OPENING[0], User(content=f"Question number {number}?")) for number in range(3)]
    alone = [
        converse(Engine.load(str(random_model), "cpu", 2**30), 3, opening)[0]
        for opening in openings
    ]

    engine = Engine.load(str(random_model), "cpu", 2**30)
    together: list[list[Message]] = [list(opening) for opening in openings]
    for step in range(3):
        for transcript in together:
            message = reply_of(engine, transcript)
            result = f"step {step} found {step * 7}"
            transcript += [message, ToolResult(call_id=str(step), name="stock", content=result)]

    for one, other in zip(alone, together, strict=True):
        assert [m.token_ids for m in one if isinstance(m, Assistant)] == [
            m.token_ids for m in other if isinstance(m, Assistant)
        ]


def test_an_edited_history_is_never_answered_from_the_old_state(engine: Engine) -> None:
    transcript, _ = converse(engine, 2, OPENING)
    edited = [*OPENING[:1], User(content="How many are there of Z-99?"), *transcript[2:]]

    kept, fresh = logits_of(engine, edited)

    assert torch.allclose(kept, fresh, atol=1e-3)


def test_what_the_model_wrote_is_never_encoded_again(engine: Engine) -> None:
    transcript, _ = converse(engine, 2, OPENING)
    written = [m.token_ids for m in transcript if isinstance(m, Assistant)]

    ids, _ = engine._prompt_ids(transcript, TOOLS)

    text = ",".join(map(str, ids))
    assert all(",".join(map(str, numbers)) in text for numbers in written)


def test_what_was_taken_out_of_a_reply_is_not_read_any_more(engine: Engine) -> None:
    transcript, _ = converse(engine, 1, OPENING)
    reply = cast(Assistant, transcript[2])
    told = ",".join(map(str, reply.token_ids))
    edits: tuple[dict[str, object], ...] = (
        {"content": "[removed]"},
        {"content": ""},
        {"reasoning": "[removed]"},
        {"tool_calls": (ToolCall(id="1", name="stock", arguments={"sku": "A"}, dialect="xml"),)},
    )

    for edit in edits:
        edited = reply.model_copy(update=edit)
        stored = load_transcript(dump_transcript([*transcript[:2], edited, *transcript[3:]]))
        ids, _ = engine._prompt_ids(stored, TOOLS)
        assert told not in ",".join(map(str, ids))
    ids, _ = engine._prompt_ids(load_transcript(dump_transcript(transcript)), TOOLS)
    assert told in ",".join(map(str, ids))


def script(monkeypatch: pytest.MonkeyPatch, engine: Engine, text: str) -> None:
    """Have the engine draw the ids of a text."""
    ids = engine._vocabulary.encode([Segment(text, True)])
    monkeypatch.setattr(Sampler, "draw", lambda self, logits: ids.pop(0))


def test_a_budget_holds_for_all_thoughts_of_a_reply(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    thought = "<think>\n" + " ".join("abcdefghijklmnopqrstuvwxyz") + "\n"
    limited = Sampling(thinking=True, thinking_tokens=5, output_tokens=200)

    script(monkeypatch, engine, f"a</think>\n\n{thought}Done.<|im_end|>")
    message = reply_of(engine, OPENING, limited)
    assert message.usage.thinking_tokens == 5

    script(monkeypatch, engine, f"{thought}Done.<|im_end|>")
    message = reply_of(engine, OPENING, limited.model_copy(update={"thinking": False}))
    assert message.usage.thinking_tokens == 5
    assert message.reasoning


def test_a_call_that_reads_on_may_end_a_thought(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut = ToolResult(call_id="call_1_1", name="stock", content="a […]", full="a" * 20_000)
    call = "<tool_call>\n<function=read_more>\n<parameter=call_id>\ncall_1_1\n</parameter>\n</function>\n</tool_call>"  # noqa: E501

    script(monkeypatch, engine, f"I read on.\n{call}<|im_end|>")
    message = reply_of(
        engine, [*OPENING, cut], Sampling(thinking=True, thinking_tokens=500, output_tokens=500)
    )

    assert [made.name for made in message.tool_calls] == ["read_more"]


def test_no_memory_for_a_copy_costs_the_copy_and_none_at_all_the_reply(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    whole = reply_of(engine, OPENING)
    engine._states.clear()
    with monkeypatch.context() as patch:
        patch.setattr("agentkit.models.local_engine.copy.deepcopy", full)
        assert reply_of(engine, OPENING).content == whole.content
    assert len(engine._states._states) == 1
    monkeypatch.setattr(engine._model, "forward", full)
    with pytest.raises(ModelError, match="ran out of memory"):
        reply_of(engine, OPENING)
    assert not engine._states._states


def test_small_cache_limits_let_old_states_go_and_change_nothing(random_model: Path) -> None:
    rich = Engine.load(str(random_model), "cpu", 2**30)
    poor = Engine.load(str(random_model), "cpu", 1)

    one, other = converse(rich, 3, OPENING)[0], converse(poor, 3, OPENING)[0]

    assert [m.content for m in one if isinstance(m, Assistant)] == [
        m.content for m in other if isinstance(m, Assistant)
    ]
    assert len(poor._states._states) == 1


def test_a_thinking_budget_closes_the_thought_with_its_real_tokens(engine: Engine) -> None:
    message = reply_of(engine, OPENING, GREEDY.model_copy(update={"output_tokens": 30}))

    assert message.usage.thinking_tokens == 5
    assert message.token_ids.count(engine.thought_end) == 1
    assert message.reasoning
    assert message.content


def test_no_thinking_tokens_means_no_thought(engine: Engine) -> None:
    message = reply_of(engine, OPENING, GREEDY.model_copy(update={"thinking_tokens": 0}))

    assert message.reasoning == ""
    assert message.usage.thinking_tokens == 0


def test_the_same_seed_draws_the_same_reply(random_model: Path) -> None:
    sampling = Sampling(temperature=1.0, top_k=20, seed=7, output_tokens=20, thinking=False)
    replies = [
        reply_of(Engine.load(str(random_model), "cpu", 2**30), OPENING, sampling).token_ids
        for _ in range(2)
    ]

    assert replies[0] == replies[1]


def test_a_reply_ends_before_the_next_token_once_it_is_stopped(engine: Engine) -> None:
    stopped = threading.Event()
    long = GREEDY.model_copy(update={"output_tokens": 500, "thinking_tokens": 400})
    taken = []
    for event in engine.reply(OPENING, TOOLS, long, stopped):
        taken.append(event)
        stopped.set()

    assert not any(isinstance(event, Finish) for event in taken)
    assert len(taken) <= 2


def test_a_conversation_beyond_the_window_is_refused(engine: Engine) -> None:
    with pytest.raises(ContextOverflow, match="reads 4096"):
        events_of(engine, [User(content="word " * 5_000)])


def test_a_conversation_far_beyond_the_window_is_not_encoded(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def encode(self: Vocabulary, segments: Iterable[Segment]) -> list[int]:
        assert sum(len(each.text) for each in segments) < 50_000
        return []

    monkeypatch.setattr(Vocabulary, "encode", encode)
    with pytest.raises(ContextOverflow, match=r"at least .* tokens"):
        events_of(engine, [User(content="word " * 50_000)])


async def test_the_event_loop_goes_on_while_the_model_works(random_model: Path) -> None:
    model = LocalModel(str(random_model), device="cpu")
    await model.load()
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    deltas = [event async for event in model.stream(OPENING, TOOLS, GREEDY)]
    counting.cancel()

    assert turns > len(deltas)


async def test_leaving_a_stream_early_frees_the_model_for_the_next(random_model: Path) -> None:
    model = LocalModel(str(random_model), device="cpu")
    endless = GREEDY.model_copy(update={"output_tokens": 3_000, "thinking_tokens": 2_900})
    async with asyncio.timeout(60):
        stream = model.stream(OPENING, TOOLS, endless)
        assert isinstance(await anext(stream), ThinkingDelta | TextDelta)
        await stream.aclose()

        assert [e async for e in model.stream(OPENING, TOOLS, GREEDY)]


async def test_a_run_does_not_wait_for_a_load_beyond_its_time(
    random_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, load = threading.Event(), Engine.load

    def slow(*given: Any) -> Engine:
        go_on.wait(60)
        return load(*given)

    monkeypatch.setattr(Engine, "load", slow)
    model = LocalModel(str(random_model), device="cpu")
    async with asyncio.timeout(30):
        result = await Agent(model, limits=Limits(seconds=0.05)).run("Say something.")
        assert result.outcome == "time_limit"
        go_on.set()
        again = await Agent(model, sampling=GREEDY).run("Say something.")

    assert again.usage.output_tokens > 0


async def test_an_agent_runs_on_a_local_model(random_model: Path) -> None:
    agent = Agent(LocalModel(str(random_model), device="cpu"), sampling=GREEDY)

    result = await agent.run("Say something.")

    assert result.usage.output_tokens > 0
    assert result.transcript[-1].role == "assistant"


def test_the_size_of_a_state_counts_all_of_its_tensors(engine: Engine) -> None:
    events_of(engine, OPENING)
    [state, *_] = engine._states._states.values()

    def tensors(value: Any) -> int:
        if isinstance(value, torch.Tensor):
            return value.untyped_storage().nbytes()
        inside = value.values() if isinstance(value, dict) else value
        return sum(map(tensors, inside)) if isinstance(value, dict | list | tuple) else 0

    held = sum(tensors(list(vars(layer).values())) for layer in state.cache.layers)
    assert state.size() == held > 0


@pytest.fixture
def folder(random_model: Path, tmp_path: Path) -> Path:
    """A model of its own, to be broken."""
    return shutil.copytree(random_model, tmp_path / "model")


def test_weights_that_are_missing_are_told(folder: Path) -> None:
    file = folder / "model.safetensors"
    weights = load_file(file)
    lost = next(name for name in weights if ".layers.1." in name)
    del weights[lost]
    save_file(weights, file, metadata={"format": "pt"})

    with pytest.raises(ModelError, match="1 weights of"):
        Engine.load(str(folder), "cpu", 0)


def test_weights_without_a_place_are_told(folder: Path) -> None:
    file = folder / "config.json"
    config = json.loads(file.read_text(encoding="utf-8"))
    config["layer_types"] = config["layer_types"][:-1]
    config["num_hidden_layers"] -= 1
    file.write_text(json.dumps(config), encoding="utf-8")

    with pytest.raises(ModelError, match="have no place in the model"):
        Engine.load(str(folder), "cpu", 0)


@pytest.mark.parametrize("lost", ["</think>", "<tool_call>", "all"])
def test_a_tokenizer_without_the_tokens_of_the_format_is_told(folder: Path, lost: str) -> None:
    file = folder / "tokenizer.json"
    definition = json.loads(file.read_text(encoding="utf-8"))
    kept = [each for each in definition["added_tokens"] if each["content"] != lost]
    definition["added_tokens"] = [] if lost == "all" else kept
    file.write_text(json.dumps(definition), encoding="utf-8")

    with pytest.raises(ModelError, match="Expected a Qwen3"):
        Engine.load(str(folder), "cpu", 0)


def test_a_file_that_is_not_whole_and_a_device_that_is_none_are_told(
    random_model: Path, folder: Path
) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:1_000])

    with pytest.raises(ModelError, match="download it again"):
        Engine.load(str(folder), "cpu", 0)
    with pytest.raises(ModelError, match="Expected a device"):
        Engine.load(str(random_model), "toaster", 0)


def test_a_tokenizer_left_cutting_by_a_training_cuts_nothing(
    random_model: Path, folder: Path
) -> None:
    file = folder / "tokenizer.json"
    definition = json.loads(file.read_text(encoding="utf-8"))
    definition["truncation"] = {
        "direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0,
    }  # fmt: skip
    file.write_text(json.dumps(definition), encoding="utf-8")

    text = [Segment("one two three four five six seven eight", False)]
    assert Vocabulary(folder).encode(text) == Vocabulary(random_model).encode(text)


def test_ids_of_another_tokenizer_are_not_used(engine: Engine) -> None:
    reply = Assistant(content="Hello.", model="random", token_ids=(10**6,))
    assert events_of(engine, [User(content="Hi"), reply, User(content="And?")])


def test_what_was_encoded_keeps_no_message_alive(engine: Engine) -> None:
    asked = User(content="Something that nobody else asks.")
    reference = weakref.ref(asked)
    events_of(engine, [asked])
    del asked
    gc.collect()
    assert reference() is None


def test_the_presence_penalty_counts_generated_tokens_only() -> None:
    values = Values(0.0, 1.0, 0, 0.0, 2.0)
    sampler = Sampler(values, 4, None)
    logits = torch.tensor([1.0, 2.0, 1.5, 0.0])

    first = sampler.draw(logits)
    sampler.note(first)

    assert (first, sampler.draw(logits)) == (1, 2)


def test_ids_the_tokenizer_does_not_have_are_never_drawn() -> None:
    sampler = Sampler(Values(0.0, 1.0, 0, 0.0, 0.0), 2, None)

    assert sampler.draw(torch.tensor([1.0, 2.0, 9.0, 9.0])) == 1


@pytest.mark.parametrize(
    ("values", "possible"),
    [
        (Values(1.0, 1.0, 2, 0.0, 0.0), {0, 1}),
        (Values(1.0, 0.5, 0, 0.0, 0.0), {0}),
        (Values(1.0, 1.0, 0, 0.9, 0.0), {0}),
    ],
    ids=["top_k", "top_p", "min_p"],
)
def test_sampling_draws_only_what_its_values_allow(values: Values, possible: set[int]) -> None:
    sampler = Sampler(values, 4, 0)
    logits = torch.tensor([3.0, 2.0, 1.0, 0.0])

    assert {sampler.draw(logits) for _ in range(200)} == possible


@pytest.mark.parametrize(
    ("hidden_size", "thinking", "tools", "expected"),
    [
        (2_560, True, False, (1.0, 0.95, 20, 0.0, 1.5)),
        (2_560, True, True, (0.6, 0.95, 20, 0.0, 0.0)),
        (4_096, False, False, (0.7, 0.8, 20, 0.0, 1.5)),
        (1_024, False, False, (1.0, 1.0, 20, 0.0, 2.0)),
        (2_048, True, False, (1.0, 0.95, 20, 0.0, 1.5)),
    ],
)
def test_values_are_those_of_the_card_for_size_and_mode(
    hidden_size: int, thinking: bool, tools: bool, expected: tuple[float, ...]
) -> None:
    found = sampling_values(hidden_size, thinking=thinking, tools=tools, chosen=Sampling())

    assert found == expected


@pytest.mark.parametrize(
    ("hidden_size", "thinking", "expected"),
    [
        (1_024, True, (0.6, 0.95, 20, 0.0, 0.0)),
        (2_048, False, (0.7, 0.8, 20, 0.0, 1.5)),
        (2_560, True, (1.0, 0.95, 20, 0.0, 1.5)),
        (2_560, False, (0.7, 0.8, 20, 0.0, 1.5)),
    ],
)
def test_with_pictures_small_models_have_rows_of_their_own(
    hidden_size: int, thinking: bool, expected: tuple[float, ...]
) -> None:
    found = sampling_values(
        hidden_size, thinking=thinking, tools=False, chosen=Sampling(), pictures=True
    )

    assert found == expected


def test_a_chosen_value_replaces_that_of_the_card() -> None:
    found = sampling_values(2_560, thinking=True, tools=False, chosen=Sampling(top_k=5))

    assert (found.top_k, found.temperature) == (5, 1.0)


def test_large_models_think_by_default_and_small_ones_do_not() -> None:
    assert [thinks_by_default(size) for size in (1_024, 2_048, 2_560, 4_096)] == [
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no such model", "No model is called"),
        ("./nowhere", "no such folder"),
        ("x" * 300, "no such folder"),
        ("nanno", r"Did you mean 'nano'\?"),
        ("NANO", r"Did you mean 'nano'\?"),
        ("qwen3.5-4b", r"Did you mean 'Qwen/Qwen3\.5-4B'\?"),
    ],
)
def test_a_name_that_is_no_model_says_what_is_expected(name: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        Engine.load(name, None, 1)


def test_a_hub_model_that_is_not_here_says_so_when_offline(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))

    with pytest.raises(ModelUnavailable, match="not on this machine") as raised:
        Engine.load("Qwen/Qwen3.5-4B", None, 1)
    assert "Did you mean" not in str(raised.value)
    with pytest.raises(ModelUnavailable, match=r"Did you mean 'Qwen/Qwen3\.5-4B'\?"):
        Engine.load("Qwen/Qwen-3.5-4b", None, 1)


def test_an_empty_name_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="found ' '"):
        LocalModel(" ")


def test_a_name_and_a_size_that_are_none_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="path of a folder as a text"):
        LocalModel(cast(str, tmp_path))
    with pytest.raises(ConfigError, match="found '2GB'"):
        LocalModel(cache_bytes=cast(int, "2GB"))


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "has no config.json"),
        ({"config.json": "{"}, "can't be read"),
        ({"config.json": '{"model_type": "llama"}'}, "is a llama model"),
        ({"config.json": '{"model_type": "qwen3_5"}'}, r"no \.safetensors"),
        (
            {"config.json": '{"model_type": "qwen3_5"}', "m.safetensors": ""},
            r"No tokenizer\.json",
        ),
        (
            {
                "config.json": '{"model_type": "qwen3_5"}',
                "m.safetensors": "",
                "tokenizer.json": "{}",
            },
            "is not a tokenizer",
        ),
    ],
)
def test_a_folder_that_is_no_model_says_what_is_missing(
    tmp_path: Path, files: dict[str, str], words: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    with pytest.raises(ModelError, match=words):
        Engine.load(str(tmp_path), None, 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_program_has_a_thread_of_its_own(random_model: Path) -> None:
    script = f"""
import asyncio, os
from agentkit import Agent, LocalModel, Limits, Sampling
agent = Agent(
    LocalModel({str(random_model)!r}, device="cpu"),
    sampling=Sampling(output_tokens=2, thinking=False),
    limits=Limits(seconds=20, output_tokens=2),
)
asyncio.run(agent.run("Hi"))
if (child := os.fork()) == 0:
    os._exit(asyncio.run(agent.run("Hi")).outcome == "token_limit")
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=100, check=True
    )
    assert ended.stdout == "1\n"
