"""Small things that several suppliers write and read alike."""

from __future__ import annotations

import json
import secrets
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from starlette.requests import Request

from .state import Account


def number(amount: Decimal) -> float:
    """Return an amount for JSON; only here, on the way out, does it become a float."""
    return float(amount)


def iso_time(later: float = 0.0) -> str:
    """Return the machine's time in UTC, with milliseconds."""
    moment = datetime.now(UTC) + timedelta(seconds=later)
    return moment.isoformat(timespec='milliseconds').replace('+00:00', 'Z')


def to_decimal(value: object) -> Decimal | None:
    """Return a positive amount out of JSON, None when it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        return None
    try:
        amount = Decimal(value)
    except ArithmeticError:
        return None
    return amount if amount.is_finite() and amount > 0 else None


async def read_json(request: Request) -> Any:
    """Return the JSON in the body, numbers as Decimal; None when there is none, or no JSON."""
    kind = request.headers.get('content-type', '').partition(';')[0].strip().lower()
    try:
        body = json.loads(await request.body(), parse_float=Decimal)
    except ValueError:
        return None
    return body if kind == 'application/json' else None


def to_whole(text: str | None, default: int) -> int:
    """Return a whole number of a query, the default when there is none."""
    return int(text) if text and text.isascii() and text.isdecimal() else default


def new_id(account: Account, least: int = 100_000_000, span: int = 1_900_000_000) -> str:
    """Return a number the shop cannot know from an earlier run."""
    while True:
        made = str(least + secrets.randbelow(span))
        if made not in account.orders:
            return made
