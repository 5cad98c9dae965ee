"""Who has which level when: the arithmetic of memberships, without records.

A customer has one level at a time. What is bought is used up one after the other, the highest
level first; nothing that was paid for is lost. So a renewal is added behind what is left of its
level, a higher level begins at once, and what is left of lower ones follows behind it.

All ends are midnights of the shop, and lengths count whole days. The rest of the day of the
purchase comes on top.
"""

from dataclasses import dataclass
from datetime import datetime

from .utils import ONE_DAY, day_of, midnight


@dataclass(frozen=True)
class Stretch:
    """A part of what a customer has.

    :ivar int key: tells it apart
    :ivar int rank: of its level, the higher the earlier
    :ivar datetime start: naive UTC; None: it is being added
    :ivar datetime end: naive UTC, a midnight of the shop; None: it is being added
    """

    key: int
    rank: int
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True)
class Place:
    """Where a stretch comes to lie. `follows` is the key of the one before it, if any."""

    key: int
    start: datetime
    end: datetime
    follows: int | None


def arrange(stretches, now, last_day_after):
    """Return the places of stretches that are not over, in their order.

    A stretch of which no whole day is left is dropped when another one goes before it.

    :param datetime now: naive UTC
    :param last_day_after: `(day, key of the stretch before) → last day` of the one being added,
        when the days before it end with `day`
    """
    tomorrow = day_of(now) + ONE_DAY
    start, bound, follows, places = now, tomorrow, None, []
    for stretch in sorted(stretches, key=_turn):
        if stretch.end is None:
            ends = last_day_after(bound - ONE_DAY, follows) + ONE_DAY
        else:
            ends = bound + (day_of(stretch.end) - max(day_of(stretch.start), tomorrow))
        runs_on = follows is None and stretch.start is not None and stretch.start <= now
        begins = stretch.start if runs_on else start
        if midnight(ends) > begins:
            places.append(Place(stretch.key, begins, midnight(ends), follows))
            start, bound, follows = midnight(ends), ends, stretch.key
    return places


def _turn(stretch):
    """Return what decides whose turn is first: the rank, then who came first."""
    return -stretch.rank, stretch.start is None, stretch.start, stretch.key
