"""Turns groups of tasks into token ids: a prefix, the rows after it, and which tokens to learn."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from tokenizers import Encoding, Tokenizer

from agentkit.models.nano.definitions import FOUND, LOOKED, Definitions, Sought
from agentkit.models.nano.generator import Group, Until, group
from agentkit.models.nano.generator.drills import drill
from agentkit.models.nano.generator.plans import Request, at_once
from agentkit.models.nano.generator.random_tools import behind_another_word
from agentkit.models.nano.generator.strangers import strangers
from agentkit.models.nano.generator.task import Dialogue
from agentkit.qwen.prompt import render

_ASSISTANT = "<|im_start|>assistant\n<think>\n"
_CLOSED = "\n</think>\n\n"
_END = "<|im_end|>"
_GUESS = re.compile(rf"(\S+){LOOKED}no(?=, )")
_NO_TOOLS = "<|im_start|>system\nYou read carefully.<|im_end|>\n"


@dataclass(frozen=True)
class Row:
    """One task after the prefix; `learned` marks the tokens that the model writes itself.

    `sought`: where it looks for a tool, for a value's parameter, and for a tool's next parameter.
    """

    ids: list[int]
    learned: list[bool]
    sought: tuple[Sequence[Sought], Sequence[Sought], Sequence[Sought]] = ((), (), ())


@dataclass(frozen=True)
class Example:
    """A prefix and the rows after it.

    `owners`: names of what the tokens of the prefix define. `definitions`: for each kind of thing
    that is sought, the number of what each token defines (both as in `definitions.py`).
    """

    prefix: list[int]
    rows: list[Row]
    owners: Sequence[Sequence[int]] = ((), (), ())
    definitions: Sequence[Sequence[int]] = ((), (), ())


def _spans(text: str) -> list[tuple[int, int]]:
    """Return the spans that the model writes after the last question: only they show thoughts."""
    spans, place = [], 0
    while (place := text.find(_ASSISTANT, place)) >= 0:
        place += len(_ASSISTANT)
        if text.startswith(_CLOSED, place):
            place += len(_CLOSED)
        end = text.index(_END, place) + len(_END)
        spans.append((place, end))
        place = end
    return spans


def texts(made: Group) -> tuple[str, list[str]]:
    """The common prefix, and what follows it in each task."""
    system = [{"role": "system", "content": made.system}] if made.system else []
    whole = [render([*system, *task.messages], made.tools) for task in made.tasks]
    length = whole[0].index("<|im_start|>user")
    return whole[0][:length], [text[length:] for text in whole]


def example(made: Group, tokenizer: Tokenizer, *, until: Until = "answer") -> Example:
    """Encode a group, each task up to its answer, first reply, first thought or first tool.

    The first reply is where the request is understood; what comes later mostly copies. The thought
    (or, without one, the text before the call) says which tool is used, and with which values.
    """
    prefix, bodies = texts(made)
    head = tokenizer.encode(prefix)
    defined = Definitions.read(prefix, head, tokenizer)
    rows = []
    for task, body in zip(made.tasks, bodies, strict=True):
        replies = [each for each in task.messages if each["role"] == "assistant"]
        written = _spans(body)  # of the last replies: earlier ones are shown without thought
        spans = [
            span
            for span, reply in zip(written, replies[-len(written) :], strict=True)
            if reply.get("learned", True)
        ]
        if until != "answer":
            start, end = spans[0]
            if until == "thought":
                end = _chosen(body, start, end)
            elif until == "tool" and (named := FOUND.search(body, start, end)):
                end = named.end()
            spans, body = [(start, end)], body[:end]
        encoded = tokenizer.encode(body)
        row = _row(encoded, _without_guesses(body, spans))
        rows.append(replace(row, sought=defined.sought(body, spans, encoded)))
    return Example(head.ids, rows, defined.owners, (defined.tools, defined.slots, defined.slots))


def _without_guesses(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Cut the names of wrongly guessed tools out of the spans to learn."""
    cut = []
    for start, end in spans:
        for guess in _GUESS.finditer(text, start, end):
            cut.append((start, guess.start(1)))
            start = guess.end(1)
        cut.append((start, end))
    return cut


