"""Finds what each prompt token defines, and where a reply looks it up, for the second loss.

    {"name": "book", … {"day": {"type": "string"}, "seats": {"type": "integer"}}, "required": […]}}}
             └ tool 0 …   └ slot 0                  └ slot 1                       └ slot 2, its end
    book? yes. book(day string, seats integer) with Monday as day
    └ tool 0        └ slot 0    └ slot 1     └ slot 2        └ slot 0

The slots of a tool are its parameters, including those of nested objects, and its end. A signature
has them in the same order, so its end is found in the same way as the next parameter.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tokenizers import Encoding, Tokenizer

Sought: TypeAlias = tuple[int, int]  # the index of a token, and the number of a definition

LOOKED = r"\? (?:[^,:?]+ yes, )*(?:[^,:?]+ )?"  # a plan checks a tool's name word by word
# `$`: a text that is learned only until the tool is found ends there.
FOUND = re.compile(rf"(\S+?){LOOKED}yes(?=\.|$)")
_TOOL = re.compile(r'"function", "function": {"name": "([^"]+)"')
# A parameter, or what follows the last one at the end of a tool's line.
_SLOT = re.compile(
    r'(?<!"array", )"(?!parameters"|properties")([^"]+)": '
    r'{"type": "(?:string|integer|number|boolean|array|object)"'
    r'|(?:"required": \[[^]]*\])?}}}$',
    re.MULTILINE,
)
# A value that holds what ends a list, or looks like a name, is cut short, so it teaches less.
_SIGNATURE = re.compile(r"(?<!\S)([^\s()]+)\(((?:[^()]|\([^()]*\))*)\) with (.*?)(?=\. |\.?\n|$)")
_IN_SIGNATURE = re.compile(r"(?:(?<=\()|(?<=, ))([^\s(),]+) ([^\s(),]+)")
_NAMED_AFTER = re.compile(r" as (\S+)(?=, |$)")

_BEGINNING = 4  # tokens at the start of a slot that are asked for the slot before it


@dataclass(frozen=True)
class Defined:
    """A tool: its number, its parameters in order, and the number of its first slot."""

    number: int
    parameters: Sequence[str]
    first: int


@dataclass(frozen=True)
class Definitions:
    """The definitions in a prefix.

    `owners`: for each token, the first token of the name of the tool being defined there, of the
    slot, and, at the beginning of a slot, of the slot before it; or -1. As in a signature, an end
    is named `)`, and what comes before the first slot `(`. `tools` and `slots`: for each token, the
    number of the tool or slot being defined there, or -1.
    """

    owners: tuple[list[int], list[int], list[int]]
    tools: list[int]
    slots: list[int]
    known: Mapping[str, Defined]

    @classmethod
    def read(cls, prefix: str, encoded: Encoding, tokenizer: Tokenizer) -> "Definitions":
        named, found = list(_TOOL.finditer(prefix)), list(_SLOT.finditer(prefix))
        starts = [each.start(1) for each in named]
        tools = _numbers(prefix, encoded, starts)
        # Without the quotation mark, which may be part of an earlier token.
        inside = [each.start() + each[0].startswith('"') for each in found]
        slots = _within(tools, _numbers(prefix, encoded, inside))
        owners = _owners(encoded.ids, tools, slots, [each[1] is None for each in found], tokenizer)
        known: dict[str, Defined] = {}
        for number, (tool, until) in enumerate(zip(named, [*starts[1:], len(prefix)], strict=True)):
            mine = [n for n, slot in enumerate(found) if tool.end() < slot.start() < until]
            parameters = [found[n][1] for n in mine if found[n][1]]
            known[tool[1]] = Defined(number, parameters, mine[0] if mine else -1)
        return cls(owners, tools, slots, known)

    def sought(
        self, text: str, spans: Sequence[tuple[int, int]], encoded: Encoding
    ) -> tuple[list[Sought], list[Sought], list[Sought]]:
        """Find where the model looks for a tool, for a value's parameter, and for the next slot."""
        tokens = {start: token for token, (start, _) in enumerate(encoded.offsets)}
        tools, parameters, following = list[Sought](), list[Sought](), list[Sought]()
        for span in spans:
            for found in FOUND.finditer(text, *span):
                if tool := self.known.get(found[1]):
                    _note(tools, tokens, found.start(1), tool.number)
            for found in _SIGNATURE.finditer(text, *span):
                named = list(_IN_SIGNATURE.finditer(text, *found.span(2)))
                tool = self.known.get(found[1])
                # Nothing is to be learned from what only looks like a signature.
                if tool is None or [each[1] for each in named] != tool.parameters:
                    continue
                following += _following(named, found.span(2), encoded, tool.first)
                for each in _NAMED_AFTER.finditer(text, *found.span(3)):
                    if each[1] in tool.parameters:
                        number = tool.first + tool.parameters.index(each[1])
                        _note(parameters, tokens, each.start(1), number)
        return tools, parameters, following


