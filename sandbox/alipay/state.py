"""What Alipay remembers: trades, refunds, payment codes used, bill files, keys in use.

Source: spec/alipay.md §9.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .credentials import AlipayApp, AlipaySigner, certificate_signers, public_key_signers

PRECREATED = 'PRECREATED'
WAITING = 'WAIT_BUYER_PAY'
SUCCESS = 'TRADE_SUCCESS'
FINISHED = 'TRADE_FINISHED'
CLOSED = 'TRADE_CLOSED'

BUYER = '2088102122524333'


@dataclass
class Refund:
    """One refund of a trade; `done` once the money moved."""

    out_request_no: str
    amount: int
    reason: str = ''
    done: bool = False
    wall: float = 0.0


@dataclass
class Trade:
    """One order, named by the merchant's number. `content` is the first biz_content.

    Before somebody opens the cashier or scans the code it is PRECREATED, which nobody sees.
    Times without a suffix are virtual; `_wall` is the machine's.
    """

    app: AlipayApp
    out_trade_no: str
    kind: str
    content: dict[str, Any]
    total: int
    token: str
    notify_url: str
    return_url: str
    deadline: float
    lifetime: float
    status: str = PRECREATED
    trade_no: str = ''
    paying: bool = False
    buyer: str = BUYER
    created: float = 0.0
    created_wall: float = 0.0
    paid_wall: float = 0.0
    closed_wall: float = 0.0
    refunds: list[Refund] = field(default_factory=list)

    @property
    def exists(self) -> bool:
        """Tell whether queries see it."""
        return self.status != PRECREATED

    @property
    def paid(self) -> bool:
        """Tell whether money came in, given back or not."""
        return self.paid_wall > 0

    @property
    def refunded(self) -> int:
        """Return what went back so far, in fen."""
        return sum(refund.amount for refund in self.refunds if refund.done)


@dataclass
class BillFile:
    """A bill that can be fetched for a while."""

    raw: bytes
    expires: float


@dataclass
class AlipayState:
    """Hold everything Alipay knows."""

    trades: dict[tuple[str, str], Trade] = field(default_factory=dict)
    used_codes: dict[str, str] = field(default_factory=dict)
    bill_files: dict[str, BillFile] = field(default_factory=dict)
    # How the lines of bills differ, by bill and number: the same whenever one is fetched.
    differences: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    # 0 for the present key of both modes, 1 for the next.
    key: int = 0
    # What each merchant could refund from in fen; None stands for "enough".
    funds: dict[str, int | None] = field(default_factory=dict)
    notify_waiting: bool = False

    def signer(self, app: AlipayApp) -> AlipaySigner:
        """Return the key Alipay signs with for an app."""
        return (certificate_signers() if app.by_certificate else public_key_signers())[self.key]

    def by_token(self, token: str) -> Trade | None:
        """Return the order behind a cashier's or a code's address."""
        return next((trade for trade in self.trades.values() if trade.token == token), None)

    def by_trade_no(self, app_id: str, trade_no: str) -> Trade | None:
        """Return the trade by Alipay's number."""
        mine = (trade for key, trade in self.trades.items() if key[0] == app_id)
        return next((trade for trade in mine if trade.trade_no == trade_no), None)
