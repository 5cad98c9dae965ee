"""What becomes of a top-up, chosen by the last three digits of the number.

Source: spec/topup_suppliers.md §5.5, after DT One's table (§2); 4xx, 7xx, 8xx and 9xx are
conventions of this simulator. Reasons are neutral here: each supplier has its own words for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..faults import Fault
from .state import FAILED, REVERSED, SUCCEEDED

INVALID, BARRED, UNAVAILABLE, DUPLICATED = 'invalid', 'barred', 'unavailable', 'duplicated'
REFUSED, EXCEPTION, TOO_SOON, INTERNAL = 'refused', 'exception', 'too_soon', 'internal'
BALANCE, LIMIT = 'balance', 'limit'

# Endings of DT One's table: taken on, then declined.
_DECLINED = MappingProxyType(
    {
        '02': INVALID,
        '03': BARRED,
        '04': UNAVAILABLE,
        '05': DUPLICATED,
        '06': REFUSED,
        '07': EXCEPTION,
    }
)
# Refused at once: nothing is executed.
_REJECTED = MappingProxyType(
    {
        '402': INVALID,
        '403': BARRED,
        '404': UNAVAILABLE,
        '405': TOO_SOON,
        '406': REFUSED,
        '407': INTERNAL,
        '408': BALANCE,
        '409': LIMIT,
    }
)
_SECONDS = MappingProxyType({'1': None, '2': 20.0, '3': 300.0})
HOUR = 3600.0


@dataclass(frozen=True)
class Scenario:
    """The course of one top-up.

    `seconds` None stands for the usual processing time. `then` is a state that follows `after`
    seconds later: a reversal, or a late success.
    `callbacks`: normal | never | duplicate | out_of_order | forged | late.
    """

    end: str = SUCCEEDED
    reason: str = ''
    seconds: float | None = None
    reject: str = ''
    transport: Fault | None = None
    throttle_once: bool = False
    pin: bool = False
    partial: bool = False
    then: str = ''
    after: float = 60.0
    hidden_seconds: float = 0.0
    callbacks: str = 'normal'


SPECIAL = MappingProxyType(
    {
        '700': Scenario(partial=True),
        '801': Scenario(seconds=HOUR),
        '802': Scenario(then=REVERSED),
        '803': Scenario(callbacks='duplicate'),
        '804': Scenario(callbacks='out_of_order'),
        '805': Scenario(callbacks='forged'),
        '806': Scenario(callbacks='never'),
        '807': Scenario(FAILED, REFUSED, HOUR),
        '808': Scenario(hidden_seconds=60.0),
        '809': Scenario(callbacks='late'),
        '810': Scenario(FAILED, REFUSED, then=SUCCEEDED),
        '901': Scenario(transport=Fault('timeout_after')),
        '902': Scenario(transport=Fault('timeout_before')),
        '903': Scenario(transport=Fault('error_500_after')),
        '904': Scenario(transport=Fault('reset')),
        '905': Scenario(transport=Fault('garbage')),
        '906': Scenario(throttle_once=True),
        '907': Scenario(transport=Fault('reset', params={'apply': False})),
        '908': Scenario(transport=Fault('error_500_before')),
    }
)


def endings() -> tuple[str, ...]:
    """Return every ending that means something at all suppliers."""
    timed = (f'{first}0{last}' for first in _SECONDS for last in range(8))
    return (*timed, *_REJECTED, *SPECIAL)


def scenario_of(number: str, own: Mapping[str, Scenario] = MappingProxyType({})) -> Scenario:
    """Return the scenario of a number; anything not listed succeeds.

    :param own: endings that only this supplier knows
    """
    ending = number[-3:]
    if ending in own:
        return own[ending]
    if ending in SPECIAL:
        return SPECIAL[ending]
    if ending in _REJECTED:
        return Scenario(reject=_REJECTED[ending])
    if ending[:1] in _SECONDS:
        seconds = _SECONDS[ending[0]]
        reason = _DECLINED.get(ending[1:])
        if reason:
            return Scenario(FAILED, reason, seconds)
        if ending[1:] in ('00', '01'):
            return Scenario(seconds=seconds, pin=ending[1:] == '01')
    return Scenario()
