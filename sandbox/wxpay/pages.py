"""Where a person pays without a mini-program: H5, a scanned Native code, a payment code shown.

Source: spec/wechat_pay_v3.md §5 (H5, Native), §9 (code payment).
"""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ..page import facts, filled_in, form, link, page, text
from ..state import Sandbox
from . import cashier, charging
from .billtext import yuan
from .book import DEFAULT_PAYER
from .state import Prepay

TITLE = '微信支付 WeChat Pay'
_PRESS = {'pay': '立即支付 Pay', 'cancel': '取消 Cancel'}
_OUTCOMES = {
    'paid': '出示付款码（免密）Show code, no password',
    'password': '出示付款码（需输密码）Show code, password asked',
    'not_enough': '出示付款码（余额不足）Show code, not enough money',
}


def routes(sandbox: Sandbox) -> list[Route]:
    """Return the pages."""

    async def h5(request: Request) -> Response:
        return await _h5(sandbox, request)

    async def scan(request: Request) -> Response:
        return await _scan(sandbox, request)

    async def code(request: Request) -> Response:
        return await _code(sandbox, request)

    methods = ['GET', 'POST']
    return [
        Route('/phone/h5', h5, methods=methods),
        Route('/phone/scan', scan, methods=methods),
        Route('/phone/code', code, methods=methods),
    ]


def _failed(error: cashier.CashierError) -> Response:
    return page(TITLE, text(str(error), 'failure'), status=400)


def _sheet(session: Prepay, address: str, hidden: dict[str, str]) -> Response:
    """Return the payment sheet as a page."""
    order = session.order
    shown = {'商品 Item': order.description, '商户订单号 Order': order.out_trade_no}
    return page(
        TITLE, text(f'¥{yuan(order.total)}', 'amount'), facts(shown), form(address, hidden, _PRESS)
    )


def _press(sandbox: Sandbox, session: Prepay, action: str) -> str:
    """Pay or leave; return what the page says then.

    :raise CashierError: the order cannot be paid
    """
    if action == 'pay':
        cashier.pay(sandbox, session)
        return '支付成功 Paid'
    cashier.leave(session)
    return '已取消支付 Cancelled'


async def _h5(sandbox: Sandbox, request: Request) -> Response:
    """Show the H5 page; after a press go back to the shop's `redirect_url`, if there is one."""
    given = dict(request.query_params)
    if request.method == 'POST':
        given = await filled_in(request)
    hidden = {name: given.get(name, '') for name in ('prepay_id', 'package', 'redirect_url')}
    try:
        session = cashier.enter_h5(sandbox, hidden['prepay_id'], hidden['package'])
        if request.method == 'GET':
            return _sheet(session, '/phone/h5', hidden)
        words = _press(sandbox, session, given.get('action', 'cancel'))
    except cashier.CashierError as error:
        return _failed(error)
    if urlsplit(hidden['redirect_url']).scheme in ('http', 'https'):
        return RedirectResponse(hidden['redirect_url'], 303)
    return page(TITLE, text(words, 'done'))


async def _scan(sandbox: Sandbox, request: Request) -> Response:
    """Show what can be scanned, then the sheet of a code."""
    given = dict(request.query_params)
    if request.method == 'POST':
        given = await filled_in(request)
    code_url = given.get('code_url', '')
    if not code_url:
        return page('扫一扫 Scan', _scanner(), *_open_codes(sandbox))
    try:
        session = cashier.scan(sandbox, code_url)
        if given.get('action') not in _PRESS:
            return _sheet(session, '/phone/scan', {'code_url': code_url})
        words = _press(sandbox, session, given['action'])
    except cashier.CashierError as error:
        return _failed(error)
    return page(TITLE, text(words, 'done'))


def _scanner() -> str:
    field = ('code_url', '二维码内容 Content of the QR code')
    return form('/phone/scan', {}, {'scan': '扫描 Scan'}, field)


def _open_codes(sandbox: Sandbox) -> list[str]:
    now = sandbox.clock.now()
    return [
        link(
            f'/phone/scan?{urlencode({"code_url": session.code_url})}',
            f'{session.order.description} ¥{yuan(session.order.total)}',
            f'code-{session.order.out_trade_no}',
        )
        for session in reversed(list(sandbox.wxpay.prepays.values()))
        if session.code_url and session.expires > now and session.order.trade_state == 'NOTPAY'
    ]


async def _code(sandbox: Sandbox, request: Request) -> Response:
    """Show a payment code, and the charges that wait for the password."""
    given = await filled_in(request) if request.method == 'POST' else {}
    parts = []
    action = given.get('action', '')
    if action in _OUTCOMES:
        code = charging.show_code(sandbox, DEFAULT_PAYER, action)
        parts = [text(code.auth_code, 'auth-code')]
    session = sandbox.wxpay.prepays.get(given.get('prepay_id', ''))
    if session and session.order.by_code:
        try:
            parts = [text(_press(sandbox, session, action), 'done')]
        except cashier.CashierError as error:
            return _failed(error)
    return page(
        '付款码 Payment code',
        *parts,
        *_asking_password(sandbox),
        form('/phone/code', {}, _OUTCOMES),
    )


def _asking_password(sandbox: Sandbox) -> list[str]:
    parts = []
    for session in sandbox.wxpay.prepays.values():
        order = session.order
        order.refresh(sandbox.clock.now())
        if order.by_code and order.trade_state == 'USERPAYING':
            parts += [
                text(f'{order.description} ¥{yuan(order.total)}', f'charge-{order.out_trade_no}'),
                form('/phone/code', {'prepay_id': session.prepay_id}, _PRESS),
            ]
    return parts
