"""Reading Ding's catalogue. Source: spec/topup_suppliers.md §3, §5.2, §6 trap 11."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .ding_codes import BENEFITS
from .errors import Refused
from .products import (
    Benefit,
    BenefitType,
    Denomination,
    Fees,
    Kind,
    Processing,
    Product,
    Redemption,
    RequiredFields,
    Side,
)
from .transport import mapping, to_decimal, to_text

_SKU = re.compile(r'[A-Za-z0-9_.\-]{1,64}')
_DURATION = re.compile(r'P(?=[0-9T])(?:[0-9]+[YMWD])*(?:T(?:[0-9]+[HMS])+)?')


@dataclass(frozen=True, slots=True)
class Provider:
    """An operator; its regex is a .NET one and not always valid in Python (§6 trap 11)."""

    code: str
    name: str
    country: str
    phone_regex: str
    logo_url: str


def check_sku(sku: str) -> None:
    """Accept a SkuCode. :raise Refused: the text is something else"""
    if not _SKU.fullmatch(sku):
        raise Refused(f'not a Ding SkuCode: {sku!r}', code='INVALID_SKU')


def parse_provider(row: object) -> Provider | None:
    """Return the provider, None for an entry that cannot be read."""
    row = mapping(row)
    code = to_text(row.get('ProviderCode'))
    if not code:
        return None
    return Provider(
        code=code,
        name=to_text(row.get('Name')),
        country=to_text(row.get('CountryIso')),
        phone_regex=to_text(row.get('ValidationRegex')),
        logo_url=to_text(row.get('LogoUrl')),
    )


def providers_of(country: str, rows: list[Any]) -> Mapping[str, Provider]:
    """Return the providers of a country by code.

    A filter that is not applied returns everything, so those of other countries are left out.
    """
    found = (parse_provider(row) for row in rows)
    return {
        provider.code: provider for provider in found if provider and provider.country == country
    }


def send_value(row: object) -> Decimal | None:
    """Return what a fixed product is ordered with, None for a ranged one."""
    row = mapping(row)
    low = to_decimal(mapping(row.get('Minimum')).get('SendValue'))
    high = to_decimal(mapping(row.get('Maximum')).get('SendValue'))
    return low if low is not None and low == high else None


def parse_product(
    row: object, providers: Mapping[str, Provider], texts: Mapping[str, str]
) -> Product | None:
    """Return the product, None for an entry that cannot be read or of another country.

    :param providers: of the country that was asked for, by code
    :param texts: descriptions by LocalizationKey
    """
    row = mapping(row)
    sku = to_text(row.get('SkuCode'))
    provider = providers.get(to_text(row.get('ProviderCode')))
    priced = mapping(row.get('Minimum')) and mapping(row.get('Maximum'))
    if not _SKU.fullmatch(sku) or provider is None or not priced:
        return None
    return _product(row, provider, texts.get(to_text(row.get('LocalizationKey')), ''))


def _product(row: Mapping[str, Any], provider: Provider, description: str) -> Product:
    low, high = mapping(row.get('Minimum')), mapping(row.get('Maximum'))
    fixed = send_value(row)
    receive = to_decimal(low.get('ReceiveValue')) if fixed is not None else None
    names = _names(row.get('Benefits'))
    kind = _kind(row, names)
    receive_currency = to_text(low.get('ReceiveCurrencyIso'))
    return Product(
        sku=to_text(row.get('SkuCode')),
        operator_ref=provider.code,
        operator_name=provider.name,
        country=provider.country,
        kind=kind,
        denomination=Denomination.RANGE if fixed is None else Denomination.FIXED,
        cost_currency=to_text(low.get('SendCurrencyIso')),
        cost_amount=fixed,
        cost_min=to_decimal(low.get('SendValue')) if fixed is None else None,
        cost_max=to_decimal(high.get('SendValue')) if fixed is None else None,
        receive_currency=receive_currency,
        receive_amount=receive,
        receive_min=to_decimal(low.get('ReceiveValue')) if fixed is None else None,
        receive_max=to_decimal(high.get('ReceiveValue')) if fixed is None else None,
        # Read as a percentage: were it a fraction, the cost would be put too high, never too low.
        discount_percent=to_decimal(row.get('CommissionRate')),
        validity=_validity(to_text(row.get('ValidityPeriodIso'))),
        description=description,
        active=True,
        name=to_text(row.get('DefaultDisplayText')),
        fees=Fees(amount=to_decimal(low.get('DistributorFee')) or Decimal(0)),
        benefits=_benefits(kind, names, receive, receive_currency),
        redemption=_redemption(row),
        required_fields=_required(row),
        processing=(
            Processing.BATCH if row.get('ProcessingMode') == 'Batch' else Processing.INSTANT
        ),
        phone_regex=provider.phone_regex,
        logo_url=provider.logo_url,
        sides=(Side.SEND,) if fixed is not None else (Side.SEND, Side.RECEIVE),
    )


def _names(benefits: object) -> tuple[str, ...]:
    return tuple(map(to_text, benefits)) if isinstance(benefits, list) else ()


def _redemption(row: Mapping[str, Any]) -> Redemption:
    immediate = row.get('RedemptionMechanism', 'Immediate') == 'Immediate'
    return Redemption.IMMEDIATE if immediate else Redemption.PIN


def _kind(row: Mapping[str, Any], names: tuple[str, ...]) -> Kind:
    if row.get('LookupBillsRequired') is True:
        return Kind.BILL
    if _redemption(row) is Redemption.PIN:
        return Kind.PIN
    if 'Data' in names:
        return Kind.BUNDLE if 'Minutes' in names else Kind.DATA
    return Kind.AIRTIME if {'Mobile', 'Minutes'} & set(names) else Kind.BUNDLE


def _benefits(
    kind: Kind, names: tuple[str, ...], receive: Decimal | None, currency: str
) -> tuple[Benefit, ...]:
    """Return what a product gives; Ding names the sorts only, airtime is worth its value."""
    if kind is Kind.AIRTIME:
        return (Benefit(BenefitType.CREDIT, receive, currency),)
    types = (BENEFITS.get(name) for name in names if name != 'Mobile')
    return tuple(Benefit(found, None, '') for found in types if found)


def _required(row: Mapping[str, Any]) -> tuple[RequiredFields, ...]:
    groups = []
    rows = row.get('SettingDefinitions')
    settings = [mapping(entry) for entry in rows] if isinstance(rows, list) else []
    names = tuple(
        to_text(entry.get('Name')) for entry in settings if entry.get('IsMandatory') is True
    )
    if names:
        groups.append(RequiredFields('settings', (names,)))
    if row.get('LookupBillsRequired') is True:
        groups.append(RequiredFields('bill', (('BillRef',),)))
    return tuple(groups)


def _validity(text: str) -> str | None:
    return text if _DURATION.fullmatch(text) else None
