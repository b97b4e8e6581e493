"""Read the block at a call's opening tag: its calls, or a problem described for the model."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from agentkit.events import CallRead
from agentkit.json_text import UNREADABLE, read_literal
from agentkit.messages import Problem
from agentkit.qwen.complaints import cut_call, unreadable_call
from agentkit.qwen.json_calls import calls_from, json_values
from agentkit.qwen.layout import Layout
from agentkit.qwen.tagged_text import CLOSING
from agentkit.qwen.tags import Kind

_EXTRA_BRACES = re.compile(r"[\s}]*")


class Block(NamedTuple):
    """The calls and problems read from a block, and the offset at which the block ends."""

    calls: tuple[CallRead, ...]
    problems: tuple[Problem, ...]
    end: int


def json_block(layout: Layout, index: int) -> Block:
    """Read the block of a `<tool_call>` that is followed by JSON."""
    inside = layout.after_space(layout.tags[index].end)
    values, end = _values(layout, index, inside)
    found = calls_from(values)
    extra = _EXTRA_BRACES.match(layout.text, end)
    rest = extra.end() if extra else end
    following = layout.index_from(end)
    while following < len(layout.tags) and layout.tags[following].start == rest:
        tag = layout.tags[following]
        if tag.kind not in CLOSING:
            break
        if tag.kind is Kind.CALL_CLOSE:
            is_whole = found and not layout.has_parameters_behind(following)
            return Block(found, (), tag.end) if is_whole else unreadable(layout, index)
        rest = layout.after_space(tag.end)
        following += 1
    at_tag = following < len(layout.tags) and layout.tags[following].start == rest
    ended = at_tag or "</tool_call>".startswith(layout.text[rest : rest + 20])
    return Block(found, (), rest) if found and ended else unreadable(layout, index)


def _values(layout: Layout, index: int, inside: int) -> tuple[list[Any], int]:
    """Return a block's JSON values, or else its single Python literal, and where they end."""
    values, end = json_values(layout.text, inside)
    if values:
        return values, end
    boundary = layout.boundary_after(index)
    if boundary and boundary.kind is Kind.CALL_CLOSE:
        literal = read_literal(layout.text[inside : boundary.start].strip())
        if literal is not UNREADABLE:
            return [literal], boundary.start
    return [], end


def unreadable(layout: Layout, index: int) -> Block:
    """Report a block that can't be read; of a bare function, only the opening tag is consumed."""
    tag = layout.tags[index]
    is_json = tag.kind is Kind.CALL_OPEN and layout.holds_json(index)
    boundary = layout.boundary_after_json(index) if is_json else layout.boundary_after(index)
    if boundary is None:
        end = len(layout.text)
        ended = index <= layout.last_function_close
    else:
        end = boundary.end if boundary.kind is Kind.CALL_CLOSE else boundary.start
        ended = True
    raw = layout.text[tag.start : end]
    problem = unreadable_call(raw) if ended else cut_call(raw)
    if tag.kind is Kind.FUNCTION_OPEN:
        end = tag.end
    return Block((), (problem,), end)
