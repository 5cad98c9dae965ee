"""What becomes of a top-up, chosen by the last three digits of the number.

Source: spec/topup_suppliers.md §5.5, after DT One's table (§2); 4xx, 7xx, 8xx and 9xx are
conventions of this simulator.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from ..faults import Fault

_DECLINED = MappingProxyType(
    {
        '02': 'INVALID_RECIPIENT_PHONE',
        '03': 'PHONE_BANNED_BY_OPERATOR',
        '04': 'OPERATOR_UNAVAILABLE_OR_CURRENTLY_INACTIVE',
        '05': 'RECIPIENT_HAS_PENDING_TRANSACTION',
        '06': 'TRANSACTION_REFUSED_BY_OPERATOR',
        '07': 'TRANSACTION_FAILED_ON_OPERATOR',
    }
)
# Refused at once: nothing is executed, nothing is left in the reports.
_REJECTED = MappingProxyType(
    {
        '402': 'INVALID_RECIPIENT_PHONE',
        '403': 'PHONE_BANNED_BY_OPERATOR',
        '404': 'OPERATOR_UNAVAILABLE_OR_CURRENTLY_INACTIVE',
        '405': 'PHONE_RECENTLY_RECHARGED',
        '406': 'TRANSACTION_REFUSED_BY_OPERATOR',
        '407': 'PROVIDER_INTERNAL_ERROR',
        '408': 'INSUFFICIENT_BALANCE',
        '409': 'RECIPIENT_REACHED_MAX_TOPUP_NUMBER',
    }
)
_SECONDS = MappingProxyType({'1': None, '2': 20.0, '3': 300.0})
HOUR = 3600.0


@dataclass(frozen=True)
class Scenario:
    """The course of one top-up.

    `seconds` None stands for the usual processing time. `then` follows `after` seconds later (it
    is a reversal).
    `webhooks`: normal | never | duplicate | out_of_order | forged.
    """

    status: str = 'SUCCESSFUL'
    error_code: str = ''
    seconds: float | None = None
    reject: str = ''
    transport: Fault | None = None
    throttle_once: bool = False
    pin: bool = False
    partial: bool = False
    then: str = ''
    after: float = 60.0
    hidden_seconds: float = 0.0
    webhooks: str = 'normal'


_SPECIAL = MappingProxyType(
    {
        '700': Scenario(partial=True),
        '801': Scenario(seconds=HOUR),
        '802': Scenario(then='REFUNDED'),
        '803': Scenario(webhooks='duplicate'),
        '804': Scenario(webhooks='out_of_order'),
        '805': Scenario(webhooks='forged'),
        '806': Scenario(webhooks='never'),
        '807': Scenario('FAILED', 'TRANSACTION_REFUSED_BY_OPERATOR', HOUR),
        '808': Scenario(hidden_seconds=60.0),
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


def scenario_of(number: str) -> Scenario:
    """Return the scenario of a number; anything not listed succeeds."""
    ending = number[-3:]
    if ending in _SPECIAL:
        return _SPECIAL[ending]
    if ending in _REJECTED:
        return Scenario(reject=_REJECTED[ending])
    if ending[:1] in _SECONDS:
        seconds = _SECONDS[ending[0]]
        code = _DECLINED.get(ending[1:])
        if code:
            return Scenario('FAILED', code, seconds)
        if ending[1:] in ('00', '01'):
            return Scenario(seconds=seconds, pin=ending[1:] == '01')
    return Scenario()
