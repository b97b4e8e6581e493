"""Notices when a model has begun to say the same thing for ever.

Small models do, most of all while thinking (the cards warn of it); what follows costs the whole
budget and is never an answer. Only exact repetition counts, and only much of it, because lists and
tables repeat themselves with reason.
"""

from __future__ import annotations

from collections.abc import Sequence

_LONGEST = 128  # tokens of a piece that repeats
_SPAN = 320  # tokens that must have been nothing but repetition
_TIMES = 6
_EVERY = 16  # tokens between two looks


def repeats_itself(ids: Sequence[int]) -> bool:
    """Whether the end of `ids` is one short piece again and again; cheap enough for each token."""
    if len(ids) < _SPAN or len(ids) % _EVERY:
        return False
    tail = list(ids[-_LONGEST * (_TIMES + 1) :])
    for length in range(1, _LONGEST + 1):
        span = max(_SPAN, length * _TIMES)
        if len(tail) >= span + length and tail[-span:] == tail[-span - length : -length]:
            return True
    return False


_LONGEST_TEXT = 1_000  # characters of a piece that repeats
_SPAN_TEXT = 1_600
_MARK = 64
_EVERY_TEXT = 256


class Repetition:
    """The same for a text that comes in pieces."""

    def __init__(self) -> None:
        self._tail = ""
        self._new: list[str] = []
        self._length = 0

    def sees(self, text: str) -> bool:
        """Whether the text so far ends in one short piece again and again."""
        self._new.append(text)
        self._length += len(text)
        if self._length < _EVERY_TEXT:
            return False
        self._tail = (self._tail + "".join(self._new))[-_LONGEST_TEXT * (_TIMES + 2) :]
        self._new, self._length = [], 0
        # A period shows in where the text's last characters stood before.
        place = self._tail.rfind(self._tail[-_MARK:], 0, len(self._tail) - 1)
        period = len(self._tail) - _MARK - place
        span = max(_SPAN_TEXT, period * _TIMES)
        if place < 0 or period > _LONGEST_TEXT or len(self._tail) < span + period:
            return False
        return self._tail[-span:] == self._tail[-span - period : -period]
