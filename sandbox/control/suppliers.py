"""What a tester does to the top-up suppliers: accounts, orders, goods; and their books."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from starlette.requests import Request

from ..china.callbacks import JUHE, YRAPI
from ..ding.callbacks import DING
from ..dtone.callbacks import DTONE
from ..reloadly.course import RELOADLY
from ..reloadly.reports import as_transaction
from ..reloadly.state import Topup
from ..state import Sandbox
from ..topup.course import Dialect, finish, to_state
from ..topup.state import PROCESSING, STATES, Account, Order
from .kernel import ControlError, Handler, need, to_number

Body = dict[str, Any]

DIALECTS = {dialect.name: dialect for dialect in (RELOADLY, DTONE, DING, YRAPI, JUHE)}
_NUMBERS = ('gap_seconds', 'processing_seconds', 'hold_seconds')


def _dialect(request: Request) -> Dialect:
    dialect = DIALECTS.get(request.path_params.get('supplier', RELOADLY.name))
    if dialect is None:
        raise ControlError(404, f'unknown supplier; known: {", ".join(DIALECTS)}')
    return dialect


def as_order(order: Order) -> Body:
    """Return an order in neutral words."""
    return {
        'id': order.id,
        'reference': order.reference,
        'number': order.number,
        'sku': order.sku,
        'state': order.state,
        'reason': order.reason,
        'history': order.history,
        'times_served': order.times_served,
        'cost': float(order.cost),
        'charged': float(order.charged),
        'delivered': float(order.delivered),
        'pin': order.pin.code if order.pin else None,
    }


async def books(sandbox: Sandbox, request: Request, _body: Body) -> Body:
    """Show what was executed, and how often per reference and per number."""
    account = _dialect(request).account(sandbox)
    query = request.query_params
    orders = [
        order
        for order in account.orders.values()
        if query.get('reference') in (None, order.reference)
        and query.get('number', '').lstrip('+') in ('', order.number)
    ]
    by_reference: Counter[str] = Counter()
    by_number: Counter[str] = Counter()
    for order in orders:
        by_reference[order.reference] += order.times_served
        by_number[order.number] += order.times_served
    return {
        **_settings(account),
        'orders': [as_order(order) for order in orders],
        'served_by_reference': dict(by_reference),
        'served_by_number': dict(by_number),
    }


def _settings(account: Account) -> Body:
    return {
        'balance': float(account.balance),
        'holding': float(account.holding),
        'currency': account.currency,
        'callback_url': account.callback_url,
        'webhook_url': account.callback_url,
        **{name: getattr(account, name) for name in _NUMBERS},
    }


async def settings(sandbox: Sandbox, request: Request, body: Body) -> Body:
    """Set an account: balance, callback address, times; expire Reloadly's tokens."""
    account = _dialect(request).account(sandbox)
    if 'balance' in body:
        account.balance = Decimal(str(to_number(body, 'balance')))
    for name in ('callback_url', 'webhook_url'):
        if name in body:
            account.callback_url = str(body[name] or '')
    for name in _NUMBERS:
        if name in body:
            setattr(account, name, to_number(body, name))
    if body.get('expire_tokens'):
        for token in sandbox.reloadly.tokens.values():
            token.expires = 0.0
    return _settings(account)


async def finish_order(sandbox: Sandbox, request: Request, body: Body) -> Body:
    """End an order now, or reverse one that succeeded; `late` lets a failure succeed."""
    dialect = _dialect(request)
    order = dialect.account(sandbox).orders.get(request.path_params['order_id'])
    if order is None:
        raise ControlError(404, 'unknown top-up')
    state = to_state(need(body, 'status'))
    if state not in STATES - {PROCESSING}:
        raise ControlError(400, f'status should be one of {", ".join(sorted(STATES))}')
    reason = str(body.get('error_code', 'refused'))
    if not finish(sandbox, dialect, order, state, reason, late=bool(body.get('late'))):
        raise ControlError(409, f'the top-up is {order.state}')
    return as_transaction(order) if isinstance(order, Topup) else as_order(order)


async def goods(sandbox: Sandbox, request: Request, body: Body) -> Body:
    """Have goods made on demand, and change some: `products`, `add`, `remove`, `reprice`."""
    dialect = _dialect(request)
    stock = dialect.account(sandbox).stock
    if 'products' in body:
        stock.produce(int(to_number(body, 'products')))
    counts = {
        name: int(to_number(body, name)) for name in ('add', 'remove', 'reprice') if name in body
    }
    percent = Decimal(str(body.get('percent', 10)))
    changed = stock.change(**counts, percent=percent)
    return {'total': len(stock.all()), 'made': stock.made - len(stock.gone), **changed}


# Bound to the control API's other calls in sandbox/control/routes.py.
CALLS: tuple[tuple[str, str, Handler], ...] = (
    ('GET', '/control/suppliers/{supplier}/books', books),
    ('POST', '/control/suppliers/{supplier}/settings', settings),
    ('POST', '/control/suppliers/{supplier}/orders/{order_id}/finish', finish_order),
    ('POST', '/control/suppliers/{supplier}/goods', goods),
    ('POST', '/control/topups/{order_id}/finish', finish_order),
    ('POST', '/control/reloadly', settings),
)
