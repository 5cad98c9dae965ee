"""Prepay for JSAPI and mini-programs. Source: spec/wechat_pay_v3.md §5."""

from __future__ import annotations

import re
import secrets
import time
from datetime import datetime
from types import MappingProxyType
from typing import Any

from ..credentials import APPS
from ..state import Sandbox
from .answers import BEIJING, WxpayError
from .auth import Call
from .fields import Flag, Group, Many, Text, Whole, check, check_notify_url, param_error
from .state import AUTO_CLOSE_SECONDS, PREPAY_SECONDS, Order, Prepay

OUT_TRADE_NO = r'[0-9A-Za-z_\-*|]+'
LEAST_SECONDS = 60.0
_RFC3339 = r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)'

_GOODS = Group(
    {
        'merchant_goods_id': Text(32, required=True),
        'wechatpay_goods_id': Text(32),
        'goods_name': Text(256),
        'quantity': Whole(1, required=True),
        'unit_price': Whole(0, required=True),
    }
)
_STORE = Group(
    {
        'id': Text(32, required=True),
        'name': Text(256),
        'area_code': Text(32),
        'address': Text(512),
    }
)
BODY = Group(
    {
        'appid': Text(32, required=True),
        'mchid': Text(32, required=True),
        'description': Text(127, required=True),
        'out_trade_no': Text(32, required=True, shortest=6, pattern=OUT_TRADE_NO),
        'time_expire': Text(64, pattern=_RFC3339),
        'attach': Text(128),
        'notify_url': Text(255, required=True),
        'goods_tag': Text(32),
        'support_fapiao': Flag(),
        'limit_pay': Many(
            Text(32, choices=frozenset({'no_balance', 'no_credit', 'no_debit', 'balance_only'}))
        ),
        'amount': Group(
            {'total': Whole(1, required=True), 'currency': Text(16, choices=frozenset({'CNY'}))},
            required=True,
        ),
        'payer': Group({'openid': Text(128, required=True)}, required=True),
        'detail': Group(
            MappingProxyType(
                {'cost_price': Whole(0), 'invoice_id': Text(32), 'goods_detail': Many(_GOODS)}
            ),
            biggest=6144,
        ),
        'scene_info': Group(
            {
                'payer_client_ip': Text(45, required=True),
                'device_id': Text(32),
                'store_info': _STORE,
            }
        ),
        'settle_info': Group({'profit_sharing': Flag()}),
    }
)


async def prepay(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Make the order, or a new prepay session for the same order."""
    body = call.body
    if 'mchid' in body and body['mchid'] != call.merchant.mchid:
        raise param_error('/mchid', body['mchid'], '商户号与Authorization中的mchid不一致')
    check(body, BODY)
    check_notify_url(body['notify_url'], sandbox.options.local_hosts)
    _check_payer(sandbox, call)
    now = sandbox.clock.now()
    key = (body['mchid'], body['out_trade_no'])
    order = sandbox.wxpay.orders.get(key)
    if order is None:
        order = Order(
            mchid=body['mchid'],
            out_trade_no=body['out_trade_no'],
            body=body,
            created=now,
            created_wall=time.time(),
            deadline=now + _seconds_to_pay(body.get('time_expire')),
            signer_serial=call.signer.serial,
        )
        sandbox.wxpay.orders[key] = order
    else:
        _check_repeat(order, body, now)
    session = Prepay(_prepay_id(), order, now + PREPAY_SECONDS)
    sandbox.wxpay.prepays[session.prepay_id] = session
    return {'prepay_id': session.prepay_id}


def _check_payer(sandbox: Sandbox, call: Call) -> None:
    appid, openid = call.body['appid'], call.body['payer']['openid']
    if appid not in APPS:
        raise param_error('/appid', appid, 'appid不存在')
    if appid not in call.merchant.appids:
        raise WxpayError(400, 'APPID_MCHID_NOT_MATCH', '商户号mch_id与appid不匹配')
    if sandbox.wechat.known(appid, openid) is None:
        raise param_error('/payer/openid', openid, '无效的openid')


def _check_repeat(order: Order, body: dict[str, Any], now: float) -> None:
    """Let a repeated prepay through only while unpaid and with identical parameters."""
    order.refresh(now)
    if order.trade_state in ('SUCCESS', 'REFUND'):
        raise WxpayError(400, 'ORDER_PAID', '该订单已支付')
    if order.auto_closed:
        raise WxpayError(403, 'OUT_TRADE_NO_USED', '201 商户订单号重复')
    if order.trade_state == 'CLOSED':
        raise WxpayError(400, 'ORDER_CLOSED', '该订单已关闭')
    if body != order.body:
        raise WxpayError(403, 'OUT_TRADE_NO_USED', '201 商户订单号重复')


def _seconds_to_pay(time_expire: str | None) -> float:
    """Return how long the order can be paid, clamped silently to 1 minute … 7 days."""
    if time_expire is None:
        return AUTO_CLOSE_SECONDS
    try:
        moment = datetime.fromisoformat(re.sub(r'(\.\d{6})\d+', r'\1', time_expire))
    except ValueError as error:
        raise param_error('/time_expire', time_expire, '时间格式错误') from error
    return min(max(moment.timestamp() - time.time(), LEAST_SECONDS), AUTO_CLOSE_SECONDS)


def _prepay_id() -> str:
    return f'wx{datetime.now(BEIJING):%Y%m%d%H%M%S}{secrets.token_hex(10)}'
