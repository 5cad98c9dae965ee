"""Judgement of a channel by what happened to its calls. Without Odoo."""

from dataclasses import dataclass

from .const_desk import (
    DEGRADED_AFTER,
    DEGRADED_BELOW,
    DOWN_AFTER,
    DOWN_BELOW,
    HEALTH_MIN_CALLS,
    SLOW_MEDIAN,
    UP_AFTER,
)


@dataclass(frozen=True)
class Tally:
    """What happened to a channel's calls of late.

    :ivar int calls: how many
    :ivar int worked: how many of them were answered
    :ivar int median: milliseconds
    :ivar int failures: how many of the newest failed in a row
    :ivar int successes: how many of the newest were answered in a row
    """

    calls: int
    worked: int
    median: int
    failures: int
    successes: int

    @property
    def share(self):
        """How many of a hundred calls were answered."""
        return 100 * self.worked / self.calls


def judge(tally, before):
    """Return the state of a channel.

    What is down stays so until a few calls in a row are answered: a single one may be luck.
    From then on the old failures weigh no more than that it is watched.

    :param Tally tally: of at least one call
    :param str before: its state so far, of `const_desk.HEALTH_STATES`
    """
    if tally.failures >= DOWN_AFTER:
        return 'down'
    recovered = tally.successes >= UP_AFTER
    if before == 'down' and not recovered:
        return 'down'
    many = tally.calls >= HEALTH_MIN_CALLS
    if many and tally.share < DOWN_BELOW and not recovered:
        return 'down'
    if tally.failures >= DEGRADED_AFTER or tally.median > SLOW_MEDIAN:
        return 'degraded'
    if many and tally.share < DEGRADED_BELOW:
        return 'degraded'
    return 'up'
