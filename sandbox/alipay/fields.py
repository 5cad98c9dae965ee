"""Checks of the business fields. Source: spec/alipay.md §5.1."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Any

from .answers import BEIJING, AlipayError, failed
from .auth import Call

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
# How long a link can be opened when the order does not say.
DEFAULT_SECONDS = 15 * DAY
QR_SECONDS = 2 * HOUR

_NUMBER = re.compile(r'[0-9A-Za-z_]{1,64}')
_REQUEST_NUMBER = re.compile(r'[^\s]{1,64}')
_AMOUNT = re.compile(r'\d{1,9}(\.\d{1,2})?')
_EXPRESS = re.compile(r'(\d{1,5})([mhd])|1c')
_UNITS = {'m': MINUTE, 'h': HOUR, 'd': DAY}
_CODE = re.compile(r'(2[5-9]|30)\d{14,22}')


def invalid(text: str) -> AlipayError:
    """Return the refusal of a parameter."""
    return failed('INVALID_PARAMETER', f'参数无效：{text}')


def number(call: Call) -> str:
    """Return the merchant's number of a new order."""
    value = call.text('out_trade_no')
    if not _NUMBER.fullmatch(value):
        raise invalid('out_trade_no')
    return value


def request_number(value: str) -> str:
    """Return the merchant's number of a refund."""
    if not _REQUEST_NUMBER.fullmatch(value):
        raise invalid('out_request_no')
    return value


def fen(content: dict[str, Any], name: str) -> int:
    """Return an amount in fen, at least one."""
    value = content.get(name)
    if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
        raise invalid(name)
    whole, _, cents = value.partition('.')
    amount = int(whole) * 100 + int(cents.ljust(2, '0') or 0)
    if not 1 <= amount <= 100_000_000 * 100:
        raise failed('TOTAL_FEE_EXCEED', '交易金额超限')
    return amount


def subject(call: Call) -> str:
    """Return the title of an order."""
    value = call.text('subject')
    if not value or len(value) > 256 or re.search('[/=&]', value):
        raise invalid('subject')
    return value


def auth_code(call: Call) -> str:
    """Return the payer's code."""
    if call.text('scene') != 'bar_code':
        raise invalid('scene')
    value = call.text('auth_code')
    if not _CODE.fullmatch(value):
        raise failed(
            'PAYMENT_AUTH_CODE_INVALID',
            '支付失败，获取顾客账户信息失败，请顾客刷新付款码后重新收款',
        )
    return value


def lifetimes(content: dict[str, Any]) -> tuple[float, float]:
    """Return for how many seconds an order can be opened, and be paid once it is a trade.

    An absolute time limits both; a relative one begins with the trade.
    """
    absolute = content.get('time_expire')
    if absolute is not None:
        try:
            moment = datetime.strptime(str(absolute), '%Y-%m-%d %H:%M:%S').replace(tzinfo=BEIJING)
        except ValueError as error:
            raise invalid('time_expire') from error
        left = moment.timestamp() - time.time()
        if left <= 0:
            raise failed('NOW_TIME_AFTER_EXPIRE_TIME_ERROR', '当前时间已超过允许支付的时间')
        return left, left
    express = content.get('timeout_express')
    if express is None:
        return DEFAULT_SECONDS, DEFAULT_SECONDS
    found = _EXPRESS.fullmatch(str(express))
    if not found:
        raise invalid('timeout_express')
    seconds = int(found[1]) * _UNITS[found[2]] if found[1] else DAY
    if not MINUTE <= seconds <= 15 * DAY:
        raise invalid('timeout_express')
    return DEFAULT_SECONDS, seconds
