"""How long a server may take to connect, for the first token, the next one and a whole reply."""

from __future__ import annotations

import time
from dataclasses import dataclass

_AFTER_FINISH = 5.0  # seconds to wait for the usage of a finished reply
_AFTER_USAGE = 0.5  # seconds to wait for the end of a body when nothing else is due


@dataclass(frozen=True)
class Deadlines:
    """Longest waits in seconds: to connect, for the first token, between two, for a whole reply.

    Once a call has begun, the next piece may take as long as the first token: some servers hold
    back arguments until they are complete (sgl-project/sglang#27005).
    """

    connect: float = 10.0
    first_token: float = 300.0
    between_tokens: float = 60.0
    total: float = 1_800.0


class Clock:
    """Tracks the deadlines of one reply over all attempts to get it."""

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        now = time.monotonic()
        self._total = now + deadlines.total
        self._loaded = now + deadlines.first_token
        self.has_begun = False
        self.begin()

    def begin(self) -> None:
        """Start an attempt, and forget the finish and the calls of an earlier one."""
        self.has_finished = False
        self._calls = False
        self._end = self._total
        self.limit = self._deadlines.first_token
        self._next = time.monotonic() + self._deadlines.connect + self.limit

    def may_load(self) -> bool:
        """Whether there is still time to wait for a server that is loading its model."""
        return time.monotonic() < self._loaded

    def tick(self, *, goes_on: bool, calls: bool, finishes: bool, has_usage: bool) -> None:
        """Record what an event held: a part of the reply, a call, its finish, its usage."""
        self.has_begun = self.has_begun or goes_on
        self._calls = self._calls or calls
        is_first = finishes and not self.has_finished  # some servers send a reason in every event
        self.has_finished = self.has_finished or finishes
        if self.has_finished:
            now = time.monotonic()
            if is_first or goes_on:
                self._end = min(self._total, now + _AFTER_FINISH)
            if has_usage and not goes_on:
                self._end = min(self._end, now + _AFTER_USAGE)

    def wait(self) -> None:
        """Start the wait for the next piece."""
        if self.has_begun and not self._calls:
            self.limit = self._deadlines.between_tokens
        elif self._calls:
            self.limit = max(self._deadlines.first_token, self._deadlines.between_tokens)
        self._next = time.monotonic() + self.limit

    def left(self) -> float:
        """Seconds until the next deadline."""
        return max(min(self._next, self._end) - time.monotonic(), 0)
