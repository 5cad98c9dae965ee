"""Routes of DT One."""

from __future__ import annotations

from starlette.routing import Route

from ..state import Sandbox
from . import catalogue, transactions
from .answers import dtone_route


def routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes bound to one simulated world."""
    lists = (
        ('services', catalogue.services),
        ('countries', catalogue.countries),
        ('operators', catalogue.operators),
        ('products', catalogue.products),
        ('promotions', catalogue.nothing),
        ('campaigns', catalogue.nothing),
    )
    table = (
        *((f'/{name}', 'GET', name, handler) for name, handler in lists),
        *((f'/{name}/{{id}}', 'GET', name, handler) for name, handler in lists),
        ('/benefit-types', 'GET', 'benefit_types', catalogue.benefit_types),
        ('/lookup/mobile-number', 'POST', 'lookup', catalogue.lookup),
        ('/balances', 'GET', 'balance', catalogue.balances),
        ('/async/transactions', 'POST', 'topup', transactions.create_async),
        ('/sync/transactions', 'POST', 'topup', transactions.create_sync),
        ('/async/transactions/{id}/confirm', 'POST', 'confirm', transactions.confirm_async),
        ('/sync/transactions/{id}/confirm', 'POST', 'confirm', transactions.confirm_sync),
        ('/transactions/{id}/cancel', 'POST', 'cancel', transactions.cancel),
        ('/transactions', 'GET', 'list', transactions.transactions),
        ('/transactions/{id}', 'GET', 'query', transactions.transaction),
    )
    return [dtone_route(sandbox, *row) for row in table]
