"""Faults on demand: what is to go wrong next, set by `POST /control/faults`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

# Before the call is looked at, or after it took effect: the caller learns nothing in either case.
CALL_FAULTS = frozenset(
    {
        'delay',
        'error_500_before',
        'error_500_after',
        'timeout_before',
        'timeout_after',
        'reset',
        'garbage',
        'error',
        'outage',
    }
)
# Signature of a WeChat Pay answer. Source: spec/wechat_pay_v3.md §3 (unsigned 2xx, probes), §4.
RESPONSE_FAULTS = frozenset(
    {
        'response_wrong_signature',
        'response_signtest',
        'response_unsigned',
        'response_old_timestamp',
        'key_rotation',
    }
)
# Decided once, when a notice is born.
ANNOUNCE_FAULTS = frozenset({'notify_delay', 'notify_never', 'notify_reorder'})
# Decided at every attempt to deliver.
ATTEMPT_FAULTS = frozenset(
    {
        'notify_drop',
        'notify_duplicate',
        'notify_wrong_signature',
        'notify_signtest',
        'notify_altered_body',
        'notify_old_timestamp',
    }
)
# An answer of Alipay whose root is another, or occurs twice; a notice with other values that is
# signed all the same. Source: spec/alipay.md §9 (2, 7).
ALIPAY_FAULTS = frozenset({'response_error_node', 'response_duplicate_root', 'notify_fields'})
OUTCOME_FAULTS = frozenset({'topup_outcome', 'refund_outcome'})
# What happens to an order besides what was asked for. Source: spec/wechat_pay_v3.md §7, §8.
ORDER_FAULTS = frozenset(
    {'close_race', 'late_success', 'double_success', 'refund_not_found', 'reverse_recall'}
)
# What a bill shows otherwise than it was.
BILL_FAULTS = frozenset({'bill_difference', 'fund_difference', 'bill_corrupt'})
FAULTS = (
    CALL_FAULTS
    | RESPONSE_FAULTS
    | ANNOUNCE_FAULTS
    | ATTEMPT_FAULTS
    | OUTCOME_FAULTS
    | ORDER_FAULTS
    | BILL_FAULTS
    | ALIPAY_FAULTS
)

FOREVER = -1


@dataclass
class Fault:
    """One fault in waiting; `times` uses are left (-1: without end)."""

    fault: str
    target: str | None = None
    times: int = 1
    params: dict[str, Any] = field(default_factory=dict)
    id: int = 0
    used: int = 0

    def seconds(self, default: float) -> float:
        """Return the parameter `seconds`."""
        return float(self.params.get('seconds', default))

    def count(self, default: int = 1) -> int:
        """Return the parameter `count`."""
        return int(self.params.get('count', default))

    def matches(self, subjects: Iterable[str]) -> bool:
        """Tell whether the target is absent, one of `subjects`, or a family such as `wxpay.*`."""
        if self.target is None:
            return True
        if self.target.endswith('*'):
            return any(subject.startswith(self.target[:-1]) for subject in subjects)
        return self.target in subjects

    def as_record(self) -> dict[str, Any]:
        """Return the fault as the control API shows it."""
        return {
            'id': self.id,
            'fault': self.fault,
            'target': self.target,
            'times': self.times,
            'used': self.used,
            **self.params,
        }


class FaultBook:
    """Keep the faults in the order they were set; the oldest that fits is used first."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._numbers = count(1)

    def add(self, fault: Fault) -> Fault:
        """Append a fault and number it."""
        fault.id = next(self._numbers)
        self._faults.append(fault)
        return fault

    def active(self) -> list[Fault]:
        """Return the faults that have uses left."""
        return [fault for fault in self._faults if fault.times]

    def clear(self) -> None:
        """Forget every fault."""
        self._faults.clear()

    def remove(self, number: int) -> bool:
        """Forget one fault."""
        before = len(self._faults)
        self._faults = [fault for fault in self._faults if fault.id != number]
        return len(self._faults) < before

    def take(self, names: Iterable[str], *subjects: str) -> Fault | None:
        """Use up one turn of the first fault of these names that fits one of `subjects`."""
        wanted = frozenset(names)
        for fault in self._faults:
            if fault.times and fault.fault in wanted and fault.matches(subjects):
                fault.used += 1
                if fault.times != FOREVER:
                    fault.times -= 1
                return fault
        return None
