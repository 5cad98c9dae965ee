"""The order book of both versions: place, find, close, reverse.

Source: spec/wechat_pay_v3.md §5–§7, §9, spec/wechat_pay_v2.md §3.
"""

from __future__ import annotations

import secrets
import time
from datetime import datetime
from typing import Any

from ..credentials import APPS, Merchant
from ..state import Sandbox, digits
from .answers import BEIJING, wire_time
from .notices import announce_payment
from .reasons import Declined, Reason
from .state import H5_SECONDS, PREPAY_SECONDS, Order, Prepay

# A charge by code is reversed no sooner, and an order no later. Source: spec/wechat_pay_v2.md §3.
REVERSE_AFTER = 15.0
REVERSE_WITHIN = 7 * 86400.0
# Who pays when nobody is named: the person of the phone page.
DEFAULT_PAYER = 'oSandboxPhone00000000000001'
# Seconds until the payment that raced with a close comes through.
RACE_SECONDS = 5.0


def check_app(merchant: Merchant, appid: str) -> None:
    """Refuse an app the merchant is not bound to."""
    if appid in APPS and appid not in merchant.appids:
        raise Declined(Reason.APP_NOT_BOUND)


def find(sandbox: Sandbox, mchid: str, out_trade_no: str) -> Order:
    """Return the order as time has left it."""
    order = sandbox.wxpay.orders.get((mchid, out_trade_no))
    if order is None:
        raise Declined(Reason.ORDER_UNKNOWN)
    order.refresh(sandbox.clock.now())
    return order


def place(sandbox: Sandbox, wanted: Order) -> Order:
    """Enter a new order, or return the one this number has when the terms are the same.

    :raise Declined: paid, closed, reversed, or other parameters under the same number
    """
    key = (wanted.mchid, wanted.out_trade_no)
    known = sandbox.wxpay.orders.setdefault(key, wanted)
    if known is wanted:
        return wanted
    known.refresh(sandbox.clock.now())
    if known.paid:
        raise Declined(Reason.ORDER_PAID)
    if known.auto_closed:
        raise Declined(Reason.NUMBER_USED)
    if known.trade_state == 'CLOSED':
        raise Declined(Reason.ORDER_CLOSED)
    if known.trade_state == 'REVOKED':
        raise Declined(Reason.ORDER_REVERSED)
    same = (known.api, known.trade_type, known.terms) == (
        wanted.api,
        wanted.trade_type,
        wanted.terms,
    )
    if not same:
        raise Declined(Reason.NUMBER_USED)
    return known


def open_session(sandbox: Sandbox, order: Order) -> Prepay:
    """Return a new payment session; a Native code made before for the order dies."""
    now = sandbox.clock.now()
    seconds = H5_SECONDS if order.trade_type == 'MWEB' else PREPAY_SECONDS
    session = Prepay(
        f'wx{datetime.now(BEIJING):%Y%m%d%H%M%S}{secrets.token_hex(10)}', order, now + seconds
    )
    if order.trade_type == 'NATIVE':
        for other in sandbox.wxpay.prepays.values():
            if other.order is order:
                other.expires = min(other.expires, now - 1)
        session.code_url = f'weixin://wxpay/bizpayurl?pr={secrets.token_urlsafe(6)}'
    if order.trade_type == 'MWEB':
        session.package = digits(10)
    sandbox.wxpay.prepays[session.prepay_id] = session
    return session


def web_address(sandbox: Sandbox, session: Prepay, called_at: str) -> str:
    """Return the page of an H5 payment.

    :param called_at: the sandbox's address as the caller knows it, for want of a public one
    """
    base = sandbox.options.public_url or called_at.rstrip('/')
    return f'{base}/phone/h5?prepay_id={session.prepay_id}&package={session.package}'


