"""Routes of Ding."""

from __future__ import annotations

from starlette.routing import Route

from ..state import Sandbox
from . import catalogue, transfers
from .answers import ding_route


def routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes bound to one simulated world."""
    table = (
        ('GetCountries', 'GET', 'countries', catalogue.countries),
        ('GetRegions', 'GET', 'regions', catalogue.regions),
        ('GetCurrencies', 'GET', 'currencies', catalogue.currencies),
        ('GetProviders', 'GET', 'providers', catalogue.providers),
        ('GetProviderStatus', 'GET', 'provider_status', catalogue.provider_status),
        ('GetProducts', 'GET', 'products', catalogue.products),
        ('GetProductDescriptions', 'GET', 'descriptions', catalogue.descriptions),
        ('GetPromotions', 'GET', 'promotions', catalogue.nothing),
        ('GetPromotionDescriptions', 'GET', 'promotions', catalogue.nothing),
        ('GetAccountLookup', 'GET', 'lookup', catalogue.account_lookup),
        ('GetBalance', 'GET', 'balance', catalogue.balance),
        ('GetErrorCodeDescriptions', 'GET', 'error_codes', catalogue.error_descriptions),
        ('EstimatePrices', 'POST', 'estimate', transfers.estimate),
        ('SendTransfer', 'POST', 'topup', transfers.send),
        ('ListTransferRecords', 'POST', 'list', transfers.list_records),
        ('CancelTransfers', 'POST', 'cancel', transfers.cancel),
    )
    return [ding_route(sandbox, *row) for row in table]
