"""Reads calls written as JSON, in the shapes that Hermes and OpenAI use."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from agentkit.events import CallRead
from agentkit.json_text import CALL_DECODER, MAXIMUM_DEPTH, UNREADABLE, depth, read_json, same

_SPACE = re.compile(r"\s*")
_FRAME = {"name", "arguments", "parameters", "function", "type", "id", "index"}  # keys of a call


def json_values(text: str, start: int) -> tuple[list[Any], int]:
    """Read consecutive JSON values; return them, with lists flattened, and where they end."""
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
    """Return the calls that JSON values describe, or none if any value is not a call."""
    calls = [_call_from(value) for value in values]
    found = tuple(call for call in calls if call is not None)
    return found if len(found) == len(calls) else ()


def decode_json(text: str, start: int) -> tuple[Any, int]:
    """Decode the JSON object or array at `start`; return it, or UNREADABLE, and its end."""
    if text[start : start + 1] not in ("{", "["):
        return UNREADABLE, start
    # A decoding error counts all lines before it, so the decoder gets no more text than it needs.
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
    """Read a call from a JSON object; invalid arguments are not taken for missing ones."""
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
    # No arguments, beside an unknown key: they were probably written under that key.
    if arguments == {} and (set(inner) | set(value)) - _FRAME:
        return None
    if not isinstance(name, str) or not name or not isinstance(arguments, dict):
        return None
    if "arguments" not in inner and _is_schema(inner.get("parameters")):
        return None  # a quoted definition of a tool
    return CallRead(name, arguments, "json")


def _is_schema(value: Any) -> bool:
    if not isinstance(value, dict) or value.get("type") != "object":
        return False
    return isinstance(value.get("properties"), dict)


def _after_space(text: str, start: int) -> int:
    match = _SPACE.match(text, start)
    return match.end() if match else start
