"""nano: a truthful generator, a tokenizer like Qwen3.5's, and the real network."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForCausalLM, Qwen3_5ForCausalLM

from agentkit.errors import ToolError
from agentkit.events import CallRead
from agentkit.messages import Problem, ToolCall
from agentkit.models.nano import network, weights_folder
from agentkit.models.nano.examples import Example, Row, buckets, copying, example, finding
from agentkit.models.nano.generator import Group, Task, calls_of, group, phrases
from agentkit.models.nano.generator.drills import (
    Piece,
    answers,
    complaints,
    corrections,
    drill,
    requests,
    signatures,
    steps,
    two_requests,
)
from agentkit.models.nano.generator.files import ValueFile
from agentkit.models.nano.generator.phrases import expand, pick, wordings
from agentkit.models.nano.generator.random_tools import random_tool
from agentkit.models.nano.generator.shipped import shipped_task
from agentkit.models.nano.generator.task import Dialogue
from agentkit.models.nano.generator.words import (
    COMMON,
    ITEMS,
    KNOWN_FILES,
    STEMS,
    file_name,
    file_names,
    is_held_out,
    item_names,
    pseudo_word,
)
from agentkit.models.nano.kernels import Attend, Convolve, Normalize
from agentkit.models.nano.lessons import DRAWN, DRAWN_UNTIL, SETS_TO_CHOOSE_FROM, Lesson, lesson
from agentkit.models.nano.losses import batch, hardest, loss_of, losses_of, with_owners
from agentkit.models.nano.network import (
    configuration,
    highest_score,
    logits,
    logits_and_inside,
)
from agentkit.models.nano.priming import prime
from agentkit.models.nano.tokenizer import CONTROL, NOT_SPECIAL
from agentkit.models.nano.train import HIGHEST_SCORE, Progress, main, optimizers, store
from agentkit.qwen.parser import Parser
from agentkit.qwen.prompt import argument_text, render
from agentkit.tools import Toolset
from agentkit.validation import find_faults, schema_validator
from agentkit_tools import calculator, dates, files, text

TOOLS = Toolset([*calculator.tools, *dates.tools, *files.tools, *text.tools])
SEEDS = range(12)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer.from_file(str(weights_folder() / "tokenizer.json"))


def shipped_tasks(count: int, *, held_out: bool) -> list[Task]:
    rng = Random(7)
    return [shipped_task(rng, frozenset(TOOLS), held_out=held_out) for _ in range(count)]


def test_the_same_seed_gives_the_same_conversations() -> None:
    assert group("a") == group("a")
    assert group("a") != group("b")


def test_the_same_seed_gives_the_same_conversations_in_every_process() -> None:
    program = (
        "from agentkit.models.nano.generator import group\n"
        "print([group(seed, shipped_share=0.7) for seed in range(12)])"
    )
    made = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert made[0] == made[1]


def test_training_and_held_out_groups_of_one_seed_differ() -> None:
    assert group("a") != group("a", held_out=True)


def test_mentions_put_together_for_training_hold_none_that_is_held_out() -> None:
    mentions = wordings("random_requests")
    held_out = {each[1:] for each in mentions["single"] if each.startswith("~")}
    rng = Random(2)
    built = {expand(rng, template) for template in mentions["built"] for _ in range(300)}

    assert len(built) > 1_500
    assert not [each for each in built if any(other in each.lower() for other in held_out)]


@pytest.mark.parametrize(("trained", "done"), [(False, 0.1), (True, 0.1), (True, 0.9)])
def test_of_the_rows_of_a_lesson_the_hardest_are_kept_while_there_are_more(
    trained: bool, done: float, tokenizer: Tokenizer
) -> None:
    drawn = DRAWN if trained and done < DRAWN_UNTIL else 1
    for step in range(12):
        shown = lesson(step, 0, tokenizer, name="test", tasks=3, done=done, trained=trained)
        for each in shown.examples:
            # The search for a tool is learned wherever it is shown.
            if len(shown.examples) == SETS_TO_CHOOSE_FROM and len(each.rows) <= shown.keep:
                continue
            assert len(each.rows) in (shown.keep, shown.keep * drawn)
            assert len(each.rows) == shown.keep * drawn or len(shown.examples) == 1


@pytest.mark.parametrize("held_out", [False, True])
def test_every_generated_call_fits_the_schema_of_an_offered_tool(held_out: bool) -> None:
    for seed in SEEDS:
        made = group(seed, held_out=held_out)
        schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in made.tools}
        for task in made.tasks:
            learned = [message for message in task.messages if message.get("learned", True)]
            for name, arguments in calls_of(learned):
                assert not find_faults(arguments, schema_validator(schemas[name]))


def test_each_call_has_one_result_and_each_task_ends_with_an_answer() -> None:
    for seed in SEEDS:
        for task in group(seed).tasks:
            replies = [each for each in task.messages if each["role"] == "assistant"]
            unread = sum(
                not each.get("learned", True) and not each["tool_calls"] for each in replies
            )
            told = [each["content"] for each in task.messages if each["role"] == "tool"]
            repeated = sum("as before, with the same mistake" in each for each in told)
            assert len(told) == len(calls_of(task.messages)) + unread + repeated
            assert task.messages[-1]["content"]


def test_the_expected_words_stand_in_the_answer() -> None:
    for task in shipped_tasks(200, held_out=True):
        answer = task.messages[-1]["content"]
        assert all(word in answer for word in task.expected), task.messages


def test_generated_results_are_what_the_real_tools_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, task in enumerate(shipped_tasks(150, held_out=False)):
        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.chdir(folder)
        for name, content in task.files.items():
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(content)
        results = [message["content"] for message in task.messages if message["role"] == "tool"]
        for (name, arguments), generated in zip(calls_of(task.messages), results, strict=True):
            if name == "current_time":
                assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+, \w+day", generated)
            else:
                assert generated.strip() == run(name, arguments).strip()


def run(name: str, arguments: dict[str, object]) -> str:
    """What the real tool answers to the arguments as the model writes them."""
    written = {key: argument_text(value) for key, value in arguments.items()}
    binding = TOOLS[name].bind(ToolCall(id="1", name=name, arguments=written, dialect="xml"))
    assert not binding.faults
    try:
        value = TOOLS[name].function(**binding.keywords)
    except ToolError as error:
        return str(error)
    return json.dumps(value, separators=(",", ":")) if isinstance(value, dict) else str(value)


@pytest.mark.parametrize(
    ("text", "line"),
    [("# Stock\nBerries = 3 kg\n", "berry = 3 kg"), ('{\n  "Berries": 3,\n}\n', '"berry": 3')],
)
def test_a_line_is_told_under_the_name_that_is_asked_for(text: str, line: str) -> None:
    file = ValueFile("stock.txt", text, {"Berries": "3"}, {})

    assert file.line("Berries", "berry") == line
    assert file.line("Berries") == line.replace("berry", "Berries")


def test_a_group_of_talk_calls_nothing() -> None:
    talk = group("talk", size=40, shipped_share=1.0, talk_share=1.0)

    assert {task.family for task in talk.tasks} == {"small talk", "out of reach"}
    assert not [call for task in talk.tasks for call in calls_of(task.messages)]


def test_held_out_names_do_not_leak_into_training() -> None:
    rng = Random(3)
    for _ in range(300):
        assert not is_held_out(pseudo_word(rng, held_out=False))
        assert is_held_out(pseudo_word(rng, held_out=True))
    held_back = {name for name in ITEMS if is_held_out(name)}
    drawn = {name for _ in range(100) for name in item_names(rng, 4, held_out=False)}
    assert held_back
    assert not held_back & drawn
    paths = {file_name(rng, held_out=False) for _ in range(300)}
    assert not paths & {file_name(rng, held_out=True) for _ in range(300)}
    inside = {name for _ in range(300) for name in file_names(rng, 5, held_out=False)}
    stems = {name.rpartition(".")[0].lower() for name in inside - set(KNOWN_FILES)}
    assert not stems & {name for name in STEMS if is_held_out(name)}


def test_words_are_spliced_for_the_training_only() -> None:
    made = _spliced_ones(held_out=False), _spliced_ones(held_out=True)

    assert made[0] > 40
    assert made[1] < made[0] / 4


def _spliced_ones(*, held_out: bool) -> int:
    """How many of 400 words begin and end as ordinary ones do, and are none."""
    rng, ends = Random(3), {word[-3:] for word in COMMON}
    starts = {word[:4] for word in COMMON if len(word) > 4}
    words = [pseudo_word(rng, held_out=held_out) for _ in range(400)]
    return sum(w[:4] in starts and w[-3:] in ends and w not in COMMON for w in words)


def test_held_out_phrasings_are_never_trained_on() -> None:
    phrasings = ("a", "~b", "c", "~d")
    rng = Random(1)
    assert {pick(rng, phrasings, held_out=False) for _ in range(50)} == {"a", "c"}
    assert {pick(rng, phrasings, held_out=True) for _ in range(50)} == {"b", "d"}
    assert pick(rng, ("shared",), held_out=True) == "shared"


def tables(value: object) -> Iterator[tuple[str, ...]]:
    """The tables of wordings in a value, however deep; a pair is a story and its meaning."""
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple):
        if all(isinstance(each, str) for each in value):
            if len(value) > 2 and any(each.startswith("~") for each in value):
                yield value
        else:
            for each in value:
                yield from tables(each)


def test_every_table_of_wordings_has_some_of_both_kinds() -> None:
    found = [
        table
        for name, module in list(sys.modules.items())
        if name.startswith("agentkit.models.nano.generator.")
        for value in vars(module).values()
        for table in tables(value)
    ]

    assert len(found) > 40
    for table in found:
        marked = {each[1:] for each in table if each.startswith("~")}
        assert len(marked) >= 4, table[0]
        assert len(set(table)) - len(marked) >= 4, table[0]
        assert not marked & set(table), table[0]


def test_no_alternative_of_a_trained_phrasing_is_held_out() -> None:
    compared = 0
    for file in Path(phrases.__file__).with_name("wordings").glob("*.toml"):
        found = list(tables(wordings(file.stem)))
        if file.stem == "talk":  # what is said there is held out whatever the answer is
            found = [tuple(each for table in found for each in table)]
        for table in found:
            held_out, trained = set[str](), set[str]()
            for template in table:
                made = map(_plain, _every(template.removeprefix("~")))
                (held_out if template.startswith("~") else trained).update(made)
            assert not trained & held_out
            compared += len(trained)
    assert compared > 10_000


def _every(template: str) -> set[str]:
    """All that a template can become, but for the many ways to begin."""
    found = re.search(r"\[([^\[\]]*)\]", template)
    if not found:
        return {" ".join(template.split())}
    before, after = template[: found.start()], template[found.end() :]
    return {each for choice in found[1].split("|") for each in _every(before + choice + after)}


def _plain(text: str) -> str:
    return text.lower().rstrip(".!? ")


@pytest.mark.parametrize("held_out", [False, True])
def test_what_a_drill_asks_for_stands_before_it(held_out: bool) -> None:
    for seed in range(200):
        before = ""
        for piece, learned in drill(Random(seed), held_out=held_out):
            dates = re.findall(r"\d{4}-\d\d-\d\d", piece)  # these may be written in another way
            numbers = re.findall(r"\d+", re.sub(r"\d{4}-\d\d-\d\d", "", piece))
            if learned:
                assert {each for each in numbers if each not in before} == set(), piece
                assert all(day[:4] in before for day in dates), piece
            before += piece


@pytest.mark.parametrize("held_out", [False, True])
@pytest.mark.parametrize("maker", [requests, corrections, steps])
def test_the_parameters_that_a_drill_gives_stand_before_it(
    maker: Callable[[Random, bool], list[Piece]], held_out: bool
) -> None:
    given = 0
    for seed in range(60):
        (before, learned), (written, also_learned), *_ = maker(Random(seed), held_out)
        assert (learned, also_learned) == (False, True)
        names = re.findall(r"<parameter=(.*)>", written)
        assert all(name in before for name in names), written
        fields = re.findall(r'"(\w+)": ', written)
        assert all(f"{name} " in before or f"{name}: " in before for name in fields), written
        given += len(names)
    assert given > 60


def test_two_requests_of_a_drill_are_learned_without_the_choice_of_a_tool() -> None:
    for seed in range(60):
        pieces = two_requests(Random(seed), False)
        assert [learned for _, learned in pieces] == [False, True, False, True]
        (first, _), (told, _), (second, _), (last, _) = pieces
        assert first.endswith(") with ")
        assert second.endswith(") with ")
        assert second.startswith((" Also ", " Then "))
        assert "?" not in told
        assert last.count("<tool_call>") == (2 if second.startswith(" Also ") else 1)


@pytest.mark.parametrize("held_out", [False, True])
def test_a_tool_is_found_by_a_name_that_the_definitions_have(
    held_out: bool, tokenizer: Tokenizer
) -> None:
    behind = found = 0
    for seed in range(30):
        shown = finding(str(seed), tokenizer, size=16, held_out=held_out)
        prefix = tokenizer.decode(shown.prefix, skip_special_tokens=False)
        offered = re.findall(r'"function", "function": {"name": "([^"]+)"', prefix)
        for row in shown.rows:
            text = tokenizer.decode(row.ids, skip_special_tokens=False)
            about, _, told = text.rpartition("<think>\n")[2].partition(": ")
            name, _, words = told.partition("? ")
            assert f"user\n{about}<|im_end|>" in text
            assert name in offered
            assert words == ", ".join(f"{each} yes" for each in about.split())
            ((place, number),), _, _ = row.sought
            assert name == offered[number]
            before = tokenizer.decode(row.ids[: place + 1], skip_special_tokens=False)
            assert before == text[: -len(told)]
            behind += not name.lower().startswith(tuple(about.split()))
            found += 1
    assert found > 200
    assert behind > 0.6 * found


def test_a_drill_of_signatures_has_the_names_and_types_of_the_definitions() -> None:
    for seed in range(60):
        (shown, _), *pieces = signatures(Random(seed), False)
        definitions = [json.loads(line.removesuffix("<|im_end|>")) for line in shown.split("\n")]
        schemas = {each["function"]["name"]: each["function"]["parameters"] for each in definitions}
        for (asked, asks), (written, learned) in zip(pieces[::2], pieces[1::2], strict=True):
            assert (asks, learned) == (False, True)
            name = written.partition("(")[0]
            assert f"{name}? yes. " in asked
            assert written == f"{name}({_names_and_types(schemas[name])}) with"


def _names_and_types(schema: dict[str, Any]) -> str:
    told = []
    for name, each in schema["properties"].items():
        kind = "enum" if "enum" in each else each.get("format", each["type"])
        fields = f"({_names_and_types(each)})" if "properties" in each else ""
        told.append(f"{name} {kind}{fields}")
    return ", ".join(told)


def test_after_an_error_the_call_is_repeated_with_what_would_be_right() -> None:
    unthinking = 0
    for seed in range(60):
        (before, _), (written, _), *_ = corrections(Random(seed), False)
        said = re.match(
            r"(?:<think>\n)?Now (\S+): (.*?)\. (\S+) with (.*)\.\n(?:\n|</think>)",
            written,
            re.DOTALL,
        )
        assert said, written
        assert written.startswith("<think>") != before.endswith("<think>\n\n</think>\n\n")
        unthinking += before.endswith("</think>\n\n")
        name, right, tool, listed = said.groups()
        assert f"<function={tool}>" in before
        assert f"<parameter={name}>\n{right}\n</parameter>" in written
        assert f"<parameter={name}>\n{right}\n</parameter>" not in before
        assert f"{name}: {right}" in listed
    assert 5 < unthinking < 30


@pytest.mark.parametrize(
    ("maker", "learned"), [(corrections, 2), (complaints, 2), (steps, 2), (answers, 1)]
)
def test_behind_the_last_result_of_a_drill_stands_an_answer(
    maker: Callable[[Random, bool], list[Piece]], learned: int
) -> None:
    for seed in range(60):
        pieces = maker(Random(seed), False)
        assert [each for _, each in pieces] == [False, True] * learned
        (results, _), (answer, told) = pieces[-2:]
        assert told
        assert "<tool_response>" in results
        assert "<tool_call>" not in answer


def test_no_two_parameters_of_a_tool_share_a_word() -> None:
    for seed in range(400):
        parameters = random_tool(Random(seed), held_out=seed % 2 == 0).parameters
        names = [p.words for each in parameters for p in (each, *each.fields)]
        words = [word for name in names for word in name.split()]
        assert len(words) == len(set(words)), words


def test_the_calls_of_a_drill_are_in_the_wire_format() -> None:
    for seed in range(200):
        for piece, learned in drill(Random(seed)):
            if learned and "<tool_call>" in piece:
                parser = Parser({}, thinking=False)
                events = [*parser.feed(piece.removesuffix("<|im_end|>")), *parser.close()]
                called = [event for event in events if isinstance(event, CallRead)]
                assert len(called) == piece.count("<tool_call>")
                assert not [event for event in events if isinstance(event, Problem)]


def test_lessons_end_with_the_answer_the_first_reply_or_the_choice(tokenizer: Tokenizer) -> None:
    made = group("ends", shipped_share=0.0)
    whole, replies, thoughts, tools = (
        example(made, tokenizer, until=until).rows
        for until in ("answer", "reply", "thought", "tool")
    )
    for answer, reply, thought, tool in zip(whole, replies, thoughts, tools, strict=True):
        # Token by token: a lesson must not end within what the next character would merge with.
        assert answer.ids[: len(reply.ids)] == reply.ids
        assert reply.ids[: len(thought.ids)] == thought.ids
        assert reply.ids[: len(tool.ids)] == tool.ids
        assert len(tool.ids) < len(thought.ids) or tool == reply
        assert tokenizer.id_to_token(reply.ids[-1]) == "<|im_end|>"
        last = tokenizer.id_to_token(thought.ids[-1])
        assert last in ("</think>", "<tool_call>") or thought == reply
    assert sum(len(row.ids) for row in replies) < sum(len(row.ids) for row in whole)


@pytest.mark.filterwarnings("ignore")
def test_the_hardest_rows_are_those_with_the_greatest_loss(tokenizer: Tokenizer) -> None:
    model = Qwen3_5ForCausalLM.from_pretrained(weights_folder(), dtype=torch.float32)
    made = example(group("hardest", size=7, shipped_share=0.0), tokenizer, until="reply")

    def loss(row: Row) -> float:
        piece = batch(Example(made.prefix, [row]), "cpu")
        with torch.no_grad():
            return float(loss_of(model, piece, torch.float32)) * len(piece.targets)

    kept = hardest(model, made, 2, "cpu", torch.float32)
    assert (kept.prefix, kept.owners) == (made.prefix, made.owners)
    assert kept.rows == sorted(made.rows, key=lambda row: -loss(row))[:2]


def test_every_token_of_a_definition_knows_the_names_it_belongs_to(tokenizer: Tokenizer) -> None:
    parameters = {"day": {"type": "string"}, "type": {"type": "array", "items": {"type": "string"}}}
    schema = {"type": "object", "properties": parameters, "required": ["day"]}
    tools = [
        {"type": "function", "function": {"name": name, "description": "Words.", **more}}
        for name, more in (("book_it", {"parameters": schema}), ("stop", {"parameters": {}}))
    ]
    talk = Dialogue("Hello.")
    talk.answer("", "Hello.")
    shown = example(Group(tools, "", [talk.task("")], [False]), tokenizer)
    words = [tokenizer.id_to_token(each) for each in shown.prefix]
    firsts = [tokenizer.encode(f'"{each}').ids[1] for each in ("book_it", "stop", "day", "type")]
    tool, other, day, kind = firsts

    def runs(values: Sequence[int]) -> list[int]:
        return [value for value, _ in groupby(values)]

    owners, parameter_owners, before = shown.owners
    tools_defined, parameters_defined, _ = shown.definitions
    opens, closes = (tokenizer.token_to_id(each) for each in "()")
    assert runs(tools_defined) == [-1, 0, 1, -1]
    # Behind the last parameter a tool ends, and one without parameters at once.
    assert runs(parameters_defined) == [-1, 0, 1, 2, -1, 3, -1]
    assert runs(owners) == [-1, tool, other, -1]
    assert runs(parameter_owners) == [-1, day, kind, closes, -1, closes, -1]
    assert runs(before) == [-1, opens, -1, day, -1, kind, -1, opens, -1]
    assert words[owners.index(tool)] == tokenizer.id_to_token(tool)
    assert words[parameter_owners.index(kind)] == tokenizer.id_to_token(kind)
    assert words[parameter_owners.index(closes)] == "required"


@pytest.mark.filterwarnings("ignore")
def test_the_second_loss_leaves_the_first_one_as_it_is(tokenizer: Tokenizer) -> None:
    model = Qwen3_5ForCausalLM.from_pretrained(weights_folder(), dtype=torch.float32)
    with_owners(model)
    piece = batch(example(group("two losses", size=2, shipped_share=0.0), tokenizer), "cpu")

    loss, aside = losses_of(model, piece, torch.float32)

    assert torch.equal(loss, loss_of(model, piece, torch.float32))
    assert isinstance(aside, torch.Tensor)
    aside.backward()
    assert model.owners.grad is not None
    nothing = batch(copying("nothing", tokens=1_000), "cpu")
    assert losses_of(model, nothing, torch.float32)[1] == 0.0


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("reader", "last"), [(0, 4), (1, 4), (2, 5)])
def test_a_reader_is_answered_by_the_layers_before_it(
    reader: int, last: int, tokenizer: Tokenizer
) -> None:
    model = Qwen3_5ForCausalLM.from_pretrained(weights_folder(), dtype=torch.float32)
    with_owners(model)
    piece = batch(example(group("readers", size=1, shipped_share=0.0), tokenizer), "cpu")
    nothing = torch.full_like(piece.owners, -1)
    nothing[reader] = piece.owners[reader]

    alone = replace(piece, owners=nothing, places=[each[:0] for each in piece.places])
    _, aside = losses_of(model, alone, torch.float32)
    assert isinstance(aside, torch.Tensor)
    aside.backward()

    learns = [bool(layer.mlp.down_proj.weight.grad is not None) for layer in model.model.layers]
    assert learns == [number <= last for number in range(len(learns))]


@pytest.mark.filterwarnings("ignore")
def test_the_heads_that_look_for_a_name_are_of_the_reference(tokenizer: Tokenizer) -> None:
    model = Qwen3_5ForCausalLM.from_pretrained(weights_folder(), dtype=torch.float32)
    model.set_attn_implementation("eager")
    shown = example(group("looks", size=8, shipped_share=0.0, until="thought"), tokenizer)
    piece, size = batch(shown, "cpu"), len(shown.prefix)

    with torch.no_grad():
        _, (middle, late), looks = logits_and_inside(
            model, piece.prefix, piece.rows, piece.positions, piece.places
        )
        # The rows of a batch are in order of their length, as its places are.
        rows = [row for bucket in buckets(shown.rows, 8) for row in bucket]
        for head, (look, asked) in enumerate(zip(looks, piece.asked, strict=True)):
            sought = [(row, each) for row in rows for each in row.sought[head]]
            assert len(sought) == len(look) > 3
            for (row, (place, number)), mine, right in zip(sought, look, asked, strict=True):
                ids = torch.tensor([[*shown.prefix, *row.ids[: place + 1]]])
                told = model(ids, output_attentions=True, output_hidden_states=True)
                attention = told.attentions[4][0, head, -1, :size]  # of the full layers the fifth
                assert torch.allclose(mine.softmax(-1), attention / attention.sum(), atol=1e-5)
                assert torch.allclose(middle, told.hidden_states[5][0, :size], atol=1e-4)
                assert torch.allclose(late, told.hidden_states[6][0, :size], atol=1e-4)
                assert right.tolist() == [each == number for each in shown.definitions[head]]


def _parameters(schema: dict[str, Any]) -> Iterator[str]:
    """The names of parameters in order, those of objects behind their own."""
    for name, each in schema.get("properties", {}).items():
        yield name
        yield from _parameters(each)


@pytest.mark.parametrize("kind", [1, 2], ids=["of a value", "in a signature"])
def test_a_parameter_is_looked_up_where_it_is_defined(kind: int, tokenizer: Tokenizer) -> None:
    named = ended = 0
    for seed in range(20):
        made = group(f"values {seed}", size=8, shipped_share=0.0, until="thought")
        slots = [
            (tool["function"]["name"], name)
            for tool in made.tools
            for name in (*_parameters(tool["function"]["parameters"]), "")  # at last its end
        ]
        for row in example(made, tokenizer, until="thought").rows:
            text = tokenizer.decode(row.ids, skip_special_tokens=False)
            found = dict[str, set[str]]()
            for place, number in row.sought[kind]:
                before = tokenizer.decode(row.ids[: place + 1], skip_special_tokens=False)
                left, (tool, name) = text.removeprefix(before), slots[number]
                signature = before[before.rindex(f" {tool}(") :]
                assert signature.count(") with ") == (kind == 1)
                assert row.learned[place + 1]
                if kind == 1:
                    assert before.endswith(" as ")
                    assert re.match(rf"{re.escape(name)}[.,]", left)
                else:
                    assert re.match(rf"[(), ]*{re.escape(name) + ' ' if name else ' with '}", left)
                found.setdefault(tool, set()).add(name)
                named += bool(name)
                ended += not name
            if kind == 2:  # each of a signature, and its end
                assert all(
                    names == {name for each, name in slots if each == tool}
                    for tool, names in found.items()
                )
    assert named > 100
    assert (ended > 50) == (kind == 2)


@pytest.mark.filterwarnings("ignore")
def test_what_is_only_for_training_is_not_in_the_stored_weights(tmp_path: Path) -> None:
    model = Qwen3_5ForCausalLM.from_pretrained(weights_folder(), dtype=torch.float32)
    shipped = {name: value.clone() for name, value in model.state_dict().items()}
    with_owners(model)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((weights_folder() / name).read_bytes())

    store(tmp_path, model, optimizers(model, torch.float32), Progress(step=3))

    stored = Qwen3_5ForCausalLM.from_pretrained(tmp_path / "weights", dtype=torch.float32)
    assert stored.state_dict().keys() == shipped.keys()
    assert all(torch.equal(value, shipped[name]) for name, value in stored.state_dict().items())
    assert torch.load(tmp_path / "checkpoint.pt")["progress"]["step"] == 3


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_run_that_is_resumed_ends_where_one_in_one_go_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train(folder: str, *more: str) -> Any:
        start = str(weights_folder())
        options = ("--folder", str(tmp_path / folder), "--start", start, "--tokens", "6000")
        monkeypatch.setattr(
            sys, "argv", ["train", *options, "--tasks", "1", "--workers", "1", *more]
        )
        main()
        return torch.load(tmp_path / folder / "checkpoint.pt")

    monkeypatch.setattr("agentkit.models.nano.train.held_out_loss", lambda *given: 0.0)
    whole = train("whole")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "store").touch()
    shown = list[int]()

    def breaks_off(step: int, *given: Any, **options: Any) -> Lesson:
        shown.append(step)
        if len(shown) == 2:
            raise KeyboardInterrupt
        return lesson(step, *given, **options)

    monkeypatch.setattr("agentkit.models.nano.train.lesson", breaks_off)
    with pytest.raises(KeyboardInterrupt):
        train("broken")
    resumed = train("broken", "--resume")

    assert shown[:3] == [0, 1, 1]
    assert whole["progress"]["step"] == resumed["progress"]["step"] == shown[-1] + 1 > 2
    assert whole["model"].keys() == resumed["model"].keys()
    for name, value in whole["model"].items():
        assert torch.equal(value, resumed["model"][name]), name


def test_phrases_resolve_alternatives_inside_alternatives() -> None:
    made = {expand(Random(seed), "[a|b[c|d]] {x}", x=1).lower() for seed in range(50)}
    assert made == {"a 1", "bc 1", "bd 1"}


def test_tokenizer_has_the_control_tokens_of_the_real_one_last_and_in_order(
    tokenizer: Tokenizer,
) -> None:
    assert len(CONTROL) == 33
    last = tokenizer.get_vocab_size() - 33
    assert [tokenizer.token_to_id(token) for token in CONTROL] == list(range(last, last + 33))
    added = tokenizer.get_added_tokens_decoder()
    assert {token.content for token in added.values() if not token.special} == set(NOT_SPECIAL)


def test_tokenizer_gives_every_text_back(tokenizer: Tokenizer) -> None:
    for sample in (
        "Größe naïve 日本 🙂\r\n\ttabs  and   spaces \n\n",
        "x=1;\n</parameter>",
        render(group(1).tasks[0].messages),
    ):
        ids = tokenizer.encode(sample).ids
        assert tokenizer.decode(ids, skip_special_tokens=False) == sample


def test_a_name_has_the_same_tokens_wherever_it_stands(tokenizer: Tokenizer) -> None:
    alone = tokenizer.encode("velmdroka").tokens
    for before in ('"', "=", "\n", "/", " "):
        assert tokenizer.encode(f"{before}velmdroka").tokens[-len(alone) :] == alone


def test_pieces_between_control_tokens_encode_like_the_whole(tokenizer: Tokenizer) -> None:
    plain = Tokenizer.from_str(tokenizer.to_str())
    settings = json.loads(plain.to_str())
    settings["added_tokens"] = []
    plain = Tokenizer.from_str(json.dumps(settings))
    whole = render(group(2).tasks[0].messages, group(2).tools)
    pieces = re.split("(" + "|".join(map(re.escape, CONTROL)) + ")", whole)
    ids = []
    for piece in pieces:
        ids += [tokenizer.token_to_id(piece)] if piece in CONTROL else plain.encode(piece).ids
    assert ids == tokenizer.encode(whole).ids


def test_learned_tokens_are_just_what_the_model_writes(tokenizer: Tokenizer) -> None:
    made = group(4)
    for task, row, thinks in zip(
        made.tasks, example(made, tokenizer).rows, made.thinking, strict=True
    ):
        ids = [number for number, learned in zip(row.ids, row.learned, strict=True) if learned]
        written = tokenizer.decode(ids, skip_special_tokens=False)
        answer = task.messages[-1]["content"]
        assert written.endswith(f"{answer}<|im_end|>")
        assert ("</think>" in written) == thinks
        assert "tool_response" not in written


def test_weights_load_as_the_class_of_the_real_model() -> None:
    model = AutoModelForCausalLM.from_pretrained(weights_folder())
    assert isinstance(model, Qwen3_5ForCausalLM)
    assert set(model.config.layer_types) == {"linear_attention", "full_attention"}
    assert sum(path.stat().st_size for path in weights_folder().iterdir()) < 16_000_000
    assert model.dtype == torch.float32


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("groups", [2, 4])
def test_the_first_weights_copy(groups: int) -> None:
    torch.manual_seed(0)
    model = Qwen3_5ForCausalLM(configuration(400, num_key_value_heads=groups)).eval()
    prime(model)
    right = learned = 0
    for seed in range(4):
        lesson = copying(str(seed), tokens=400)
        piece = batch(lesson, "cpu")
        with torch.no_grad():
            found = logits(model, piece.prefix, piece.rows, piece.positions).argmax(-1)
        right += int((found == piece.targets).sum())
        learned += len(piece.targets)
    assert right > 0.9 * learned


def test_the_gradients_of_norms_and_convolutions_are_right() -> None:
    torch.manual_seed(0)

    def some(*shape: int) -> torch.Tensor:
        return torch.randn(shape, dtype=torch.float64, requires_grad=True)

    def normalized(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return Normalize.apply(x, weight, 1e-6)

    assert torch.autograd.gradcheck(normalized, (some(2, 3, 5), some(5)))
    assert torch.autograd.gradcheck(Convolve.apply, (some(2, 3, 9), some(3, 1, 4)))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(not shutil.which("c++"), reason="needs a C++ compiler")
def test_compiled_the_training_network_computes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    model = Qwen3_5ForCausalLM(configuration(64, hidden_size=64, intermediate_size=64))
    prefix = torch.randint(0, 64, (40,))

    def computed() -> list[torch.Tensor]:
        found = []
        for shape in ((3, 20), (1, 33), (5, 7)):
            rows, places = [torch.randint(0, 64, shape)], torch.arange(40 + shape[0] * shape[1])
            for dtype in (torch.bfloat16, torch.float32):
                model.zero_grad()
                scores = logits(model, prefix, rows, places, dtype)
                scores.square().mean().backward()
                with torch.no_grad():
                    found += [scores.detach(), logits(model, prefix, rows, places, dtype)]
            found += [each.grad for each in model.parameters() if each.grad is not None]
        return found

    torch.manual_seed(1)
    plain = computed()
    monkeypatch.setattr(network, "_steps", dict(network._steps))
    network.compile_steps()
    torch.manual_seed(1)
    # More variants than are kept would be computed as they are written, without an error.
    with torch._dynamo.config.patch(fail_on_recompile_limit_hit=True):
        compiled = computed()
    for one, other in zip(compiled, plain, strict=True):
        torch.testing.assert_close(one, other, atol=0.02 * float(other.abs().max()), rtol=0)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("groups", [2, 4])
def test_the_training_network_computes_what_the_reference_computes(
    groups: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "STRETCH", 16)  # the prefix has three
    torch.manual_seed(0)
    shape = configuration(300, hidden_size=64, intermediate_size=64, num_key_value_heads=groups)
    model = Qwen3_5ForCausalLM(shape).eval()
    with torch.no_grad():  # norms begin at nothing, which hides what is done with their weights
        for name, each in model.named_parameters():
            if "norm" in name:
                each += 0.2 * torch.randn_like(each)
    prefix, rows = (
        torch.randint(0, 300, (45,)),
        [torch.randint(0, 300, (3, 37)), torch.randint(0, 300, (2, 9))],
    )
    mine = logits(model, prefix, rows, torch.arange(45 + 3 * 37 + 2 * 9))
    reference = [model(input_ids=prefix[None]).logits[0]]
    for each in rows:
        whole = torch.cat([prefix.expand(len(each), -1), each], dim=1)
        reference.append(model(input_ids=whole).logits[:, 45:].reshape(-1, 300))
    expected = torch.cat(reference)
    assert torch.allclose(expected, mine, atol=1e-4)

    some = torch.randn_like(expected)
    names, parameters = zip(*model.named_parameters(), strict=True)
    gradients = (torch.autograd.grad((each * some).sum(), parameters) for each in (expected, mine))
    for name, right, found in zip(names, *gradients, strict=True):
        assert (right - found).norm() < 0.01 * right.norm() + 1e-4, name


def test_no_score_of_the_shipped_weights_comes_near_an_overflow() -> None:
    model = Qwen3_5ForCausalLM.from_pretrained(weights_folder())
    layers = [each.self_attn for each in model.model.layers if hasattr(each, "self_attn")]
    assert layers
    assert all(1 < highest_score(layer) < HIGHEST_SCORE for layer in layers)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("groups", [2, 4])
def test_the_written_out_attention_has_the_gradients_of_the_reference(groups: int) -> None:
    torch.manual_seed(0)
    rows, length, past, heads, size = 3, 7, 5, 4, 8
    query = torch.randn(rows, length, heads, size, dtype=torch.float64, requires_grad=True)
    prefix = [
        torch.randn(past, groups, size, dtype=torch.float64, requires_grad=True) for _ in "kv"
    ]
    own = [
        torch.randn(rows, length, groups, size, dtype=torch.float64, requires_grad=True)
        for _ in "kv"
    ]
    assert torch.autograd.gradcheck(Attend.apply, (query, *prefix, *own), atol=1e-6)
