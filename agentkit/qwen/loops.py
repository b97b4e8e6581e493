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
