"""What is handed around while an order is placed."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Quote:
    """What an order of one package costs one customer now; nothing is held by it.

    Amounts are in fen. `cost_fen` and `margin_fen` are for staff, never for customers.
    """

    offer: Any
    phone: str
    list_price_fen: int
    level_id: int | None
    member_price_fen: int
    # Coupon id → what it takes off, in the order in which they apply.
    savings: tuple[tuple[int, int], ...]
    price_fen: int
    cost: Any
    floor_price_fen: int

    @property
    def member_saving_fen(self):
        return self.list_price_fen - self.member_price_fen

    @property
    def coupon_ids(self):
        return tuple(coupon_id for coupon_id, _saving_fen in self.savings)

    @property
    def coupon_saving_fen(self):
        return sum(saving_fen for _coupon_id, saving_fen in self.savings)

    @property
    def margin_fen(self):
        return self.price_fen - self.cost.cost_fen

    @property
    def is_below_floor(self):
        return self.price_fen < self.floor_price_fen
