"""Closers of a call that nothing opened: they are not shown, except as words of a sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from agentkit.qwen.tags import END_OF_TURN

_NAMES = ("tool_call", "tool_response", "function", "invoke", "parameter", "param")
_CLOSER = rf"</(?:{'|'.join(_NAMES)})>"
# Lengths are bounded, so that a stream can wait for what comes.
CLOSERS = rf"{_CLOSER}(?:\s{{0,20}}{_CLOSER}){{0,9}}"
"""The pattern of one or more of them, which are judged as one."""
OPENING = r"<(?:(?:function|invoke)>|param(?:eter)?[=\s>])"
"""The pattern of openings that the parser does not look for anyway."""
BEGINNINGS = (*(f"</{name}>" for name in _NAMES), "<parameter=")
"""A part of one of these is not shown before it is clear what it becomes."""
BEHIND_A_CALL = re.compile(r"(?:\s*</[A-Za-z_]\w*>)*(?:\s*<(?:/\w*|t(?:o(?:o(?:l\w*)?)?)?)?\Z)?")
"""All closers behind a call, invented ones too, and half a tag at the end of the reply."""

_ENOUGH = 200  # characters to see that a call ended there
_NAME = re.compile(r"</?(\w+)")
_NOT_CLEAR_YET = re.compile(r"\s{0,20}(?:<[/|]?\w{0,13}[|>]?)?\Z")
_END_OF_TURN = re.compile(rf"\s{{0,20}}(?P<tag><(?:{END_OF_TURN}))")
_END_OF_LINE = re.compile(rf"[ \t\r]{{0,20}}(?:\n|</think>|{_CLOSER})")
_END = re.compile(r"\s*\Z")


class Strays:
    """Tells them from those that belong to what is shown."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self.behind = ""  # what stood behind all that is shown

    def opened(self, tag: str) -> None:
        """An opening is shown that is not code, and so will be what closes it."""
        self._open.update(_NAME.findall(tag))

    def is_open(self, name: str) -> bool:
        """Whether an opening of this name is shown, and not yet closed."""
        return self._open[name] > 0

    def closed(self, closers: str) -> None:
        """Closers are shown."""
        self._open -= Counter(_NAME.findall(closers))

    def hidden(self, closers: str) -> None:
        """Closers are not shown."""
        self.behind = (self.behind + closers)[-_ENOUGH:]

    def judge(
        self,
        text: str,
        match: re.Match[str],
        is_control: Callable[[int], bool],
        *,
        is_apart: bool,
        is_after_sentence: bool,
        final: bool,
    ) -> str:
        """What closers in a text are: `tag` (stray), `text`, or not certain yet: `wait`.

        Together they are text if one of them was opened and shown. Those that stand apart, on a
        line of their own or right behind a word, are stray if nothing else follows on their line;
        so are those between a sentence and the end of the reply.
        `is_control` tells whether what stands at a place is not only spelled out.
        """
        end = match.end()
        if not final and _NOT_CLEAR_YET.match(text, end):
            return "wait"
        if any(map(self.is_open, _NAME.findall(match[0]))):
            return "text"
        calls = re.finditer("</tool_(?:call|response)>", match[0])
        if not all(is_control(match.start() + each.start()) for each in calls):
            return "text"
        turn = _END_OF_TURN.match(text, end)
        if (turn and is_control(turn.start("tag"))) or (final and _END.match(text, end)):
            return "tag" if is_apart or is_after_sentence else "text"
        return "tag" if is_apart and not turn and _END_OF_LINE.match(text, end) else "text"

    def may_be_cut(self, part: str) -> bool:
        """Whether a reply that ends with this ends inside a stray closer."""
        return part.startswith("</") and any(
            each.startswith(part) and not self._open[each[2:-1]] for each in BEGINNINGS
        )
