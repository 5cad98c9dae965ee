"""The lines of a day's bill, and how they may differ. Source: spec/alipay.md §5.8."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from ..state import Sandbox, digits
from .answers import BEIJING
from .credentials import AlipayApp
from .state import Trade

FEE_BASIS_POINTS = 60
TRADE, FUND = 'trade', 'signcustomer'
FAULT_OF = {TRADE: 'bill_difference', FUND: 'fund_difference'}


@dataclass(frozen=True)
class Entry:
    """One line: a payment, or a refund when it has a request number."""

    trade_no: str
    out_trade_no: str
    request_no: str
    subject: str
    created_wall: float
    wall: float
    amount: int
    fee: int
    is_refund: bool

    @property
    def key(self) -> str:
        """Return the merchant's number of the payment or refund."""
        return self.request_no or self.out_trade_no


def fee_of(amount: int) -> int:
    """Return what Alipay keeps, rounded half up."""
    return (amount * FEE_BASIS_POINTS + 5000) // 10000


def entries(sandbox: Sandbox, app: AlipayApp, kind: str, day: date) -> list[Entry]:
    """Return the lines of a day as they are to be shown, differences included."""
    true_ones = [
        entry
        for trade in sandbox.alipay.trades.values()
        if trade.app.seller_id == app.seller_id and trade.paid
        for entry in _of_trade(trade)
    ]
    found = []
    for entry in sorted(true_ones, key=lambda entry: entry.wall):
        happened = day_of(entry.wall)
        change = _difference(sandbox, app, kind, entry, take=happened == day)
        late = change.get('difference') == 'next_day'
        if happened + timedelta(days=late) == day:
            found += _apply(entry, change)
    return found


def day_of(moment: float) -> date:
    """Return the day of Beijing."""
    return datetime.fromtimestamp(moment, BEIJING).date()


def _of_trade(trade: Trade) -> Iterator[Entry]:
    payment = Entry(
        trade_no=trade.trade_no,
        out_trade_no=trade.out_trade_no,
        request_no='',
        subject=str(trade.content['subject']),
        created_wall=trade.created_wall,
        wall=trade.paid_wall,
        amount=trade.total,
        fee=fee_of(trade.total),
        is_refund=False,
    )
    yield payment
    for item in trade.refunds:
        if item.done:
            yield replace(
                payment,
                request_no=item.out_request_no,
                wall=item.wall,
                amount=item.amount,
                fee=fee_of(item.amount),
                is_refund=True,
            )


def _difference(
    sandbox: Sandbox, app: AlipayApp, kind: str, entry: Entry, *, take: bool
) -> dict[str, Any]:
    """Return how an entry differs; it stays so whenever the bill is fetched.

    :param take: faults in waiting are used for the entries of the wanted day only
    """
    key = (kind, entry.key)
    known = sandbox.alipay.differences.get(key)
    if known is not None or not take:
        return known or {}
    numbers = (entry.key, entry.trade_no, app.app_id, app.seller_id)
    fault = sandbox.faults.take({FAULT_OF[kind]}, *numbers)
    if fault is None:
        return {}
    made = {'difference': 'amount', 'fen': 1, **fault.params, 'forged': digits(15)}
    sandbox.alipay.differences[key] = made
    return made


def _apply(entry: Entry, change: dict[str, Any]) -> list[Entry]:
    kind, fen = change.get('difference'), int(change.get('fen', 1))
    if kind == 'missing':
        return []
    if kind == 'duplicate':
        return [entry, entry]
    if kind == 'unknown':
        forged = str(change['forged'])
        number, trade_no = f'UNKNOWN{forged}', f'2026010122001{forged}'
        return [entry, replace(entry, out_trade_no=number, trade_no=trade_no)]
    if kind == 'amount':
        return [replace(entry, amount=entry.amount + fen)]
    if kind == 'fee':
        return [replace(entry, fee=entry.fee + fen)]
    if kind == 'state':
        # The bill has no column for it: a payment is shown as a refund, or the other way round.
        return [replace(entry, is_refund=not entry.is_refund)]
    return [entry]
