"""Closing tags of a call that nothing opened: hidden, except where they are part of the text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Literal, TypeAlias

from agentkit.qwen.tags import END_OF_TURN

Verdict: TypeAlias = Literal["text", "tag", "call", "turn", "wait"]
"""What something like a tag is; `turn` opens the reply's own turn again, `wait` is not certain."""

_NAMES = ("tool_call", "tool_response", "function", "invoke", "parameter", "param")
_CLOSER = rf"</(?:{'|'.join(_NAMES)})>"
# Lengths are bounded, so that a stream can wait for what comes.
CLOSERS = rf"{_CLOSER}(?:\s{{0,20}}{_CLOSER}){{0,9}}"
"""The pattern of one or more closing tags in a row, which are judged together."""
OPENING = r"<(?:(?:function|invoke)>|param(?:eter)?[=\s>])"
"""The pattern of opening tags that the parser would not look for otherwise."""
BEGINNINGS = (*(f"</{name}>" for name in _NAMES), "<parameter=")
"""The beginning of one of these is held back until it is clear what it becomes."""
BEHIND_A_CALL = re.compile(r"(?:\s*</[A-Za-z_]\w*>)*(?:\s*<(?:/\w*|t(?:o(?:o(?:l\w*)?)?)?)?\Z)?")
"""All closing tags after a call, invented ones too, and half a tag at the end of the reply."""

_ENOUGH = 200  # characters, enough to see that a call ended there
_NAME = re.compile(r"</?(\w+)")
_NOT_CLEAR_YET = re.compile(r"\s{0,20}(?:<[/|]?\w{0,13}[|>]?)?\Z")
_END_OF_TURN = re.compile(rf"\s{{0,20}}(?P<tag><(?:{END_OF_TURN}))")
_UNLIKE_A_WORD = re.compile(rf"[ \t\r]{{0,20}}(?:\n|</think>|{_CLOSER})|(?!s\b)[^\W_]")
_END = re.compile(r"\s*\Z")


class Strays:
    """Decides whether a closing tag is stray or part of the shown text."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self.behind = ""  # hidden closing tags after all that is shown

    def opened(self, tag: str) -> None:
        """Record that an opening tag outside code is shown; what closes it will be shown, too."""
        self._open.update(_NAME.findall(tag))

    def is_open(self, name: str) -> bool:
        """Whether an opening tag of this name is shown and not closed yet."""
        return self._open[name] > 0

    def closed(self, closers: str) -> None:
        """Record closing tags that are shown."""
        self._open -= Counter(_NAME.findall(closers))

    def hidden(self, closers: str) -> None:
        """Record closing tags that are not shown."""
        self.behind = (self.behind + closers)[-_ENOUGH:]

    def judge(
        self,
        text: str,
        match: re.Match[str],
        is_control: Callable[[int], bool],
        *,
        is_apart: bool,
        is_glued: bool,
        is_after_sentence: bool,
        final: bool,
    ) -> Verdict:
        """Classify closing tags: `tag` (stray), `text`, or `wait` while it is not certain.

        All of them are text if the opening of one was shown. Those that stand apart, on a line of
        their own or right after a word, are stray if nothing else follows on their line, or a
        letter does; so are those between a sentence and the end of the reply, and those that follow
        a letter without a space (`is_glued`): who writes about a tag sets it off.
        `is_control` tells whether the tag at an offset counts as a control token.
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
        if turn or not is_apart:
            return "text"
        return "tag" if is_glued or _UNLIKE_A_WORD.match(text, end) else "text"

    def may_be_cut(self, part: str) -> bool:
        """Whether a reply that ends with `part` was cut inside a stray closing tag."""
        return part.startswith("</") and any(
            each.startswith(part) and not self._open[each[2:-1]] for each in BEGINNINGS
        )
