"""Records as the API shows them; values only, no searches."""

from .schemas import Country, Operator, Package


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
