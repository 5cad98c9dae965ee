"""Subscription messages and shipping information: payloads and limits.

Source: spec/wechat_miniprogram.md §5 and §9.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

SEND_PATH = '/cgi-bin/message/subscribe/send'
SHIPPING_PATH = '/wxa/sec/order/upload_shipping_info'

# Longest value of each kind of template key, in characters.
LIMITS: Mapping[str, int] = MappingProxyType(
    {
        'thing': 20,
        'number': 32,
        'letter': 32,
        'symbol': 5,
        'character_string': 32,
        'time': 40,
        'date': 40,
        'amount': 12,
        'phone_number': 17,
        'car_number': 8,
        'name': 20,
        'phrase': 5,
    }
)

_PATTERNS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        'number': re.compile(r'\d+(\.\d+)?'),
        'letter': re.compile(r'[A-Za-z]+'),
        'character_string': re.compile(r'[\x21-\x7e]+'),
        'amount': re.compile(r'\D?\d{1,10}(\.\d{1,2})?元?'),
        'phone_number': re.compile(r'[\d+\-() ]+'),
        'phrase': re.compile(r'[一-鿿]+'),
    }
)
_CONTROL = re.compile(r'[\x00-\x1f\x7f]+')


def kind_of(key: str) -> str:
    """Return the kind of a template key, e.g. `thing` for `thing2`."""
    return key.rstrip('0123456789')


def fit(key: str, value: str) -> str:
    """Return `value` in a form that WeChat takes for `key`.

    Control characters become spaces; texts too long are cut by characters. One wrong
    value makes WeChat refuse the whole message (47003).

    :raise ValueError: the value cannot be made to fit; names the key
    """
    kind = kind_of(key)
    if kind not in LIMITS:
        return value
    text = _CONTROL.sub(' ', value).strip()
    if kind in ('thing', 'name'):
        text = text[: LIMITS[kind]]
    if not text:
        raise ValueError(f'{key}: empty')
    pattern = _PATTERNS.get(kind)
    if len(text) > LIMITS[kind] or (pattern and not pattern.fullmatch(text)):
        raise ValueError(f'{key}: {text!r} is no {kind} of at most {LIMITS[kind]} characters')
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
