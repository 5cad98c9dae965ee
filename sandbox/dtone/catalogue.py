"""Services, countries, operators, products and balances. Source: spec/topup_suppliers.md §2."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..replies import json_answer
from ..state import Sandbox
from ..topup import goods
from ..topup.goods import Good, Stock, made_networks, networks_of
from ..topup.places import NETWORKS, Country, Network, country_of, detect
from ..topup.wire import number
from .answers import (
    COUNTRY_NOT_FOUND,
    INVALID_NUMBER,
    NOT_FOUND,
    OPERATOR_NOT_FOUND,
    PRODUCT_NOT_FOUND,
    SERVICE_NOT_FOUND,
    DtOneError,
    page_of,
    read_object,
)

UNIT = 'USD'
# Products that belong to no country or to several carry pseudo codes.
PSEUDO = MappingProxyType({'GXX': 'Global', 'EXX': 'Europe'})
_SUBSERVICES = MappingProxyType({11: 'Airtime', 12: 'Bundle', 13: 'Data'})
_SUBSERVICE_OF = MappingProxyType(
    {goods.AIRTIME: 11, goods.PIN: 11, goods.BUNDLE: 12, goods.DATA: 13}
)
_SERVICE = {
    'id': 1,
    'name': 'Mobile',
    'subservices': [{'id': key, 'name': name} for key, name in _SUBSERVICES.items()],
}
_BENEFIT_TYPES = ('TALKTIME', 'DATA', 'SMS', 'PAYMENT', 'CREDITS')


@cache
def _operator_ids() -> dict[str, int]:
    networks = (*NETWORKS.values(), *made_networks())
    return {network.code: 1501 + index for index, network in enumerate(networks)}


async def services(_sandbox: Sandbox, request: Request) -> Response:
    """List the services: mobile is the one on sale."""
    if request.path_params.get('id', '1') != '1':
        raise DtOneError(SERVICE_NOT_FOUND)
    if 'id' in request.path_params:
        return json_answer(_SERVICE)
    return page_of([_SERVICE], request, dict)


async def benefit_types(_sandbox: Sandbox, request: Request) -> Response:
    """List what products may consist of."""
    return page_of(_BENEFIT_TYPES, request, lambda name: {'id': name, 'name': name.capitalize()})


async def nothing(_sandbox: Sandbox, request: Request) -> Response:
    """List promotions or campaigns: there are none."""
    if 'id' in request.path_params:
        raise DtOneError(NOT_FOUND)
    return page_of([], request, dict)


async def countries(sandbox: Sandbox, request: Request) -> Response:
    """List the countries, among them places that are none."""
    shown = {
        code: {'iso_code': code, 'name': name, 'regions': None} for code, name in PSEUDO.items()
    }
    for network in _networks(sandbox):
        shown[network.country.iso3] = as_country(network.country)
    code = request.path_params.get('id')
    if code is None:
        return page_of(list(shown.values()), request, dict)
    if code not in shown:
        raise DtOneError(COUNTRY_NOT_FOUND)
    return json_answer(shown[code])


async def operators(sandbox: Sandbox, request: Request) -> Response:
    """List the operators."""
    code = request.query_params.get('country_iso_code')
    found = [item for item in _networks(sandbox) if code in (None, item.country.iso3)]
    wanted = request.path_params.get('id')
    if wanted is None:
        return page_of(found, request, as_operator)
    by_id = {str(_operator_ids()[item.code]): item for item in found}
    if wanted not in by_id:
        raise DtOneError(OPERATOR_NOT_FOUND)
    return json_answer(as_operator(by_id[wanted]))


async def products(sandbox: Sandbox, request: Request) -> Response:
    """List the products that fit the filters."""
    wanted = request.path_params.get('id')
    if wanted is not None:
        return json_answer(as_product(find_product(sandbox, wanted)))
    query = {name: request.query_params.get(name, '') for name in _FILTERS}
    wanted = tuple((name, value) for name, value in query.items() if value)

    def fitting(stock: Stock) -> list[Good]:
        return [good for good in stock.all() if _fits(good, wanted)]

    return page_of(sandbox.dtone.stock.view(wanted, fitting), request, as_product)


async def lookup(sandbox: Sandbox, request: Request) -> Response:
    """Tell the operators of a number: the identified one, and the others of the country."""
    text = str((await read_object(request)).get('mobile_number', ''))
    digits = text.removeprefix('+')
    if not text.startswith('+') or not digits.isdecimal():
        raise DtOneError(INVALID_NUMBER)
    country = country_of(digits)
    if country is None:
        return json_answer([])
    known = detect(country, digits.removeprefix(country.calling_code))
    found = [item for item in _networks(sandbox) if item.country == country]
    return json_answer([{**as_operator(item), 'identified': item == known} for item in found])


async def balances(sandbox: Sandbox, _request: Request) -> Response:
    """Show what is left, and what is set aside for open transactions."""
    account = sandbox.dtone
    return json_answer(
        [
            {
                'id': 1,
                'unit_type': 'CURRENCY',
                'unit': account.currency,
                'available': number(account.balance),
                'holding': number(account.holding),
                'credit_limit': 0,
            }
        ]
    )


def _networks(sandbox: Sandbox) -> list[Network]:
    return sandbox.dtone.stock.view('networks', networks_of)


def find_product(sandbox: Sandbox, product_id: object) -> Good:
    """Return a product of the account.

    :raise DtOneError: there is none with this id
    """
    text = str(product_id)
    found = sandbox.dtone.stock.find(int(text)) if text.isascii() and text.isdecimal() else None
    if found is None:
        raise DtOneError(PRODUCT_NOT_FOUND)
    return found


def _fits(good: Good, wanted: tuple[tuple[str, str], ...]) -> bool:
    return all(_FILTERS[name](good) == value for name, value in wanted)


def as_country(country: Country) -> dict[str, Any]:
    """Return a country as the API shows it: alpha-3."""
    return {'iso_code': country.iso3, 'name': country.name, 'regions': None}


def as_operator(network: Network) -> dict[str, Any]:
    """Return an operator as the API shows it."""
    return {
        'id': _operator_ids()[network.code],
        'name': network.name,
        'country': as_country(network.country),
        'regions': None,
    }


def product_type(good: Good) -> str:
    """Return the type by denomination and the way of redeeming."""
    width = 'FIXED' if good.most is None else 'RANGED'
    return f'{width}_VALUE_{"PIN_PURCHASE" if good.kind == goods.PIN else "RECHARGE"}'


_FILTERS: dict[str, Callable[[Good], str]] = {
    'type': product_type,
    'service_id': lambda _good: '1',
    'subservice_id': lambda good: str(_SUBSERVICE_OF[good.kind]),
    'country_iso_code': lambda good: good.country.iso3,
    'operator_id': lambda good: str(_operator_ids()[good.network.code]),
}


def as_product(good: Good) -> dict[str, Any]:
    """Return a product as the API shows it."""
    subservice = _SUBSERVICE_OF[good.kind]
    cost, receive = _amounts(good)
    rate = number((good.receive / good.cost).quantize(Decimal('0.000001')))
    pin = {
        'usage_info': ['Dial *121*PIN#'],
        'validity': {'unit': 'DAY', 'quantity': 90},
        'terms': '',
    }
    return {
        'id': good.number,
        'name': good.name,
        'description': f'{good.name} ({good.country.name})',
        'tags': [good.kind.upper()],
        'service': {
            'id': 1,
            'name': 'Mobile',
            'subservice': {'id': subservice, 'name': _SUBSERVICES[subservice]},
        },
        'operator': as_operator(good.network),
        'regions': None,
        'type': product_type(good),
        'validity': {'unit': 'DAY', 'quantity': good.days} if good.days else None,
        'source': {'unit_type': 'CURRENCY', 'unit': UNIT, 'amount': cost},
        'destination': {
            'unit_type': 'CURRENCY',
            'unit': good.country.currency,
            'amount': receive,
        },
        'prices': {
            'wholesale': {'unit_type': 'CURRENCY', 'unit': UNIT, 'amount': cost, 'fee': 0},
            'retail': None,
        },
        'rates': {'base': rate, 'wholesale': rate, 'retail': None},
        'benefits': _benefits(good),
        'required_credit_party_identifier_fields': [['mobile_number']],
        'required_debit_party_identifier_fields': None,
        'required_sender_fields': None,
        'required_beneficiary_fields': None,
        'required_statement_identifier_fields': None,
        'required_additional_identifier_fields': None,
        'accepted_calculation_modes': None
        if good.most is None
        else ['SOURCE_AMOUNT', 'DESTINATION_AMOUNT'],
        'availability_zones': ['INTERNATIONAL'],
        'pin': pin if good.kind == goods.PIN else None,
        'promotions': None,
    }


def _amounts(good: Good) -> tuple[Any, Any]:
    """Return what is paid and what arrives: one amount each, or ranges."""
    if good.most is None:
        return number(good.cost), number(good.receive)
    receive = {
        'min': number(good.receive),
        'max': number(good.most),
        'increment': number(good.step),
    }
    most = number(good.cost_of(good.most))
    return {'min': number(good.cost), 'max': most, 'increment': 0.01}, receive


def _benefits(good: Good) -> list[dict[str, Any]]:
    made: list[tuple[str, str, Decimal | int]] = []
    if good.gigabytes:
        made.append(('DATA', 'GB', good.gigabytes))
    if good.minutes:
        made.append(('TALKTIME', 'MINUTES', good.minutes))
    if not made and good.most is None:
        made.append(('CREDITS', good.country.currency, good.receive))
    return [
        {
            'type': kind,
            'unit_type': 'CURRENCY' if kind == 'CREDITS' else kind,
            'unit': unit,
            'amount': {
                'base': number(Decimal(amount)),
                'promotion_bonus': 0,
                'total_excluding_tax': number(Decimal(amount)),
                'total_including_tax': number(Decimal(amount)),
            },
        }
        for kind, unit, amount in made
    ]
