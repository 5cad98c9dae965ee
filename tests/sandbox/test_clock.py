"""The virtual clock and its jobs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from sandbox.clock import Scheduler, VirtualClock

pytestmark = pytest.mark.anyio


@pytest.fixture
async def scheduler(anyio_backend: str) -> AsyncIterator[Scheduler]:
    """Return a scheduler that stands still."""
    made = Scheduler(VirtualClock(0.0))
    yield made
    await made.close()


def _note(log: list[str], word: str) -> Callable[[], Awaitable[None]]:
    async def job() -> None:
        log.append(word)

    return job


async def test_jobs_run_in_the_order_of_their_times(scheduler: Scheduler) -> None:
    log: list[str] = []
    for seconds, word in ((30, 'c'), (10, 'a'), (20, 'b'), (99, 'late')):
        scheduler.call_later(seconds, _note(log, word), word)
    await scheduler.advance(30)
    assert log == ['a', 'b', 'c']
    assert [name for _due, name in scheduler.waiting()] == ['late']


async def test_a_job_that_plans_another_sees_it_run_on_the_same_way(scheduler: Scheduler) -> None:
    log: list[float] = []
    begin = scheduler.clock.now()

    async def again() -> None:
        log.append(scheduler.clock.now() - begin)
        scheduler.call_later(10, again, 'again')

    scheduler.call_later(10, again, 'again')
    await scheduler.advance(35)
    assert log == [10, 20, 30]
    assert scheduler.clock.now() - begin == 35


async def test_advancing_waits_for_what_a_job_does(scheduler: Scheduler) -> None:
    log: list[str] = []

    async def slow() -> None:
        await asyncio.sleep(0.02)
        log.append('done')

    scheduler.call_later(1, slow, 'slow')
    await scheduler.advance(1)
    assert log == ['done']


async def test_advancing_does_not_wait_for_ever(scheduler: Scheduler) -> None:
    async def stuck() -> None:
        await asyncio.sleep(60)

    scheduler.call_later(1, stuck, 'stuck')
    begin = time.monotonic()
    await scheduler.advance(10, patience=0.05)
    assert time.monotonic() - begin < 2


async def test_time_passes_by_itself_as_fast_as_wanted(scheduler: Scheduler) -> None:
    log: list[str] = []
    scheduler.call_later(100, _note(log, 'x'), 'x')
    await asyncio.sleep(0.02)
    assert log == []
    scheduler.set_speed(10_000)
    async with asyncio.timeout(10):
        while log != ['x']:
            await asyncio.sleep(0.005)


async def test_sleepers_are_woken_by_moving_on(scheduler: Scheduler) -> None:
    sleeper = asyncio.ensure_future(scheduler.sleep(3600))
    await asyncio.sleep(0)
    await scheduler.advance(3600)
    await asyncio.wait_for(sleeper, 1)


async def test_a_failing_job_is_logged_and_stops_nobody(
    scheduler: Scheduler, caplog: pytest.LogCaptureFixture
) -> None:
    log: list[str] = []

    async def broken() -> None:
        raise KeyError('broken')

    scheduler.call_later(1, broken, 'broken')
    scheduler.call_later(2, _note(log, 'x'), 'x')
    await scheduler.advance(5)
    assert log == ['x']
    assert 'job broken failed' in caplog.text


def test_the_clock_never_goes_back() -> None:
    clock = VirtualClock(0.0)
    now = clock.now()
    clock.jump_to(now - 100)
    assert clock.now() == now
    clock.set_speed(5.0)
    assert clock.now() >= now
