"""Reading Reloadly's catalogue: an operator is the unit, its amounts are the products.

Source: spec/topup_suppliers.md §1, §5.2, §6 traps 7 and 8.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from .errors import Refused
from .normalized import OrderRequest
from .products import (
    Candidate,
    Denomination,
    Fees,
    Kind,
    Product,
    Redemption,
    Side,
)
from .transport import to_decimal, to_text

_VALIDITY = re.compile(r'(\d{1,4})\s*[- ]?(hour|hr|day|week|month|year)s?\b', re.IGNORECASE)
_DURATIONS = {
    'hour': 'PT{}H',
    'hr': 'PT{}H',
    'day': 'P{}D',
    'week': 'P{}W',
    'month': 'P{}M',
    'year': 'P{}Y',
}
_OPERATOR = re.compile(r'[0-9]{1,12}')
_SKU = re.compile(r'([0-9]{1,12}):([0-9]{1,9}(?:\.[0-9]{1,6})?)')


def parse_sku(sku: str) -> tuple[int, Decimal]:
    """Split `operatorId:amount`.

    :raise Refused: the text is something else or the amount is zero
    """
    match = _SKU.fullmatch(sku)
    if not match or not Decimal(match[2]):
        raise Refused(f'not a Reloadly sku: {sku!r}', code='INVALID_SKU')
    return int(match[1]), Decimal(match[2])


def check_sku(sku: str) -> None:
    """Accept `operatorId:amount` and, for ranged products, `operatorId`.

    :raise Refused: the text is something else
    """
    if not _OPERATOR.fullmatch(sku):
        parse_sku(sku)


def order_amount(order: OrderRequest) -> tuple[int, Decimal]:
    """Return operator and amount of an order: of the sku when that is fixed, else the order's.

    :raise Refused: no amount, or another one than the sku's
    """
    amount = order.amount
    if not _OPERATOR.fullmatch(order.sku):
        operator_id, fixed = parse_sku(order.sku)
        # The amount of a fixed sku is what we pay, never a local amount (§6 trap 7).
        if order.side is Side.RECEIVE or amount not in (None, fixed):
            raise Refused('the sku has another amount', code='INVALID_AMOUNT')
        return operator_id, fixed
    if amount is None or not amount.is_finite() or amount <= 0:
        raise Refused('the ranged sku needs an amount', code='INVALID_AMOUNT')
    return int(order.sku), amount


def make_sku(operator_id: str, amount: Decimal) -> str:
    """Return `operatorId:amount`, the same however the amount is written: 3, 3.0 or 3.00."""
    return f'{operator_id}:{amount.normalize():f}'


def parse_validity(text: str) -> str | None:
    """Return the ISO 8601 duration a description names, None unless it names exactly one.

    Reloadly has no field for it, and a wrong promise is worse than none (§6 trap 8).
    """
    found = {(int(count), unit.lower()) for count, unit in _VALIDITY.findall(text)}
    if len(found) != 1:
        return None
    count, unit = found.pop()
    return _DURATIONS[unit].format(count) if count else None


def describe(descriptions: object, amount: Decimal) -> str:
    """Return the description of an amount; the map's keys may say "5" or "5.00" (§6 trap 7)."""
    if not isinstance(descriptions, Mapping):
        return ''
    for key, text in descriptions.items():
        if to_decimal(key) == amount:
            return to_text(text)
    return ''


def parse_candidate(operator: Any) -> Candidate | None:
    """Return the operator of an auto-detect answer, None when it has no id."""
    if not isinstance(operator, Mapping):
        return None
    ref = operator_ref(operator)
    if not ref:
        return None
    return Candidate(
        operator_ref=ref, name=to_text(operator.get('name')), country=_country(operator)
    )


def operator_ref(operator: Mapping[str, Any]) -> str:
    """Return the operator's id, which is spelled `operatorId` or `id`."""
    return to_text(operator.get('operatorId')) or to_text(operator.get('id'))


def parse_operator(operator: Any) -> Iterator[Product]:
    """Yield the products of one operator, none for an entry that cannot be read."""
    if not isinstance(operator, Mapping) or not operator_ref(operator):
        return
    if operator.get('denominationType') == 'FIXED':
        yield from _fixed(operator)
    elif operator.get('denominationType') == 'RANGE':
        yield _ranged(operator)


