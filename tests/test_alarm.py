"""One timer for many waits ends the right one, and disturbs nothing between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

import pytest

from agentkit.alarm import Alarm


def soon(seconds: float = 0.0) -> float:
    return asyncio.get_running_loop().time() + seconds


async def test_a_wait_ends_at_its_moment() -> None:
    alarm = Alarm(soon())

    with pytest.raises(TimeoutError), alarm:
        await asyncio.Event().wait()

    assert alarm.rang
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_what_passes_between_two_waits_is_left_alone() -> None:
    alarm = Alarm(soon())
    with alarm:
        pass
    await asyncio.sleep(0)  # the moment passes here
    await asyncio.sleep(0)

    with pytest.raises(TimeoutError), alarm:
        await asyncio.Event().wait()


async def test_a_moment_that_moved_counts_where_it_is_now() -> None:
    alarm = Alarm(soon())
    with alarm:
        pass
    alarm.at = soon(60)
    with alarm:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert not alarm.rang

    alarm.at = soon()
    with pytest.raises(TimeoutError), alarm:
        await asyncio.Event().wait()


async def test_another_cancellation_and_another_timeout_pass_through() -> None:
    alarm = Alarm(soon(60))

    async def wait() -> None:
        with alarm:
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(TimeoutError), alarm:
        raise TimeoutError
    assert not alarm.rang
    alarm.close()


async def test_each_wait_belongs_to_the_task_that_waits() -> None:
    async def waits() -> AsyncGenerator[int, None]:
        alarm = Alarm(soon(60))
        with alarm:
            await asyncio.sleep(0)
        yield 1
        alarm.at = soon()
        try:
            with alarm:
                await asyncio.Event().wait()
        except TimeoutError:
            yield 2

    generator = waits()
    assert await asyncio.create_task(anext(generator)) == 1  # type: ignore[arg-type]
    assert await asyncio.create_task(anext(generator)) == 2  # type: ignore[arg-type]
