"""Calls that are written as JSON, in the shapes that Hermes and OpenAI use."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from agentkit.events import CallRead
from agentkit.json_text import CALL_DECODER, MAXIMUM_DEPTH, UNREADABLE, depth, read_json, same

_SPACE = re.compile(r"\s*")
_FRAME = {"name", "arguments", "parameters", "function", "type", "id", "index"}  # of a JSON call


def json_values(text: str, start: int) -> tuple[list[Any], int]:
    """The JSON values that stand one after the other, and where they end."""
    values: list[Any] = []
    end = start
    while True:
        value, stop = decode_json(text, _after_space(text, end))
        if value is UNREADABLE:
            return values, end
        values += value if isinstance(value, list) else [value]
        end = stop
        comma = _after_space(text, end)
        if text[comma : comma + 1] == ",":
            end = comma + 1


def calls_from(values: Sequence[Any]) -> tuple[CallRead, ...]:
    """The calls that JSON values stand for; none, if any of them is something else."""
    calls = [_call_from(value) for value in values]
    found = tuple(call for call in calls if call is not None)
    return found if len(found) == len(calls) else ()


def decode_json(text: str, start: int) -> tuple[Any, int]:
    """The JSON object or array at `start` and where it ends, or UNREADABLE."""
    if text[start : start + 1] not in ("{", "["):
        return UNREADABLE, start
    # An error of the decoder counts all lines before it, so it is given no more than it needs.
    size = 2_000
    while True:
        piece = text[start : start + size]
        try:
            value, end = CALL_DECODER.raw_decode(piece)
        except json.JSONDecodeError as error:
            cut = error.pos > len(piece) - 12 or error.msg.startswith("Unterminated")
            if not cut or start + size >= len(text):
                return UNREADABLE, start
            size *= 8
        except (ValueError, RecursionError):
            return UNREADABLE, start
        else:
            if depth(piece[:end]) > MAXIMUM_DEPTH:
                return UNREADABLE, start
            return value, start + end


def _call_from(value: Any) -> CallRead | None:
    """A call from a JSON object. What can't be arguments is not the same as none."""
    if not isinstance(value, dict):
        return None
    inner = value["function"] if isinstance(value.get("function"), dict) else value
    name, parts = inner.get("name"), [inner, value]
    given = [part[key] for part in parts for key in ("arguments", "parameters") if key in part]
    given = [each for each in given if each not in (None, "", []) and each != {}]
    arguments = given[0] if given else {}
    if any(not same(arguments, other) for other in given[1:]):
        return None
    if isinstance(arguments, str):  # the OpenAI shape: JSON inside a string
        arguments = read_json(arguments) if arguments.strip() else {}
    # None were written, unless they stand under a name that nobody agreed on.
    if arguments == {} and (set(inner) | set(value)) - _FRAME:
        return None
    if not isinstance(name, str) or not name or not isinstance(arguments, dict):
        return None
    if "arguments" not in inner and _is_schema(inner.get("parameters")):
        return None  # a definition that is quoted
    return CallRead(name, arguments, "json")


def _is_schema(value: Any) -> bool:
    if not isinstance(value, dict) or value.get("type") != "object":
        return False
    return isinstance(value.get("properties"), dict)


def _after_space(text: str, start: int) -> int:
    match = _SPACE.match(text, start)
    return match.end() if match else start
