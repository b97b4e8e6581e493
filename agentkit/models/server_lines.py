"""Bytes to events, whatever way they are cut: server-sent ones, or one plain JSON answer."""

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
_MOST_TRIED = 3  # lines of an event that are tried as a whole one; further ones wait for its end
_OWN_EVENTS = (b"", b"message", b"error")  # others, such as `ping`, say nothing
_KEYS = ("choices", "usage", "error")
_SIGN_OF_LIFE = re.compile(rb"[\w\s.-]*")
_JSON_BEGAN = re.compile(rb'[{}"]')
_FIELDS = (b":", b"id:", b"retry:")
_FAILURE = re.compile(
    rb"error|upstream|gateway|timed? ?out|unavailable|refused|reset", re.IGNORECASE
)
_IN_CALLS = (b"arguments", b"parameter", b"function", b"tool_call")
_OBJECT_AS_ARGUMENTS = re.compile(rb'"(?:arguments|parameters)"\s*:\s*\{')

_NO_WORDS = "an error without words"

Event = dict[str, Any]


class Loss(enum.Enum):
    """Something that can't be read stood between the events: by all appearances, what it was."""

    OF_REPLY = enum.auto()
    OF_SOMETHING = enum.auto()


class EventLines:
    """Bytes to events, and to a `Loss` where one can't be read.

    An event may be spread over several `data:` lines; one that is no JSON object is dropped. A last
    line without its end was broken off, and is no event. Raises ModelUnavailable for one of more
    than 16 MiB.
    """

    def __init__(self) -> None:
        self._pending = b""
        self._data: list[bytes] = []
        self._size = 0  # of the data
        self._is_first = True
        self._name = b""  # of the event
        self.is_plain = False  # what comes in is one JSON answer; its first byte tells
        self.is_done = False

    def feed(self, piece: bytes) -> list[Event | Loss]:
        """The events that these bytes complete, and what was lost among them, in order."""
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
        """The connection has ended."""
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
        """The event that the data makes up; it is used up then, also if it says nothing."""
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
        """An event of many lines, or an error, or what was lost: data that means something."""
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
        """A line that brings no data: an event's end or name, a comment, or a broken line."""
        line = line.strip()
        if not line:
            return self._end_of_event()
        if line.startswith(b"event:"):
            self._name = line[len(b"event:") :].strip()
            return None
        # A proxy's page or words, or a part of an event that is lost.
        is_broken = (
            line.startswith(b"<")
            or _JSON_BEGAN.search(line)
            or b"data".startswith(line)
            or _FAILURE.search(line)
        )
        return Loss.OF_SOMETHING if is_broken and not line.startswith(_FIELDS) else None


def _is_no_object(data: bytes) -> bool:
    """Whether it is whole JSON, but nothing that the protocol knows."""
    try:
        return not isinstance(json.loads(data), dict)
    except (ValueError, RecursionError):
        return False


def _json_object(data: bytes) -> Event | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        if any(word in data for word in _IN_CALLS):
            return None  # no call is run with other characters than were written
        text = data.decode("utf-8", "surrogateescape")  # seen as no character, here and later
    try:
        value = (DECODER.decode if _has_arguments(data) else json.loads)(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _has_arguments(data: bytes) -> bool:
    """Whether arguments stand in it as an object: a call's own words, of which nothing is lost."""
    named = b"arguments" in data or b"parameters" in data  # most events have none: asked first
    return named and _OBJECT_AS_ARGUMENTS.search(data) is not None
