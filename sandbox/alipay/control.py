"""What a tester does to Alipay: act as the payer, rotate keys, set funds, look at bills."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.requests import Request

from ..control.kernel import ControlError, Handler, need, to_number
from ..state import Sandbox
from . import cashier, trades
from .answers import AlipayError, wire_time, yuan
from .auth import authenticate, merge
from .credentials import apps, certificate_signers, root_sn
from .routes import APP_METHOD
from .state import Trade

Body = dict[str, Any]


def as_trade(trade: Trade) -> Body:
    """Return a trade as the control API shows it, invisible ones too."""
    return {
        'app_id': trade.app.app_id,
        'out_trade_no': trade.out_trade_no,
        'trade_no': trade.trade_no,
        'kind': trade.kind,
        'trade_status': trade.status,
        'total_amount': yuan(trade.total),
        'subject': trade.content['subject'],
        'paying': trade.paying,
        'paid_at': wire_time(trade.paid_wall) if trade.paid else None,
        'cashier': f'/alipay/{"qr" if trade.kind == "qr" else "cashier"}/{trade.token}',
        'refunds': [
            {
                'out_request_no': item.out_request_no,
                'refund_amount': yuan(item.amount),
                'done': item.done,
            }
            for item in trade.refunds
        ],
    }


async def list_trades(sandbox: Sandbox, request: Request, _body: Body) -> Body:
    """List the trades, newest first."""
    wanted = request.query_params.get('out_trade_no')
    found = reversed(list(sandbox.alipay.trades.values()))
    return {'items': [as_trade(item) for item in found if wanted in (None, item.out_trade_no)]}


def _trade(sandbox: Sandbox, request: Request, body: Body) -> Trade:
    number, app_id = request.path_params['out_trade_no'], body.get('app_id')
    for trade in sandbox.alipay.trades.values():
        if trade.out_trade_no == number and app_id in (None, trade.app.app_id):
            return trade
    raise ControlError(404, 'unknown trade')


async def act(sandbox: Sandbox, request: Request, body: Body) -> Body:
    """Act as the payer: open, typing, pay, cancel, expire; or finish the time for refunds."""
    trade, action = _trade(sandbox, request, body), request.path_params['action']
    try:
        if action == 'pay':
            trades.pay(sandbox, trade, force=bool(body.get('force')), wall=_moment(body))
        elif action == 'finish':
            trades.finish(sandbox, trade)
        elif action in cashier.BUTTONS:
            cashier.act(sandbox, trade, action)
        else:
            raise ControlError(404, 'unknown action')
    except trades.CashierError as error:
        raise ControlError(409, str(error)) from error
    return {'trade': as_trade(trade), 'return_url': cashier.return_url(sandbox, trade)}


def _moment(body: Body) -> float | None:
    if 'paid_at' not in body:
        return None
    try:
        moment = datetime.fromisoformat(need(body, 'paid_at'))
    except ValueError as error:
        raise ControlError(400, 'paid_at should be an ISO time') from error
    if moment.tzinfo is None:
        raise ControlError(400, 'paid_at should carry an offset')
    return moment.timestamp()


async def open_app(sandbox: Sandbox, request: Request, body: Body) -> Body:
    """Play the phone that was handed an order string: check it and open the cashier."""
    parameters = merge(need(body, 'order_string').encode(), b'')
    base_url = sandbox.options.public_url or str(request.base_url).rstrip('/')
    try:
        trade = trades.place(
            sandbox, authenticate(parameters, base_url, frozenset({APP_METHOD})), 'app'
        )
        trades.open_trade(sandbox, trade)
    except AlipayError as error:
        raise ControlError(400, f'{error.sub_msg} [{error.sub_code}]') from error
    except trades.CashierError as error:
        raise ControlError(409, str(error)) from error
    return {'trade': as_trade(trade), 'url': f'{base_url}/alipay/cashier/{trade.token}'}


async def settings(sandbox: Sandbox, _request: Request, body: Body) -> Body:
    """Show and change keys, funds and notices."""
    state = sandbox.alipay
    if 'key' in body:
        if body['key'] not in ('first', 'second'):
            raise ControlError(400, 'key should be first or second')
        state.key = 0 if body['key'] == 'first' else 1
    if 'funds_fen' in body:
        amount = None if body['funds_fen'] is None else int(to_number(body, 'funds_fen'))
        for app in apps().values():
            state.funds[app.seller_id] = amount
    if 'notify_waiting' in body:
        state.notify_waiting = bool(body['notify_waiting'])
    return {
        'key': ('first', 'second')[state.key],
        'funds_fen': dict(state.funds),
        'notify_waiting': state.notify_waiting,
        'apps': {app.app_id: app.seller_id for app in apps().values()},
        'alipay_cert_sns': [signer.cert_sn for signer in certificate_signers()],
        'alipay_root_cert_sn': root_sn(),
    }


async def bill_differences(sandbox: Sandbox, _request: Request, _body: Body) -> Body:
    """List the differences that faults brought into bills."""
    return {
        'differences': [
            {'bill': kind, 'line': line, **made}
            for (kind, line), made in sandbox.alipay.differences.items()
        ]
    }


# Bound to the control API's other calls in sandbox/control/routes.py.
CALLS: tuple[tuple[str, str, Handler], ...] = (
    ('GET', '/control/alipay/trades', list_trades),
    ('POST', '/control/alipay/trades/{out_trade_no}/{action}', act),
    ('POST', '/control/alipay/app', open_app),
    ('GET', '/control/alipay/bills', bill_differences),
    ('GET', '/control/alipay/settings', settings),
    ('POST', '/control/alipay/settings', settings),
)
