"""Turns bytes, however they are cut, into server-sent events or one plain JSON answer."""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Iterator
from typing import Any

from agentkit.errors import ModelUnavailable
from agentkit.json_text import DECODER

_LONGEST_EVENT = 16 * 1024**2  # bytes
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_MOST_TRIED = 3  # data lines; an event of no more is parsed before its end is seen
_OWN_EVENTS = (b"", b"message", b"error")  # other names, such as `ping`, carry nothing
_KEYS = ("choices", "usage", "error")
_SIGN_OF_LIFE = re.compile(rb"[\w\s.-]*")
_JSON_BEGAN = re.compile(rb'[{}"]')
_FIELDS = (b":", b"id:", b"retry:")
_FAILURE = re.compile(
    rb"error|upstream|gateway|timed? ?out|unavailable|refused|reset", re.IGNORECASE
)
_IN_CALLS = (b"arguments", b"parameter", b"function", b"tool_call")
_OBJECT_AS_ARGUMENTS = re.compile(rb'"(?:arguments|parameters)"\s*:\s*\{')

_NO_WORDS = "the server gave no reason"

Event = dict[str, Any]


class Loss(enum.Enum):
    """Unreadable data in the stream, by what it seems to have been part of."""

    OF_REPLY = enum.auto()
    OF_SOMETHING = enum.auto()


class EventLines:
    """Turns bytes into events, with a `Loss` in place of one that can't be read.

    An event may span several `data:` lines; JSON that is not an object is dropped, and so is a last
    line without a line break, which was cut off. Raises ModelUnavailable for an event of more than
    16 MiB.
    """

    def __init__(self) -> None:
        self._pending = b""
        self._data: list[bytes] = []
        self._size = 0  # of the data, in bytes
        self._is_first = True
        self._name = b""  # of the event
        self.is_plain = False  # the body is one JSON answer, as its first byte shows
        self.is_done = False

    def feed(self, piece: bytes) -> list[Event | Loss]:
        """Return the events that these bytes complete, and the losses among them, in order."""
        self._pending += piece
        if len(self._pending) + self._size > _LONGEST_EVENT:
            raise ModelUnavailable("The server sent an event of more than 16 MiB.")
        if self._is_first:
            self._pending = self._pending.lstrip().removeprefix(_BYTE_ORDER_MARK).lstrip()
            self.is_plain = self._pending.startswith(b"{")
            self._is_first = len(self._pending) < len(_BYTE_ORDER_MARK)
        if self.is_plain or b"\n" not in piece:
            return []
        *whole, self._pending = self._pending.split(b"\n")
        return list(self._events(whole))

    def close(self) -> list[Event | Loss]:
        """Return what is left once the connection has ended: a plain JSON answer, if any."""
        self.is_done = self.is_done or self._pending.strip() == b"data: [DONE]"
        event = _json_object(self._pending) if self.is_plain else None
        return [event] if event is not None else []

    def _events(self, lines: list[bytes]) -> Iterator[Event | Loss]:
        for line in lines:
            if not line.startswith(b"data:"):
                if (found := self._other_line(line)) is not None:
                    yield found
                continue
            self._data.append(line[5:])
            self._size += len(line)
            if len(self._data) > _MOST_TRIED:
                continue
            data = b"\n".join(self._data)
            if data.strip() == b"[DONE]":
                self.is_done = True
                self._forget_data()
                return
            if (event := self._event(data)) is not None:
                yield event

    def _event(self, data: bytes) -> Event | None:
        """Return the event and clear the data if it is complete; None also for unknown events."""
        event = _json_object(data)
        if event is None:
            return None
        self._forget_data()
        if self._name == b"error" and not event.get("error"):
            event = {"error": event or _NO_WORDS}
        is_own = self._name in _OWN_EVENTS or any(key in event for key in _KEYS)
        return event if is_own else None

    def _forget_data(self) -> None:
        self._data, self._size = [], 0

    def _end_of_event(self) -> Event | Loss | None:
        """At the end of an event, return what is still to report: it, an error, or a loss."""
        data = b"\n".join(self._data)
        event = self._event(data) if len(self._data) > _MOST_TRIED else None
        was_read, name = bool(data) and not self._data, self._name
        self._name = b""
        self._forget_data()
        if was_read:
            return event
        if name == b"error":
            return {"error": data.decode("utf-8", "replace").strip(' "\n') or _NO_WORDS}
        is_own = name in _OWN_EVENTS or _JSON_BEGAN.search(data) is not None
        if not data or not is_own or _SIGN_OF_LIFE.fullmatch(data) or _is_no_object(data):
            return None
        return Loss.OF_REPLY if b'"choices"' in data else Loss.OF_SOMETHING

    def _other_line(self, line: bytes) -> Event | Loss | None:
        """Handle a line without data: an event's end or name, a comment, or a broken line."""
        line = line.strip()
        if not line:
            return self._end_of_event()
        if line.startswith(b"event:"):
            self._name = line[len(b"event:") :].strip()
            return None
        # An error page or message of a proxy, or a fragment of an event.
        is_broken = (
            line.startswith(b"<")
            or _JSON_BEGAN.search(line)
            or b"data".startswith(line)
            or _FAILURE.search(line)
        )
        return Loss.OF_SOMETHING if is_broken and not line.startswith(_FIELDS) else None


def _is_no_object(data: bytes) -> bool:
    """Whether the data is complete JSON, but not an object."""
    try:
        return not isinstance(json.loads(data), dict)
    except (ValueError, RecursionError):
        return False


def _json_object(data: bytes) -> Event | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        if any(word in data for word in _IN_CALLS):
            return None  # never run a call whose characters may be altered
        text = data.decode("utf-8", "surrogateescape")  # shown as U+FFFD later
    try:
        value = (DECODER.decode if _has_arguments(data) else json.loads)(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _has_arguments(data: bytes) -> bool:
    """Whether the data holds arguments as an object, which must be decoded without loss."""
    named = b"arguments" in data or b"parameters" in data  # cheap: most events have neither
    return named and _OBJECT_AS_ARGUMENTS.search(data) is not None
