"""Records as the API shows them; values only, no searches."""

from .schemas import Country, Operator, Order, OrderPackage, Package


def country(record):
    return Country(
        iso2=record.iso2,
        name=record.country_id.sudo().name,
        calling_code=record.calling_code,
    )


def operator(record):
    return Operator(id=record.id, name=record.name)


def face_value(record):
    """Return the face value as a decimal text and its currency's code."""
    currency = record.face_currency_id.sudo()
    if not record.face_value or not currency:
        return None, None
    return f'{record.face_value:.{currency.decimal_places}f}', currency.name


def package(record):
    value, currency = face_value(record)
    return Package(
        id=record.id,
        name=record.name,
        description=record.description or '',
        kind=record.kind,
        country=record.country_id.iso2,
        operator=operator(record.operator_id),
        face_value=value,
        face_currency=currency,
        validity_days=record.validity_days or None,
        price_fen=record.price_fen,
        in_stock=not record.stock_limited or record.stock_qty > 0,
    )


def order(record):
    """Return what the customer may know: no supplier, no attempt, no cost."""
    value, currency = face_value(record)
    return Order(
        order_no=record.order_no,
        state=record.state,
        phone=record.phone,
        country=record.country_id.sudo().iso2,
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
