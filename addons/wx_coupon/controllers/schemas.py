"""Requests and answers about coupons."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from odoo.addons.wx_base.api import Moment, Schema

from ..const import KINDS

Kind = Literal[tuple(key for key, _label in KINDS)]
CouponState = Literal['issued', 'held', 'used', 'expired', 'void']
Cursor = Annotated[str, Field(max_length=64)]
PAGE = 20
PAGE_MAX = 100


class PageQuery(Schema):
    cursor: Cursor | None = Field(None, description='`next_cursor` of the page before')
    limit: int = Field(PAGE, ge=1, le=PAGE_MAX)


class Discount(Schema):
    kind: Kind = Field(description='`fixed`: amount_fen counts; `percent`: percent and cap_fen')
    amount_fen: int | None = Field(description='What it takes off')
    percent: int | None = Field(description='15 takes 15 per cent off')
    cap_fen: int | None = Field(description='The most that per cent takes off')
    threshold_fen: int = Field(description='Least price before any coupon')
    stackable: bool = Field(description='May be used together with other stackable ones')
    scope: dict[str, Any] = Field(description='What it is good for; empty: for everything')


class CouponTemplate(Schema):
    id: int
    name: str
    terms: str
    discount: Discount
    valid_from: Moment
    valid_until: Moment
    valid_days: int | None = Field(description='Days from the claim; else see valid_until')
    claim_until: Moment
    remaining: int | None = Field(description='How many are left; null: no limit')
    own: int = Field(description='How many the customer has claimed')
    per_customer: int
    can_claim: bool


class CouponTemplateList(Schema):
    items: list[CouponTemplate]
    next_cursor: str | None


class RedeemRequest(Schema):
    code: str = Field(min_length=1, max_length=32, description='With or without dashes')


class CouponQuery(PageQuery):
    state: CouponState | None = None


class Coupon(Schema):
    id: int
    template_id: int
    name: str
    terms: str
    state: CouponState
    discount: Discount
    valid_from: Moment
    valid_until: Moment
    used_at: Moment


class CouponList(Schema):
    items: list[Coupon]
    next_cursor: str | None


class Birthday(Schema):
    birthday: date | None


class BirthdayRequest(Schema):
    birthday: date
