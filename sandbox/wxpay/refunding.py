"""Refunds of both versions: accept, settle, resume.

Source: spec/wechat_pay_v3.md §8, spec/wechat_pay_v2.md §3.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from ..state import Sandbox, digits
from .answers import wire_time
from .notices import announce_refund
from .reasons import Declined, Reason
from .state import Order, Refund

MAX_REFUNDS = 50
GAP_SECONDS = 60.0
MAX_AGE_SECONDS = 365 * 86400.0


@dataclass(frozen=True)
class Wanted:
    """A refund as asked for. The order goes by WeChat's number or by the merchant's."""

    out_refund_no: str
    amount: int
    total: int
    terms: dict[str, Any]
    transaction_id: str = ''
    out_trade_no: str = ''
    notify_url: str = ''
    api: str = 'v3'
    signer_serial: str = ''
    source: str = 'API'


def request(sandbox: Sandbox, mchid: str, wanted: Wanted, operation: str) -> Refund:
    """Accept a refund, or return the one that has this number.

    :param operation: the name of the call, which faults may aim at
    :raise Declined: the refund does not fit the order, or cannot be made now
    """
    known = sandbox.wxpay.refunds.get((mchid, wanted.out_refund_no))
    if known is not None:
        if (known.api, known.terms) != (wanted.api, wanted.terms):
            raise Declined(Reason.REFUND_REPEATED)
        return known
    order = _find_order(sandbox, mchid, wanted)
    subjects = (wanted.out_refund_no, order.out_trade_no, operation, mchid)
    if sandbox.faults.take({'refund_not_found'}, *subjects):
        # Seen minutes after the payment: the same request works when it is repeated.
        raise Declined(Reason.REFUND_ORDER_UNKNOWN)
    _check_amounts(order, wanted)
    _check_limits(sandbox, order, wanted)
    return _accept(sandbox, order, wanted, subjects)


def _find_order(sandbox: Sandbox, mchid: str, wanted: Wanted) -> Order:
    if wanted.transaction_id:
        order = sandbox.wxpay.by_transaction(mchid, wanted.transaction_id)
    else:
        order = sandbox.wxpay.orders.get((mchid, wanted.out_trade_no))
    if order is None or not order.paid:
        raise Declined(Reason.REFUND_ORDER_UNKNOWN)
    return order


def _check_amounts(order: Order, wanted: Wanted) -> None:
    if wanted.total != order.total:
        raise Declined(Reason.REFUND_MISMATCH)
    done = sum(refund.amount for refund in order.refunds if refund.status != 'CLOSED')
    if done + wanted.amount > order.total:
        raise Declined(Reason.REFUND_TOO_MUCH)


def _check_limits(sandbox: Sandbox, order: Order, wanted: Wanted) -> None:
    now = sandbox.clock.now()
    if now - order.paid_at > MAX_AGE_SECONDS:
        raise Declined(Reason.REFUND_OVERDUE)
    if len(order.refunds) >= MAX_REFUNDS:
        raise Declined(Reason.REFUND_TOO_MANY)
    if order.refunds and now - order.refunds[-1].created < GAP_SECONDS:
        raise Declined(Reason.REFUND_TOO_SOON)
    funds = sandbox.wxpay.merchant(order.mchid).funds
    if funds is not None and funds < wanted.amount:
        raise Declined(Reason.REFUND_NOT_ENOUGH)


def _accept(sandbox: Sandbox, order: Order, wanted: Wanted, subjects: tuple[str, ...]) -> Refund:
    refund = Refund(
        refund_id=f'503{digits(25)}',
        out_refund_no=wanted.out_refund_no,
        order=order,
        terms=wanted.terms,
        amount=wanted.amount,
        create_time=wire_time(),
        created=sandbox.clock.now(),
        created_wall=time.time(),
        user_account='支付用户零钱',
        api=wanted.api,
        signer_serial=wanted.signer_serial,
        notify_url=wanted.notify_url,
        source=wanted.source,
    )
    merchant = sandbox.wxpay.merchant(order.mchid)
    sandbox.wxpay.refunds[(order.mchid, refund.out_refund_no)] = refund
    order.refunds.append(refund)
    order.trade_state = 'REFUND'
    if merchant.funds is not None:
        merchant.funds -= refund.amount
    fault = sandbox.faults.take({'refund_outcome'}, *subjects)
    status = str(fault.params.get('status', 'ABNORMAL')) if fault else 'SUCCESS'
    seconds = fault.seconds(merchant.refund_seconds) if fault else merchant.refund_seconds
    _finish_later(sandbox, refund, status, seconds)
    return refund


def _finish_later(sandbox: Sandbox, refund: Refund, status: str, seconds: float) -> None:
    async def settle() -> None:
        finish(sandbox, refund, status)

    sandbox.scheduler.call_later(seconds, settle, f'refund {refund.out_refund_no}')


def resume(sandbox: Sandbox, refund: Refund, account: str) -> None:
    """Send the money of an abnormal refund elsewhere; it is told again when it arrived."""
    refund.status, refund.user_account = 'PROCESSING', account
    seconds = sandbox.wxpay.merchant(refund.order.mchid).refund_seconds
    _finish_later(sandbox, refund, 'SUCCESS', seconds)


def finish(sandbox: Sandbox, refund: Refund, status: str) -> bool:
    """Bring a refund to an end and tell the shop; ABNORMAL may still become SUCCESS.

    :return: False when the refund had already ended
    """
    if refund.status not in ('PROCESSING', 'ABNORMAL') or status in ('PROCESSING', refund.status):
        return False
    refund.status = status
    if status == 'SUCCESS':
        refund.success_time = wire_time()
    merchant = sandbox.wxpay.merchant(refund.order.mchid)
    if status == 'CLOSED' and merchant.funds is not None:
        merchant.funds += refund.amount
    announce_refund(sandbox, refund)
    return True
