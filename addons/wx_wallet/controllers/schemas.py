"""Requests and answers of the wallets. Amounts are integers in the asset's smallest unit."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from odoo.addons.wx_base.api import Moment, Schema
from odoo.addons.wx_ledger.const import ACCOUNT_STATES, ASSET_KINDS, MAX_INT8

from ..const import PAGE, PAGE_MAX

AssetKind = Literal[tuple(key for key, _label in ASSET_KINDS)]
AccountState = Literal[tuple(key for key, _label in ACCOUNT_STATES)]
Amount = Annotated[int, Field(strict=True, ge=1, le=MAX_INT8)]
AssetCode = Annotated[str, Field(min_length=1, max_length=64)]
Cursor = Annotated[str, Field(max_length=64)]
REASON = r'^[123459][0-9]{5}$'
RFC_3339 = re.compile(r'\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)')


def _rfc_3339(text):
    """Refuse the other forms that pydantic reads, such as seconds since 1970."""
    # In a query string a plus sign that was not escaped arrives as a space.
    text = re.sub(r' (\d\d:\d\d)$', r'+\1', str(text))
    if not RFC_3339.fullmatch(text):
        raise ValueError('must be a time with offset, such as 2026-01-31T09:30:00+08:00')
    return text


def _in_range(moment):
    """Refuse times that have no place in the database's calendar in UTC."""
    if not 1970 <= moment.year <= 9998:
        raise ValueError('must lie between 1970 and 9998')
    return moment


Bound = Annotated[AwareDatetime, BeforeValidator(_rfc_3339), AfterValidator(_in_range)]


# === WALLETS === #


class WalletRules(Schema):
    """What a customer may do with the asset."""

    transferable: bool
    convertible: bool
    withdrawable: bool
    expiring: bool
    expiry_days: int | None = Field(description='Life of what is credited from now on')
    transfer_max: int | None = Field(description='Most per transfer; null: no limit')
    transfer_day_max: int | None = Field(description='Most per day in Shanghai; null: no limit')


class Wallet(Schema):
    asset: str = Field(description='Code of the asset: what paths and requests name')
    name: str
    kind: AssetKind
    decimal_places: int = Field(description='123 with 2 places is shown as 1.23')
    balance: int
    held: int = Field(description='Waits for its use; an expired hold counts until released')
    available: int
    state: AccountState
    rules: WalletRules


class WalletList(Schema):
    wallet_no: str = Field(description="The customer's own: what others send to")
    items: list[Wallet]


# === ENTRIES === #


class EntryQuery(Schema):
    cursor: Cursor | None = Field(None, description='`next_cursor` of the page before')
    limit: int = Field(PAGE, ge=1, le=PAGE_MAX)
    reason: str | None = Field(None, pattern=REASON, description='Code of a reason')
    since: Bound | None = Field(None, alias='from', description='Booked at this time or later')
    until: Bound | None = Field(None, alias='to', description='Booked before this time')


class Reason(Schema):
    code: str
    text: str


class Entry(Schema):
    number: int = Field(description='1, 2, 3 … within the wallet')
    amount: int = Field(description='Positive: received')
    balance_after: int
    reason: Reason
    document_no: str | None = Field(description='Number of the order or the like')
    posted_at: Moment


class EntryList(Schema):
    items: list[Entry]
    next_cursor: str | None


# === TRANSFER === #


class TransferRequest(Schema):
    to: str = Field(min_length=1, max_length=32, description='`wallet_no` of another customer')
    amount: Amount


class TransferAnswer(Schema):
    entry: Entry
    wallet: Wallet


# === CONVERSION === #


class Rate(Schema):
    """`source_amount` of the one asset, after the fee, give `target_amount` of the other."""

    from_asset: str
    to_asset: str
    source_amount: int
    target_amount: int
    fee_permille: int = Field(description='Taken of what is converted, rounded up')
    valid_from: Moment


class RateList(Schema):
    items: list[Rate]


class QuoteQuery(Schema):
    to_asset: AssetCode
    amount: int = Field(ge=1, le=MAX_INT8)


class Quote(Schema):
    from_asset: str
    to_asset: str
    amount: int = Field(description='What leaves the wallet, fee and rounding included')
    fee: int = Field(description='Part of `amount` that is the fee')
    received: int = Field(description='What comes out: `expected` of the conversion')


class ConversionRequest(Schema):
    to_asset: AssetCode
    amount: Amount
    expected: Amount = Field(description='`received` of the quote')


class ConversionAnswer(Schema):
    quote: Quote
    source: Wallet
    target: Wallet
