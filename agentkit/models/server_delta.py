"""Reads what one event of an OpenAI chat or completions stream holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from agentkit.json_text import same

_PLACES = ("arguments", "parameters")
# The known fields of a call; Google adds a signature of the thought.
_KNOWN = frozenset(
    {
        *("index", "id", "type", "function", "name", "description", "strict", "status", "object"),
        *("extra_content", "provider_specific_fields", "thought_signature", "signature"),
        *("cache_control", "caller", *_PLACES),
    }
)
OTHER_ROLES = ("tool", "function", "user", "system", "developer")
_MOST_DIGITS = 9  # of a call's index


@dataclass
class Delta:
    """What one event of the stream holds."""

    reasoning: str = ""
    content: str = ""
    finish: str | None = None
    usage: Mapping[str, Any] | None = None
    calls: list[CallDelta] = field(default_factory=list)
    role: str = ""  # of the speaker from here on, if given
    choice: int | None = None  # the reply's index, of several to one request
    is_whole: bool = False  # the whole message, not an increment
    may_be_whole: bool = False  # perhaps the whole message, perhaps an increment
    thought_field: str = ""  # the field that the reasoning came in

    @property
    def goes_on(self) -> bool:
        """Whether it holds a part of the reply itself."""
        return bool(self.content or self.reasoning or self.calls)

    @property
    def is_usage(self) -> bool:
        """Whether it holds only the usage."""
        return self.usage is not None and not self.goes_on and self.finish is None

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing, like an event that only keeps the connection open."""
        is_silent = self.usage is None and not self.goes_on and self.finish is None
        return is_silent and self.role not in OTHER_ROLES


@dataclass(frozen=True)
class CallDelta:
    """A piece of a structured call: where it belongs, and what it adds."""

    index: int
    id: str
    name: str
    arguments: str
    is_placed: bool = True  # by an index, or by its position among several calls
    is_unreadable: bool = False  # of an unknown shape; `arguments` holds all of it
    is_legacy: bool = False  # from `function_call`, which some servers send beside `tool_calls`
    has_more: bool = False  # it has unknown fields, which may be its arguments


def read_delta(event: Mapping[str, Any], *, is_plain: bool = False) -> Delta:
    """Read one event; `is_plain`: it is the whole answer. Wrong types count as absent."""
    delta = Delta()
    if isinstance(event.get("usage"), dict):
        delta.usage = event["usage"]
    choices = event.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        return delta
    delta.choice = choice["index"] if isinstance(choice.get("index"), int) else None
    delta.finish = _finish_reason(choice)
    fields, message = choice.get("delta"), choice.get("message")
    if not isinstance(fields, dict) or (isinstance(message, dict) and _is_blank(fields)):
        fields = message
    if isinstance(fields, dict):
        _read_fields(fields, delta)
        if delta.role in OTHER_ROLES:  # other roles neither add to the reply nor end it
            return Delta(usage=delta.usage, role=delta.role, choice=delta.choice)
        if is_plain:
            delta.finish = delta.finish or "stop"  # a complete JSON answer has ended
        delta.is_whole = fields is message and delta.finish is not None
        delta.may_be_whole = fields is message and not delta.is_whole
    else:  # the completions route
        delta.content = _text(choice.get("text"))
    return delta


def _is_blank(fields: Mapping[str, Any]) -> bool:
    """Whether no field but the role has a value."""
    return not any(value for key, value in fields.items() if key != "role")


def _finish_reason(choice: Mapping[str, Any]) -> str | None:
    """Return why a choice has ended; some servers send the word "null" until it has.

    SGLang sends an object with a `type`; any other value that is not a text is "unknown".
    """
    finish = choice.get("finish_reason")
    if isinstance(finish, dict):
        finish = finish.get("type", "unknown")
    if not finish or finish == "null":
        return None
    return finish if isinstance(finish, str) else "unknown"


def _read_fields(fields: Mapping[str, Any], delta: Delta) -> None:
    delta.role = _text(fields.get("role"))
    thought, delta.content = _thought_and_text(fields.get("content"))
    # Renamed between releases of vLLM; some servers send both with the same text.
    for name in ("reasoning_content", "reasoning"):
        if not delta.reasoning and (text := _text(fields.get(name))):
            delta.reasoning, delta.thought_field = text, name
    delta.reasoning = delta.reasoning or thought
    calls = fields.get("tool_calls") or []
    calls = calls if isinstance(calls, list) else [calls]
    for position, call in enumerate(calls):
        if (piece := _call_delta(call, position, is_alone=len(calls) == 1)) is not None:
            delta.calls.append(piece)
    if not calls and isinstance(legacy := fields.get("function_call"), dict) and legacy:
        name, text = _text(legacy.get("name")), _arguments(legacy, {})
        if name or text:
            delta.calls.append(CallDelta(0, "", name, text, is_legacy=True))


def _call_delta(call: Any, position: int, *, is_alone: bool) -> CallDelta | None:
    """Read a piece of a call; None for an empty one, which some servers send along.

    A piece of an unknown shape is kept, without a name.
    """
    if isinstance(call, str) and call.lstrip().startswith(("{", "[")):
        return CallDelta(position, "", "", call, is_unreadable=True)
    if not isinstance(call, dict):
        return None
    given = _index(call.get("index"))
    index, is_placed = (position, not is_alone) if given is None else (given, True)
    unknown = CallDelta(index, "", "", json.dumps(call), is_unreadable=True)
    function = call.get("function", call)  # the level `function` may be missing
    if not isinstance(function, dict):
        return unknown if function else None
    has_more = any(part[key] for part in (function, call) for key in part if key not in _KNOWN)
    if function is call:
        if not any(value for key, value in call.items() if key not in ("index", "type", "id")):
            return None
        if not (call.get("name") or any(call.get(key) for key in _PLACES)):
            return unknown
        call = {key: value for key, value in call.items() if key not in _PLACES}
    name, text = _text(function.get("name")), _arguments(function, call)
    if not (name or text):
        return unknown if has_more else None
    return CallDelta(index, _text(call.get("id")), name, text, is_placed, has_more=has_more)


def _arguments(function: Mapping[str, Any], call: Mapping[str, Any]) -> str:
    """Return the text of a call's arguments. Unreadable ones are kept, unlike missing ones."""
    given = [part[key] for part in (function, call) for key in _PLACES if part.get(key)]
    if any(not same(given[0], other) for other in given[1:]):
        return json.dumps(given)
    if not given:  # `0` and `[]` are no valid arguments, but were sent as such
        rest = [function[key] for key in (*_PLACES, "args", "input") if key in function]
        wrong = [each for each in rest if each not in (None, "") and each != {}]
        return json.dumps(wrong) if wrong else ""
    return given[0] if isinstance(given[0], str) else json.dumps(given[0])


def _index(value: Any) -> int | None:
    """Return a call's index as a number; None if there is none."""
    if isinstance(value, str) and value.isdecimal() and len(value) <= _MOST_DIGITS:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _thought_and_text(value: Any) -> tuple[str, str]:
    """Split a content into thought and text; some servers send it as a list of parts."""
    if isinstance(value, str):
        return "", value
    thought = text = ""
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, str):
            text += part
        elif isinstance(part, dict) and part.get("type") in ("reasoning", "thinking"):
            thought += _text(part.get("text")) or _text(part.get("thinking"))
        elif isinstance(part, dict):
            text += _text(part.get("text"))
    return thought, text


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
