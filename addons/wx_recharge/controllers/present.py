"""Records as the API shows them; values only, no searches."""

from ..utils import face_value
from .schemas import Country, Operator, Order, OrderPackage, Package


def country(record):
    return Country(
        iso2=record.iso2,
        name=record.country_id.sudo().name,
        calling_code=record.calling_code,
    )


def operator(record):
    return Operator(id=record.id, name=record.name)


def package(record):
    offer = record._offer()
    value, currency = offer.face_texts
    return Package(
        id=offer.id,
        name=offer.name,
        description=offer.description,
        kind=offer.kind,
        country=offer.country.iso2,
        operator=Operator(id=offer.operator_id, name=offer.operator_name),
        face_value=value,
        face_currency=currency,
        validity_days=offer.validity_days,
        price_fen=offer.price_fen,
        in_stock=not offer.stock_limited or record.stock_qty > 0,
    )


def order(record):
    """Return what the customer may know: no supplier, no attempt, no cost."""
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
        amount_fen=record.price_fen,
        created_at=record.create_date,
        expires_at=record.expires_at,
        paid_at=record.paid_at,
        delivered_at=record.delivered_at,
        finished_at=record.finished_at,
        failure=_failure(record),
    )


def _failure(record):
    if not record.failure:
        return None
    labels = dict(record._fields['failure']._description_selection(record.env))
    return {'code': record.failure, 'text': labels[record.failure]}
