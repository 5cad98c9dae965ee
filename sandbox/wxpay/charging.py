"""Charge by the payer's code, for both versions.

Source: spec/wechat_pay_v2.md §3 (micropay), spec/wechat_pay_v3.md §9.
"""

from __future__ import annotations

import re
from typing import Any

from ..state import Sandbox, digits
from . import book
from .reasons import Declined, Reason
from .state import AUTO_CLOSE_SECONDS, Order, PaymentCode, Prepay

CODE_SECONDS = 60.0
# How long the payer's phone asks for the password.
PASSWORD_SECONDS = 60.0
AUTH_CODE = r'1[0-5]\d{16}'
OUTCOMES = ('paid', 'password', 'not_enough', 'bank_error', 'expired')


def show_code(sandbox: Sandbox, openid: str, outcome: str) -> PaymentCode:
    """Show a payment code on somebody's phone.

    :param outcome: what a charge by this code comes to; one of `OUTCOMES`
    """
    expires = sandbox.clock.now() + (-1 if outcome == 'expired' else CODE_SECONDS)
    code = PaymentCode(f'13{digits(16)}', openid, expires, outcome)
    sandbox.wxpay.codes[code.auth_code] = code
    return code


def new_charge(sandbox: Sandbox, terms: dict[str, Any], **values: Any) -> Order:
    """Return the order of a charge."""
    return book.new_order(
        sandbox, terms, AUTO_CLOSE_SECONDS, trade_type='MICROPAY', notify_url='', **values
    )


def charge(sandbox: Sandbox, wanted: Order, auth_code: str) -> Order:
    """Charge by code, or show how the charge with this number stands.

    :return: the order, SUCCESS or USERPAYING
    :raise Declined: the code is of no use, the payer cannot pay, or the number is used up
    """
    known = (wanted.mchid, wanted.out_trade_no) in sandbox.wxpay.orders
    if known:
        order = book.place(sandbox, wanted)
        if order.trade_state == 'USERPAYING':
            return order
        # A new try takes a new number: code and number are used up together.
        raise Declined(Reason.NUMBER_USED)
    code = _usable(sandbox, auth_code)
    order = book.place(sandbox, wanted)
    code.used, order.openid = True, code.openid
    if code.outcome == 'password':
        _ask_password(sandbox, order)
        return order
    if code.outcome == 'not_enough':
        order.trade_state = 'PAYERROR'
        raise Declined(Reason.PAYER_NOT_ENOUGH)
    if code.outcome == 'bank_error':
        # Unknown to the merchant, and yet the money comes through a little later.
        _ask_password(sandbox, order)
        book.pay_later(sandbox, order, book.RACE_SECONDS)
        raise Declined(Reason.BANK_ERROR)
    book.settle(sandbox, order)
    return order


def _usable(sandbox: Sandbox, auth_code: str) -> PaymentCode:
    if not re.fullmatch(AUTH_CODE, auth_code):
        raise Declined(Reason.CODE_INVALID)
    code = sandbox.wxpay.codes.get(auth_code)
    if code is None:
        raise Declined(Reason.CODE_INVALID)
    if code.used or sandbox.clock.now() > code.expires:
        raise Declined(Reason.CODE_EXPIRED)
    return code


def _ask_password(sandbox: Sandbox, order: Order) -> None:
    """Open the password page on the payer's phone: a session somebody can pay or leave."""
    order.trade_state = 'USERPAYING'
    order.password_until = sandbox.clock.now() + PASSWORD_SECONDS
    session = Prepay(f'wxcode{digits(20)}', order, order.password_until)
    sandbox.wxpay.prepays[session.prepay_id] = session
