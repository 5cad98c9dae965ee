"""Code payment of v3: charge and reverse. Source: spec/wechat_pay_v3.md §9."""

from __future__ import annotations

from typing import Any

from ..state import Sandbox
from . import book, charging
from .answers import Answer, WxpayError
from .auth import Call
from .fields import Group, Text, check, param_error
from .orders import check_mchid, find
from .prepay import COMMON, check_app, check_merchant, order_values
from .shown import as_transaction

BODY = Group(
    {
        **COMMON,
        'payer': Group({'auth_code': Text(32, required=True)}, required=True),
        'scene_info': Group(
            {
                'device_id': Text(32),
                'device_ip': Text(45),
                'store_info': Group({'id': Text(32), 'out_id': Text(32)}, required=True),
            },
            required=True,
        ),
    }
)
REVERSE_BODY = Group({'appid': Text(32), 'mchid': Text(32, required=True)})


async def charge(sandbox: Sandbox, call: Call) -> Answer:
    """Charge the payer whose code was scanned: 200 paid, 202 when the password is awaited."""
    body = call.body
    check_merchant(call)
    check(body, BODY)
    if not body['scene_info']['store_info']:
        raise param_error('/scene_info/store_info', {}, 'id和out_id二选一')
    check_app(call)
    wanted = charging.new_charge(sandbox, body, **order_values(call))
    order = charging.charge(sandbox, wanted, body['payer']['auth_code'])
    return Answer(as_transaction(order), 202 if order.trade_state == 'USERPAYING' else 200)


async def reverse(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Undo a charge."""
    check(call.body, REVERSE_BODY)
    check_mchid(call, call.body['mchid'], 'body')
    if 'appid' not in call.body:
        # Seen at the real access point: the field is needed, and its absence is a system error.
        raise WxpayError(500, 'SYSTEM_ERROR', '系统异常，请稍后重试')
    check_app(call)
    order = find(sandbox, call)
    book.reverse(sandbox, order, 'wxpay.reverse')
    return {'appid': order.appid, 'mchid': order.mchid, 'out_trade_no': order.out_trade_no}
