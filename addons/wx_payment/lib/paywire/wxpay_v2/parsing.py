"""Strict reading of fields at the border: all values are texts on this wire.

Source: spec/wechat_pay_v2.md §1, §3.
"""

import datetime
import re
from collections.abc import Mapping

from ..errors import Malformed
from ..wxpay_v3.writing import BEIJING

Fields = Mapping[str, str]

_FEN = re.compile(r'[0-9]{1,15}', re.ASCII)
_MOMENT = re.compile(
    r'([0-9]{4})-?([0-9]{2})-?([0-9]{2}) ?([0-9]{2}):?([0-9]{2}):?([0-9]{2})', re.ASCII
)


def text(fields: Fields, name: str) -> str:
    """Return a text that must be there."""
    value = fields.get(name, '')
    if not value:
        raise Malformed(f'{name} is missing.')
    return value


def fen(fields: Fields, name: str) -> int:
    """Return an amount in fen."""
    value = fields.get(name, '')
    if not _FEN.fullmatch(value):
        raise Malformed(f'{name} is missing or no amount in fen.')
    return int(value)


def optional_fen(fields: Fields, name: str) -> int | None:
    """Return an amount in fen, None when it is absent."""
    return fen(fields, name) if fields.get(name) else None


def optional_moment(fields: Fields, name: str) -> datetime.datetime | None:
    """Return a time of Beijing in UTC, None when it is absent.

    Payments have it as ``yyyyMMddHHmmss``, refunds as ``yyyy-MM-dd HH:mm:ss``.
    """
    value = fields.get(name, '')
    if not value:
        return None
    match = _MOMENT.fullmatch(value)
    try:
        # An impossible date does not match the calendar, which raises the same error.
        if not match:
            raise ValueError(value)
        year, month, day, hour, minute, second = map(int, match.groups())
        moment = datetime.datetime(year, month, day, hour, minute, second, tzinfo=BEIJING)
    except ValueError:
        raise Malformed(f'{name} is no time.') from None
    return moment.astimezone(datetime.UTC)