def _fixed(operator: Mapping[str, Any]) -> Iterator[Product]:
    amounts = _decimals(operator.get('fixedAmounts'))
    local = _decimals(operator.get('localFixedAmounts'))
    # The two lists pair by index; lists of different length cannot be paired at all.
    paired: list[Decimal | None] = [*local] if len(local) == len(amounts) else [None] * len(amounts)
    for amount, receive in zip(amounts, paired, strict=True):
        if amount is None:
            continue
        text = describe(operator.get('fixedAmountsDescriptions'), amount)
        yield _product(
            operator,
            sku=make_sku(operator_ref(operator), amount),
            cost_amount=amount,
            receive_amount=receive,
            description=text,
        )


def _ranged(operator: Mapping[str, Any]) -> Product:
    return _product(
        operator,
        sku=operator_ref(operator),
        cost_min=to_decimal(operator.get('minAmount')),
        cost_max=to_decimal(operator.get('maxAmount')),
        receive_min=to_decimal(operator.get('localMinAmount')),
        receive_max=to_decimal(operator.get('localMaxAmount')),
    )


def _product(
    operator: Mapping[str, Any],
    *,
    sku: str,
    cost_amount: Decimal | None = None,
    cost_min: Decimal | None = None,
    cost_max: Decimal | None = None,
    receive_amount: Decimal | None = None,
    receive_min: Decimal | None = None,
    receive_max: Decimal | None = None,
    description: str = '',
) -> Product:
    fixed = operator.get('denominationType') == 'FIXED'
    return Product(
        sku=sku,
        operator_ref=operator_ref(operator),
        operator_name=to_text(operator.get('name')),
        country=_country(operator),
        kind=_kind(operator),
        denomination=Denomination.FIXED if fixed else Denomination.RANGE,
        cost_currency=to_text(operator.get('senderCurrencyCode')),
        cost_amount=cost_amount,
        cost_min=cost_min,
        cost_max=cost_max,
        receive_currency=to_text(operator.get('destinationCurrencyCode')),
        receive_amount=receive_amount,
        receive_min=receive_min,
        receive_max=receive_max,
        discount_percent=to_decimal(operator.get('commission')),
        validity=parse_validity(description),
        description=description,
        active=operator.get('status', 'ACTIVE') == 'ACTIVE',
        name=_name(operator, description),
        fees=_fees(operator.get('fees')),
        redemption=Redemption.PIN if operator.get('pin') is True else Redemption.IMMEDIATE,
        logo_url=_logo(operator.get('logoUrls')),
        sides=_sides(operator, fixed),
    )


def _name(operator: Mapping[str, Any], description: str) -> str:
    """Return the operator's name and, where the amount has one, its description."""
    return ' · '.join(part for part in (to_text(operator.get('name')), description) if part)


def _sides(operator: Mapping[str, Any], fixed: bool) -> tuple[Side, ...]:
    """Return how a product may be ordered; local amounts only where supported (§6 trap 7)."""
    if fixed or operator.get('supportsLocalAmounts') is not True:
        return (Side.SEND,)
    return (Side.SEND, Side.RECEIVE)


def _fees(fees: object) -> Fees:
    """Return what is added to amounts in our currency."""
    if not isinstance(fees, Mapping):
        return Fees()
    return Fees(
        amount=to_decimal(fees.get('international')) or Decimal(0),
        percent=to_decimal(fees.get('internationalPercentage')) or Decimal(0),
    )


def _logo(urls: object) -> str:
    return to_text(urls[-1]) if isinstance(urls, list) and urls else ''


def _kind(operator: Mapping[str, Any]) -> Kind:
    if operator.get('pin') is True:
        return Kind.PIN
    if operator.get('data') is True:
        return Kind.DATA
    if operator.get('bundle') is True or operator.get('comboProduct') is True:
        return Kind.BUNDLE
    return Kind.AIRTIME


def _country(operator: Mapping[str, Any]) -> str:
    country = operator.get('country')
    return to_text(country.get('isoName')) if isinstance(country, Mapping) else ''


def _decimals(values: object) -> list[Decimal | None]:
    return [to_decimal(value) for value in values] if isinstance(values, list) else []
