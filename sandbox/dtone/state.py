"""The shop's account at DT One. Source: spec/topup_suppliers.md §2."""

from __future__ import annotations

from decimal import Decimal

from ..topup.goods import Stock, by_hand
from ..topup.state import Account

KEY, SECRET = 'dtone_key', 'dtone_secret'
# x = 1 of the test numbers: at least 3 s.
PROCESSING_SECONDS = 3.0


def dtone_account() -> Account:
    """Return an account with the usual goods."""
    return Account(
        currency='USD',
        processing_seconds=PROCESSING_SECONDS,
        stock=Stock(by_hand(Decimal(1))),
    )
