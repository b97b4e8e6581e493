"""One deadline for many short waits, with a single timer for all of them.

`asyncio.timeout` sets and cancels a timer for each wait, which costs more than most events do.
"""

from __future__ import annotations

import asyncio
from types import TracebackType


class Alarm:
    """Ends a wait inside `with alarm:` with TimeoutError once the time `at` has come.

    `at`, a time of the event loop's clock, may be changed between two waits. Code outside of the
    `with` is never interrupted, so an async generator may yield there, to any task. `rang` tells
    this alarm's TimeoutError from others. `close` cancels the timer.
    """

    def __init__(self, at: float) -> None:
        self.at = at
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: asyncio.Task[object] | None = None
        self._cancelling = 0
        self.rang = False

    def __enter__(self) -> None:
        if self._timer is None or self.at < self._timer.when():
            self.close()
            self._timer = self._loop.call_at(self.at, self._ring)
        self.rang = False
        self._waiting = task = asyncio.current_task()
        self._cancelling = task.cancelling() if task is not None else 0

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        task, self._waiting = self._waiting, None
        if not self.rang or task is None:
            return
        if task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def close(self) -> None:
        """Cancel the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self) -> None:
        self._timer = None
        if self._loop.time() < self.at:
            self._timer = self._loop.call_at(self.at, self._ring)
        elif self._waiting is not None:
            self.rang = True
            self._waiting.cancel()
