"""The shop's account at Ding. Source: spec/topup_suppliers.md §3."""

from __future__ import annotations

from decimal import Decimal

from ..topup.goods import Stock, by_hand
from ..topup.state import Account

API_KEY = 'ding_api_key'
PROCESSING_SECONDS = 5.0


def ding_account() -> Account:
    """Return an account with the usual goods, a little dearer than elsewhere."""
    return Account(
        currency='USD',
        processing_seconds=PROCESSING_SECONDS,
        stock=Stock(by_hand(Decimal('1.03'))),
    )
