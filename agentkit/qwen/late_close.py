"""Finds the end of a thought that the reply began without a `<think>`.

A server that does not know how to switch thinking off leaves such a thought in the text. Calls
before its `</think>` are drafts; a `</think>` inside a call is part of a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from agentkit.messages import Problem
from agentkit.qwen.calls import CallReader
from agentkit.qwen.markdown import Code
from agentkit.qwen.strays import CLOSERS
from agentkit.qwen.tags import SPECIAL

_ENDS = re.compile(rf"{CLOSERS}|</think>")


class LateClose(NamedTuple):
    """Where the thought ends, -1 if nothing closes it or nothing follows it.

    `suspect`: a call that can't be read, whose value the `</think>` may stand in.
    """

    place: int
    suspect: Problem | None = None


def late_close(
    text: str, start: int, reader: CallReader, is_real: Callable[[re.Match[str]], bool]
) -> LateClose:
    """Find the last unopened `</think>` outside any call, from `start` on, in a complete text.

    `is_real` says whether a match of `SPECIAL` counts as a tag.
    """
    last, opened, end, position = -1, False, len(text), start
    unread: Problem | None = None
    suspect: Problem | None = None
    code = Code()
    while match := SPECIAL.search(text, position):
        code.advance(text[position : match.start()])
        place, position = match.start(), match.end()
        if not is_real(match):
            continue
        if code.holds(text, position, final=True) == "yes":
            code.advance(match[0])
            continue
        if match["end"] is not None:
            end = place
            break
        if match["think"] is not None:
            opened = True
        elif match["close"] is not None:
            last, opened = (last if opened else place), False
            suspect = unread  # the close may stand in a value, if the call is closed later
            code = Code()
        elif match["call"] is not None or (match["function"] and reader.may_be_bare(match)):
            block = reader.read(place)
            if match["call"] is not None and block.problems and not block.calls:
                unread = block.problems[0]
            position = max(position, block.end)
            code = Code()
    rest = text[last + len("</think>") : end]
    if not _ENDS.sub("", rest).strip():
        return LateClose(-1)
    return LateClose(last, suspect if "</tool_call>" in text[last:] else None)
