"""From groups of tasks to token ids: a prefix, rows behind it, and which tokens are learned."""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, TypeAlias

from tokenizers import Encoding, Tokenizer

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
_LOOKED = r"\? (?:[^,:?]+ yes, )*(?:[^,:?]+ )?"  # at a tool, word by word
# The right one is named at the end of a text that is learned until there.
_TOOL = re.compile(rf"(\S+?){_LOOKED}yes(?=\.|$)")
_GUESS = re.compile(rf"(\S+){_LOOKED}no(?=, )")
_TOOL_NAME = re.compile(r'"function", "function": {"name": "([^"]+)"')
_PARAMETER_NAME = re.compile(r'"(?!parameters"|properties"|items")([^"]+)": {"type"')
# A value that holds what ends a list, or looks like a name, is read too short: it teaches less.
_SIGNATURE = re.compile(r"(?<!\S)([^\s()]+)\(((?:[^()]|\([^()]*\))*)\) with (.*?)(?=\. |\.?\n|$)")
_IN_SIGNATURE = re.compile(r"(?:(?<=\()|(?<=, ))([^\s(),]+) ")
_NAMED_AFTER = re.compile(r" as (\S+)(?=, |$)")
_NO_TOOLS = "<|im_start|>system\nYou read carefully.<|im_end|>\n"


Sought: TypeAlias = tuple[int, int]  # the place of a token, and the number of what is defined


@dataclass(frozen=True)
class Row:
    """One task behind the prefix; `learned` marks the tokens that the model writes itself.

    `sought`: where a tool is looked for, the parameter of a value, and the next parameter of a
    tool: the places in front of their names, and which of those that are defined they are; -1 where
    a signature ends.
    """

    ids: list[int]
    learned: list[bool]
    sought: tuple[Sequence[Sought], Sequence[Sought], Sequence[Sought]] = ((), (), ())


@dataclass(frozen=True)
class Example:
    """A prefix and the rows behind it.

    `owners`: for each token of the prefix the first token of the name of the tool that is being
    defined there, and of the parameter, or -1. `definitions`: for each kind of what is sought, the
    number of the tool or parameter that is being defined there, or -1.
    """

    prefix: list[int]
    rows: list[Row]
    owners: Sequence[Sequence[int]] = ((), ())
    definitions: Sequence[Sequence[int]] = ((), (), ())


def _spans(text: str) -> list[tuple[int, int]]:
    """Where the model writes: the template shows a thought only after the last question."""
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
    """The tokens of a group, each task until its answer, first reply, first thought or first tool.

    In the first reply the request is understood: what comes later mostly copies. The thought (or,
    where there is none, what stands before the call) says which tool is used, and with what.
    """
    prefix, bodies = texts(made)
    defined = _Defined.read(prefix)
    rows = []
    for task, body in zip(made.tasks, bodies, strict=True):
        replies = [each for each in task.messages if each["role"] == "assistant"]
        written = _spans(body)  # of the last replies: none before the last question is shown whole
        spans = [
            span
            for span, reply in zip(written, replies[-len(written) :], strict=True)
            if reply.get("learned", True)
        ]
        if until != "answer":
            start, end = spans[0]
            if until == "thought":
                end = _chosen(body, start, end)
            elif until == "tool" and (named := _TOOL.search(body, start, end)):
                end = named.end()
            spans, body = [(start, end)], body[:end]
        encoded = tokenizer.encode(body)
        row = _row(encoded, _without_guesses(body, spans))
        rows.append(replace(row, sought=defined.sought(body, spans, encoded)))
    encoded = tokenizer.encode(prefix)
    tools = _numbers(prefix, encoded, _TOOL_NAME)
    parameters = _within(tools, _numbers(prefix, encoded, _PARAMETER_NAME))
    owners = [_first_tokens(encoded.ids, numbers) for numbers in (tools, parameters)]
    return Example(encoded.ids, rows, owners, (tools, parameters, parameters))


