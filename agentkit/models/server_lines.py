"""Bytes to events, whatever way they are cut: server-sent ones, or one plain JSON answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from agentkit.errors import ModelUnavailable
from agentkit.json_text import DECODER

_LONGEST_EVENT = 16 * 1024**2  # bytes
_OBJECT_AS_ARGUMENTS = re.compile(rb'"(?:arguments|parameters)"\s*:\s*\{')

Event = dict[str, Any]


class EventLines:
    """Bytes to events.

    An event may be spread over several `data:` lines; one that is no JSON object is dropped. A last
    line without its end was broken off, and is no event. Raises ModelUnavailable for one of more
    than 16 MiB.
    """

    def __init__(self, *, plain: bool) -> None:
        self._plain = plain
        self._pending = b""
        self._data = b""
        self._is_first = True
        self._is_error = False
        self.is_done = False
        self.has_lost_some = False
        self.has_lost_a_part = False  # of the reply itself, by all appearances

    def feed(self, piece: bytes) -> list[Event]:
        """The events that these bytes complete."""
        self._pending += piece
        if len(self._pending) + len(self._data) > _LONGEST_EVENT:
            raise ModelUnavailable("The server sent an event of more than 16 MiB.")
        if self._plain or b"\n" not in piece:
            return []
        *whole, self._pending = self._pending.split(b"\n")
        return list(self._events(whole))

    def close(self) -> list[Event]:
        """The connection has ended."""
        event = _json_object(self._pending) if self._plain else None
        return [event] if event is not None else []

    def _events(self, lines: list[bytes]) -> Iterator[Event]:
        for line in lines:
            if self._is_first:
                line = line.removeprefix(b"\xef\xbb\xbf")
                self._is_first = False
            if not line.startswith(b"data:"):
                self._other_line(line)
                continue
            self._data = self._data + b"\n" + line[5:] if self._data else line[5:]
            if self._data.strip() == b"[DONE]":
                self.is_done = True
                return
            event = _json_object(self._data)
            if event is not None:
                self._data = b""
                if self._is_error and "error" not in event:
                    event = {"error": event}
                yield event

    def _end_of_event(self) -> None:
        if self._data:
            self.has_lost_some = True
            self.has_lost_a_part = self.has_lost_a_part or b'"choices"' in self._data
            self._data = b""
        self._is_error = False

    def _other_line(self, line: bytes) -> None:
        """A line that brings no data: an event's end or name, a comment, or a broken line."""
        line = line.strip()
        if not line:
            self._end_of_event()
        elif line.startswith(b"event:"):
            self._is_error = line[len(b"event:") :].strip() == b"error"
        elif line.endswith(b"}") and not line.startswith((b":", b"id:", b"retry:")):
            self.has_lost_some = True  # the end of an event whose beginning is lost


def _json_object(data: bytes) -> Event | None:
    try:
        read = DECODER.decode if _has_arguments(data) else json.loads
        value = read(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _has_arguments(data: bytes) -> bool:
    """Whether arguments stand in it as an object: a call's own words, of which nothing is lost."""
    named = b"arguments" in data or b"parameters" in data  # most events have none: asked first
    return named and _OBJECT_AS_ARGUMENTS.search(data) is not None
