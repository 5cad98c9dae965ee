"""Requests and answers of catalogue and orders."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from odoo.addons.wx_base.api import Moment, Schema

from ..const.catalogue import KINDS
from ..const.orders import FAILURES, ORDER_STATES

Kind = Literal[tuple(key for key, _label in KINDS)]
OrderState = Literal[tuple(key for key, _label in ORDER_STATES)]
FailureCode = Literal[tuple(key for key, _label in FAILURES)]
RecordId = Annotated[int, Field(ge=1, le=2**31 - 1)]
CountryCode = Annotated[str, StringConstraints(pattern=r'^[A-Z]{2}$')]
PAGE = 50
PAGE_MAX = 100

Phone = Annotated[str, Field(min_length=4, max_length=32)]
Cursor = Annotated[str, Field(max_length=64)]


# === CATALOGUE === #


class Country(Schema):
    iso2: str = Field(description='ISO 3166-1 alpha-2')
    name: str
    calling_code: int


class CountryList(Schema):
    items: list[Country]
    next_cursor: str | None = None


class Operator(Schema):
    id: int
    name: str


class PackageQuery(Schema):
    country: CountryCode | None = None
    kind: Kind | None = None
    operator_id: RecordId | None = None
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
    price_fen: int
    currency: Literal['CNY'] = 'CNY'
    in_stock: bool


class PackageList(Schema):
    items: list[Package]
    next_cursor: str | None


class LookupRequest(Schema):
    phone: Phone = Field(description='With + and country code, or national with `country`')
    country: CountryCode | None = None


class LookupCandidate(Schema):
    operator: Operator
    detected: bool = Field(description='The prefix of the number belongs to this operator')


class LookupAnswer(Schema):
    phone: str = Field(description='E.164')
    country: str
    candidates: list[LookupCandidate] = Field(
        description='Operators of the country, detected ones first; let the customer choose'
    )


# === ORDERS === #


class OrderRequest(Schema):
    package_id: RecordId
    phone: Phone = Field(description='The number to top up')


class OrderQuery(Schema):
    state: OrderState | None = None
    cursor: Cursor | None = Field(None, description='`next_cursor` of the page before')
    limit: int = Field(20, ge=1, le=PAGE_MAX)


class Failure(Schema):
    code: FailureCode
    text: str


class OrderPackage(Schema):
    id: int
    name: str
    kind: Kind
    operator: str
    face_value: str | None
    face_currency: str | None


class Order(Schema):
    order_no: str
    state: OrderState
    phone: str
    country: str
    package: OrderPackage
    amount_fen: int
    currency: Literal['CNY'] = 'CNY'
    created_at: Moment
    expires_at: Moment
    paid_at: Moment
    delivered_at: Moment
    finished_at: Moment = Field(description='Closed, cancelled or refunded then')
    failure: Failure | None


class OrderList(Schema):
    items: list[Order]
    next_cursor: str | None
