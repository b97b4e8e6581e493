"""Detects where a thought ends, and whether it goes on after the calls in it."""

from __future__ import annotations

import re

from agentkit.qwen.tags import END_OF_TURN

_END_OF_BLOCK = re.compile(r"</(?:tool_call|function|invoke|think)>")
AFTER_BLOCK = re.compile(r"(?:\s|</(?:tool_call|function|invoke|parameter)>)*")
_NEXT_BLOCK = re.compile(r"<tool_call>|<function[=\s]|<invoke\s")
_CLOSES = (  # small models repeat the tag, and write closing tags of a call after it
    r"(?:</think>\s*){0,3}(?:</(?:tool_call|function|invoke|parameter)>\s*){0,3}"
)
_PART = r"<(?:/(?:t(?:o(?:o(?:l(?:_(?:c(?:a(?:ll?)?)?)?)?)?)?)?)?)?"  # of `</tool_call>`
END_OF_THOUGHT = re.compile(rf"{_CLOSES}(?:(?:{_PART})?\Z|<(?:{END_OF_TURN}))")
_PART_OF_END = re.compile(rf"{_CLOSES}<[a-z_=|/]{{0,15}}\Z")


class ThoughtWatch:
    """Watches a thought as its text comes in: does it go on after the calls in it?"""

    def __init__(self) -> None:
        self._tail = ""
        self._passed = 0  # characters before the tail
        self._after_block = False

    def goes_on(self, text: str, start: int = 0) -> int:
        """Add text; return after how many characters, of all so far, the thought goes on, or -1."""
        self._passed -= start
        text = self._tail + text
        place = start
        while True:
            if not self._after_block:
                found = _END_OF_BLOCK.search(text, place)
                if found is None:
                    place = max(place, len(text) - len("</tool_call>"))
                    break
                if found[0] == "</think>":
                    return self._passed + found.start()
                self._after_block, place = True, found.end()
            after = AFTER_BLOCK.match(text, place)
            place = after.end() if after else place
            if end := END_OF_THOUGHT.match(text, place):
                text = text[: end.end()]  # nothing after the end of a turn matters
                break
            if _PART_OF_END.match(text, place):
                break
            if not _NEXT_BLOCK.match(text, place):
                return self._passed + place
            self._after_block, place = False, place + 1
        self._passed += place
        self._tail = text[place:]
        if self._tail.startswith("</think>"):  # space after it means nothing and may be long
            self._tail = "".join(self._tail.split())
        return -1
