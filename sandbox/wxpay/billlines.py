"""The lines of a day's bills, with the differences that faults bring in.

Dates and times are those on the wire, so the machine's; only whether a bill is ready goes by the
virtual clock. Source: spec/wechat_pay_v3.md §12.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ..state import Sandbox, digits
from .answers import BEIJING
from .state import Order, Refund

TRADE, FUND = 'trade', 'fund'
FAULT_OF = {TRADE: 'bill_difference', FUND: 'fund_difference'}
DIFFERENCES = ('missing', 'unknown', 'amount', 'state', 'fee', 'duplicate', 'next_day')
REFUND_STATES = {
    'SUCCESS': 'SUCCESS',
    'PROCESSING': 'PROCESSING',
    'ABNORMAL': 'CHANGE',
    'CLOSED': 'FAIL',
}


@dataclass(frozen=True)
class BillLine:
    """One payment, refund or reversal; `state` is the trade state of the line."""

    order: Order
    moment: float
    state: str
    amount: int
    fee: int
    rate: str
    refund: Refund | None = None
    refund_state: str = ''
    # Numbers of a line nobody knows.
    forged: str = ''

    @property
    def transaction_id(self) -> str:
        """Return WeChat's number."""
        return f'42000{self.forged}' if self.forged else self.order.transaction_id

    @property
    def out_trade_no(self) -> str:
        """Return the merchant's number."""
        return f'UNKNOWN{self.forged[:20]}' if self.forged else self.order.out_trade_no

    @property
    def refund_id(self) -> str:
        """Return WeChat's number of the refund, `0` where there is none."""
        if self.state == 'SUCCESS':
            return '0'
        return self.refund.refund_id if self.refund else f'503{self.order.transaction_id[3:]}'

    @property
    def out_refund_no(self) -> str:
        """Return the merchant's number of the refund, `0` where there is none."""
        if self.state == 'SUCCESS':
            return '0'
        return self.refund.out_refund_no if self.refund else self.order.out_trade_no

    @property
    def incoming(self) -> bool:
        """Tell whether the money comes in."""
        return self.refund is None and self.moment == self.order.paid_wall

    @property
    def numbers(self) -> tuple[str, ...]:
        """Return what a fault may aim at this line with; the first one is its own."""
        if self.refund:
            return self.refund.out_refund_no, self.refund.refund_id, self.order.mchid
        order = self.order
        return order.transaction_id, order.out_trade_no, order.mchid


def day_of(moment: float) -> date:
    """Return the Beijing day of a moment."""
    return datetime.fromtimestamp(moment, BEIJING).date()


def lines(sandbox: Sandbox, mchid: str, kind: str, day: date) -> list[BillLine]:
    """Return the lines of one day's bill in their order."""
    return [line for line, shown_on in all_lines(sandbox, mchid, kind, day) if shown_on == day]


def all_lines(sandbox: Sandbox, mchid: str, kind: str, day: date) -> list[tuple[BillLine, date]]:
    """Return every line of a merchant with the day it is shown on.

    :param day: faults in waiting are used for lines of this day only
    """
    found = []
    for line in sorted(_true_lines(sandbox, mchid), key=lambda line: line.moment):
        happened = day_of(line.moment)
        difference = _difference(sandbox, kind, line, take=happened == day)
        late = difference.get('difference') == 'next_day'
        shown_on = happened + timedelta(days=1) if late else happened
        found += [(item, shown_on) for item in _apply(line, difference)]
    return found


def _true_lines(sandbox: Sandbox, mchid: str) -> Iterator[BillLine]:
    rate = sandbox.wxpay.merchant(mchid).fee_rate
    shown = f'{rate * 100:.2f}%'
    for order in list(sandbox.wxpay.orders.values()):
        if order.mchid != mchid or not order.transaction_id:
            continue
        fee = fee_of(order.total, rate)
        yield BillLine(order, order.paid_wall, 'SUCCESS', order.total, fee, shown)
        if order.reversed_wall:
            yield BillLine(
                order, order.reversed_wall, 'REVOKED', order.total, -fee, shown, None, 'SUCCESS'
            )
        given_back = 0
        for refund in order.refunds:
            before = given_back * fee // order.total
            given_back += refund.amount
            back = given_back * fee // order.total - before
            state = REFUND_STATES[refund.status]
            yield BillLine(
                order, refund.created_wall, 'REFUND', refund.amount, -back, shown, refund, state
            )


def fee_of(total: int, rate: Decimal) -> int:
    """Return the fee of a payment in fen."""
    return int((total * rate).quantize(Decimal(1), ROUND_HALF_UP))


def _difference(sandbox: Sandbox, kind: str, line: BillLine, *, take: bool) -> dict[str, Any]:
    key = (kind, '/'.join((line.numbers[0], line.state)))
    known = sandbox.wxpay.differences.get(key)
    if known is not None or not take:
        return known or {}
    fault = sandbox.faults.take({FAULT_OF[kind]}, *line.numbers)
    if fault is None:
        return {}
    made = {'difference': 'amount', 'fen': 1, **fault.params, 'forged': digits(23)}
    sandbox.wxpay.differences[key] = made
    return made


def _apply(line: BillLine, difference: dict[str, Any]) -> list[BillLine]:
    kind, fen = difference.get('difference'), int(difference.get('fen', 1))
    if kind == 'missing':
        return []
    if kind == 'duplicate':
        return [line, line]
    if kind == 'unknown':
        return [line, replace(line, forged=difference['forged'])]
    if kind == 'amount':
        return [replace(line, amount=line.amount + fen)]
    if kind == 'fee':
        return [replace(line, fee=line.fee + fen)]
    if kind == 'state' and line.refund:
        return [replace(line, refund_state=str(difference.get('state', 'FAIL')))]
    if kind == 'state':
        return [replace(line, state=str(difference.get('state', 'REVOKED')))]
    return [line]
