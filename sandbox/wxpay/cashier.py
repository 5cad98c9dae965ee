"""The payer's side: the payment sheet in WeChat. Source: spec/wechat_pay_v3.md §5."""

from __future__ import annotations

import ipaddress

from ..credentials import TEMPLATES
from ..state import Sandbox
from . import book
from .state import Order, Prepay


class CashierError(Exception):
    """The sheet cannot open or pay; `args[0]` is what `wx.requestPayment` fails with."""


def check_payable(sandbox: Sandbox, session: Prepay) -> None:
    """Refuse a session whose order cannot be paid now.

    A sheet that is open when the last moment passes can still succeed (late payments happen).

    :raise CashierError: paid, closed or expired
    """
    order, now = session.order, sandbox.clock.now()
    order.refresh(now)
    if order.paid:
        raise CashierError('该订单已支付')
    if order.trade_state in ('CLOSED', 'REVOKED', 'PAYERROR'):
        raise CashierError('订单已关闭')
    if order.by_code and order.trade_state != 'USERPAYING':
        raise CashierError('付款码支付已超时')
    if order.paying:
        return
    if now > session.expires:
        raise CashierError('prepay_id 已过期')
    if now > order.deadline:
        raise CashierError('订单已过期')


def scan(sandbox: Sandbox, code_url: str) -> Prepay:
    """Return the session behind a Native code that somebody scanned.

    :raise CashierError: the code is unknown, or its order cannot be paid
    """
    if not code_url.startswith('weixin://wxpay/bizpayurl'):
        raise CashierError('不是微信支付的二维码')
    for session in sandbox.wxpay.prepays.values():
        if session.code_url and session.code_url == code_url:
            check_payable(sandbox, session)
            return session
    raise CashierError('二维码无效')


def enter_h5(sandbox: Sandbox, prepay_id: str, package: str) -> Prepay:
    """Return the session behind an H5 page that somebody opened.

    :raise CashierError: the address is false or has expired, or the client's own address is none
    """
    session = sandbox.wxpay.prepays.get(prepay_id)
    if session is None or not session.package or session.package != package:
        raise CashierError('支付链接无效')
    check_payable(sandbox, session)
    order = session.order
    if sandbox.wxpay.merchant(order.mchid).strict_client_ip and not _is_public(order):
        raise CashierError('网络环境未能通过安全验证，请稍后再试')
    return session


def _is_public(order: Order) -> bool:
    try:
        return ipaddress.ip_address(order.client_ip).is_global
    except ValueError:
        return False


def pay(
    sandbox: Sandbox,
    session: Prepay,
    openid: str = '',
    *,
    subscribe: bool = True,
    force: bool = False,
    moment: float | None = None,
) -> Order:
    """Pay the order and have the shop told.

    :param openid: who pays; by default who may, or the person of the phone page
    :param subscribe: the payer accepts the message prompt after paying: one message a template
    :param force: pay even a closed or expired order: money that arrives late
    :param moment: the machine's time of the payment; now when absent
    :raise CashierError: not payable, or somebody else pays
    """
    order = session.order
    if openid and order.openid and openid != order.openid:
        raise CashierError('付款人与下单人不一致')
    if not force:
        check_payable(sandbox, session)
    elif order.trade_state not in ('NOTPAY', 'CLOSED'):
        raise CashierError('该订单已支付')
    order.openid = order.openid or openid or book.DEFAULT_PAYER
    book.settle(sandbox, order, moment)
    if subscribe:
        grant_messages(sandbox, order.appid, order.openid)
    return order


def leave(session: Prepay) -> None:
    """Leave the sheet; a charge by code has failed then, any other order stays unpaid."""
    session.cancelled += 1
    session.order.paying = False
    if session.order.trade_state == 'USERPAYING':
        session.order.trade_state = 'PAYERROR'


def grant_messages(sandbox: Sandbox, appid: str, openid: str, count: int = 1) -> None:
    """Let the person accept the prompt for every template of the app."""
    person = sandbox.wechat.person(appid, openid)
    for template_id in TEMPLATES[appid]:
        person.quota[template_id] = person.quota.get(template_id, 0) + count
