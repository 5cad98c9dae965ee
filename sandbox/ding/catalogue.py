"""Countries, providers, products, prices. Source: spec/topup_suppliers.md §3."""

from __future__ import annotations

from decimal import Decimal
from types import MappingProxyType
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from ..replies import json_answer
from ..state import Sandbox
from ..topup import goods
from ..topup.goods import Good, networks_of
from ..topup.places import Country, Network, country_of, detect
from ..topup.wire import number
from .answers import ENDINGS, items, to_code, verdict

CURRENCY = 'USD'
COMMISSION = MappingProxyType({goods.AIRTIME: Decimal('0.05')})
_BENEFITS = MappingProxyType(
    {
        goods.AIRTIME: ['Mobile', 'Minutes'],
        goods.DATA: ['Mobile', 'Data'],
        goods.BUNDLE: ['Mobile', 'Minutes', 'Data'],
        goods.PIN: ['Mobile', 'Minutes'],
    }
)


def _networks(sandbox: Sandbox) -> list[Network]:
    return sandbox.ding.stock.view('networks', networks_of)


def provider_code(network: Network) -> str:
    """Return the code of a provider."""
    return f'{network.code}{network.country.iso}'


def region_code(country: Country) -> str:
    """Return the one region of a country."""
    return f'{country.iso}-ALL'


def sku_of(good: Good) -> str:
    """Return the SKU of a product."""
    return f'{good.country.iso}_{good.network.code}_{good.number}'


def find_product(sandbox: Sandbox, sku: object) -> Good | None:
    """Return the product of a SKU, exactly as it is written."""
    last = str(sku).rpartition('_')[2]
    good = sandbox.ding.stock.find(int(last)) if last.isascii() and last.isdecimal() else None
    return good if good is not None and sku_of(good) == sku else None


async def countries(sandbox: Sandbox, _request: Request) -> Response:
    """List the countries, and the place that is everywhere."""
    found = {network.country.iso: network.country for network in _networks(sandbox)}
    shown = [
        {
            'CountryIso': country.iso,
            'CountryName': country.name,
            'InternationalDialingInformation': [
                {
                    'Prefix': country.calling_code,
                    'MinimumLength': len(country.calling_code) + min(country.lengths),
                    'MaximumLength': len(country.calling_code) + max(country.lengths),
                }
            ],
            'RegionCodes': [region_code(country)],
        }
        for country in found.values()
    ]
    everywhere = {
        'CountryIso': 'XG',
        'CountryName': 'Global',
        'InternationalDialingInformation': [],
        'RegionCodes': [],
    }
    return items([*shown, everywhere])


async def regions(sandbox: Sandbox, request: Request) -> Response:
    """List the regions: one a country."""
    wanted = request.query_params.getlist('countryIsos')
    found = {network.country.iso: network.country for network in _networks(sandbox)}
    return items(
        [
            {'RegionCode': region_code(place), 'RegionName': place.name, 'CountryIso': iso}
            for iso, place in found.items()
            if not wanted or iso in wanted
        ]
    )


async def currencies(sandbox: Sandbox, _request: Request) -> Response:
    """List the currencies."""
    found = {network.country.currency: network.country for network in _networks(sandbox)}
    return items(
        [
            {'CurrencyIso': code, 'CurrencyName': country.currency_name}
            for code, country in found.items()
        ]
    )


async def providers(sandbox: Sandbox, request: Request) -> Response:
    """List the providers."""
    wanted = request.query_params.getlist('countryIsos')
    codes = request.query_params.getlist('providerCodes')
    return items(
        [
            {
                'ProviderCode': provider_code(network),
                'CountryIso': network.country.iso,
                'Name': network.name,
                'ShortName': None,
                'ValidationRegex': validation_regex(network.country),
                'CustomerCareNumber': '1175',
                'RegionCodes': [region_code(network.country)],
                'PaymentTypes': ['Prepaid'],
                'LogoUrl': f'https://imagerepo.ding.com/logo/{provider_code(network)}.png',
            }
            for network in _networks(sandbox)
            if (not wanted or network.country.iso in wanted)
            and (not codes or provider_code(network) in codes)
        ]
    )


def validation_regex(country: Country) -> str:
    """Return what numbers look like, in .NET's syntax."""
    lengths = f'{{{min(country.lengths)},{max(country.lengths)}}}'
    return f'^(?<code>{country.calling_code})(?<number>[0-9]{lengths})$'


async def provider_status(sandbox: Sandbox, request: Request) -> Response:
    """Tell which providers work: all do."""
    wanted = request.query_params.getlist('providerCodes')
    codes = [provider_code(network) for network in _networks(sandbox)]
    return items(
        [
            {'ProviderCode': code, 'IsProcessingTransfers': True, 'Message': ''}
            for code in codes
            if not wanted or code in wanted
        ]
    )