def _following(
    named: Sequence[re.Match[str]], span: tuple[int, int], encoded: Encoding, number: int
) -> Iterator[Sought]:
    """Yield the tokens of a signature from the end of each type to the next name or last `)`."""
    start, last = span
    ends = [start, *(each.end() for each in named)]
    nexts = [*(each.start() for each in named), last]
    gaps = list(zip(ends, nexts, strict=True))
    for token, (_, end) in enumerate(encoded.offsets):
        for count, (first, until) in enumerate(gaps):
            if first <= end <= until:
                yield token, number + count


def _note(sought: list[Sought], tokens: Mapping[int, int], start: int, number: int) -> None:
    """Record what is looked for at `start`, unless the token there merged with text before it."""
    if start in tokens:
        sought.append((tokens[start] - 1, number))


def _owners(
    ids: Sequence[int],
    tools: Sequence[int],
    slots: Sequence[int],
    is_end: Sequence[bool],
    tokenizer: Tokenizer,
) -> tuple[list[int], list[int], list[int]]:
    opens, closes = (tokenizer.token_to_id(each) or 0 for each in "()")  # each has a token
    firsts = _firsts(ids, slots, len(is_end))
    names = [closes if end else first for first, end in zip(firsts, is_end, strict=True)]
    before = [opens if name == closes else name for name in (closes, *names)]
    tool_names = _firsts(ids, tools, max(tools, default=-1) + 1)
    return _spread(tool_names, tools), _spread(names, slots), _spread(before, _beginnings(slots))


def _numbers(text: str, encoded: Encoding, starts: Sequence[int]) -> list[int]:
    """For each token, the index of the last start before or in it, or -1; after the tools, -1."""
    end = text.rfind("</tools>")
    return [
        bisect_right(starts, last - 1) - 1 if first < end else -1 for first, last in encoded.offsets
    ]


def _within(tools: Sequence[int], slots: Sequence[int]) -> list[int]:
    """Keep the numbers of slots, but -1 from where a tool begins until its own first slot."""
    kept, tool, left = [], -1, -1
    for mine, number in zip(tools, slots, strict=True):
        if mine != tool:
            tool, left = mine, number
        kept.append(-1 if number == left else number)
    return kept


def _beginnings(numbers: Sequence[int]) -> list[int]:
    """Keep each number only for the first few tokens that have it; -1 for all others."""
    earlier = [-1] * _BEGINNING + list(numbers)
    return [-1 if a == b else b for a, b in zip(earlier, numbers, strict=False)]


def _firsts(ids: Sequence[int], numbers: Sequence[int], count: int) -> list[int]:
    """For each number below `count`, the first token that has it, or -1."""
    firsts = [-1] * count
    for token, number in zip(reversed(ids), reversed(numbers), strict=True):
        if number >= 0:
            firsts[number] = token
    return firsts


def _spread(values: Sequence[int], numbers: Sequence[int]) -> list[int]:
    """Look up the value of each number; -1 stays -1."""
    return [values[number] if number >= 0 else -1 for number in numbers]
