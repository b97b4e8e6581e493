"""Reads tool calls from a complete text.

    CallReader(text, tools).read(start)  -> the calls of the block that opens there, or a problem

`tagged_text.py` has the tags, `layout.py` what belongs together, `readings.py` decides which tags
are structure, and `blocks.py` reads blocks of JSON and reports unreadable ones.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Sequence
from typing import Any

from agentkit.events import CallRead
from agentkit.messages import Problem
from agentkit.qwen.blocks import Block, json_block, unreadable
from agentkit.qwen.layout import ENDS_OF_VALUES, Layout
from agentkit.qwen.readings import Action, Readings, State
from agentkit.qwen.tags import Kind, Tools, function_name
from agentkit.schemas import shown


class CallReader:
    """Reads the calls in one text. `real` holds the offsets of tags that are control tokens."""

    def __init__(self, text: str, tools: Tools, real: Collection[int] | None = None) -> None:
        self._layout = Layout(text, tools, real)
        self._doubtful: set[int] = set()  # ids of steps that lead to `Action.DOUBT`

    def read(self, start: int) -> Block:
        """Read the block that opens at offset `start`, at a `<tool_call>` or function tag."""
        index = self._layout.index_from(start)
        is_call = self._layout.tags[index].kind is Kind.CALL_OPEN
        if is_call:
            index = self._layout.last_opening(index)
        if is_call and self._layout.holds_json(index):
            return json_block(self._layout, index)
        found = self._follow(index, State.BLOCK if is_call else State.FUNCTION)
        return found or unreadable(self._layout, index)

    def may_be_bare(self, match: re.Match[str]) -> bool:
        """Whether a function's opening tag without `<tool_call>` may open a call where it is."""
        return self._layout.may_be_bare(match.start(), function_name(match, self._layout.tools))

    def quoted_until(self, block: Block, start: int, around: Collection[Kind]) -> int:
        """Return where a block ends that is quoted in an unreadable call or function, else -1.

        `around` holds the kinds of closing tags that unreadable openings before the block still
        lack. `block.end` may lie after them, so the end of a well-formed call is preferred.
        """
        if not around:
            return -1
        last = self._layout.end_of_inner_call(self._layout.index_from(start))
        end = block.end if last is None else self._layout.tags[last].end
        behind = self._layout.index_from(end)
        is_quoted = any(self._layout.unmatched[kind][behind] for kind in around)
        return end if is_quoted else -1

    @functools.cached_property
    def _readings(self) -> Readings:
        return Readings(self._layout)

    def _follow(self, start: int, state: State) -> Block | None:
        """Walk the cheapest reading of a block to its end; None if it can't be read."""
        text, tags = self._layout.text, self._layout.tags
        calls: list[CallRead] = []
        problems: list[Problem] = []
        name, key, value_start = "", "", 0
        pairs: list[tuple[str, str]] = []
        body: dict[str, Any] | None = None
        walked: list[int] = []
        for index, step in self._readings.path(start, state):
            walked.append(id(step))
            if Action.DOUBT in step.action or id(step) in self._doubtful:
                self._doubtful.update(walked)  # so that no path is walked twice to its end
                return None
            if Action.CLOSE_VALUE in step.action:
                value = text[value_start : tags[index].start]
                if tags[index].kind not in ENDS_OF_VALUES:
                    value = _without_own_close(value, key)
                pairs.append((key, _value(value)))
            if Action.END_CALL in step.action:
                call = _call(name, pairs, body)
                if isinstance(call, CallRead):
                    calls.append(call)
                else:
                    problems.append(call)
            if Action.OPEN_CALL in step.action:
                name, pairs = tags[index].name, []
                body, _ = self._layout.bodies.get(index, (None, 0))
            if Action.OPEN_VALUE in step.action:
                key, value_start = tags[index].name, tags[index].end
            if step.state is State.TEXT:
                return Block(tuple(calls), tuple(problems), tags[step.place - 1].end)
        return None


def _without_own_close(text: str, name: str) -> str:
    """Strip a final `</name>` from the value of parameter `name`, unless `<name` opens in it."""
    inside, close, after = text.rpartition(f"</{name}>")
    return inside if close and not after.strip() and f"<{name}" not in inside else text


def _value(text: str) -> str:
    """Strip the one line break that the format puts on each side of a raw value."""
    decides = text if text.startswith(("\r", "\n")) else text[-2:]
    line_break = "\r\n" if decides.startswith("\r\n") else "\n"
    rest = text.removeprefix(line_break)
    return rest.removesuffix(line_break if rest.endswith(line_break) else "\n")


def _call(
    name: str, pairs: Sequence[tuple[str, str]], body: dict[str, Any] | None
) -> CallRead | Problem:
    if body is not None:
        return CallRead(name, body, "json")
    arguments: dict[str, Any] = {}
    if not all(key for key, _ in pairs):
        return Problem(
            kind="unreadable_call",
            message=f"The call of {name} gave a parameter without a name, so it was not run. Write "
            f"the whole call again.",
            raw="\n".join([name, *(f"{key}: {value}" for key, value in pairs)]),
        )
    for key, value in pairs:
        if (first := arguments.setdefault(key, value)) != value:
            one, other = shown(first), shown(value)
            values = f"as {one} and as {other}" if one != other else "with different values"
            return Problem(
                kind="repeated_parameter",
                message=f"The call of {name} gave the parameter {key} twice, {values}, so it was "
                f"not run. Write the call again with one value.",
                raw="\n".join([name, *(f"{key}: {value}" for key, value in pairs)]),
            )
    if not name:
        return Problem(
            kind="unreadable_call",
            message="A tool call named no function, so it was not run. Write the whole call again.",
        )
    return CallRead(name, arguments, "xml")
