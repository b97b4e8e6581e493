"""Closers of a call that nothing opened: they are not shown, except as words of a sentence."""

from __future__ import annotations

import re

from agentkit.qwen.tags import END_OF_TURN

_NAMES = "tool_call|function|invoke|parameter"
CLOSER = rf"/(?P<stray>{_NAMES})>"
"""The pattern of one, without its `<`."""

BEHIND_A_CALL = re.compile(r"(?:\s*</[A-Za-z_]\w*>)*(?:\s*<(?:/\w*|t(?:o(?:o(?:l\w*)?)?)?)?\Z)?")

_OPENING = re.compile(rf"<(?:{_NAMES})\b")
_GAP = r"[ \t]{0,20}"
_NOTHING_MORE = re.compile(rf"{_GAP}(?:\n|</(?:{_NAMES})>|<tool_call>)")
_PART_OF_A_TAG = re.compile(rf"{_GAP}(?:<[/|]?\w{{0,13}}[|>]?)?")
_END_OF_TURN = re.compile(rf"{_GAP}<(?:{END_OF_TURN})")
_SPACE = re.compile(r"\s*\Z")


class Strays:
    """Tells them from those that belong to what is shown."""

    def __init__(self) -> None:
        self._shows_tags = False

    def shown(self, text: str) -> None:
        """Where an opening is shown, so are closers."""
        self._shows_tags = self._shows_tags or _OPENING.search(text) is not None

    def judge(self, text: str, end: int, *, is_apart: bool, final: bool) -> str:
        """Of a closer that ends at `text[end]`: `tag`, `text`, or not certain yet: `wait`.

        It `is_apart` at a line's start, or if no space stands before it; and nothing else may
        follow on its line. At the very end of a reply it is a stray one anyway.
        """
        if self._shows_tags:
            return "text"
        if _END_OF_TURN.match(text, end) or (final and _SPACE.match(text, end)):
            return "tag"
        part = _PART_OF_A_TAG.match(text, end)
        if not final and part and part.end() == len(text):
            return "wait"
        return "tag" if is_apart and _NOTHING_MORE.match(text, end) else "text"
