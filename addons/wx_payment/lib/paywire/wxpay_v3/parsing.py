"""Strict reading of JSON at the border: a wrong type never travels further.

Unknown keys are ignored, as the provider may add some at any time.
Source: spec/wechat_pay_v3.md §1.
"""

import datetime
import json
from collections.abc import Mapping
from typing import Any

from ..errors import Malformed

JsonObject = Mapping[str, Any]


def load_object(raw: bytes) -> JsonObject:
    """Return the JSON object of the bytes.

    :raise Malformed: no UTF-8, no JSON (an XML text, for example) or no object
    """
    try:
        value = json.loads(raw.decode('utf-8'))
    except (ValueError, RecursionError) as error:
        raise Malformed('The body is not JSON.') from error
    if not isinstance(value, dict):
        raise Malformed('The body is not a JSON object.')
    return value


def text(source: JsonObject, name: str, *, default: str | None = None) -> str:
    """Return a text; a missing one is an error unless there is a default."""
    value = source.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or (not value and default is None):
        raise Malformed(f'{name} is missing or no text.')
    return value


def fen(source: JsonObject, name: str) -> int:
    """Return an amount in fen, which is a whole number and not negative."""
    value = source.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Malformed(f'{name} is missing or no amount in fen.')
    return value


def optional_fen(source: JsonObject, name: str) -> int | None:
    """Return an amount in fen, None when it is absent."""
    return None if source.get(name) is None else fen(source, name)


def nested(source: JsonObject, name: str) -> JsonObject:
    """Return an object."""
    value = source.get(name)
    if not isinstance(value, dict):
        raise Malformed(f'{name} is missing or no object.')
    return value


def optional_nested(source: JsonObject, name: str) -> JsonObject:
    """Return an object, an empty one when it is absent."""
    return {} if source.get(name) is None else nested(source, name)


def objects(source: JsonObject, name: str) -> tuple[JsonObject, ...]:
    """Return a list of objects."""
    value = source.get(name)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise Malformed(f'{name} is missing or no list of objects.')
    return tuple(value)


def moment(source: JsonObject, name: str) -> datetime.datetime:
    """Return an RFC 3339 time in UTC; ``Z`` and fractions of a second are fine."""
    value = text(source, name)
    try:
        parsed = datetime.datetime.fromisoformat(value)
    except ValueError as error:
        raise Malformed(f'{name} is no RFC 3339 time.') from error
    if parsed.tzinfo is None:
        raise Malformed(f'{name} has no offset.')
    return parsed.astimezone(datetime.UTC)


def optional_moment(source: JsonObject, name: str) -> datetime.datetime | None:
    """Return an RFC 3339 time in UTC, None when it is absent or empty."""
    return moment(source, name) if source.get(name) else None
