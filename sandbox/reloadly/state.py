"""What the top-up supplier remembers: tokens, the account, top-ups."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from ..topup.state import (
    CANCELLED,
    FAILED,
    PARTIAL,
    PROCESSING,
    REVERSED,
    SUCCEEDED,
    Account,
    Order,
)
from .catalogue import SENDER_CURRENCY, Operator

# What the states are called here; money that goes back always makes REFUNDED.
STATUS = MappingProxyType(
    {
        PROCESSING: 'PROCESSING',
        SUCCEEDED: 'SUCCESSFUL',
        PARTIAL: 'SUCCESSFUL',
        FAILED: 'FAILED',
        CANCELLED: 'REFUNDED',
        REVERSED: 'REFUNDED',
    }
)


@dataclass
class AccessToken:
    """A token for one audience."""

    value: str
    audience: str
    expires: float


@dataclass(kw_only=True)
class Topup(Order):
    """One accepted top-up."""

    operator: Operator
    requested: Decimal
    discount: Decimal
    fee: Decimal
    old_balance: Decimal
    new_balance: Decimal
    operator_transaction_id: str

    @property
    def transaction_id(self) -> int:
        """Return the supplier's number."""
        return int(self.id)

    @property
    def status(self) -> str:
        """Return the state in the supplier's words."""
        return STATUS[self.state]


@dataclass(kw_only=True)
class ReloadlyState(Account):
    """Hold everything the supplier knows."""

    currency: str = SENDER_CURRENCY
    gap_seconds: float = 120.0
    tokens: dict[str, AccessToken] = field(default_factory=dict)
    # Real seconds between reading and writing: two requests within it do not see each other.
    latency: float = 0.05

    @property
    def topups(self) -> list[Topup]:
        """Return the top-ups, the oldest first."""
        return [order for order in self.orders.values() if isinstance(order, Topup)]
