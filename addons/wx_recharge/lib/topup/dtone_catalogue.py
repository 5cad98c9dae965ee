"""Reading DT One's catalogue. Source: spec/topup_suppliers.md §2, §5.2, §6 trap 10."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .countries import to_alpha2
from .dtone_codes import BENEFITS, DURATIONS, KINDS, MODES, PARTIES
from .errors import Refused
from .products import (
    Benefit,
    Candidate,
    Denomination,
    Fees,
    Kind,
    Product,
    Redemption,
    RequiredFields,
    Side,
)
from .transport import mapping, to_decimal, to_text

_SKU = re.compile(r'[1-9][0-9]{0,11}')
_CURRENCY = 'CURRENCY'
_UNLIMITED = Decimal(-1)


def check_sku(sku: str) -> None:
    """Accept a product id. :raise Refused: the text is something else"""
    if not _SKU.fullmatch(sku):
        raise Refused(f'not a DT One product id: {sku!r}', code='INVALID_SKU')


def parse_candidate(operator: object) -> Candidate | None:
    """Return an operator of a lookup, None when it has no id."""
    operator = mapping(operator)
    ref = to_text(operator.get('id'))
    if not ref:
        return None
    return Candidate(
        operator_ref=ref,
        name=to_text(operator.get('name')),
        country=_country(operator),
        identified=operator.get('identified') is True,
    )


def parse_product(row: object) -> Product | None:
    """Return the product, None for an entry that cannot be read."""
    row = mapping(row)
    sku, kind = to_text(row.get('id')), to_text(row.get('type'))
    if not _SKU.fullmatch(sku) or kind.partition('_')[0] not in ('FIXED', 'RANGED'):
        return None
    wholesale = mapping(mapping(row.get('prices')).get('wholesale'))
    destination = mapping(row.get('destination'))
    operator = mapping(row.get('operator'))
    cost, receive = wholesale.get('amount'), destination.get('amount')
    benefits = _benefits(row.get('benefits'))
    return Product(
        sku=sku,
        operator_ref=to_text(operator.get('id')),
        operator_name=to_text(operator.get('name')),
        country=_country(operator),
        kind=_kind(row, kind, benefits),
        denomination=Denomination.FIXED if kind.startswith('FIXED') else Denomination.RANGE,
        cost_currency=_currency(wholesale),
        cost_amount=to_decimal(cost),
        cost_min=_bound(cost, 'min'),
        cost_max=_bound(cost, 'max'),
        receive_currency=_currency(destination),
        receive_amount=to_decimal(receive),
        receive_min=_bound(receive, 'min'),
        receive_max=_bound(receive, 'max'),
        receive_step=_bound(receive, 'increment'),
        discount_percent=None,
        validity=_validity(row.get('validity')),
        description=to_text(row.get('description')),
        active=True,
        name=to_text(row.get('name')),
        fees=Fees(amount=to_decimal(wholesale.get('fee')) or Decimal(0)),
        benefits=benefits,
        redemption=Redemption.PIN if 'PIN_PURCHASE' in kind else Redemption.IMMEDIATE,
        required_fields=_required(row),
        sides=_sides(row, kind),
    )


def _kind(row: Mapping[str, Any], product_type: str, benefits: tuple[Benefit, ...]) -> Kind:
    if 'PIN_PURCHASE' in product_type:
        return Kind.PIN
    if 'PAYMENT' in product_type:
        return Kind.BILL
    subservice = mapping(mapping(row.get('service')).get('subservice')).get('id')
    if isinstance(subservice, int) and subservice in KINDS:
        return KINDS[subservice]
    types = {benefit.type for benefit in benefits}
    if len(types) != 1:
        return Kind.BUNDLE
    names = {'credit': Kind.AIRTIME, 'data': Kind.DATA}
    return names.get(types.pop(), Kind.BUNDLE)


def _benefits(rows: object) -> tuple[Benefit, ...]:
    found = []
    for row in rows if isinstance(rows, list) else []:
        row = mapping(row)
        kind = BENEFITS.get(to_text(row.get('type')))
        if kind is None:
            continue
        amount = mapping(row.get('amount'))
        base = to_decimal(amount.get('base'))
        unlimited = base == _UNLIMITED
        told = to_decimal(amount.get('total_including_tax'))
        quantity = base if told is None else told
        found.append(
            Benefit(kind, None if unlimited else quantity, to_text(row.get('unit')), unlimited)
        )
    return tuple(found)


def _required(row: Mapping[str, Any]) -> tuple[RequiredFields, ...]:
    """Return what an order must tell; each group is a list of alternatives (§6 trap 10)."""
    groups = []
    for party in PARTIES:
        lists = row.get(f'required_{party}_fields')
        if not isinstance(lists, list) or not lists:
            continue
        alternatives = tuple(
            tuple(to_text(name) for name in names) for names in lists if isinstance(names, list)
        )
        groups.append(RequiredFields(party, alternatives))
    return tuple(groups)


def _sides(row: Mapping[str, Any], product_type: str) -> tuple[Side, ...]:
    """Return the accepted amounts, what arrives first: its currency is never in doubt."""
    if product_type.startswith('FIXED'):
        return (Side.SEND,)
    accepted = row.get('accepted_calculation_modes')
    modes = accepted if isinstance(accepted, list) else []
    return tuple(side for mode, side in MODES.items() if mode in modes)


def _validity(validity: object) -> str | None:
    """Return the duration; null is not known and −1 has no end."""
    validity = mapping(validity)
    pattern = DURATIONS.get(to_text(validity.get('unit')))
    quantity = validity.get('quantity')
    if pattern is None or isinstance(quantity, bool) or not isinstance(quantity, int):
        return None
    return pattern.format(quantity) if quantity > 0 else None


def _country(operator: Mapping[str, Any]) -> str:
    return to_alpha2(to_text(mapping(operator.get('country')).get('iso_code')))


def _currency(amount: Mapping[str, Any]) -> str:
    return to_text(amount.get('unit')) if amount.get('unit_type', _CURRENCY) == _CURRENCY else ''


def _bound(amount: object, name: str) -> Decimal | None:
    return to_decimal(amount.get(name)) if isinstance(amount, Mapping) else None
