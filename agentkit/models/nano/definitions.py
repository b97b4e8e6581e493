"""What a prompt defines, token by token, and where a reply looks for it: for the second loss.

    {"name": "book", … {"day": {"type": "string"}, "seats": {"type": "integer"}}, "required": […]}}}
             └ tool 0 …   └ slot 0                  └ slot 1                       └ slot 2, its end
    book? yes. book(day string, seats integer) with Monday as day
    └ tool 0        └ slot 0    └ slot 1     └ slot 2        └ slot 0

The slots of a tool are its parameters, those of objects among them, and its end. A signature has
them in the same order, so where one ends is found as the next parameter is.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tokenizers import Encoding, Tokenizer

Sought: TypeAlias = tuple[int, int]  # the place of a token, and the number of what is defined

LOOKED = r"\? (?:[^,:?]+ yes, )*(?:[^,:?]+ )?"  # at a tool, word by word
# The right one is named at the end of a text that is learned until there.
FOUND = re.compile(rf"(\S+?){LOOKED}yes(?=\.|$)")
_TOOL = re.compile(r'"function", "function": {"name": "([^"]+)"')
_SLOT = re.compile(
    r'(?<!"array", )"(?!parameters"|properties")([^"]+)": {"type"'
    r'|(?:"required": \[[^]]*\])?}}}$',
    re.MULTILINE,
)
# A value that holds what ends a list, or looks like a name, is read too short: it teaches less.
_SIGNATURE = re.compile(r"(?<!\S)([^\s()]+)\(((?:[^()]|\([^()]*\))*)\) with (.*?)(?=\. |\.?\n|$)")
_IN_SIGNATURE = re.compile(r"(?:(?<=\()|(?<=, ))([^\s(),]+) ([^\s(),]+)")
_NAMED_AFTER = re.compile(r" as (\S+)(?=, |$)")

_BEGINNING = 4  # so many tokens of a slot tell what was before it


@dataclass(frozen=True)
class Definitions:
    """What a prefix defines.

    `owners`: for each token of it the first token of the name of the tool that is being defined
    there, of the slot, and, where a slot begins, of the one before, or -1. As in a signature, `)`
    is the name of an end, and `(` that of what is before the first slot. `tools` and `slots`: for
    each token the number of the tool or slot that is being defined there, or -1.
    """

    owners: tuple[list[int], list[int], list[int]]
    tools: list[int]
    slots: list[int]
    tool_numbers: Mapping[str, int]
    parameter_numbers: Mapping[tuple[str, str], int]
    first_numbers: Mapping[str, int]  # of the first slot of each tool

    @classmethod
    def read(cls, prefix: str, encoded: Encoding, tokenizer: Tokenizer) -> "Definitions":
        named, found = list(_TOOL.finditer(prefix)), list(_SLOT.finditer(prefix))
        starts = [each.start(1) for each in named]
        tools = _numbers(prefix, encoded, starts)
        # Without the quotation mark, which may be part of an earlier token.
        inside = [each.start() + each[0].startswith('"') for each in found]
        slots = _within(tools, _numbers(prefix, encoded, inside))
        parameters: dict[tuple[str, str], int] = {}
        firsts: dict[str, int] = {}
        for number, slot in enumerate(found):
            tool = named[bisect_right(starts, slot.start()) - 1][1]
            firsts.setdefault(tool, number)
            if slot[1]:
                parameters[tool, slot[1]] = number
        opens, closes = tokenizer.encode("()").ids
        names = [
            first if slot[1] else closes
            for first, slot in zip(_firsts(encoded.ids, slots, len(found)), found, strict=True)
        ]
        before = [opens if name == closes else name for name in (closes, *names)]
        return cls(
            (
                _spread(_firsts(encoded.ids, tools, len(named)), tools),
                _spread(names, slots),
                _spread(before, _beginnings(slots)),
            ),
            tools,
            slots,
            {each[1]: number for number, each in enumerate(named)},
            parameters,
            firsts,
        )

    def sought(
        self, text: str, spans: Sequence[tuple[int, int]], encoded: Encoding
    ) -> tuple[list[Sought], list[Sought], list[Sought]]:
        """Where the model looks for a tool, for the parameter of a value, and for the next slot."""
        tokens = {start: token for token, (start, _) in enumerate(encoded.offsets)}
        tools, parameters, following = list[Sought](), list[Sought](), list[Sought]()
        for span in spans:
            for found in FOUND.finditer(text, *span):
                _note(tools, tokens.get(found.start(1)), self.tool_numbers.get(found[1]))
            for found in _SIGNATURE.finditer(text, *span):
                if (number := self.first_numbers.get(found[1])) is not None:
                    following += _following(text, found.span(2), encoded, number)
                for named in _NAMED_AFTER.finditer(text, *found.span(3)):
                    parameter = self.parameter_numbers.get((found[1], named[1]))
                    _note(parameters, tokens.get(named.start(1)), parameter)
        return tools, parameters, following


def _following(
    text: str, span: tuple[int, int], encoded: Encoding, number: int
) -> Iterator[Sought]:
    """The places of a signature from the end of each type to the next name, or to the last `)`."""
    start, last = span
    named = list(_IN_SIGNATURE.finditer(text, start, last))
    ends = [start, *(each.end() for each in named)]
    nexts = [*(each.start() for each in named), last]
    gaps = list(zip(ends, nexts, strict=True))
    for token, (_, end) in enumerate(encoded.offsets):
        for count, (first, until) in enumerate(gaps):
            if first <= end <= until:
                yield token, number + count


def _note(sought: list[Sought], first: int | None, number: int | None) -> None:
    """Unless it is not defined, or no token begins with it: some merge with what is before them."""
    if first is not None and number is not None:
        sought.append((first - 1, number))


def _numbers(text: str, encoded: Encoding, starts: Sequence[int]) -> list[int]:
    """For each token how many of these are before it, or in it, less one; behind the tools -1."""
    end = text.rfind("</tools>")
    return [
        bisect_right(starts, last - 1) - 1 if first < end else -1 for first, last in encoded.offsets
    ]


def _within(tools: Sequence[int], slots: Sequence[int]) -> list[int]:
    """The numbers of slots, but -1 from where a tool begins until it has one of its own."""
    kept, tool, left = [], -1, -1
    for mine, number in zip(tools, slots, strict=True):
        if mine != tool:
            tool, left = mine, number
        kept.append(-1 if number == left else number)
    return kept


def _beginnings(numbers: Sequence[int]) -> list[int]:
    """The numbers of the first few tokens that have one, else -1."""
    earlier = [-1] * _BEGINNING + list(numbers)
    return [-1 if a == b else b for a, b in zip(earlier, numbers, strict=False)]


def _firsts(ids: Sequence[int], numbers: Sequence[int], count: int) -> list[int]:
    """For each number up to `count` the first token that has it."""
    firsts = [-1] * count
    for token, number in zip(reversed(ids), reversed(numbers), strict=True):
        if number >= 0:
            firsts[number] = token
    return firsts


def _spread(values: Sequence[int], numbers: Sequence[int]) -> list[int]:
    """For each number its value; -1 for -1."""
    return [values[number] if number >= 0 else -1 for number in numbers]
