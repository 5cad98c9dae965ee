"""Notices for the screen: what is not known to be harmless is not shown."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from .errors import Malformed
from .wxpay_v2 import xml

MASK = '***'

# Numbers of orders, states and times: what staff need to follow a notice.
SHOWN = frozenset(
    {
        'algorithm',
        'app_id',
        'appid',
        'charset',
        'create_time',
        'err_code',
        'event_type',
        'fee_type',
        'gmt_close',
        'gmt_create',
        'gmt_payment',
        'gmt_refund',
        'id',
        'mch_id',
        'notify_id',
        'notify_time',
        'notify_type',
        'original_type',
        'out_biz_no',
        'out_trade_no',
        'resource_type',
        'result_code',
        'return_code',
        'seller_id',
        'sign_type',
        'summary',
        'time_end',
        'trade_no',
        'trade_status',
        'trade_type',
        'transaction_id',
        'version',
    }
)


def mask(text: str) -> str:
    """Return the fields of a notice (JSON, XML or form), a line each, harmless values only.

    :param text: as received
    :return: nothing but the mask for a text that cannot be read
    """
    try:
        fields = list(_read(text))
    except (Malformed, ValueError, RecursionError):
        return MASK
    return '\n'.join(
        f'{path}: {value if path.rpartition(".")[2] in SHOWN else MASK}' for path, value in fields
    )


def _read(text: str) -> Iterator[tuple[str, str]]:
    start = text.lstrip()[:1]
    if start == '{':
        yield from _flatten(json.loads(text), '')
    elif start == '<':
        yield from xml.read(text.encode()).items()
    else:
        yield from parse_qsl(text, keep_blank_values=True, strict_parsing=True)


def _flatten(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _flatten(member, f'{path}.{name}' if path else name)
    else:
        yield path, str(value)