@dataclass(frozen=True)
class _Defined:
    """The numbers of the tools that a prefix defines, and of their parameters."""

    tools: Mapping[str, int]
    parameters: Mapping[tuple[str, str], int]

    @classmethod
    def read(cls, prefix: str) -> "_Defined":
        names = list(_TOOL_NAME.finditer(prefix))
        starts = [each.start(1) for each in names]
        parameters = (
            (names[bisect_right(starts, each.start(1)) - 1][1], each[1])
            for each in _PARAMETER_NAME.finditer(prefix)
        )
        return cls(
            {each[1]: number for number, each in enumerate(names)},
            {each: number for number, each in enumerate(parameters)},
        )

    def sought(
        self, text: str, spans: Sequence[tuple[int, int]], encoded: Encoding
    ) -> tuple[list[Sought], list[Sought], list[Sought]]:
        """The tools and parameters that are looked for where the model writes."""
        tokens = {start: token for token, (start, _) in enumerate(encoded.offsets)}
        tools, parameters, following = list[Sought](), list[Sought](), list[Sought]()
        for span in spans:
            for found in _TOOL.finditer(text, *span):
                _note(tools, tokens.get(found.start(1)), self.tools.get(found[1]))
            for found in _SIGNATURE.finditer(text, *span):
                for noted, pattern, part in (
                    (following, _IN_SIGNATURE, found.span(2)),
                    (parameters, _NAMED_AFTER, found.span(3)),
                ):
                    for named in pattern.finditer(text, *part):
                        number = self.parameters.get((found[1], named[1]))
                        _note(noted, tokens.get(named.start(1)), number)
                # No parameter is next: a signature whose end was not learned went round for ever.
                _note(following, tokens.get(found.end(2)), -1)
        return tools, parameters, following


def _note(sought: list[Sought], first: int | None, number: int | None) -> None:
    """Unless it is not defined, or no token begins with it: some merge with what is before them."""
    if first is not None and number is not None:
        sought.append((first - 1, number))


def _numbers(text: str, encoded: Encoding, name: re.Pattern[str]) -> list[int]:
    """For each token how many names begin before it, or with it, less one; behind them all -1."""
    starts = [each.start(1) for each in name.finditer(text)]
    end = text.rfind("</tools>")
    return [
        bisect_right(starts, last - 1) - 1 if first < end else -1 for first, last in encoded.offsets
    ]


def _within(tools: Sequence[int], parameters: Sequence[int]) -> list[int]:
    """The numbers of parameters, but -1 from where a tool begins until it has one of its own."""
    kept, tool, left = [], -1, -1
    for mine, number in zip(tools, parameters, strict=True):
        if mine != tool:
            tool, left = mine, number
        kept.append(-1 if number == left else number)
    return kept


def _first_tokens(ids: Sequence[int], numbers: Sequence[int]) -> list[int]:
    """For each token the first one that has its number, or -1."""
    firsts: dict[int, int] = {-1: -1}
    return [firsts.setdefault(number, token) for token, number in zip(ids, numbers, strict=True)]


def _without_guesses(text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """What is learned, cut where a wrong tool is named."""
    cut = []
    for start, end in spans:
        for guess in _GUESS.finditer(text, start, end):
            cut.append((start, guess.start(1)))
            start = guess.end(1)
        cut.append((start, end))
    return cut


def _chosen(text: str, start: int, end: int) -> int:
    """Where in a reply it is settled what is called: behind a token that nothing merges with."""
    for mark in ("</think>", "<tool_call>"):
        if (place := text.find(mark, start, end)) >= 0:
            return place + len(mark)
    return end


def _row(encoded: Encoding, spans: Sequence[tuple[int, int]]) -> Row:
    learned = [any(start <= a and b <= end for start, end in spans) for a, b in encoded.offsets]
    return Row(encoded.ids, learned)


def buckets(rows: Sequence[Row], count: int) -> list[list[Row]]:
    """Rows of similar length together, so that little is padded."""
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
    until: Until = "answer",
) -> Example:
    made = group(
        seed,
        size=size,
        held_out=held_out,
        shipped_share=shipped_share,
        until=until,
    )
    if until == "tool":  # to be chosen by name and description: a short prefix for many requests
        made = replace(made, tools=[_without_parameters(tool) for tool in made.tools])
    return example(made, tokenizer, until=until)


def finding(seed: str, tokenizer: Tokenizer, *, size: int, held_out: bool = False) -> Example:
    """By which name each of some tools is found, by its verb and noun alone.

    Mostly the names begin with another word (`mail_send_report`): what is to be written first then
    stands in front of what is looked for, so copying on from there does not help.
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
    """Rows that drill reading, behind a short system turn without tools."""
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
    if rng.random() < 0.5:  # so few different tokens that only several in a row say where one is
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
