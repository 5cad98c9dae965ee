"""Quotes and orders as the API shows them: no supplier, no attempt, no cost."""

from ..utils import face_value
from .schemas_orders import (
    CouponSaving,
    Level,
    Order,
    OrderDetail,
    OrderPackage,
    Quote,
    Refund,
    Suggestion,
)


def quote(env, wx_user, found):
    """Return a `values.Quote` with what the customer would best use."""
    offer = found.offer
    value, currency = offer.face_texts
    coupons, saving_fen = env['wx.recharge.order']._suggest_coupons(wx_user, found)
    # Customers may read their level's name, whatever company it is of.
    level_sudo = env['wx.member.level'].sudo().browse(found.level_id or [])
    return Quote(
        phone=found.phone,
        country=offer.country.iso2,
        package=OrderPackage(
            id=offer.id,
            name=offer.name,
            kind=offer.kind,
            operator=offer.operator_name,
            face_value=value,
            face_currency=currency,
        ),
        list_price_fen=found.list_price_fen,
        member_level=Level(id=level_sudo.id, name=level_sudo.name) if level_sudo else None,
        member_saving_fen=found.member_saving_fen,
        coupons=[
            CouponSaving(id=coupon_id, saving_fen=fen) for coupon_id, fen in found.savings.items()
        ],
        coupon_saving_fen=found.coupon_saving_fen,
        price_fen=found.price_fen,
        suggestion=_suggestion(found, coupons, saving_fen),
    )


def _suggestion(found, coupons, saving_fen):
    if not coupons:
        return None
    return Suggestion(
        coupon_ids=coupons.ids,
        saving_fen=saving_fen,
        price_fen=found.member_price_fen - saving_fen,
    )


def order(record):
    value, currency = face_value(record)
    return Order(
        order_no=record.order_no,
        state=record.state,
        phone=record.phone,
        country=record.country_id._code(),
        package=OrderPackage(
            id=record.package_id.id,
            name=record.package_name,
            kind=record.kind,
            operator=record.operator_name,
            face_value=value,
            face_currency=currency,
        ),
        # Orders of before had no other price than the one that was paid.
        list_price_fen=record.list_price_fen or record.price_fen,
        member_saving_fen=record.member_saving_fen,
        coupon_saving_fen=record.coupon_saving_fen,
        amount_fen=record.price_fen,
        created_at=record.create_date,
        expires_at=record.expires_at,
        paid_at=record.paid_at,
        delivered_at=record.delivered_at,
        confirmed_at=record.confirmed_at,
        finished_at=record.finished_at,
        failure=_failure(record),
        refund_request=_refund_request(record),
        actions=_actions(record),
    )


def order_detail(record):
    """Return an order with the code that was bought, if it is one."""
    return OrderDetail(**dict(order(record)), voucher=record._voucher())


def _refund_request(record):
    # Not by a slice: that would read the requests of a page one by one.
    request = next(iter(record.refund_request_ids), None)
    if request is None:
        return None
    return Refund(
        state=request.state,
        reason=request.reason,
        note=request.note or '',
        answer=request.answer or '',
        created_at=request.create_date,
    )


def _actions(record):
    if record.state == 'awaiting_payment':
        return ['pay', 'cancel']
    actions = []
    if record.state == 'delivered' and not record.confirmed_at:
        actions.append('confirm')
    if not record.refund_request_ids and not record._refund_refusal():
        actions.append('request_refund')
    return actions


def _failure(record):
    if not record.failure:
        return None
    labels = dict(record._fields['failure']._description_selection(record.env))
    return {'code': record.failure, 'text': labels[record.failure]}
