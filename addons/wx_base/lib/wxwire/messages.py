"""Subscription messages and shipping information: payloads and limits.

Source: spec/wechat_miniprogram.md §5 and §9.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

SEND_PATH = '/cgi-bin/message/subscribe/send'
SHIPPING_PATH = '/wxa/sec/order/upload_shipping_info'

# Longest value of each kind of template key, in characters. Other kinds are not documented.
LIMITS: Mapping[str, int] = MappingProxyType(
    {
        'thing': 20,
        'number': 32,
        'letter': 32,
        'symbol': 5,
        'character_string': 32,
        'time': 64,
        'date': 64,
        'amount': 20,
        'phone_number': 17,
        'car_number': 8,
        'name': 20,
        'phrase': 5,
        'enum': 64,
    }
)
# A name in Chinese may be half as long as one in letters.
CHINESE_NAME = 10

_DAY = r'\d{4}(?:年\d{1,2}月\d{1,2}日|-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2}|\.\d{1,2}\.\d{1,2})'
_CLOCK = r'(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?'
_TIME = rf'(?:{_DAY} ?)?{_CLOCK}'
_DATE = rf'{_DAY}(?: ?{_CLOCK})?'
_PATTERNS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        'number': re.compile(r'\d+(\.\d+)?'),
        'letter': re.compile(r'[A-Za-z]+'),
        'symbol': re.compile(r'[^\w\s]+'),
        'character_string': re.compile(r'[\x21-\x7e]+'),
        'amount': re.compile(r'[^\d\s]?\d{1,10}(\.\d+)?元?'),
        'phone_number': re.compile(r'[\d+\-() ]+'),
        'phrase': re.compile(r'[一-鿿]+'),
        'time': re.compile(rf'{_TIME}(?: ?~ ?{_TIME})?'),
        'date': re.compile(rf'{_DATE}(?: ?~ ?{_DATE})?'),
    }
)
_CONTROL = re.compile(r'[\x00-\x1f\x7f]+')
_CHINESE = re.compile(r'[一-鿿]')
_KEY = re.compile(r'([a-z_]+?)[1-9]\d?')


class Misfit(ValueError):
    """A text that WeChat would refuse; `key` is the template key, `kind` the kind it has."""

    def __init__(self, key: str, reason: str):
        super().__init__(f'{key}: {reason}')
        self.key = key
        self.reason = reason


def kind_of(key: str) -> str:
    """Return the kind of a template key, e.g. `thing` for `thing2`.

    :raise Misfit: no documented kind followed by a number
    """
    match = _KEY.fullmatch(key)
    if not match or match[1] not in LIMITS:
        raise Misfit(key, 'no key of a template')
    return match[1]


def fit(key: str, value: str) -> str:
    """Return `value` in a form that WeChat takes for `key`.

    Control characters become spaces; texts and names too long are cut by characters. One
    wrong value makes WeChat refuse the whole message (47003).

    :raise Misfit: the value cannot be made to fit; names the key
    """
    kind = kind_of(key)
    text = _CONTROL.sub(' ', value).strip()
    limit = LIMITS[kind]
    if kind == 'name' and _CHINESE.search(text):
        limit = CHINESE_NAME
    if kind in ('thing', 'name'):
        text = text[:limit].strip()
    if not text:
        raise Misfit(key, 'empty')
    pattern = _PATTERNS.get(kind)
    if len(text) > limit or (pattern and not pattern.fullmatch(text)):
        raise Misfit(key, f'{text!r} is no {kind} of at most {limit} characters')
    return text


def subscribe_payload(
    openid: str, template_id: str, values: Mapping[str, str], *, page: str, state: str, lang: str
) -> dict[str, Any]:
    """Return the body of a subscription message.

    :param values: template key → text; each is made to fit
    :param state: `developer`, `trial` or `formal`
    :raise ValueError: a value cannot be made to fit
    """
    payload: dict[str, Any] = {
        'touser': openid,
        'template_id': template_id,
        'data': {key: {'value': fit(key, value)} for key, value in values.items()},
        'miniprogram_state': state,
        'lang': lang,
    }
    if page:
        payload['page'] = page
    return payload


def virtual_shipping_payload(
    transaction_id: str, openid: str, item_desc: str, upload_time: str
) -> dict[str, Any]:
    """Return the shipping information of virtual goods: unified, exactly one item.

    :param upload_time: RFC 3339 with milliseconds and a colon in the offset
    """
    return {
        'order_key': {'order_number_type': 2, 'transaction_id': transaction_id},
        'logistics_type': 3,
        'delivery_mode': 1,
        'shipping_list': [{'item_desc': item_desc[:120]}],
        'upload_time': upload_time,
        'payer': {'openid': openid},
    }
