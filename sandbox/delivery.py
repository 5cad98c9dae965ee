"""The courier: delivers notices, repeats them by their table, and lets faults spoil them.

Source: spec/wechat_pay_v3.md §11 (reply rule, 5 s, retry table).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from .books import Books, stamp
from .clock import Scheduler
from .faults import Fault, FaultBook

REPLY_SECONDS = 5.0
# A notice held back for a reorder goes out at the latest after so many virtual seconds.
HOLD_SECONDS = 600.0

GOOD, WRONG, SIGNTEST, ALTERED, OLD = 'good', 'wrong', 'signtest', 'altered', 'old'
SPOILERS = {
    'notify_wrong_signature': WRONG,
    'notify_altered_body': ALTERED,
    'notify_old_timestamp': OLD,
}

Letter = tuple[dict[str, str], bytes]
Accepts = Callable[[int, str], bool]


def by_status(*accepted: int) -> Accepts:
    """Return the rule of companies that look at the HTTP status alone."""
    return lambda status, _text: status in accepted


@dataclass
class Notice:
    """One thing to tell the shop.

    `write` makes headers and body anew for each attempt, in one of the flavours above. `accepts`
    tells from HTTP status and text whether the shop took it.
    """

    source: str
    event: str
    url: str
    subjects: tuple[str, ...]
    gaps: Sequence[int]
    accepts: Accepts
    write: Callable[[str], Letter]
    id: str = ''
    first_at: float = 0.0
    tried: int = 0
    record: dict[str, Any] = field(default_factory=dict)

    @property
    def targets(self) -> tuple[str, ...]:
        """Return every name a fault may aim at this notice with."""
        return (self.source, self.event, *self.subjects)


class Courier:
    """Bring notices to the shop on the virtual clock."""

    def __init__(
        self, scheduler: Scheduler, faults: FaultBook, books: Books, client: httpx.AsyncClient
    ) -> None:
        self._scheduler = scheduler
        self._faults = faults
        self._books = books
        self._client = client
        self._held: list[Notice] = []

    def announce(self, notice: Notice, delay: float = 0.0) -> None:
        """Take a notice on: deliver it now, later or never, as the faults say."""
        notice.record = {
            'id': notice.id,
            'source': notice.source,
            'event': notice.event,
            'subjects': list(notice.subjects),
            'url': notice.url,
            'created_at': stamp(),
            'state': 'waiting',
            'attempts': [],
        }
        self._books.notifications.append(notice.record)
        if self._faults.take({'notify_never'}, *notice.targets):
            notice.record['state'] = 'never'
            return
        reorder = self._faults.take({'notify_reorder'}, *notice.targets)
        if reorder:
            notice.record['state'] = 'held'
            self._held.append(notice)
            self._scheduler.call_later(
                reorder.seconds(HOLD_SECONDS), lambda: self._release(notice), 'release held notice'
            )
            return
        late = self._faults.take({'notify_delay'}, *notice.targets)
        self._start(notice, delay + (late.seconds(60.0) if late else 0.0))

    def _start(self, notice: Notice, delay: float) -> None:
        notice.first_at = self._scheduler.clock.now() + delay
        notice.record['state'] = 'waiting'
        self._schedule(notice, notice.first_at)

    def _schedule(self, notice: Notice, due: float) -> None:
        self._scheduler.call_at(due, lambda: self._attempt(notice), f'notice {notice.id}')

    async def _release(self, notice: Notice) -> None:
        if notice in self._held:
            self._held.remove(notice)
            self._start(notice, 0.0)

    async def _attempt(self, notice: Notice) -> None:
        """Make one attempt of the table, spoiled or repeated as the faults say."""
        notice.tried += 1
        held = list(self._held)
        if self._faults.take({'notify_drop'}, *notice.targets):
            self._write_attempt(notice, GOOD, 'dropped')
            ended = False
        else:
            ended = await self._deliver(notice)
        if not ended:
            self._retry(notice)
        # Those that were held when this one went out now come after it: that is the reorder.
        for other in held:
            await self._release(other)

    async def _deliver(self, notice: Notice) -> bool:
        """Send the letter of this attempt.

        :return: True when the shop accepted, so that no retry follows
        """
        if self._faults.take({'notify_signtest'}, *notice.targets):
            # A correctly signed one follows a probe, whatever the shop said to it.
            await self._send(notice, SIGNTEST)
        spoiled = self._faults.take(SPOILERS, *notice.targets)
        flavour = SPOILERS[spoiled.fault] if spoiled else GOOD
        duplicate = self._faults.take({'notify_duplicate'}, *notice.targets)
        if not any(await self._send_copies(notice, flavour, duplicate)):
            return False
        notice.record['state'] = 'delivered' if flavour == GOOD else f'accepted {flavour}'
        return True

    async def _send_copies(
        self, notice: Notice, flavour: str, duplicate: Fault | None
    ) -> list[bool]:
        copies = 1 + (duplicate.count() if duplicate else 0)
        if duplicate and duplicate.params.get('concurrent'):
            return await asyncio.gather(*(self._send(notice, flavour) for _ in range(copies)))
        return [await self._send(notice, flavour) for _ in range(copies)]

    async def _send(self, notice: Notice, flavour: str) -> bool:
        """Make one delivery and tell whether the shop took it."""
        headers, body = notice.write(flavour)
        try:
            async with asyncio.timeout(REPLY_SECONDS):
                answer = await self._client.post(notice.url, content=body, headers=headers)
        except TimeoutError:
            self._write_attempt(notice, flavour, 'timeout')
            return False
        except (httpx.HTTPError, OSError) as error:
            self._write_attempt(notice, flavour, f'{type(error).__name__}: {error}')
            return False
        self._write_attempt(notice, flavour, answer.status_code, answer.text[:200])
        return notice.accepts(answer.status_code, answer.text)

    def _write_attempt(
        self, notice: Notice, flavour: str, status: int | str, answer: str = ''
    ) -> None:
        notice.record['attempts'].append(
            {
                'at': stamp(),
                'turn': notice.tried,
                'signature': flavour,
                'status': status,
                'answer': answer,
            }
        )

    def _retry(self, notice: Notice) -> None:
        if notice.tried > len(notice.gaps):
            notice.record['state'] = 'given up'
            return
        # Counted from the first attempt, so that a slow shop does not stretch the table.
        due = notice.first_at + sum(notice.gaps[: notice.tried])
        self._schedule(notice, due)
