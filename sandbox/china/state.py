"""The shop's accounts at the Chinese suppliers. Source: spec/topup_suppliers.md §4."""

from __future__ import annotations

from ..topup.goods import Stock, chinese_by_hand
from ..topup.state import Account

YRAPI_USERID, YRAPI_KEY = '10001', 'yrapi_key'
JUHE_OPENID, JUHE_KEY = 'JHopenid', 'juhe_key'
PROCESSING_SECONDS = 10.0
# Slow goods take up to 72 hours.
SLOW_SECONDS = 6 * 3600.0


def yrapi_account() -> Account:
    """Return an account of the panel many resellers use."""
    return _account()


def juhe_account() -> Account:
    """Return an account at Juhe."""
    return _account()


def _account() -> Account:
    return Account(
        currency='CNY',
        processing_seconds=PROCESSING_SECONDS,
        stock=Stock(chinese_by_hand(), chinese=True),
    )
