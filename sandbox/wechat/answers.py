"""Error codes and answers of the mini-program's server API: HTTP 200 even for errors.

Source: spec/wechat_miniprogram.md, table of each section.
"""

from __future__ import annotations

import secrets
from types import MappingProxyType
from typing import Any

from starlette.responses import Response

from ..replies import json_answer

MESSAGES = MappingProxyType(
    {
        40001: 'invalid credential, access_token is invalid or not latest',
        40002: 'invalid grant_type',
        40003: 'invalid openid',
        40013: 'invalid appid',
        40029: 'invalid code',
        40037: 'invalid template_id',
        40125: 'invalid appsecret',
        40163: 'code been used',
        41001: 'access_token missing',
        41002: 'appid missing',
        41004: 'appsecret missing',
        41008: 'missing code',
        41030: 'invalid page',
        42001: 'access_token expired',
        43101: 'user refuse to accept the msg',
        43108: 'concurrent sending to the same user',
        44002: 'empty post data',
        45011: 'api minute-quota reach limit, please wait a moment and try again',
        47001: 'data format error',
        47003: 'argument invalid!',
        10060001: '支付单不存在',
        10060002: '支付单已完成发货，无法继续发货',
        10060003: '支付单已使用重新发货机会',
        10060004: '支付单处于不可发货的状态',
        10060005: '物流类型有误',
        10060006: '非快递发货时不允许分拆发货',
        10060007: '分拆发货模式下必须填写 is_all_delivered 字段',
        10060008: '商品描述 item_desc 字段不能为空',
        10060009: '商品描述 item_desc 字段太长',
        10060014: '参数错误',
        10060020: '描述信息不能为空',
        10060023: '发货信息未更新',
        10060024: '物流信息列表太长',
        10060025: '物流公司编码太长',
        10060026: '物流单号太长',
        10060031: '该笔支付单不属于 payer.openid 所指定的用户',
        268485194: 'order_number_type 参数错误',
        268485195: 'transaction_id 不能为空',
        268485196: 'mchid 不能为空',
        268485197: 'out_trade_no 不能为空',
        268485216: 'upload_time 不是 RFC3339 格式',
        268485224: 'delivery_mode 参数错误',
        268485226: 'tracking_no 不能为空',
        268485227: 'express_company 不能为空',
        268485228: '统一发货模式下 shipping_list 的长度必须为 1',
    }
)


class WechatError(Exception):
    """The API says no; `errcode` tells why."""

    def __init__(self, errcode: int, hint: str = '') -> None:
        super().__init__(errcode, hint)
        self.errcode = errcode
        self.hint = hint


def ok(payload: dict[str, Any] | None = None) -> Response:
    """Return a success; bodies of queries often omit `errcode`."""
    return json_answer(payload if payload is not None else {'errcode': 0, 'errmsg': 'ok'})


def refusal(error: WechatError) -> Response:
    """Return an error with its request id at the end of the text."""
    text = MESSAGES.get(error.errcode, 'system error')
    if error.hint:
        text = f'{text} {error.hint}'
    rid = '-'.join(secrets.token_hex(4) for _ in range(3))
    return json_answer({'errcode': error.errcode, 'errmsg': f'{text} rid: {rid}'})
