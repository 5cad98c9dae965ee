"""What every top-up supplier remembers: an account and the orders on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .goods import Stock

PROCESSING, SUCCEEDED, PARTIAL = 'processing', 'succeeded', 'partial'
FAILED, CANCELLED, REVERSED = 'failed', 'cancelled', 'reversed'
STATES = frozenset({PROCESSING, SUCCEEDED, PARTIAL, FAILED, CANCELLED, REVERSED})
SERVED = frozenset({SUCCEEDED, PARTIAL})


@dataclass(frozen=True)
class Pin:
    """What a customer types in to get the value."""

    code: str
    serial: str


@dataclass(kw_only=True)
class Order:
    """One order that was taken on, in neutral words.

    `number` has the calling code in front, digits only. `charged` is what the account paid for it
    at this moment. `found_from` is the virtual time from which lists show it. `detail` holds what
    only one supplier knows.
    """

    id: str
    reference: str
    number: str
    sku: str
    cost: Decimal
    delivered: Decimal
    created: float
    date: str
    state: str = PROCESSING
    reason: str = ''
    charged: Decimal = Decimal(0)
    callback_url: str = ''
    pin: Pin | None = None
    found_from: float = 0.0
    history: list[str] = field(default_factory=lambda: [PROCESSING])
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def times_served(self) -> int:
        """Return how often the number was given value, taken back or not."""
        return sum(state in SERVED for state in self.history)


@dataclass(kw_only=True)
class Account:
    """The shop's account at a supplier, and how that supplier works."""

    currency: str
    balance: Decimal = Decimal('1000.00000')
    orders: dict[str, Order] = field(default_factory=dict)
    # Where callbacks go when orders do not say so themselves; empty: nowhere.
    callback_url: str = ''
    # Numbers that were told 429 already (scenario 906: the second try is accepted).
    throttled: set[str] = field(default_factory=set)
    processing_seconds: float = 10.0
    gap_seconds: float = 0.0
    # Real seconds that an unanswered call is held (scenarios 901, 902).
    hold_seconds: float = 120.0
    stock: Stock = field(default_factory=Stock)

    @property
    def holding(self) -> Decimal:
        """Return what is set aside for orders in process."""
        open_orders = (order for order in self.orders.values() if order.state == PROCESSING)
        return sum((order.charged for order in open_orders), Decimal(0))

    def with_reference(self, reference: str) -> list[Order]:
        """Return the orders that were made under one number of the shop."""
        return [order for order in self.orders.values() if order.reference == reference]