def close(sandbox: Sandbox, order: Order, operation: str) -> None:
    """Close an unpaid order; a repeat is no error.

    :param operation: the name of the call, which faults may aim at
    :raise Declined: paid, charged by code, or the payer is at it
    """
    if order.by_code:
        raise Declined(Reason.CLOSE_BY_CODE)
    if order.paid:
        raise Declined(Reason.ORDER_PAID)
    subjects = (order.out_trade_no, operation, order.mchid)
    race = sandbox.faults.take({'close_race'}, *subjects)
    if race:
        pay_later(sandbox, order, race.seconds(RACE_SECONDS))
        raise Declined(Reason.BUSY)
    if order.paying and order.trade_state == 'NOTPAY':
        # The user types the password: closing races with the payment.
        raise Declined(Reason.BUSY)
    late = sandbox.faults.take({'late_success'}, *subjects)
    if late:
        pay_later(sandbox, order, late.seconds(RACE_SECONDS))
    order.trade_state = 'CLOSED'


def pay_later(sandbox: Sandbox, order: Order, seconds: float) -> None:
    """Have an order paid after so many seconds, closed or not."""

    async def come_through() -> None:
        if order.trade_state in ('NOTPAY', 'CLOSED', 'USERPAYING'):
            settle(sandbox, order)

    sandbox.scheduler.call_later(seconds, come_through, f'late payment {order.out_trade_no}')


def settle(sandbox: Sandbox, order: Order, moment: float | None = None) -> None:
    """Let the money come in and have the shop told.

    :param moment: the machine's time of the payment; now when absent
    """
    order.trade_state, order.paying, order.auto_closed = 'SUCCESS', False, False
    order.openid = order.openid or DEFAULT_PAYER
    order.transaction_id = f'42000{digits(23)}'
    order.paid_wall = time.time() if moment is None else moment
    order.success_time = wire_time(order.paid_wall)
    order.paid_at = sandbox.clock.now()
    sandbox.wxpay.transactions[order.transaction_id] = order
    merchant = sandbox.wxpay.merchant(order.mchid)
    if merchant.funds is not None:
        merchant.funds += order.total
    announce_payment(sandbox, order)
    _pay_twin(sandbox, order)


def _pay_twin(sandbox: Sandbox, order: Order) -> None:
    """Pay another number of the same purchase as well when a fault wants it."""
    subjects = (order.out_trade_no, order.mchid)
    fault = sandbox.faults.take({'double_success'}, *subjects)
    if fault is None:
        return
    named = fault.params.get('other')
    for twin in reversed(list(sandbox.wxpay.orders.values())):
        alike = (twin.appid, twin.total, twin.description) == (
            order.appid,
            order.total,
            order.description,
        )
        fits = twin.out_trade_no == named if named else alike and twin.openid in ('', order.openid)
        if fits and twin is not order and not twin.paid:
            twin.openid = twin.openid or order.openid
            pay_later(sandbox, twin, fault.seconds(0.0))
            return


def reverse(sandbox: Sandbox, order: Order, operation: str) -> None:
    """Undo a charge by code: unpaid is closed, paid goes back.

    :raise Declined: made otherwise than by code, too early, too late
    """
    now = sandbox.clock.now()
    if not order.by_code:
        raise Declined(Reason.REVERSE_UNFIT)
    if order.trade_state == 'REVOKED':
        return
    if now - order.created > REVERSE_WITHIN:
        raise Declined(Reason.REVERSE_OVERDUE)
    subjects = (order.out_trade_no, operation, order.mchid)
    if now - order.created < REVERSE_AFTER or sandbox.faults.take({'reverse_recall'}, *subjects):
        raise Declined(Reason.REVERSE_AGAIN)
    merchant = sandbox.wxpay.merchant(order.mchid)
    if order.transaction_id and merchant.funds is not None:
        merchant.funds -= order.total
    order.trade_state, order.reversed_wall = 'REVOKED', time.time()


def new_order(sandbox: Sandbox, terms: dict[str, Any], seconds: float, **values: Any) -> Order:
    """Return an order that begins now and can be paid for so many seconds."""
    now = sandbox.clock.now()
    return Order(
        terms=terms, created=now, created_wall=time.time(), deadline=now + seconds, **values
    )
