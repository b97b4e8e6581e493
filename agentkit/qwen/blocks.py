"""What stands at the opening tag of a call: calls, or a problem in words for the model."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from agentkit.events import CallRead
from agentkit.json_text import UNREADABLE, read_literal
from agentkit.messages import Problem
from agentkit.qwen.complaints import cut_call, unreadable_call
from agentkit.qwen.json_calls import calls_from, json_values
from agentkit.qwen.layout import CLOSING, Layout
from agentkit.qwen.tags import Kind

_EXTRA_BRACES = re.compile(r"[\s}]*")


class Block(NamedTuple):
    """What was read, and where the text goes on."""

    calls: tuple[CallRead, ...]
    problems: tuple[Problem, ...]
    end: int


def json_block(layout: Layout, index: int) -> Block:
    """The block of a `<tool_call>` behind which JSON begins."""
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
    """The JSON values of a block, or the one Python literal, and where they end."""
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
    """A problem. Of a function without a `<tool_call>` only the tag is taken."""
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
