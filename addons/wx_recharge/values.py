"""What is handed around while an order is placed."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class OrderTerms:
    """What a company has decided for the orders of its customers."""

    payment_seconds: int
    floor_percent: Decimal


@dataclass(frozen=True)
class Quote:
    """What an order of one package costs one customer now; nothing is held by it.

    Amounts are in fen. Cost, floor and margin are for staff, never for customers.
    """

    offer: Any
    phone: str
    terms: OrderTerms
    list_price_fen: int
    level_id: int | None
    member_price_fen: int
    # Coupon id → what it takes off, in the order in which they apply.
    savings: dict[int, int]
    cost: Any
    floor_price_fen: int

    @property
    def member_saving_fen(self):
        return self.list_price_fen - self.member_price_fen

    @property
    def coupon_saving_fen(self):
        return sum(self.savings.values())

    @property
    def price_fen(self):
        return self.member_price_fen - self.coupon_saving_fen

    @property
    def margin_fen(self):
        """What is left of the price; None when the cost is not known in yuan."""
        return None if self.cost.cost_fen is None else self.price_fen - self.cost.cost_fen
