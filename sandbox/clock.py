"""Virtual time: a clock that can be sped up or moved on, and the jobs that wait for it.

The clock governs *waiting* only: retry tables, processing times and lifetimes. Every time written
on the wire is the machine's, because the shop compares it with its own clock.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

_logger = logging.getLogger(__name__)

Job = Callable[[], Awaitable[None]]


class VirtualClock:
    """Count seconds that pass `speed` times as fast as real ones."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._virtual = time.time()
        self._real = time.monotonic()

    @property
    def speed(self) -> float:
        """Return virtual seconds per real second; 0 stands still."""
        return self._speed

    def now(self) -> float:
        """Return the virtual time as unix seconds."""
        return self._virtual + (time.monotonic() - self._real) * self._speed

    def set_speed(self, speed: float) -> None:
        """Change the speed from this moment on."""
        self._virtual, self._real = self.now(), time.monotonic()
        self._speed = speed

    def jump_to(self, moment: float) -> None:
        """Move on to `moment`; a moment in the past changes nothing."""
        self._virtual, self._real = max(self.now(), moment), time.monotonic()


@dataclass(order=True)
class _Entry:
    due: float
    order: int
    name: str = field(compare=False)
    job: Job = field(compare=False)


class Scheduler:
    """Run jobs when the virtual clock reaches them, each in a task of its own."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self._waiting: list[_Entry] = []
        self._order = 0
        self._running: set[asyncio.Task[None]] = set()
        self._runner: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    def call_at(self, due: float, job: Job, name: str) -> None:
        """Have `job` run once the clock shows `due`."""
        self._order += 1
        heapq.heappush(self._waiting, _Entry(due, self._order, name, job))
        self._wake()

    def call_later(self, seconds: float, job: Job, name: str) -> None:
        """Have `job` run after so many virtual seconds."""
        self.call_at(self.clock.now() + seconds, job, name)

    async def sleep(self, seconds: float) -> None:
        """Wait for so many virtual seconds."""
        done = asyncio.Event()

        async def wake() -> None:
            done.set()

        self.call_later(seconds, wake, 'sleep')
        await done.wait()

    def set_speed(self, speed: float) -> None:
        """Change the speed and let the waiting jobs notice."""
        self.clock.set_speed(speed)
        self._wake()

    async def advance(self, seconds: float, patience: float = 30.0) -> None:
        """Move the clock on step by step, so that due jobs run in their order.

        Each step waits until the jobs it started have ended (their deliveries included), at most
        `patience` real seconds altogether.
        """
        target = self.clock.now() + seconds
        deadline = time.monotonic() + patience
        while True:
            await self.settle(deadline - time.monotonic())
            if not self._waiting or self._waiting[0].due > target:
                break
            if time.monotonic() >= deadline:
                _logger.warning('clock: jobs still run after %s s, moving on', patience)
                break
            self.clock.jump_to(self._waiting[0].due)
            self._wake()
            await asyncio.sleep(0)
        self.clock.jump_to(target)
        self._wake()
        await self.settle(deadline - time.monotonic())

    async def settle(self, patience: float = 30.0) -> bool:
        """Wait until no job is due and none runs.

        :return: False when jobs still run after `patience` real seconds
        """
        deadline = time.monotonic() + patience
        while True:
            self._start_due()
            tasks = {task for task in self._running if not task.done()}
            if not tasks:
                await asyncio.sleep(0)
                if not self._busy():
                    return True
                continue
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)

    def waiting(self) -> list[tuple[float, str]]:
        """Return the due times (seconds from now) and names of the waiting jobs."""
        now = self.clock.now()
        return [(round(entry.due - now, 3), entry.name) for entry in sorted(self._waiting)]

    def clear(self) -> None:
        """Forget the waiting jobs and stop the running ones."""
        self._waiting.clear()
        for task in self._running:
            task.cancel()

    async def close(self) -> None:
        """Stop everything; for the end of the process or of a test."""
        self.clear()
        if self._runner:
            self._runner.cancel()
        tasks = [*self._running, *([self._runner] if self._runner else [])]
        await asyncio.gather(*tasks, return_exceptions=True)

    def _busy(self) -> bool:
        due = bool(self._waiting) and self._waiting[0].due <= self.clock.now()
        return due or any(not task.done() for task in self._running)

    def _wake(self) -> None:
        if self._runner is None or self._runner.done():
            self._runner = asyncio.get_running_loop().create_task(self._run())
        self._changed.set()

    async def _run(self) -> None:
        while True:
            self._changed.clear()
            self._start_due()
            try:
                await asyncio.wait_for(self._changed.wait(), self._pause())
            except TimeoutError:
                continue

    def _pause(self) -> float | None:
        """Return the real seconds until the next job; None when only a change can bring one."""
        if not self._waiting or self.clock.speed <= 0:
            return None
        return max(0.0, (self._waiting[0].due - self.clock.now()) / self.clock.speed)

    def _start_due(self) -> None:
        while self._waiting and self._waiting[0].due <= self.clock.now():
            entry = heapq.heappop(self._waiting)
            task = asyncio.get_running_loop().create_task(self._guard(entry))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _guard(self, entry: _Entry) -> None:
        """Run one job; an error of the simulator is loud but stops no other job."""
        try:
            await entry.job()
        except Exception:
            _logger.exception('job %s failed', entry.name)
