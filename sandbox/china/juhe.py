"""Juhe: phone bills and data packs. Source: spec/topup_suppliers.md §4.2.

The numbers of errors are this simulator's choice: no whole list is known.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from types import MappingProxyType
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..operation import perform
from ..replies import json_answer
from ..state import Sandbox
from ..topup import scenario
from ..topup.course import carry, choose
from ..topup.goods import DATA, Good
from ..topup.state import Order
from .callbacks import JUHE, JUHE_STATE
from .orders import Wish, carrier_of, find_bill, parameters, take_on
from .signing import sign_juhe
from .state import JUHE_KEY, JUHE_OPENID

FACES = frozenset({'5', '10', '20', '30', '50', '100', '300'})
NOT_ALLOWED, MAINTENANCE, WRONG_PHONE, WRONG_FACE = 208501, 208503, 208505, 208506
WRONG_ORDERID, WRONG_SIGN, NOT_ENOUGH, DUPLICATE = 208507, 208508, 208509, 208515
NOT_FOUND, BUSY, WRONG_KEY, TOO_FAST = 208511, 208517, 10001, 10012
_TEXTS = MappingProxyType(
    {
        NOT_ALLOWED: '不允许充值的手机号码及金额',
        MAINTENANCE: '运营商地区维护，暂不能充值',
        WRONG_PHONE: '错误的手机号码',
        WRONG_FACE: '错误的充值金额',
        WRONG_ORDERID: '错误的订单号',
        WRONG_SIGN: '校验值错误',
        NOT_ENOUGH: '余额不足',
        DUPLICATE: '重复的订单号',
        NOT_FOUND: '订单不存在',
        BUSY: '系统异常',
        WRONG_KEY: '错误的请求KEY',
        TOO_FAST: '请求超过次数限制',
    }
)
_REJECTED = MappingProxyType(
    {
        scenario.INVALID: WRONG_PHONE,
        scenario.BARRED: NOT_ALLOWED,
        scenario.UNAVAILABLE: MAINTENANCE,
        scenario.TOO_SOON: TOO_FAST,
        scenario.REFUSED: MAINTENANCE,
        scenario.INTERNAL: BUSY,
        scenario.BALANCE: NOT_ENOUGH,
        scenario.LIMIT: NOT_ALLOWED,
    }
)
_ORDERID = re.compile(r'[0-9A-Za-z]{8,32}')
Handler = Callable[[Sandbox, dict[str, str]], Awaitable[Response]]


class JuheError(Exception):
    """The API says no, with HTTP 200."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def _answer(result: Any, reason: str = '查询成功') -> Response:
    return json_answer({'reason': reason, 'result': result, 'error_code': 0})


def _bill(sandbox: Sandbox, sent: dict[str, str]) -> Good:
    """Return the phone bill of a number and a face value."""
    carrier = carrier_of(sent.get('phoneno', ''))
    if carrier is None:
        raise JuheError(WRONG_PHONE)
    if sent.get('cardnum') not in FACES:
        raise JuheError(WRONG_FACE)
    good = find_bill(sandbox.juhe.stock.all(), carrier, sent['cardnum'])
    if good is None:
        raise JuheError(NOT_ALLOWED)
    return good


async def telcheck(sandbox: Sandbox, sent: dict[str, str]) -> Response:
    """Tell whether a number can be given an amount."""
    _bill(sandbox, sent)
    return _answer(None, '允许充值的手机号码及金额')


async def telquery(sandbox: Sandbox, sent: dict[str, str]) -> Response:
    """Show the product and its price."""
    good = _bill(sandbox, sent)
    return _answer(
        {
            'cardid': str(good.number),
            'cardname': good.name,
            'inprice': f'{good.cost:.2f}',
            'game_area': good.network.name,
        }
    )


async def onlineorder(sandbox: Sandbox, sent: dict[str, str]) -> Response:
    """Take an order for a phone bill on."""
    signed = (sent.get('phoneno', ''), sent.get('cardnum', ''), sent.get('orderid', ''))
    _check_sign(sent, *signed)
    good = _bill(sandbox, sent)
    return await _order(sandbox, Wish(good, sent['phoneno'], sent['orderid']))


