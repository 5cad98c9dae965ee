"""Routes of the supplier."""

from __future__ import annotations

from starlette.routing import Route

from ..state import Sandbox
from . import account, operators, reports, topups
from .answers import reloadly_route


def routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes bound to one simulated world."""
    detect = '/operators/auto-detect/phone/{phone}/countries/{iso}'
    table = (
        ('/oauth/token', 'POST', 'reloadly.token', account.token),
        ('/accounts/balance', 'GET', 'reloadly.balance', account.balance),
        ('/countries', 'GET', 'reloadly.countries', operators.countries),
        ('/countries/{iso}', 'GET', 'reloadly.countries', operators.country),
        ('/operators', 'GET', 'reloadly.operators', operators.operators),
        ('/operators/fx-rate', 'POST', 'reloadly.fx_rate', operators.fx_rate),
        (detect, 'GET', 'reloadly.auto_detect', operators.auto_detect),
        (
            '/operators/countries/{iso}',
            'GET',
            'reloadly.operators',
            operators.operators_of_country,
        ),
        ('/operators/{operator_id}', 'GET', 'reloadly.operators', operators.operator),
        ('/operators/{operator_id}/fx-rate', 'POST', 'reloadly.fx_rate', operators.fx_rate),
        ('/topups', 'POST', 'reloadly.topup', topups.topup),
        ('/topups-async', 'POST', 'reloadly.topup', topups.topup_async),
        ('/topups/reports/transactions', 'GET', 'reloadly.report', reports.transactions),
        (
            '/topups/reports/transactions/{transaction_id}',
            'GET',
            'reloadly.report',
            reports.transaction,
        ),
        ('/topups/{transaction_id}/status', 'GET', 'reloadly.status', reports.status),
    )
    return [reloadly_route(sandbox, *row) for row in table]
