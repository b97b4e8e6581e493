"""Characters in pieces: a server that counts in UTF-16 may send half of one, or lose the other."""

from __future__ import annotations

import re
from dataclasses import replace

from agentkit.events import ParserEvent, TextDelta, ThinkingDelta

_HALVES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
HALF = re.compile("[\ud800-\udfff]")
"""Half a character, which no text may hold."""


class Joiner:
    """Text in pieces that may end within a character, as a server's that counts in UTF-16."""

    def __init__(self) -> None:
        self._half = ""

    def feed(self, text: str) -> str:
        """What can be shown of the text so far."""
        if not self._half and (not text or not "\ud800" <= text[-1] <= "\udbff"):
            return text
        text = self._half + text
        self._half = text[-1] if "\ud800" <= text[-1] <= "\udbff" else ""
        return joined(text[: len(text) - len(self._half)])

    def flush(self) -> str:
        """A half that nothing followed."""
        half, self._half = self._half, ""
        return half


def joined(text: str) -> str:
    """The text with the halves of a character that stand side by side made one."""
    if text.isascii() or not _HALVES.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def with_whole_characters(event: ParserEvent) -> ParserEvent:
    """What is shown, with a sign for each character that did not come through."""
    if not isinstance(event, TextDelta | ThinkingDelta) or event.text.isascii():
        return event
    return replace(event, text=HALF.sub("\ufffd", event.text))
