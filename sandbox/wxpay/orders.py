"""Query and close. Source: spec/wechat_pay_v3.md §6, §7."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from ..state import Sandbox
from .answers import WxpayError
from .auth import Call
from .fields import Group, Text, check, param_error
from .prepay import OUT_TRADE_NO
from .state import Order

STATE_TEXTS = MappingProxyType(
    {
        'SUCCESS': '支付成功',
        'REFUND': '订单发生过退款，退款详情请查询退款单',
        'NOTPAY': '订单未支付',
        'CLOSED': '订单已关闭',
    }
)
CLOSE_BODY = Group({'mchid': Text(32, required=True)})


def as_transaction(order: Order) -> dict[str, Any]:
    """Return the order as queries and notices show it."""
    shown: dict[str, Any] = {
        'appid': order.appid,
        'mchid': order.mchid,
        'out_trade_no': order.out_trade_no,
        'trade_state': order.trade_state,
        'trade_state_desc': STATE_TEXTS[order.trade_state],
        'attach': order.body.get('attach', ''),
        'amount': {'total': order.total, 'currency': 'CNY', 'payer_currency': 'CNY'},
        'promotion_detail': [],
    }
    if order.transaction_id:
        shown |= {
            'transaction_id': order.transaction_id,
            'trade_type': 'JSAPI',
            'bank_type': 'OTHERS',
            'success_time': order.success_time,
            'payer': {'openid': order.openid},
        }
        shown['amount']['payer_total'] = order.total
    device = order.body.get('scene_info', {}).get('device_id')
    if device:
        shown['scene_info'] = {'device_id': device}
    return shown


def _check_mchid(call: Call, value: object, location: str) -> None:
    if not value:
        raise param_error('mchid', value, '缺少必填参数', location)
    if value != call.merchant.mchid:
        raise param_error('mchid', value, '商户号与Authorization中的mchid不一致', location)


def _find(sandbox: Sandbox, call: Call) -> Order:
    number = call.path['out_trade_no']
    check(number, Text(32, shortest=6, pattern=OUT_TRADE_NO), 'out_trade_no')
    order = sandbox.wxpay.orders.get((call.merchant.mchid, number))
    if order is None:
        raise WxpayError(404, 'ORDER_NOT_EXIST', '订单不存在')
    order.refresh(sandbox.clock.now())
    return order


async def query_by_out_trade_no(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Return an order in any state."""
    _check_mchid(call, call.query.get('mchid'), 'query')
    return as_transaction(_find(sandbox, call))


async def query_by_transaction_id(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Return a paid order."""
    _check_mchid(call, call.query.get('mchid'), 'query')
    order = sandbox.wxpay.by_transaction(call.path['transaction_id'])
    if order is None or order.mchid != call.merchant.mchid:
        raise WxpayError(404, 'ORDER_NOT_EXIST', '订单不存在')
    return as_transaction(order)


async def close(sandbox: Sandbox, call: Call) -> None:
    """Close an unpaid order; a repeat is no error."""
    check(call.body, CLOSE_BODY)
    _check_mchid(call, call.body['mchid'], 'body')
    order = _find(sandbox, call)
    if order.trade_state in ('SUCCESS', 'REFUND'):
        raise WxpayError(400, 'ORDER_PAID', '该订单已支付')
    if order.paying and order.trade_state == 'NOTPAY':
        # The user types the password: closing races with the payment.
        raise WxpayError(429, 'FREQUENCY_LIMITED', '频率超限')
    order.trade_state = 'CLOSED'
