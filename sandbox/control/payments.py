"""What a payer does: open the sheet, scan, show a code, pay, leave."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from starlette.requests import Request

from ..credentials import APP, APPS
from ..state import Sandbox
from ..wxpay import cashier, charging, invoke
from ..wxpay.book import DEFAULT_PAYER
from ..wxpay.shown import as_transaction
from ..wxpay.state import Prepay
from .kernel import ControlError, need

Body = dict[str, Any]


async def request_payment(sandbox: Sandbox, _request: Request, body: Body) -> Body:
    """Play the client up to the open sheet: `wx.requestPayment`, or the SDK of a mobile app."""
    appid = str(body.get('appId') or body.get('appid') or APP.appid)
    if appid not in APPS:
        raise ControlError(404, f'unknown appid {appid}')
    check = invoke.request_app_payment if 'prepayid' in body else invoke.request_payment
    try:
        session = check(sandbox, body, appid)
    except cashier.CashierError as error:
        raise ControlError(400, f'requestPayment:fail {error}') from error
    return {'prepay': as_prepay(session)}


async def scan(sandbox: Sandbox, _request: Request, body: Body) -> Body:
    """Scan a Native code and return what the sheet shows."""
    try:
        return {'prepay': as_prepay(cashier.scan(sandbox, need(body, 'code_url')))}
    except cashier.CashierError as error:
        raise ControlError(400, str(error)) from error


async def payment_code(sandbox: Sandbox, _request: Request, body: Body) -> Body:
    """Show the 18 digits a merchant scans, and choose what a charge by them comes to."""
    outcome = str(body.get('outcome', 'paid'))
    if outcome not in charging.OUTCOMES:
        raise ControlError(400, f'outcome should be one of {", ".join(charging.OUTCOMES)}')
    code = charging.show_code(sandbox, str(body.get('openid') or DEFAULT_PAYER), outcome)
    return {'auth_code': code.auth_code, 'openid': code.openid, 'outcome': code.outcome}


def as_prepay(session: Prepay) -> Body:
    """Return a prepay session as the control API shows it."""
    order = session.order
    return {
        'prepay_id': session.prepay_id,
        'out_trade_no': order.out_trade_no,
        'appid': order.appid,
        'mchid': order.mchid,
        'openid': order.openid,
        'description': order.description,
        'amount': {'total': order.total, 'currency': 'CNY'},
        'total': order.total,
        'trade_type': order.trade_type,
        'trade_state': order.trade_state,
        'api': order.api,
        'paying': order.paying,
        'code_url': session.code_url,
        'cancelled': session.cancelled,
    }


def _session(sandbox: Sandbox, request: Request) -> Prepay:
    session = sandbox.wxpay.prepays.get(request.path_params['prepay_id'])
    if session is None:
        raise ControlError(404, 'unknown prepay_id')
    return session


async def prepays(sandbox: Sandbox, request: Request, _body: Body) -> Body:
    """List the prepay sessions, newest first."""
    wanted = request.query_params.get('out_trade_no')
    sessions = reversed(list(sandbox.wxpay.prepays.values()))
    items = [as_prepay(item) for item in sessions if wanted in (None, item.order.out_trade_no)]
    return {'items': items}


async def open_sheet(sandbox: Sandbox, request: Request, _body: Body) -> Body:
    """Play the payer who has the password page open: closing the order is refused meanwhile."""
    session = _session(sandbox, request)
    try:
        cashier.check_payable(sandbox, session)
    except cashier.CashierError as error:
        raise ControlError(409, str(error)) from error
    session.order.paying = True
    return as_prepay(session)


async def pay(sandbox: Sandbox, request: Request, body: Body) -> Body:
    """Pay as the person the order was made for, or as somebody else, which is refused."""
    session = _session(sandbox, request)
    try:
        order = cashier.pay(
            sandbox,
            session,
            str(body.get('openid') or ''),
            subscribe=bool(body.get('subscribe', True)),
            force=bool(body.get('force', False)),
            moment=_moment(body.get('success_time')),
        )
    except cashier.CashierError as error:
        raise ControlError(409, f'requestPayment:fail {error}') from error
    return {'errMsg': 'requestPayment:ok', 'transaction': as_transaction(order)}


def _moment(text: object) -> float | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise ControlError(400, 'success_time should be RFC3339') from error
    if moment.tzinfo is None:
        raise ControlError(400, 'success_time should have an offset')
    return moment.timestamp()


async def cancel(sandbox: Sandbox, request: Request, _body: Body) -> Body:
    """Leave the payment sheet; the order stays unpaid."""
    cashier.leave(_session(sandbox, request))
    return {'errMsg': 'requestPayment:fail cancel'}
