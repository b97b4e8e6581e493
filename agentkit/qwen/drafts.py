"""Calls inside a thought: shown as part of it, and parsed again if the thought ends with them.

A thought may end without `</think>`, and what looked like its end may have been data of a call
that ends there. So everything from the first opening tag on is kept and read as one text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from agentkit.events import CallRead, ParserEvent
from agentkit.messages import Problem
from agentkit.qwen.calls import CallReader
from agentkit.qwen.complaints import looks_like_call, unknown_tool
from agentkit.qwen.markdown import Code
from agentkit.qwen.tags import SPECIAL, Kind, Tools
from agentkit.qwen.thoughts import AFTER_BLOCK, END_OF_THOUGHT


class Ending(NamedTuple):
    """The last blocks of a thought: where they start in the kept text, and what they hold.

    `is_end` says that nothing of the thought follows them; otherwise `calls` is empty.
    """

    start: int
    is_end: bool
    calls: list[CallRead]
    problems: list[Problem]

    def events(self, tools: Tools) -> Iterator[ParserEvent]:
        """Yield the problems, and the calls of known tools if all problems are `unknown_tool`."""
        yield from self.problems
        if all(problem.kind == "unknown_tool" for problem in self.problems):
            yield from (call for call in self.calls if call.name in tools)


class Drafts:
    """Keeps what was shown of a thought since a call first opened in it."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._openings: list[int] = []  # offsets in the whole text
        self._shown: list[str] = []

    @property
    def length(self) -> int:
        """Number of characters kept; 0 if there is nothing to parse again."""
        return sum(map(len, self._shown))

    def open(self, offset: int) -> None:
        """Record that a call may open at this offset."""
        if not self._openings or offset > self._openings[-1]:
            self._openings.append(offset)

    def take(self, text: str) -> None:
        """Keep more text of the thought, if a call may have opened before it."""
        if self._openings:
            self._shown.append(text)

    def forget(self) -> None:
        """Drop the drafts: text follows the thought, or it goes on, so they were no calls."""
        self._openings, self._shown = [], []

    def ending(
        self, rest: str, control: Collection[int] | None, around: Collection[Kind]
    ) -> Ending:
        """Return the blocks that the thought ends with; `rest` is its text not shown yet.

        `control` holds the offsets of control tokens, or is None if every tag counts as one. An
        opening tag inside another call's block does not count.
        """
        base = self._openings[0]
        real = None if control is None else {offset - base for offset in control}
        reading = _Reading("".join(self._shown) + rest, self._tools, real, around)
        seen = [opening - base for opening in self._openings]
        found = reading.ending(seen)
        if found.is_end:
            return found
        # The opening may only mention a function; look for calls in the text held after it.
        return reading.ending(sorted({*seen, *_openings_in(reading.text)}))


class _Reading:
    """A text that may end with calls; `real` holds the offsets of its control tokens."""

    def __init__(
        self, text: str, tools: Tools, real: set[int] | None, around: Collection[Kind]
    ) -> None:
        self.text = text
        self._tools = tools
        self._real = real
        self._around = around
        self._reader = CallReader(text, tools, real)

    def ending(self, openings: list[int]) -> Ending:
        calls: list[CallRead] = []
        problems: list[Problem] = []
        start = end = 0
        for opening in openings:
            if opening < end:
                continue
            calls, problems, start = [], [], opening
            end = start
            while self._opens_a_block(end):
                block = self._reader.read(end)
                if self._reader.quoted_until(block, end, self._around) >= 0:
                    whole = self.text[start : block.end]
                    return Ending(start, True, [], [looks_like_call(whole)])
                calls += block.calls
                problems += block.problems
                after = AFTER_BLOCK.match(self.text, block.end)
                end = after.end() if after else block.end
        problems += [
            unknown_tool(call, self._tools) for call in calls if call.name not in self._tools
        ]
        is_end = self._ends_at(end)
        return Ending(start, is_end, calls if is_end else [], problems)

    def _opens_a_block(self, place: int) -> bool:
        match = SPECIAL.match(self.text, place)
        if match is None or not _opens(match):
            return False
        return self._real is None or (match["call"] is not None and place in self._real)

    def _ends_at(self, place: int) -> bool:
        """Whether nothing of the thought stands after this place."""
        rest = END_OF_THOUGHT.match(self.text, place)
        if rest is None or self._real is None:
            return rest is not None
        tags = SPECIAL.finditer(self.text, place, rest.end())
        return all(tag.start() in self._real for tag in tags)


def _opens(match: re.Match[str]) -> bool:
    return match["call"] is not None or match["function"] is not None


def _openings_in(text: str) -> Iterator[int]:
    """Yield the offsets at which calls may open: at the start of a line and outside code."""
    code, position = Code(), 0
    for match in SPECIAL.finditer(text):
        code.advance(text[position : match.start()])
        position = match.start()
        if not (_opens(match) and code.line_is_blank()):
            continue
        if code.holds(text, match.end(), final=True) == "no":
            yield position
