"""The payer's side: the payment sheet in WeChat. Source: spec/wechat_pay_v3.md §5."""

from __future__ import annotations

import re
import time
from typing import Any

from .. import crypto
from ..credentials import TEMPLATES, merchants
from ..state import Sandbox, digits
from .answers import wire_time
from .notices import announce_payment
from .state import Order, Prepay

_FIELDS = ('timeStamp', 'nonceStr', 'package', 'signType', 'paySign')


class CashierError(Exception):
    """The sheet cannot open or pay; `args[0]` is what `wx.requestPayment` fails with."""


def request_payment(sandbox: Sandbox, fields: dict[str, Any], appid: str) -> Prepay:
    """Check what `wx.requestPayment` was given and return the prepay session it names.

    :raise CashierError: a field of wrong form, a false paySign, or a session that cannot be paid
    """
    for name in _FIELDS:
        if not isinstance(fields.get(name), str) or not fields[name]:
            raise CashierError(f'parameter {name} should be a non-empty string')
    if not re.fullmatch(r'\d{10}', fields['timeStamp']):
        raise CashierError('timeStamp should be unix seconds')
    if len(fields['nonceStr']) > 32:
        raise CashierError('nonceStr is longer than 32')
    if fields['signType'] != 'RSA':
        raise CashierError('signType should be RSA')
    if not fields['package'].startswith('prepay_id='):
        raise CashierError('package should be prepay_id=…')
    session = sandbox.wxpay.prepays.get(fields['package'].removeprefix('prepay_id='))
    if session is None:
        raise CashierError('prepay_id is unknown')
    if session.order.appid != appid:
        raise CashierError('appid does not match the prepay_id')
    merchant = merchants()[session.order.mchid]
    message = crypto.lines(appid, fields['timeStamp'], fields['nonceStr'], fields['package'])
    if not crypto.rsa_verify(merchant.public_key, message, fields['paySign']):
        raise CashierError('支付验证签名失败')
    check_payable(sandbox, session)
    return session


def check_payable(sandbox: Sandbox, session: Prepay) -> None:
    """Refuse a session whose order cannot be paid now.

    A sheet that is open when the last moment passes can still succeed (late payments happen).

    :raise CashierError: paid, closed or expired
    """
    order, now = session.order, sandbox.clock.now()
    order.refresh(now)
    if order.trade_state in ('SUCCESS', 'REFUND'):
        raise CashierError('该订单已支付')
    if order.trade_state == 'CLOSED':
        raise CashierError('订单已关闭')
    if order.paying:
        return
    if now > session.expires:
        raise CashierError('prepay_id 已过期')
    if now > order.deadline:
        raise CashierError('订单已过期')


def pay(
    sandbox: Sandbox,
    session: Prepay,
    openid: str,
    *,
    subscribe: bool = True,
    force: bool = False,
) -> Order:
    """Pay the order and have the shop told.

    :param subscribe: the payer accepts the message prompt after paying: one message a template
    :param force: pay even a closed or expired order: money that arrives late
    :raise CashierError: not payable, or somebody else pays
    """
    order = session.order
    if openid != order.openid:
        raise CashierError('付款人与下单人不一致')
    if force and order.trade_state == 'CLOSED':
        order.trade_state, order.auto_closed = 'NOTPAY', False
    if not force:
        check_payable(sandbox, session)
    elif order.trade_state != 'NOTPAY':
        raise CashierError('该订单已支付')
    order.trade_state, order.paying = 'SUCCESS', False
    order.transaction_id = f'42000{digits(23)}'
    order.success_time = wire_time()
    order.paid_at, order.paid_wall = sandbox.clock.now(), time.time()
    sandbox.wxpay.transactions[order.transaction_id] = order
    if sandbox.wxpay.funds is not None:
        sandbox.wxpay.funds += order.total
    if subscribe:
        grant_messages(sandbox, order.appid, openid)
    announce_payment(sandbox, order)
    return order


def grant_messages(sandbox: Sandbox, appid: str, openid: str, count: int = 1) -> None:
    """Let the person accept the prompt for every template of the app."""
    person = sandbox.wechat.person(appid, openid)
    for template_id in TEMPLATES[appid]:
        person.quota[template_id] = person.quota.get(template_id, 0) + count
