"""What WeChat Pay remembers: orders, refunds, prepay sessions, keys in use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PREPAY_SECONDS = 7200.0
AUTO_CLOSE_SECONDS = 7 * 86400.0


@dataclass
class Shipping:
    """The shipping info the mini-program's API recorded for an order."""

    content: dict[str, Any]
    upload_time: str
    count: int


@dataclass
class Refund:
    """One refund of an order. `parameters` is the request as first accepted."""

    refund_id: str
    out_refund_no: str
    order: Order
    parameters: dict[str, Any]
    amount: int
    create_time: str
    created: float
    user_account: str
    signer_serial: str
    notify_url: str = ''
    status: str = 'PROCESSING'
    success_time: str = ''


@dataclass
class Order:
    """One order, named by the merchant's number. `body` is the first prepay's body.

    Times without a suffix are virtual; `_wall` is the machine's, `_time` is RFC3339 for the wire.
    """

    mchid: str
    out_trade_no: str
    body: dict[str, Any]
    created: float
    created_wall: float
    deadline: float
    signer_serial: str
    trade_state: str = 'NOTPAY'
    auto_closed: bool = False
    paying: bool = False
    transaction_id: str = ''
    success_time: str = ''
    paid_at: float = 0.0
    paid_wall: float = 0.0
    refunds: list[Refund] = field(default_factory=list)
    shipping: Shipping | None = None

    @property
    def appid(self) -> str:
        """Return the app the order was made for."""
        return str(self.body['appid'])

    @property
    def openid(self) -> str:
        """Return the only person who may pay."""
        return str(self.body['payer']['openid'])

    @property
    def total(self) -> int:
        """Return the amount in fen."""
        return int(self.body['amount']['total'])

    def refresh(self, now: float) -> None:
        """Close the order by itself when it was left unpaid for 7 days."""
        if self.trade_state == 'NOTPAY' and now - self.created > AUTO_CLOSE_SECONDS:
            self.trade_state, self.auto_closed = 'CLOSED', True


@dataclass
class Prepay:
    """A prepay session: 2 hours, one order."""

    prepay_id: str
    order: Order
    expires: float
    cancelled: int = 0


@dataclass
class KeyPolicy:
    """Which keys WeChat Pay signs with.

    `certificates`: first | both (rotation; the second signs) | second.
    `notices`: as_request (the key of the prepay or refund call) | public_key | certificate |
    alternate.
    `public_key_only`: a new merchant; certificates are not to be had.
    """

    certificates: str = 'first'
    notices: str = 'as_request'
    public_key_only: bool = False
    turn: int = 0


@dataclass
class WxpayState:
    """Hold everything WeChat Pay knows."""

    orders: dict[tuple[str, str], Order] = field(default_factory=dict)
    prepays: dict[str, Prepay] = field(default_factory=dict)
    refunds: dict[tuple[str, str], Refund] = field(default_factory=dict)
    transactions: dict[str, Order] = field(default_factory=dict)
    keys: KeyPolicy = field(default_factory=KeyPolicy)
    # What the merchant could refund from in fen; None stands for "enough".
    funds: int | None = None
    refund_seconds: float = 5.0

    def by_transaction(self, transaction_id: str) -> Order | None:
        """Return the paid order behind WeChat's own number."""
        return self.transactions.get(transaction_id)
