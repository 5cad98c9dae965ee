"""Requests and answers of the catalogue."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from odoo.addons.wx_base.api import Schema

from ..const.catalogue import KINDS

Kind = Literal[tuple(key for key, _label in KINDS)]
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
