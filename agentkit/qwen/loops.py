"""Detects a model that has begun to repeat itself endlessly.

Small models do, mostly while thinking (the model cards warn of it); it uses up the whole budget
and never leads to an answer. Only exact repetition counts, and only a lot of it, because lists and
tables repeat themselves for good reason.
"""

from __future__ import annotations

from collections.abc import Sequence

_LONGEST = 128  # tokens of the longest piece that counts as repeating
_SPAN = 320  # tokens that must be nothing but repetition
_TIMES = 6
_EVERY = 16  # tokens between two checks


def repeats_itself(ids: Sequence[int]) -> bool:
    """Whether `ids` ends in one short piece repeated over and over; cheap enough for each token."""
    if len(ids) < _SPAN or len(ids) % _EVERY:
        return False
    tail = list(ids[-_LONGEST * (_TIMES + 1) :])
    for length in range(1, _LONGEST + 1):
        span = max(_SPAN, length * _TIMES)
        if len(tail) >= span + length and tail[-span:] == tail[-span - length : -length]:
            return True
    return False


_LONGEST_TEXT = 1_000  # characters of the longest piece that counts as repeating
_SPAN_TEXT = 1_600
_MARK = 64
_EVERY_TEXT = 256


class Repetition:
    """Detects repetition in a text that arrives in pieces."""

    def __init__(self) -> None:
        self._tail = ""
        self._new: list[str] = []
        self._length = 0

    def sees(self, text: str) -> bool:
        """Add text; return whether all of it so far ends in one short piece over and over."""
        self._new.append(text)
        self._length += len(text)
        if self._length < _EVERY_TEXT:
            return False
        self._tail = (self._tail + "".join(self._new))[-_LONGEST_TEXT * (_TIMES + 2) :]
        self._new, self._length = [], 0
        # The period is the distance to the previous occurrence of the text's last characters.
        place = self._tail.rfind(self._tail[-_MARK:], 0, len(self._tail) - 1)
        period = len(self._tail) - _MARK - place
        span = max(_SPAN_TEXT, period * _TIMES)
        if place < 0 or period > _LONGEST_TEXT or len(self._tail) < span + period:
            return False
        return self._tail[-span:] == self._tail[-span - period : -period]
