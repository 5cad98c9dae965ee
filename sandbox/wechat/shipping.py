"""Order shipping info, also for virtual goods. Source: spec/wechat_miniprogram.md §9."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..books import stamp
from ..state import Sandbox
from ..wxpay.state import Order, Shipping
from .answers import WechatError, ok
from .kernel import app_of_token, json_body

EXPRESS, SAME_CITY, VIRTUAL, PICK_UP = 1, 2, 3, 4
UNIFIED, SPLIT = 1, 2
# The payment is not visible to this API right after it happened (trap 11 of the sheet).
VISIBLE_AFTER = 10.0
_RFC3339 = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)')


async def upload_shipping_info(sandbox: Sandbox, request: Request) -> Response:
    """Record that an order was shipped."""
    appid = app_of_token(sandbox, request)
    body = await json_body(request)
    _check_modes(body)
    _check_list(body)
    upload_time = body.get('upload_time')
    if not isinstance(upload_time, str) or not _RFC3339.fullmatch(upload_time):
        raise WechatError(268485216)
    order = _find(sandbox, appid, body.get('order_key'))
    payer = body.get('payer')
    if not isinstance(payer, dict) or payer.get('openid') != order.openid:
        raise WechatError(10060031)
    if order.trade_state != 'SUCCESS':
        raise WechatError(10060004)
    _ship(order, body, upload_time)
    record = {key: value for key, value in body.items() if key != 'payer'}
    sandbox.books.shipping.append(
        {
            'at': stamp(),
            'out_trade_no': order.out_trade_no,
            'transaction_id': order.transaction_id,
            'openid': order.openid,
            'body': record,
        }
    )
    return ok()


def _check_modes(body: dict[str, Any]) -> None:
    kind, mode = body.get('logistics_type'), body.get('delivery_mode')
    if type(kind) is not int or kind not in (EXPRESS, SAME_CITY, VIRTUAL, PICK_UP):
        raise WechatError(10060005)
    if type(mode) is not int or mode not in (UNIFIED, SPLIT):
        raise WechatError(268485224)
    if mode == SPLIT and kind != EXPRESS:
        raise WechatError(10060006)
    if mode == SPLIT and not isinstance(body.get('is_all_delivered'), bool):
        raise WechatError(10060007)


def _check_list(body: dict[str, Any]) -> None:
    items = body.get('shipping_list')
    if not isinstance(items, list) or not items:
        raise WechatError(268485228 if body['delivery_mode'] == UNIFIED else 10060020)
    if body['delivery_mode'] == UNIFIED and len(items) != 1:
        raise WechatError(268485228)
    if len(items) > 15:
        raise WechatError(10060024)
    for item in items:
        if not isinstance(item, dict):
            raise WechatError(10060014)
        _check_item(item, body['logistics_type'])


def _check_item(item: dict[str, Any], kind: int) -> None:
    description = item.get('item_desc')
    if not isinstance(description, str) or not description.strip():
        raise WechatError(10060008)
    if len(description) > 120:
        raise WechatError(10060009)
    if kind != EXPRESS:
        return
    if not item.get('tracking_no'):
        raise WechatError(268485226)
    if not item.get('express_company'):
        raise WechatError(268485227)
    if len(str(item['express_company'])) > 128:
        raise WechatError(10060025)
    if len(str(item['tracking_no'])) > 128:
        raise WechatError(10060026)


def _find(sandbox: Sandbox, appid: str, key: object) -> Order:
    """Return the paid order an `order_key` names.

    :raise WechatError: 10060001 unknown, unpaid, of another app, or paid only seconds ago
    """
    if not isinstance(key, dict) or key.get('order_number_type') not in (1, 2):
        raise WechatError(268485194)
    if key['order_number_type'] == 2:
        if not key.get('transaction_id'):
            raise WechatError(268485195)
        order = sandbox.wxpay.transactions.get(str(key['transaction_id']))
    else:
        if not key.get('mchid'):
            raise WechatError(268485196)
        if not key.get('out_trade_no'):
            raise WechatError(268485197)
        order = sandbox.wxpay.orders.get((str(key['mchid']), str(key['out_trade_no'])))
    if order is None or order.appid != appid or not order.paid_at:
        raise WechatError(10060001)
    if sandbox.clock.now() - order.paid_at < VISIBLE_AFTER:
        raise WechatError(10060001)
    return order


def _ship(order: Order, body: dict[str, Any], upload_time: str) -> None:
    content = {key: value for key, value in body.items() if key not in ('upload_time', 'order_key')}
    before = order.shipping
    if before is None:
        order.shipping = Shipping(content, upload_time, 1)
        return
    if content == before.content:
        raise WechatError(10060023)
    if before.count >= 2:
        raise WechatError(10060003)
    if datetime.fromisoformat(upload_time) <= datetime.fromisoformat(before.upload_time):
        raise WechatError(10060014, 'upload_time must increase')
    order.shipping = Shipping(content, upload_time, before.count + 1)


async def get_order(sandbox: Sandbox, request: Request) -> Response:
    """Return what WeChat knows of an order's shipping."""
    appid = app_of_token(sandbox, request)
    body = await json_body(request)
    if body.get('transaction_id'):
        key = {'order_number_type': 2, 'transaction_id': body['transaction_id']}
    else:
        key = {
            'order_number_type': 1,
            'mchid': body.get('merchant_id'),
            'out_trade_no': body.get('merchant_trade_no'),
        }
    order = _find(sandbox, appid, key)
    return ok({'errcode': 0, 'errmsg': 'ok', 'order': _as_order(order)})


def _as_order(order: Order) -> dict[str, Any]:
    shipping = order.shipping
    state = 1 if shipping is None else 2
    if order.trade_state != 'SUCCESS':
        state = 5
    content = shipping.content if shipping else {}
    return {
        'transaction_id': order.transaction_id,
        'merchant_id': order.mchid,
        'sub_merchant_id': '',
        'merchant_trade_no': order.out_trade_no,
        'description': order.description,
        'paid_amount': order.total,
        'openid': order.openid,
        'trade_create_time': int(order.created_wall),
        'pay_time': int(order.paid_wall),
        'order_state': state,
        'in_complaint': False,
        'shipping': {
            'delivery_mode': content.get('delivery_mode', 0),
            'logistics_type': content.get('logistics_type', 0),
            'finish_shipping': shipping is not None,
            'finish_shipping_count': shipping.count if shipping else 0,
            'goods_desc': content.get('shipping_list', [{}])[0].get('item_desc', ''),
            'shipping_list': content.get('shipping_list', []),
        },
    }
