"""What WeChat's client checks before it opens the sheet.

Source: spec/wechat_pay_v3.md §5, spec/wechat_pay_v2.md §3 (second signature).
"""

from __future__ import annotations

import re
from typing import Any

from .. import crypto
from ..credentials import APPS, Merchant, merchants
from ..state import Sandbox
from ..wxpayv2 import signing
from .cashier import CashierError, check_payable
from .state import Prepay

_PAGE = ('timeStamp', 'nonceStr', 'package', 'signType', 'paySign')
_APP = ('partnerid', 'prepayid', 'package', 'noncestr', 'timestamp', 'sign')


def request_payment(sandbox: Sandbox, fields: dict[str, Any], appid: str) -> Prepay:
    """Check what `wx.requestPayment` or `getBrandWCPayRequest` was given; return the session.

    :raise CashierError: a field of wrong form, a false paySign, or a session that cannot be paid
    """
    _need(fields, _PAGE)
    _check_moment(fields['timeStamp'], fields['nonceStr'])
    if not fields['package'].startswith('prepay_id='):
        raise CashierError('package should be prepay_id=…')
    session = _session(sandbox, fields['package'].removeprefix('prepay_id='), appid, 'JSAPI')
    sign_type = 'RSA' if session.order.api == 'v3' else session.order.sign_type
    if fields['signType'] != sign_type:
        raise CashierError(f'signType should be {sign_type}')
    merchant = merchants()[session.order.mchid]
    if session.order.api == 'v3':
        order = (appid, fields['timeStamp'], fields['nonceStr'], fields['package'])
        good = crypto.rsa_verify(merchant.public_key, crypto.lines(*order), fields['paySign'])
    else:
        named = {name: fields[name] for name in _PAGE if name != 'paySign'} | {'appId': appid}
        good = signing.verify(named, merchant.apiv2_key, sign_type, fields['paySign'])
    return _opened(sandbox, session, good)


def request_app_payment(sandbox: Sandbox, fields: dict[str, Any], appid: str) -> Prepay:
    """Check what a mobile app gave to WeChat's SDK; return the session.

    :raise CashierError: as above, or the app is none of the open platform
    """
    _need(fields, _APP)
    _check_moment(fields['timestamp'], fields['noncestr'])
    if fields['package'] != 'Sign=WXPay':
        raise CashierError('package should be Sign=WXPay')
    if APPS[appid].kind != 'mobile_app':
        raise CashierError('appid is no mobile app')
    session = _session(sandbox, fields['prepayid'], appid, 'APP')
    order, merchant = session.order, merchants()[session.order.mchid]
    if fields['partnerid'] != order.mchid:
        raise CashierError('partnerid does not match the prepayid')
    good = _app_sign_is_good(fields, appid, merchant, order.api, order.sign_type)
    return _opened(sandbox, session, good)


def _app_sign_is_good(
    fields: dict[str, Any], appid: str, merchant: Merchant, api: str, sign_type: str
) -> bool:
    if api == 'v3':
        message = crypto.lines(appid, fields['timestamp'], fields['noncestr'], fields['prepayid'])
        return crypto.rsa_verify(merchant.public_key, message, fields['sign'])
    named = {name: fields[name] for name in _APP if name != 'sign'} | {'appid': appid}
    return signing.verify(named, merchant.apiv2_key, sign_type, fields['sign'])


def _need(fields: dict[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        if not isinstance(fields.get(name), str) or not fields[name]:
            raise CashierError(f'parameter {name} should be a non-empty string')


def _check_moment(moment: str, nonce: str) -> None:
    if not re.fullmatch(r'\d{10}', moment):
        raise CashierError('timeStamp should be unix seconds')
    if len(nonce) > 32:
        raise CashierError('nonceStr is longer than 32')


def _session(sandbox: Sandbox, prepay_id: str, appid: str, trade_type: str) -> Prepay:
    session = sandbox.wxpay.prepays.get(prepay_id)
    if session is None:
        raise CashierError('prepay_id is unknown')
    if session.order.appid != appid:
        raise CashierError('appid does not match the prepay_id')
    if session.order.trade_type != trade_type:
        raise CashierError(f'the prepay_id is for {session.order.trade_type}')
    return session


def _opened(sandbox: Sandbox, session: Prepay, good: bool) -> Prepay:
    if not good:
        raise CashierError('支付验证签名失败')
    check_payable(sandbox, session)
    return session