async def flow(sandbox: Sandbox, sent: dict[str, str]) -> Response:
    """Take an order for a data pack on."""
    phone, pid = sent.get('phone', ''), sent.get('pid', '')
    _check_sign(sent, phone, pid, sent.get('orderid', ''))
    good = sandbox.juhe.stock.find(int(pid)) if pid.isascii() and pid.isdecimal() else None
    if good is None or good.kind != DATA:
        raise JuheError(WRONG_FACE)
    if carrier_of(phone) != good.network:
        raise JuheError(NOT_ALLOWED)
    return await _order(sandbox, Wish(good, phone, sent['orderid']))


def _check_sign(sent: dict[str, str], *signed: str) -> None:
    if sent.get('sign') != sign_juhe(JUHE_OPENID, JUHE_KEY, *signed):
        raise JuheError(WRONG_SIGN)
    if not _ORDERID.fullmatch(sent.get('orderid', '')):
        raise JuheError(WRONG_ORDERID)


async def _order(sandbox: Sandbox, wish: Wish) -> Response:
    number = f'86{wish.mobile}'
    course = choose(sandbox, JUHE, number, wish.reference)

    async def apply() -> Response:
        if sandbox.juhe.with_reference(wish.reference):
            raise JuheError(DUPLICATE)
        if course.reject:
            raise JuheError(_REJECTED[course.reject])
        if sandbox.juhe.balance < wish.good.cost:
            raise JuheError(NOT_ENOUGH)
        return _answer(as_order(take_on(sandbox, JUHE, wish, course)), '提交充值成功')

    return await carry(sandbox, JUHE, number, course, apply, JuheError(TOO_FAST))


async def ordersta(sandbox: Sandbox, sent: dict[str, str]) -> Response:
    """Show the state of an order."""
    now = sandbox.clock.now()
    for order in sandbox.juhe.with_reference(sent.get('orderid', '')):
        if order.found_from <= now:
            return _answer({**as_order(order), 'uordercash': f'{order.cost:.2f}'})
    raise JuheError(NOT_FOUND)


async def orderlist(sandbox: Sandbox, sent: dict[str, str]) -> Response:
    """List the orders, newest first, fifty a page."""
    text = sent.get('page', '1')
    page = max(1, int(text)) if text.isascii() and text.isdecimal() else 1
    orders = list(reversed(sandbox.juhe.orders.values()))
    part = [as_order(order) for order in orders[(page - 1) * 50 : page * 50]]
    return _answer({'list': part, 'page': page, 'total': len(orders)})


async def yue(sandbox: Sandbox, _sent: dict[str, str]) -> Response:
    """Show what is left, in yuan."""
    return _answer({'uid': JUHE_OPENID, 'money': f'{sandbox.juhe.balance:.2f}'})


def as_order(order: Order) -> dict[str, Any]:
    """Return an order."""
    good: Good = order.detail['good']
    return {
        'cardid': str(good.number),
        'cardnum': f'{good.receive:f}',
        'ordercash': f'{order.cost:.2f}',
        'cardname': good.name,
        'sporder_id': order.id,
        'uorderid': order.reference,
        'game_userid': order.detail['mobile'],
        'game_state': str(JUHE_STATE[order.state]),
    }


def routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes bound to one simulated world."""
    table: tuple[tuple[str, str, Handler], ...] = (
        ('/ofpay/mobile/telcheck', 'telcheck', telcheck),
        ('/ofpay/mobile/telquery', 'telquery', telquery),
        ('/ofpay/mobile/onlineorder', 'topup', onlineorder),
        ('/ofpay/mobile/ordersta', 'query', ordersta),
        ('/ofpay/mobile/orderlist', 'list', orderlist),
        ('/ofpay/mobile/yue', 'balance', yue),
        ('/flow/recharge', 'topup', flow),
        ('/flow/ordersta', 'query', ordersta),
    )
    return [_route(sandbox, *row) for row in table]


def _route(sandbox: Sandbox, path: str, operation: str, handler: Handler) -> Route:
    async def endpoint(request: Request) -> Response:
        note: dict[str, Any] = {'path': request.url.path}

        async def apply() -> Response:
            try:
                sent = await parameters(request)
                if sent.get('key') != JUHE_KEY:
                    raise JuheError(WRONG_KEY)
                return await handler(sandbox, sent)
            except JuheError as error:
                note['code'] = error.code
                body = {'reason': _TEXTS[error.code], 'result': None, 'error_code': error.code}
                return json_answer(body, 429 if error.code == TOO_FAST else 200)

        return await perform(sandbox, f'juhe.{operation}', apply, note=note)

    return Route(path, endpoint, methods=['GET', 'POST'])
