"""Requests and answers of memberships."""

from typing import Annotated, Literal

from pydantic import Field

from odoo.addons.wx_base.api import Moment, Schema
from odoo.addons.wx_base.controllers.schemas import Profile

from ..const import DURATION_UNITS, ORDER_STATES, ORIGINS

DurationUnit = Literal[tuple(key for key, _label in DURATION_UNITS)]
OrderState = Literal[tuple(key for key, _label in ORDER_STATES)]
Origin = Literal[tuple(key for key, _label in ORIGINS)]
RecordId = Annotated[int, Field(ge=1, le=2**31 - 1)]
Cursor = Annotated[str, Field(max_length=64)]
PAGE = 20
PAGE_MAX = 100


class MemberBenefits(Schema):
    lookup_quota: int = Field(description='Free look-ups a day beyond what everybody may')
    points_percent: int = Field(description='100: as everybody; 150: half as many points again')


class MemberLevel(Schema):
    code: str
    name: str
    description: str
    benefits: MemberBenefits


class MemberLevelName(Schema):
    code: str
    name: str


class MembershipPeriod(Schema):
    level: MemberLevelName
    begins: Moment
    until: Moment = Field(description='Excluded: a midnight in Shanghai')


class Membership(Schema):
    level: MemberLevel | None = Field(description='The level in force; null: none')
    until: Moment = Field(description='When the level in force ends, excluded')
    periods: list[MembershipPeriod] = Field(
        description='What is running and what follows, in its order'
    )
    trial_available: bool


class MemberProfile(Profile):
    member_level: MemberLevelName | None = Field(description='The level in force; null: none')


class MembershipPlan(Schema):
    id: int
    name: str
    description: str
    level: MemberLevel
    duration: int
    duration_unit: DurationUnit
    is_trial: bool
    price_fen: int
    currency: Literal['CNY'] = 'CNY'
    sale_until: Moment = Field(description='Null: without end')
    available: bool = Field(description='False for a trial when the customer has had one')


class MembershipPlanList(Schema):
    items: list[MembershipPlan]
    next_cursor: str | None = None


class MembershipOrderRequest(Schema):
    plan_id: RecordId


class MembershipOrderQuery(Schema):
    state: OrderState | None = None
    cursor: Cursor | None = Field(None, description='`next_cursor` of the page before')
    limit: int = Field(PAGE, ge=1, le=PAGE_MAX)


class MembershipOrder(Schema):
    order_no: str
    state: OrderState = Field(description='`active`: booked, its time counts')
    origin: Origin
    plan: str
    level: MemberLevelName
    duration: int
    duration_unit: DurationUnit
    is_trial: bool
    amount_fen: int
    currency: Literal['CNY'] = 'CNY'
    created_at: Moment
    expires_at: Moment = Field(description='Until when it can be paid')
    paid_at: Moment
    finished_at: Moment = Field(description='Closed, cancelled or refunded then')
    periods: list[MembershipPeriod] = Field(description='What it has been booked for')


class MembershipOrderList(Schema):
    items: list[MembershipOrder]
    next_cursor: str | None
