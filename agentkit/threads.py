"""Run sync functions in threads of their own that do not keep the program from ending."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
import weakref
from collections.abc import Callable, Mapping
from typing import Any


class ThreadsExhausted(RuntimeError):
    """The system can start no more threads, so the function was not run."""


_threads: weakref.WeakSet[threading.Thread] = weakref.WeakSet()


def threads_at_work() -> set[threading.Thread]:
    """Running threads of `in_thread`; at exit, one inside Rust code would abort the program."""
    return {thread for thread in _threads if thread.is_alive()}


async def in_thread(function: Callable[..., Any], keywords: Mapping[str, Any], *, name: str) -> Any:
    """Run a sync function in a thread of its own; return its value, or raise its error.

    Raises ThreadsExhausted if none can be started.
    """
    # Not asyncio.to_thread: its pool is small, is shared, and delays the program's end.
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Any] = loop.create_future()
    context = contextvars.copy_context()

    def finish(result: Any, error: BaseException | None) -> None:
        if outcome.done():
            return
        if error is None:
            outcome.set_result(result)
        else:
            outcome.set_exception(error)

    def work() -> None:
        result: Any = None
        error: BaseException | None = None
        try:
            result = context.run(function, **keywords)
        except StopIteration as stop:  # a future refuses StopIteration
            error = RuntimeError(f"StopIteration: {stop.value}")
        except BaseException as raised:
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop is closed, and nobody waits any more
            loop.call_soon_threadsafe(finish, result, error)

    thread = threading.Thread(target=work, name=name, daemon=True)
    _threads.add(thread)
    try:
        thread.start()
    except RuntimeError as error:
        raise ThreadsExhausted(f"{error}, so {name} was not run") from error
    return await outcome
