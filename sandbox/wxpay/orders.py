"""Query and close. Source: spec/wechat_pay_v3.md §6, §7."""

from __future__ import annotations

from typing import Any

from ..state import Sandbox
from . import book
from .auth import Call
from .fields import Group, Text, check, param_error
from .prepay import OUT_TRADE_NO
from .reasons import Declined, Reason
from .shown import as_transaction
from .state import Order

CLOSE_BODY = Group({'mchid': Text(32, required=True)})


def check_mchid(call: Call, value: object, location: str) -> None:
    """Refuse an absent merchant number, and one that does not sign the call."""
    if not value:
        raise param_error('mchid', value, '缺少必填参数', location)
    if value != call.merchant.mchid:
        raise param_error('mchid', value, '商户号与Authorization中的mchid不一致', location)


def find(sandbox: Sandbox, call: Call) -> Order:
    """Return the order the path names."""
    number = call.path['out_trade_no']
    check(number, Text(32, shortest=6, pattern=OUT_TRADE_NO), 'out_trade_no')
    return book.find(sandbox, call.merchant.mchid, number)


async def query_by_out_trade_no(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Return an order in any state."""
    check_mchid(call, call.query.get('mchid'), 'query')
    return as_transaction(find(sandbox, call))


async def query_by_transaction_id(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Return a paid order."""
    check_mchid(call, call.query.get('mchid'), 'query')
    order = sandbox.wxpay.by_transaction(call.merchant.mchid, call.path['transaction_id'])
    if order is None:
        raise Declined(Reason.ORDER_UNKNOWN)
    return as_transaction(order)


async def close(sandbox: Sandbox, call: Call) -> None:
    """Close an unpaid order."""
    check(call.body, CLOSE_BODY)
    check_mchid(call, call.body['mchid'], 'body')
    book.close(sandbox, find(sandbox, call), 'wxpay.close')
