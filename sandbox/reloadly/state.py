"""What the top-up supplier remembers: tokens, the account, top-ups."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .catalogue import Operator


@dataclass
class AccessToken:
    """A token for one audience."""

    value: str
    audience: str
    expires: float


@dataclass
class Topup:
    """One accepted top-up. `found_from` is the virtual time from which reports show it."""

    transaction_id: int
    operator: Operator
    custom_identifier: str
    phone: dict[str, str]
    requested: Decimal
    delivered: Decimal
    cost: Decimal
    discount: Decimal
    fee: Decimal
    old_balance: Decimal
    new_balance: Decimal
    created: float
    date: str
    status: str = 'PROCESSING'
    error_code: str = ''
    operator_transaction_id: str = ''
    pin: dict[str, Any] | None = None
    found_from: float = 0.0
    history: list[str] = field(default_factory=lambda: ['PROCESSING'])

    @property
    def number(self) -> str:
        """Return country code and number as digits."""
        return self.phone['countryCode'] + self.phone['number']


@dataclass
class ReloadlyState:
    """Hold everything the supplier knows."""

    webhook_url: str = ''
    balance: Decimal = Decimal('1000.00000')
    tokens: dict[str, AccessToken] = field(default_factory=dict)
    topups: dict[int, Topup] = field(default_factory=dict)
    # Numbers that were told 429 already (scenario 906: the second try is accepted).
    throttled: set[str] = field(default_factory=set)
    processing_seconds: float = 10.0
    gap_seconds: float = 120.0
    # Real seconds between reading and writing: two requests within it do not see each other.
    latency: float = 0.05
