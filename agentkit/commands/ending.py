"""Ends a program as it should: tools get to clean up, and none of them keeps it alive."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

from agentkit.errors import AgentkitError
from agentkit.threads import threads_at_work

_SECONDS_TO_END = 2.0  # that tools have to stop in once the run is over
_SECONDS_OF_THREADS = 0.5


class Terminated(AgentkitError):
    """The program was asked to end, as a service manager or a stopping container does."""

    def __init__(self, number: signal.Signals) -> None:
        super().__init__(f"The run was ended from outside, by {number.name}.")
        self.code = 128 + number


class _Signal(KeyboardInterrupt):
    """A SIGTERM before the event loop runs, for example while plugins take long to load."""


def to_its_end(work: Coroutine[Any, Any, int], tell: Callable[[BaseException], None]) -> int:
    """Like `asyncio.run`, but a tool that ignores cancellation can't keep the program alive."""
    others = threads_at_work()  # perhaps the caller's
    with asyncio.Runner() as runner:
        try:
            code = runner.run(_until_terminated(work))
        except BaseException as error:
            goes_on = _others_go_on(runner)
            if not goes_on and not isinstance(error, Terminated):
                raise
            code = _code_of(error, tell)
        else:
            goes_on = _others_go_on(runner)
        if goes_on or any(map(_goes_on, threads_at_work() - others)):
            with contextlib.suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)
        return code


def by_signals(work: Callable[[], int], tell: Callable[[BaseException], None]) -> int:
    """Return the exit code of the work, also if a signal ends it before its loop begins."""

    def end(*_: object) -> None:
        raise _Signal

    is_main = threading.current_thread() is threading.main_thread()
    before = (signal.signal(signal.SIGTERM, end) if is_main else None) or signal.SIG_DFL
    try:
        return work()
    except KeyboardInterrupt as error:
        ended = Terminated(signal.SIGTERM if isinstance(error, _Signal) else signal.SIGINT)
        tell(ended)
        return ended.code
    finally:
        if is_main:
            signal.signal(signal.SIGTERM, before)


async def _until_terminated(work: Coroutine[Any, Any, int]) -> int:
    """Await the work and cancel it at a SIGTERM, so that tools can clean up."""
    loop, task, ended = asyncio.get_running_loop(), asyncio.current_task(), asyncio.Event()
    before = signal.getsignal(signal.SIGTERM)

    def end() -> None:
        ended.set()
        if task is not None:
            task.cancel()

    def heard(*_: object) -> None:
        # A second one ends the program at once, even if a tool blocks the event loop.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        loop.call_soon_threadsafe(end)

    with contextlib.suppress(ValueError):  # not in the main thread
        signal.signal(signal.SIGTERM, heard)
    try:
        return await work
    except asyncio.CancelledError:
        if ended.is_set():
            raise Terminated(signal.SIGTERM) from None
        raise
    finally:
        with contextlib.suppress(ValueError):
            signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


def _goes_on(thread: threading.Thread) -> bool:
    """Whether a thread still runs; one that has done its work gets a moment to end."""
    thread.join(_SECONDS_OF_THREADS)
    return thread.is_alive()


def _code_of(error: BaseException, tell: Callable[[BaseException], None]) -> int:
    """Report an error that can't be raised any more, and return the exit code."""
    if isinstance(error, KeyboardInterrupt):
        error = Terminated(signal.SIGINT)
    if not isinstance(error, BrokenPipeError):  # the reader has left
        tell(error)
        if not isinstance(error, AgentkitError):
            traceback.print_exception(error)
    return error.code if isinstance(error, Terminated) else 1


def _others_go_on(runner: asyncio.Runner) -> bool:
    """Whether tools are still at work after their time, or after a second signal."""
    try:
        return runner.run(_some_go_on())
    except KeyboardInterrupt:
        return True


async def _some_go_on() -> bool:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        if not task.cancelling():  # else it is cleaning up
            task.cancel()
    return bool(others and (await asyncio.wait(others, timeout=_SECONDS_TO_END))[1])
