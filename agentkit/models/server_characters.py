"""Repairs split characters: a server that counts in UTF-16 may send, or lose, half of one."""

from __future__ import annotations

import re
from dataclasses import replace

from agentkit.events import ParserEvent, TextDelta, ThinkingDelta

_HALVES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
HALF = re.compile("[\ud800-\udfff]")
"""A surrogate: half a character, which no text may hold."""


class Joiner:
    """Joins pieces of text that may end within a character."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, text: str) -> str:
        """Return what can be shown of the text so far: half a character at its end is held."""
        if not self._half and (not text or not "\ud800" <= text[-1] <= "\udbff"):
            return text
        text = self._half + text
        self._half = text[-1] if "\ud800" <= text[-1] <= "\udbff" else ""
        return joined(text[: len(text) - len(self._half)])

    def flush(self) -> str:
        """Return the half character that is still held, or ""."""
        half, self._half = self._half, ""
        return half


def joined(text: str) -> str:
    """Return the text with adjacent halves of a character joined into one."""
    if text.isascii() or not _HALVES.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def with_whole_characters(event: ParserEvent) -> ParserEvent:
    """Return the event with U+FFFD in place of each half character in its text."""
    if not isinstance(event, TextDelta | ThinkingDelta) or event.text.isascii():
        return event
    return replace(event, text=HALF.sub("\ufffd", event.text))