async def products(sandbox: Sandbox, request: Request) -> Response:
    """List the products, all in one answer; a number that matches nothing filters nothing."""
    query = request.query_params
    wanted = {
        name: frozenset(query.getlist(name))
        for name in ('countryIsos', 'providerCodes', 'skuCodes', 'regionCodes')
    }
    wanted_benefits = frozenset(query.getlist('benefits'))
    network = _network_of(query.get('accountNumber', ''))
    fitting = []
    for good in sandbox.ding.stock.all():
        own = {
            'countryIsos': good.country.iso,
            'providerCodes': provider_code(good.network),
            'skuCodes': sku_of(good),
            'regionCodes': region_code(good.country),
        }
        if any(wanted[name] and value not in wanted[name] for name, value in own.items()):
            continue
        if wanted_benefits and not wanted_benefits.intersection(_BENEFITS[good.kind]):
            continue
        if network is None or good.network == network:
            fitting.append(as_product(good))
    return items(fitting)


async def descriptions(sandbox: Sandbox, request: Request) -> Response:
    """List what the products are called, in English."""
    languages = request.query_params.getlist('languageCodes') or ['en']
    wanted = request.query_params.getlist('skuCodes')
    return items(
        [
            {
                'DisplayText': good.name,
                'DescriptionMarkdown': f'{good.name} for {good.network.name}',
                'ReadMoreMarkdown': 'Dial *121*PIN# and press call.'
                if good.kind == goods.PIN
                else '',
                'LocalizationKey': sku_of(good),
                'LanguageCode': 'en',
            }
            for good in sandbox.ding.stock.all()
            if 'en' in languages and (not wanted or sku_of(good) in wanted)
        ]
    )


async def nothing(_sandbox: Sandbox, _request: Request) -> Response:
    """List promotions or their texts: there are none."""
    return items([])


async def error_descriptions(_sandbox: Sandbox, _request: Request) -> Response:
    """List what the codes mean."""
    codes = sorted({code.partition('/')[0] for code in ENDINGS.values()})
    return items([{'Code': code, 'Message': code} for code in codes])


async def balance(sandbox: Sandbox, _request: Request) -> Response:
    """Show what is left, orders in process taken off."""
    account = sandbox.ding
    shown = {'Balance': number(account.balance), 'CurrencyIso': account.currency}
    return json_answer({**shown, **verdict()})


async def account_lookup(sandbox: Sandbox, request: Request) -> Response:
    """Tell whose number it is; nothing fits an unknown one."""
    digits = request.query_params.get('accountNumber', '').lstrip('+')
    network = _network_of(digits)
    on_sale = {item.code for item in _networks(sandbox)}
    found = [network] if network is not None and network.code in on_sale else []
    place = country_of(digits)
    return items(
        [
            {'ProviderCode': provider_code(item), 'RegionCode': region_code(item.country)}
            for item in found
        ],
        CountryIso=place.iso if place else None,
        AccountNumberNormalized=digits if place else None,
    )


def _network_of(text: str) -> Network | None:
    digits = text.lstrip('+')
    place = country_of(digits) if digits.isdecimal() else None
    return detect(place, digits.removeprefix(place.calling_code)) if place else None


def as_price(good: Good, receive: Decimal) -> dict[str, Any]:
    """Return the price of an amount to receive."""
    return {
        'CustomerFee': 0.0,
        'DistributorFee': 0.0,
        'ReceiveValue': number(receive),
        'ReceiveCurrencyIso': good.country.currency,
        'ReceiveValueExcludingTax': number(receive),
        'TaxRate': 0.0,
        'TaxName': '',
        'TaxCalculation': '',
        'SendValue': number(good.cost_of(receive)),
        'SendCurrencyIso': CURRENCY,
    }


def commission(good: Good) -> Decimal:
    """Return the part of the send value that stays with the shop."""
    return COMMISSION.get(good.kind, Decimal(0))


def is_batch(good: Good) -> bool:
    """Tell whether transfers are collected before they are executed."""
    return good.kind == goods.BUNDLE


def as_product(good: Good) -> dict[str, Any]:
    """Return a product as the API shows it."""
    return {
        'ProviderCode': provider_code(good.network),
        'SkuCode': sku_of(good),
        'LocalizationKey': sku_of(good),
        'SettingDefinitions': [],
        'Maximum': as_price(good, good.most or good.receive),
        'Minimum': as_price(good, good.receive),
        'CommissionRate': number(commission(good)),
        'ProcessingMode': 'Batch' if is_batch(good) else 'Instant',
        'RedemptionMechanism': 'ReadReceipt' if good.kind == goods.PIN else 'Immediate',
        'Benefits': _BENEFITS[good.kind],
        'ValidityPeriodIso': f'P{good.days}D' if good.days else None,
        'UatNumber': f'{good.country.calling_code}{"0" * min(good.country.lengths)}',
        'AdditionalInformation': None,
        'DefaultDisplayText': good.name,
        'RegionCode': region_code(good.country),
        'PaymentTypes': ['Prepaid'],
        'LookupBillsRequired': False,
    }


def reason_code(reason: str) -> str:
    """Return the code of a reason, empty without one."""
    return to_code(reason) if reason else ''