def _chosen(text: str, start: int, end: int) -> int:
    """Return where a reply has settled what it calls: after a token that nothing merges with."""
    for mark in ("</think>", "<tool_call>"):
        if (place := text.find(mark, start, end)) >= 0:
            return place + len(mark)
    return end


def _row(encoded: Encoding, spans: Sequence[tuple[int, int]]) -> Row:
    learned = [any(start <= a and b <= end for start, end in spans) for a, b in encoded.offsets]
    return Row(encoded.ids, learned)


def buckets(rows: Sequence[Row], count: int) -> list[list[Row]]:
    """Group rows of similar length, so that little padding is needed."""
    ordered = sorted(rows, key=lambda row: len(row.ids))
    size = -(-len(ordered) // count)
    return [ordered[start : start + size] for start in range(0, len(ordered), size)]


def draw(
    seed: str,
    tokenizer: Tokenizer,
    *,
    size: int,
    held_out: bool = False,
    shipped_share: float = 0.5,
    talk_share: float = 0.075,
    until: Until = "answer",
) -> Example:
    made = group(
        seed,
        size=size,
        held_out=held_out,
        shipped_share=shipped_share,
        talk_share=talk_share,
        until=until,
    )
    if until == "tool":  # names and descriptions suffice: a short prefix for many requests
        made = replace(made, tools=[_without_parameters(tool) for tool in made.tools])
    return example(made, tokenizer, until=until)


def finding(seed: str, tokenizer: Tokenizer, *, size: int, held_out: bool = False) -> Example:
    """Lessons in finding the name of a tool among several, from its verb and noun alone.

    Most names begin with another word (`mail_send_report`): what has to be written first then
    comes before what is looked for, so copying on from there does not help.
    """
    rng = Random(f"finding-{seed}")
    tools = strangers(rng, rng.randint(2, 8), held_out=held_out, everyday=0.0)
    if rng.random() < 0.8:
        tools = [behind_another_word(rng, tool, held_out=held_out) for tool in tools]
    asked = [
        (number, words)
        for number, tool in enumerate(tools)
        for words in ((tool.verb, tool.noun), (tool.noun, tool.verb))
    ]
    picked = rng.sample(asked, min(size, len(asked)))
    tasks = []
    for number, words in picked:
        tool, request = tools[number], Request("", "", words)
        talk = Dialogue(" ".join(words))
        talk.call(at_once(tools, tool, request), (tool.name, {}))
        tasks.append(talk.task("found", ""))
    definitions = [_without_parameters(tool.definition) for tool in tools]
    return example(Group(definitions, "", tasks, [True] * len(tasks)), tokenizer, until="tool")


def _without_parameters(definition: Mapping[str, Any]) -> dict[str, Any]:
    nothing = {"type": "object", "properties": {}}
    return {**definition, "function": {**definition["function"], "parameters": nothing}}


def drills(seed: str, tokenizer: Tokenizer, *, size: int) -> Example:
    """Rows that drill reading, after a short system turn without tools."""
    rng = Random(f"drills-{seed}")
    rows = [_drilled(drill(rng), tokenizer) for _ in range(size)]
    return Example(tokenizer.encode(_NO_TOOLS).ids, rows)


def _drilled(pieces: Sequence[tuple[str, bool]], tokenizer: Tokenizer) -> Row:
    text, spans = "", []
    for piece, learned in pieces:
        if learned:
            spans.append((len(text), len(text) + len(piece)))
        text += piece
    return _row(tokenizer.encode(text), spans)


def copying(seed: str, *, tokens: int) -> Example:
    """Nothing but copying: a prefix of random tokens, and rows made of pieces of it.

    A few of these between the tasks keep every token of the vocabulary copyable.
    """
    rng = Random(f"copying-{seed}")
    prefix = rng.sample(range(tokens), rng.choice((32, 64, 96, 128)))
    if rng.random() < 0.5:  # so few distinct tokens that only several in a row identify a place
        prefix = rng.choices(prefix[:32], k=128)
    rows = []
    for _ in range(16):
        row, learned = [prefix[0]], [False]
        while len(row) < 48:
            start = rng.randrange(len(prefix) - 4)
            piece = prefix[start : start + rng.randint(4, 16)]
            row += piece
            learned += [False, False, *[True] * (len(piece) - 2)]
        rows.append(Row(row, learned))
    return Example(prefix, rows)
