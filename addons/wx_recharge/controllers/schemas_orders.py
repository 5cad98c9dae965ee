"""Requests and answers of quotes and orders."""

from typing import Annotated, Literal

from pydantic import Field

from odoo.addons.wx_base.api import Moment, Schema

from ..const.orders import COUPONS_MAX, FAILURES, ORDER_STATES
from ..const.refunds import NOTE_CHARS, REASONS, REQUEST_STATES
from .schemas import PAGE_MAX, Cursor, Kind, Phone, RecordId

OrderState = Literal[tuple(key for key, _label in ORDER_STATES)]
FailureCode = Literal[tuple(key for key, _label in FAILURES)]
RefundReason = Literal[tuple(key for key, _label in REASONS)]
RequestState = Literal[tuple(key for key, _label in REQUEST_STATES)]
CouponIds = Annotated[list[RecordId], Field(max_length=COUPONS_MAX)]


# === QUOTE === #


class OrderRequest(Schema):
    package_id: RecordId
    phone: Phone = Field(description='The number to top up')
    coupon_ids: CouponIds | None = Field(
        None, description='Coupons to use; without them none are used'
    )


class OrderPackage(Schema):
    id: int
    name: str
    kind: Kind
    operator: str
    face_value: str | None = Field(description='What arrives, as a decimal number')
    face_currency: str | None


class Level(Schema):
    id: int
    name: str


class CouponSaving(Schema):
    id: int
    saving_fen: int


class Suggestion(Schema):
    coupon_ids: list[int] = Field(description='Send these as `coupon_ids` to use them')
    saving_fen: int
    price_fen: int = Field(description='To pay with these coupons')


class Quote(Schema):
    phone: str = Field(description='E.164')
    country: str
    package: OrderPackage
    list_price_fen: int = Field(description='What everybody pays')
    member_level: Level | None
    member_saving_fen: int = Field(description='What the level takes off')
    coupons: list[CouponSaving] = Field(description='As asked for, in the order they apply')
    coupon_saving_fen: int
    price_fen: int = Field(description='To pay')
    currency: Literal['CNY'] = 'CNY'
    suggestion: Suggestion | None = Field(
        description='The best use of the own coupons; never used unless sent'
    )


# === ORDERS === #


class OrderQuery(Schema):
    state: OrderState | None = None
    cursor: Cursor | None = Field(None, description='`next_cursor` of the page before')
    limit: int = Field(20, ge=1, le=PAGE_MAX)


class Failure(Schema):
    code: FailureCode
    text: str


class RefundRequest(Schema):
    reason: RefundReason
    note: str = Field('', max_length=NOTE_CHARS, description="In the customer's words")


class Refund(Schema):
    state: RequestState
    reason: RefundReason
    note: str
    answer: str = Field(description='What the shop says; may be empty')
    created_at: Moment


class Order(Schema):
    order_no: str
    state: OrderState
    phone: str
    country: str
    package: OrderPackage
    list_price_fen: int
    member_saving_fen: int
    coupon_saving_fen: int
    amount_fen: int = Field(description='To pay')
    currency: Literal['CNY'] = 'CNY'
    created_at: Moment
    expires_at: Moment
    paid_at: Moment
    delivered_at: Moment
    confirmed_at: Moment = Field(description='The receipt, by the customer or by time')
    finished_at: Moment = Field(description='Closed, cancelled or refunded then')
    failure: Failure | None
    refund_request: Refund | None = Field(description='The last one')
    actions: list[Literal['pay', 'cancel', 'confirm', 'request_refund']] = Field(
        description='What the customer may do now'
    )


class Voucher(Schema):
    code: str
    serial: str = Field(description='May be empty')
    instructions: str = Field(description='How to redeem it; may be empty')


class OrderDetail(Order):
    voucher: Voucher | None = Field(
        description='What was bought by a code, while the order is delivered; in no list'
    )


class OrderList(Schema):
    items: list[Order]
    next_cursor: str | None
