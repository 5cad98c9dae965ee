"""The products of a China style supplier: its list, or the one that staff wrote.

Source: spec/topup_suppliers.md §4, §5.2.
"""

from collections.abc import Iterator
from decimal import Decimal

from .china_answers import field, money
from .china_dialect import SKU_CODE, Call, Dialect
from .products import (
    Benefit,
    BenefitType,
    Candidate,
    Denomination,
    Kind,
    Processing,
    Product,
)
from .transport import mapping, to_text


def listed(dialect: Dialect) -> Iterator[Product]:
    """Yield the products of the dialect's own table."""
    for product in dialect.products:
        yield _product(
            dialect,
            sku=product.sku,
            name=product.name or product.sku,
            kind=product.kind,
            face=product.face,
            cost=product.cost,
            operator=product.operator,
            processing=product.processing,
        )


def parse(dialect: Dialect, call: Call, data: object) -> Iterator[Product]:
    """Yield the products of an answer; `nested` names the list inside each category."""
    for row in _rows(call, data):
        sku = to_text(field(call, row, 'sku'))
        if not SKU_CODE.fullmatch(sku):
            continue
        yield _product(
            dialect,
            sku=sku,
            name=to_text(field(call, row, 'name')),
            kind=dialect.kinds.get(to_text(field(call, row, 'kind')), Kind.AIRTIME),
            face=money(dialect, field(call, row, 'face')),
            cost=money(dialect, field(call, row, 'cost')),
            operator=to_text(field(call, row, 'operator')),
            processing=dialect.speeds.get(to_text(field(call, row, 'speed')), Processing.INSTANT),
        )


def _rows(call: Call, data: object) -> Iterator[object]:
    """Yield the products, which some panels put into their categories and others do not."""
    for row in data if isinstance(data, list) else ():
        group = mapping(row).get(call.nested) if call.nested else None
        if isinstance(group, list):
            yield from group
        else:
            yield row


def candidates(dialect: Dialect, call: Call, data: object) -> tuple[Candidate, ...]:
    """Return the carrier that the answer's text names, by the dialect's words for carriers."""
    text = to_text(field(call, data, 'operator'))
    found = {ref for words, ref in dialect.operators.items() if words in text}
    if len(found) != 1:
        return ()
    return (Candidate(operator_ref=found.pop(), name=text, country=dialect.country),)


def _product(
    dialect: Dialect,
    *,
    sku: str,
    name: str,
    kind: Kind,
    face: Decimal | None,
    cost: Decimal | None,
    operator: str,
    processing: Processing,
) -> Product:
    airtime = kind is Kind.AIRTIME and face is not None
    return Product(
        sku=sku,
        operator_ref=operator,
        operator_name=operator,
        country=dialect.country,
        kind=kind,
        denomination=Denomination.FIXED,
        cost_currency=dialect.currency,
        cost_amount=cost,
        cost_min=None,
        cost_max=None,
        receive_currency=dialect.currency,
        receive_amount=face,
        receive_min=None,
        receive_max=None,
        discount_percent=None,
        validity=None,
        description='',
        active=True,
        name=name,
        benefits=(Benefit(BenefitType.CREDIT, face, dialect.currency),) if airtime else (),
        processing=processing,
    )
