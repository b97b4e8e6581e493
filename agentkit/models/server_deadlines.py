"""How long a server may take: to be reached, for the first token, the next one, a whole reply."""

from __future__ import annotations

import time
from dataclasses import dataclass

_AFTER_FINISH = 5.0  # seconds that the usage of a finished reply is waited for
_AFTER_USAGE = 0.5  # seconds that the end of a body is waited for when nothing else is to come


@dataclass(frozen=True)
class Deadlines:
    """Longest waits, in seconds: for the connection, the first token, between two, for a reply.

    Once a call has begun the wait between two is that for the first token: some servers hold its
    arguments back until they are whole (sgl-project/sglang#27005).
    """

    connect: float = 10.0
    first_token: float = 300.0
    between_tokens: float = 60.0
    total: float = 1_800.0


class Clock:
    """The deadlines of one reply, over all attempts to get it."""

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        now = time.monotonic()
        self._total = now + deadlines.total
        self._loaded = now + deadlines.first_token
        self.has_begun = False
        self.begin()

    def begin(self) -> None:
        """An attempt begins; what an earlier one said is forgotten."""
        self.has_finished = False
        self._calls = False
        self._end = self._total
        self.limit = self._deadlines.first_token
        self._next = time.monotonic() + self._deadlines.connect + self.limit

    def may_load(self) -> bool:
        """Whether a server that says that it loads its model is still waited for."""
        return time.monotonic() < self._loaded

    def tick(self, *, goes_on: bool, calls: bool, finishes: bool, has_usage: bool) -> None:
        """Something came in: a part of the reply, its finish, what it used, or nothing of it."""
        self.has_begun = self.has_begun or goes_on
        self._calls = self._calls or calls
        is_first = finishes and not self.has_finished  # some name a reason in every event
        self.has_finished = self.has_finished or finishes
        if self.has_finished:
            now = time.monotonic()
            if is_first or goes_on:
                self._end = min(self._total, now + _AFTER_FINISH)
            if has_usage and not goes_on:
                self._end = min(self._end, now + _AFTER_USAGE)

    def wait(self) -> None:
        """The next piece is waited for."""
        if self.has_begun and not self._calls:
            self.limit = self._deadlines.between_tokens
        elif self._calls:
            self.limit = max(self._deadlines.first_token, self._deadlines.between_tokens)
        self._next = time.monotonic() + self.limit

    def left(self) -> float:
        """Seconds until the next deadline."""
        return max(min(self._next, self._end) - time.monotonic(), 0)
