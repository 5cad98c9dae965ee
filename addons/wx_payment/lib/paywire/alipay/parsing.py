"""Strict reading of names and values at the border: a wrong type never travels further.

Unknown names are ignored, as the provider may add some at any time. Money arrives as text in
yuan, in older answers as a JSON number; both become fen by Decimal.
Source: spec/alipay.md §5.
"""

import datetime
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ..errors import Malformed
from .writing import BEIJING

JsonObject = Mapping[str, Any]

_YUAN = re.compile(r'[+-]?[0-9]{1,13}(\.[0-9]{1,8})?', re.ASCII)


def text(source: JsonObject, name: str, *, default: str | None = None) -> str:
    """Return a text; a missing one is an error unless there is a default."""
    value = source.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or (not value and default is None):
        raise Malformed(f'{name} is missing or no text.')
    return value


def to_fen(value: str) -> int:
    """Return an amount in yuan as whole fen, with its sign.

    :raise ValueError: no decimal number, or a fraction of a fen
    """
    if not _YUAN.fullmatch(value):
        raise ValueError('The amount is no decimal number.')
    fen = Decimal(value) * 100
    if fen != fen.to_integral_value():
        raise ValueError('The amount has fractions of a fen.')
    return int(fen)


def fen(source: JsonObject, name: str) -> int:
    """Return an amount in fen, which is not negative."""
    value = source.get(name)
    if isinstance(value, Decimal) or (isinstance(value, int) and not isinstance(value, bool)):
        value = str(value)
    try:
        amount = to_fen(value) if isinstance(value, str) else -1
    except ValueError as error:
        raise Malformed(f'{name} is no amount in yuan.') from error
    if amount < 0:
        raise Malformed(f'{name} is missing or negative.')
    return amount


def optional_fen(source: JsonObject, name: str) -> int | None:
    """Return an amount in fen, None when it is absent or empty."""
    return None if source.get(name) in (None, '') else fen(source, name)


def moment(value: str) -> datetime.datetime:
    """Return a time of Alipay (Beijing, fractions of a second are fine) in UTC.

    :raise ValueError: another form
    """
    parsed = datetime.datetime.fromisoformat(value)
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=BEIJING)
    return parsed.astimezone(datetime.UTC)


def optional_moment(source: JsonObject, name: str) -> datetime.datetime | None:
    """Return a time in UTC, None when it is absent or empty."""
    value = text(source, name, default='')
    try:
        return moment(value) if value else None
    except ValueError as error:
        raise Malformed(f'{name} is no time.') from error
