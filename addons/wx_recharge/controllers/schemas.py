"""Requests and answers of the catalogue, of lookups and of saved numbers."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from odoo.addons.wx_base.api import Moment, Schema
from odoo.addons.wx_base.const import PLATFORMS

from ..const.catalogue import KINDS, REDEMPTIONS
from ..const.lookup import LOOKUP_SOURCES
from ..const.numbers import LABEL_CHARS

Kind = Literal[tuple(key for key, _label in KINDS)]
Redemption = Literal[tuple(key for key, _label in REDEMPTIONS)]
Platform = Literal[PLATFORMS]
LookupSource = Literal[LOOKUP_SOURCES]
RecordId = Annotated[int, Field(ge=1, le=2**31 - 1)]
CountryCode = Annotated[str, StringConstraints(pattern=r'^[A-Z]{2}$')]
Phone = Annotated[str, Field(min_length=4, max_length=32)]
Cursor = Annotated[str, Field(max_length=64)]
Label = Annotated[str, Field(max_length=LABEL_CHARS)]
PAGE = 50
PAGE_MAX = 100
SEARCH_CHARS = 64


# === CATALOGUE === #


class Country(Schema):
    iso2: str = Field(description='ISO 3166-1 alpha-2')
    name: str
    calling_code: int
    hot: bool = Field(description='To be shown among the popular ones')
    flag_url: str | None


class CountryList(Schema):
    items: list[Country]
    next_cursor: str | None = None


class Operator(Schema):
    id: int
    name: str
    hot: bool = Field(description='To be shown among the popular ones')
    logo_url: str | None = Field(description='Public, and never another picture')


class OperatorQuery(Schema):
    country: CountryCode


class OperatorList(Schema):
    items: list[Operator]
    next_cursor: str | None = None


class PackageQuery(Schema):
    country: CountryCode | None = None
    kind: Kind | None = None
    operator_id: RecordId | None = None
    hot: bool | None = None
    q: str | None = Field(
        None,
        max_length=SEARCH_CHARS,
        description='Text in the name or description of the package, its operator or country',
    )
    platform: Platform | None = Field(
        None,
        description='What the client runs on, instead of the header X-Platform; without either '
        'only what is sold on every platform is shown',
    )
    cursor: Cursor | None = Field(None, description='`next_cursor` of the page before')
    limit: int = Field(PAGE, ge=1, le=PAGE_MAX)


class Package(Schema):
    id: int
    name: str
    description: str
    kind: Kind
    country: str
    operator: Operator
    face_value: str | None = Field(description='What arrives, as a decimal number')
    face_currency: str | None
    validity_days: int | None
    benefits: list[str] = Field(description='What is inside, one thing each')
    redemption: Redemption = Field(description='`pin`: the customer receives a code to redeem')
    hot: bool
    recommended: bool
    list_price_fen: int = Field(description='What it costs everybody')
    price_fen: int = Field(description='What it costs this customer, before coupons')
    currency: Literal['CNY'] = 'CNY'
    in_stock: bool
    sale_until: Moment = Field(description='Not sold any more from then on')
    limit_user: int | None = Field(description='Orders a customer may have in `limit_days`')
    limit_number: int | None = Field(description='Orders a number may have in `limit_days`')
    limit_days: int | None = Field(description='null: since the beginning')


class PackageList(Schema):
    items: list[Package]
    next_cursor: str | None


# === LOOKUP === #


class LookupRequest(Schema):
    phone: Phone = Field(description='With + and country code, or national with `country`')
    country: CountryCode | None = None


class LookupCandidate(Schema):
    operator: Operator
    detected: bool = Field(description='The number seems to belong to this operator')


class LookupAnswer(Schema):
    phone: str = Field(description='E.164')
    country: str
    candidates: list[LookupCandidate] = Field(
        description='Operators of the country, detected ones first; let the customer choose'
    )
    source: LookupSource = Field(
        description='Who says which are detected: our table of prefixes, a supplier, or nobody'
    )
    cached: bool = Field(description='The supplier said so earlier')
    lookups_left: int = Field(description='How often suppliers may still be asked today')


# === SAVED NUMBERS === #


class NumberRequest(Schema):
    phone: Phone = Field(description='With + and country code, or national with `country`')
    country: CountryCode | None = None
    operator_id: RecordId | None = None
    label: Label | None = None


class NumberChange(Schema):
    operator_id: RecordId | None = Field(None, description='null: none is chosen')
    label: Label | None = None


class SavedNumber(Schema):
    id: int
    phone: str = Field(description='E.164')
    label: str | None
    country: str
    operator: Operator | None
    last_used_at: Moment = Field(description="Time of the customer's last order for it")


class RecentNumber(Schema):
    phone: str = Field(description='E.164')
    country: str
    operator: Operator
    order_no: str = Field(description='The last order for it')
    last_used_at: Moment


class NumberList(Schema):
    items: list[SavedNumber]
    recent: list[RecentNumber] = Field(description='Of the last orders, those that are not saved')


# === BUYING AGAIN === #


class AgainAnswer(Schema):
    phone: str
    package: Package | None = Field(
        description='What is sold now: the same or what is nearest to it; null: nothing like it'
    )
    same: bool = Field(description='It is the package of that order')
