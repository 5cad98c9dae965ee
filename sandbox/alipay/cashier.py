"""The payer's pages: the cashier of page, wap and app, and what a scanned code opens.

Source: spec/alipay.md §5.2, §9 (3).
"""

from __future__ import annotations

import time
from html import escape
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from .. import crypto
from ..state import Sandbox
from . import trades
from .answers import wire_time, yuan
from .state import CLOSED, PRECREATED, WAITING, Trade

# What each button does, in the order in which they are shown.
BUTTONS = {
    'open': '登录收银台 / Enter',
    'typing': '输入密码中 / Typing the password',
    'pay': '确认付款 / Pay',
    'cancel': '放弃 / Cancel',
    'expire': '过期 / Expire',
}
_STATES = {
    PRECREATED: '未打开 / not opened',
    WAITING: '等待付款 / waiting',
    CLOSED: '交易关闭 / closed',
}
_STYLE = (
    'body{font:16px sans-serif;max-width:24rem;margin:2rem auto;padding:0 1rem;color:#222}'
    'h1{font-size:1.1rem;color:#1677ff}strong{font-size:2rem}dt{color:#767676}dd{margin:0 0 .5rem}'
    'button{display:block;width:100%;margin:.4rem 0;padding:.7rem;border:1px solid #1677ff;'
    'border-radius:.4rem;background:#fff;color:#0958d9;font:inherit;cursor:pointer}'
    'button[data-testid=pay-confirm]{background:#1677ff;color:#fff}'
)
_TEST_IDS = {'pay': 'pay-confirm', 'cancel': 'pay-cancel'}


def page(trade: Trade, note: str = '', status: int = 200) -> Response:
    """Return the cashier of a trade, with the buttons that make sense now."""
    is_open = trade.status in (PRECREATED, WAITING)
    buttons = ''.join(
        f'<button name="action" value="{action}" data-testid="{_TEST_IDS.get(action, action)}">'
        f'{escape(label)}</button>'
        for action, label in BUTTONS.items()
    )
    state = _STATES.get(trade.status, '已付款 / paid')
    body = (
        f'<h1>支付宝 Alipay</h1><p>{escape(str(trade.content["subject"]))}</p>'
        f'<p><strong data-testid="amount">¥{yuan(trade.total)}</strong></p>'
        f'<dl><dt>商户订单号</dt><dd data-testid="number">{escape(trade.out_trade_no)}</dd>'
        f'<dt>状态</dt><dd data-testid="state" data-status="{trade.status}">{state}</dd></dl>'
        f'<p role="status">{escape(note)}</p>'
        f'<form method="post" action="/alipay/cashier/{trade.token}">'
        f'{buttons if is_open else ""}</form>'
    )
    return _html(body, status)


def refused(text: str, status: int = 400) -> Response:
    """Return the page of a link that is no good."""
    return _html(f'<h1>支付宝 Alipay</h1><p role="alert">{escape(text)}</p>', status)


def _html(body: str, status: int) -> Response:
    text = (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>Alipay (sandbox)</title><link rel="icon" href="data:,"><style>{_STYLE}</style>'
        f'</head><body><main>{body}</main></body></html>'
    )
    return HTMLResponse(text, status, {'Cache-Control': 'no-store'})


def act(sandbox: Sandbox, trade: Trade, action: str) -> None:
    """Do what the payer presses.

    :raise CashierError: it cannot be done
    """
    if action == 'pay':
        trades.pay(sandbox, trade)
    elif action == 'open':
        trades.open_trade(sandbox, trade)
    elif action == 'typing':
        trades.open_trade(sandbox, trade)
        trade.paying = True
    elif action == 'cancel':
        trade.paying = False
    elif action == 'expire':
        trade.paying = False
        trades.expire(sandbox, trade)
    else:
        raise trades.CashierError('unknown action')


def return_url(sandbox: Sandbox, trade: Trade) -> str:
    """Return where the browser goes after paying, with parameters that prove nothing."""
    if not trade.return_url:
        return ''
    kind = {'page': 'page', 'wap': 'wap'}.get(trade.kind, 'page')
    signer = sandbox.alipay.signer(trade.app)
    parameters = {
        'app_id': trade.app.app_id,
        'auth_app_id': trade.app.app_id,
        'charset': 'utf-8',
        'method': f'alipay.trade.{kind}.pay.return',
        'out_trade_no': trade.out_trade_no,
        'seller_id': trade.app.seller_id,
        'timestamp': wire_time(time.time()),
        'total_amount': yuan(trade.total),
        'trade_no': trade.trade_no,
        'version': '1.0',
    }
    text = '&'.join(f'{name}={value}' for name, value in sorted(parameters.items()))
    parameters |= {'sign_type': 'RSA2', 'sign': crypto.rsa_sign(signer.private_key, text.encode())}
    if signer.cert_sn:
        parameters['alipay_cert_sn'] = signer.cert_sn
    joint = '&' if '?' in trade.return_url else '?'
    return f'{trade.return_url}{joint}{urlencode(parameters)}'


def routes(sandbox: Sandbox) -> list[Route]:
    """Return the pages."""

    async def show(request: Request) -> Response:
        trade = sandbox.alipay.by_token(request.path_params['token'])
        return page(trade) if trade else refused('链接无效', 404)

    async def scan(request: Request) -> Response:
        trade = sandbox.alipay.by_token(request.path_params['token'])
        if trade is None or trade.kind != 'qr':
            return refused('二维码无效', 404)
        try:
            trades.open_trade(sandbox, trade)
        except trades.CashierError as error:
            return page(trade, str(error), 409)
        return page(trade)

    async def press(request: Request) -> Response:
        trade = sandbox.alipay.by_token(request.path_params['token'])
        if trade is None:
            return refused('链接无效', 404)
        form = await request.body()
        action = form.decode('latin-1').partition('action=')[2].partition('&')[0]
        try:
            act(sandbox, trade, action)
        except trades.CashierError as error:
            return page(trade, str(error), 409)
        back = return_url(sandbox, trade) if action == 'pay' else trade.content.get('quit_url')
        if action in ('pay', 'cancel') and back:
            return RedirectResponse(str(back), 303)
        return page(trade)

    return [
        Route('/alipay/cashier/{token}', show, methods=['GET']),
        Route('/alipay/cashier/{token}', press, methods=['POST']),
        Route('/alipay/qr/{token}', scan, methods=['GET']),
    ]
