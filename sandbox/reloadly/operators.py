"""Countries, operators, detection and rates. Source: spec/topup_suppliers.md §1."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..state import Sandbox
from ..topup.places import COUNTRIES, national_number
from ..topup.wire import number, to_decimal, to_whole
from .account import check_token
from .answers import ReloadlyError, answer, json_body
from .catalogue import SENDER_CURRENCY, Operator, as_country, on_sale, operator_of

Pairs = dict[str, str]


async def countries(sandbox: Sandbox, request: Request) -> Response:
    """List the countries."""
    check_token(sandbox, request)
    return answer([as_country(country) for country in COUNTRIES.values()])


async def country(sandbox: Sandbox, request: Request) -> Response:
    """Show one country."""
    check_token(sandbox, request)
    found = COUNTRIES.get(request.path_params['iso'].upper())
    if found is None:
        raise ReloadlyError('COUNTRY_NOT_FOUND', 'Country not found')
    return answer(as_country(found))


async def operators(sandbox: Sandbox, request: Request) -> Response:
    """List the operators, a page at a time."""
    check_token(sandbox, request)
    wanted = _included(list(on_sale(sandbox.reloadly.stock).values()), request)
    return answer(page_of(wanted, request, as_operator))


async def operators_of_country(sandbox: Sandbox, request: Request) -> Response:
    """List a country's operators, all at once."""
    check_token(sandbox, request)
    iso = request.path_params['iso'].upper()
    if iso not in COUNTRIES:
        raise ReloadlyError('COUNTRY_NOT_SUPPORTED')
    every = on_sale(sandbox.reloadly.stock).values()
    of_country = [operator for operator in every if operator.country.iso == iso]
    return answer([as_operator(operator) for operator in _included(of_country, request)])


async def operator(sandbox: Sandbox, request: Request) -> Response:
    """Show one operator."""
    check_token(sandbox, request)
    return answer(as_operator(find_operator(sandbox, request.path_params['operator_id'])))


async def auto_detect(sandbox: Sandbox, request: Request) -> Response:
    """Guess the operator of a number by its prefix; ported numbers are mis-detected, as in life."""
    check_token(sandbox, request)
    place = COUNTRIES.get(request.path_params['iso'].upper())
    if place is None:
        raise ReloadlyError('COUNTRY_NOT_SUPPORTED')
    digits = str(request.path_params['phone']).lstrip('+')
    found = operator_of(place, national_number(place, digits)) if digits.isdecimal() else None
    if found is None:
        raise ReloadlyError('COULD_NOT_AUTO_DETECT_OPERATOR')
    return answer(as_operator(found))


async def fx_rate(sandbox: Sandbox, request: Request) -> Response:
    """Show what an amount becomes in the destination currency."""
    check_token(sandbox, request)
    body = await json_body(request)
    found = find_operator(sandbox, request.path_params.get('operator_id', body.get('operatorId')))
    amount = to_amount(body.get('amount'))
    return answer(
        {
            'id': found.id,
            'name': found.name,
            'fxRate': number(found.local(amount)),
            'currencyCode': found.country.currency,
        }
    )


def find_operator(sandbox: Sandbox, operator_id: object) -> Operator:
    """Return the operator; numbers in text form count.

    :raise ReloadlyError: OPERATOR_NOT_FOUND
    """
    text = str(operator_id)
    on_offer = on_sale(sandbox.reloadly.stock)
    found = on_offer.get(int(text)) if text.isascii() and text.isdecimal() else None
    if found is None:
        raise ReloadlyError('OPERATOR_NOT_FOUND')
    return found


def to_amount(value: object) -> Decimal:
    """Return a positive amount.

    :raise ReloadlyError: INVALID_AMOUNT
    """
    amount = to_decimal(value)
    if amount is None:
        raise ReloadlyError('INVALID_AMOUNT', 'The amount is not valid')
    return amount


def _included(found: list[Operator], request: Request) -> list[Operator]:
    """Leave out data plans unless the query asks for them (trap 8 of the sheet)."""
    query = request.query_params
    data = query.get('includeData', 'false').lower() == 'true'
    bundles = query.get('includeBundles', 'false').lower() == 'true'
    return [operator for operator in found if not operator.data or data or bundles]


def page_of(
    items: Sequence[Any], request: Request, show: Callable[[Any], dict[str, Any]] = dict
) -> dict[str, Any]:
    """Return one page; the query counts from 1, the answer's `number` too."""
    query = request.query_params
    page = max(1, to_whole(query.get('page'), 1))
    size = min(200, max(1, to_whole(query.get('size'), 200)))
    pages = max(1, math.ceil(len(items) / size))
    part = items[(page - 1) * size : page * size]
    return {
        'content': [show(item) for item in part],
        'totalElements': len(items),
        'totalPages': pages,
        'number': page,
        'size': size,
        'numberOfElements': len(part),
        'first': page == 1,
        'last': page >= pages,
        'empty': not part,
    }


def as_operator(operator: Operator) -> dict[str, Any]:
    """Return an operator as the API shows it."""
    place = operator.country
    return {
        'id': operator.id,
        'operatorId': operator.id,
        'name': operator.name,
        'bundle': False,
        'data': operator.data,
        'comboProduct': False,
        'pin': False,
        'supportsLocalAmounts': operator.supports_local,
        'supportsGeographicalRechargePlans': False,
        'senderCurrencyCode': SENDER_CURRENCY,
        'senderCurrencySymbol': '$',
        'destinationCurrencyCode': place.currency,
        'destinationCurrencySymbol': place.symbol,
        'commission': number(operator.commission),
        'internationalDiscount': number(operator.commission),
        'localDiscount': 0,
        'country': {'isoName': place.iso, 'name': place.name},
        'fx': {'rate': number(place.rate), 'currencyCode': place.currency},
        'fees': {
            'international': number(operator.fee),
            'internationalPercentage': 0,
            'local': 0,
            'localPercentage': 0,
        },
        **_amounts(operator),
        'logoUrls': [],
        'geographicalRechargePlans': [],
        'promotions': [],
        'status': 'ACTIVE',
    }


def _amounts(operator: Operator) -> dict[str, Any]:
    """Return the amounts on sale; fixed and local ones pair by their index."""
    fixed = [number(amount) for amount in operator.fixed]
    local_fixed = [number(operator.local(amount)) for amount in operator.fixed]
    texts = dict(zip([f'{a:.2f}' for a in operator.fixed], operator.descriptions, strict=False))
    least, most = operator.least, operator.most
    return {
        'denominationType': 'FIXED' if operator.fixed else 'RANGE',
        'mostPopularAmount': fixed[0] if fixed else None,
        'minAmount': None if least is None else number(least),
        'maxAmount': None if most is None else number(most),
        'localMinAmount': None if least is None else number(operator.local(least)),
        'localMaxAmount': None if most is None else number(operator.local(most)),
        'fixedAmounts': fixed,
        'fixedAmountsDescriptions': texts,
        'localFixedAmounts': local_fixed if operator.supports_local else [],
        'localFixedAmountsDescriptions': {},
        'suggestedAmounts': [],
        'suggestedAmountsMap': {},
    }
