"""The panel "yrapi": signed forms, states by number. Source: spec/topup_suppliers.md §4.1.

Names of calls and words of errors are this simulator's choice: the manuals differ.
"""

from __future__ import annotations

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
from ..topup.state import FAILED, PARTIAL, SUCCEEDED, Order
from .callbacks import YRAPI, YRAPI_STATE
from .orders import Wish, carrier_of, parameters, take_on
from .signing import sign_yrapi
from .state import YRAPI_KEY, YRAPI_USERID

BASE = '/yrapi.php/index'
# Every refusal has the number 1; only the words tell which.
REFUSED = 1
WRONG_SIGN, MISSING, NO_PRODUCT = '签名错误', '缺少参数', '产品不存在'
NOT_ENOUGH, WRONG_NUMBER, DUPLICATE = '余额不足', '手机号格式错误', '相同商户订单号已存在'
OUT_OF_SERVICE, NOT_FOUND, TOO_FAST, BUSY = '产品维护中', '订单不存在', '请求过于频繁', '系统繁忙'
_REJECTED = MappingProxyType(
    {
        scenario.INVALID: WRONG_NUMBER,
        scenario.BARRED: WRONG_NUMBER,
        scenario.UNAVAILABLE: OUT_OF_SERVICE,
        scenario.TOO_SOON: TOO_FAST,
        scenario.REFUSED: OUT_OF_SERVICE,
        scenario.INTERNAL: BUSY,
        scenario.BALANCE: NOT_ENOUGH,
        scenario.LIMIT: OUT_OF_SERVICE,
    }
)
_REMARKS = MappingProxyType(
    {
        scenario.INVALID: '号码不存在',
        scenario.BARRED: '号码被限制',
        scenario.UNAVAILABLE: '运营商维护',
        scenario.DUPLICATED: '重复充值',
        scenario.REFUSED: '充值失败',
        scenario.EXCEPTION: '渠道异常',
    }
)
Handler = Callable[[Sandbox, dict[str, str]], Awaitable[Response]]


class YrapiError(Exception):
    """The panel says no, with HTTP 200 whatever it is."""

    def __init__(self, errmsg: str) -> None:
        super().__init__(errmsg)
        self.errmsg = errmsg


def _answer(data: Any, errno: int = 0, errmsg: str = 'ok') -> Response:
    return json_answer({'errno': errno, 'errmsg': errmsg, 'data': data})


def _need(sent: dict[str, str], *names: str) -> None:
    if any(not sent.get(name) for name in names):
        raise YrapiError(MISSING)


async def recharge(sandbox: Sandbox, sent: dict[str, str]) -> Response:
    """Take an order on."""
    _need(sent, 'out_trade_num', 'product_id', 'mobile')
    number = sent['product_id']
    good = sandbox.yrapi.stock.find(int(number)) if number.isdecimal() else None
    if good is None:
        raise YrapiError(NO_PRODUCT)
    carrier = carrier_of(sent['mobile'])
    if carrier is None or carrier != good.network:
        raise YrapiError(WRONG_NUMBER)
    reference = sent['out_trade_num']
    wish = Wish(good, sent['mobile'], reference, sent.get('notify_url', ''))
    course = choose(sandbox, YRAPI, f'86{wish.mobile}', reference)

    async def apply() -> Response:
        if sandbox.yrapi.with_reference(reference):
            raise YrapiError(DUPLICATE)
        if course.reject:
            raise YrapiError(_REJECTED[course.reject])
        if sandbox.yrapi.balance < good.cost:
            raise YrapiError(NOT_ENOUGH)
        return _answer(as_order(take_on(sandbox, YRAPI, wish, course)), errmsg='提交成功')

    return await carry(sandbox, YRAPI, f'86{wish.mobile}', course, apply, YrapiError(TOO_FAST))


async def check(sandbox: Sandbox, sent: dict[str, str]) -> Response:
    """Show an order by `out_trade_num`, or several by `out_trade_nums`."""
    now = sandbox.clock.now()
    several = sent.get('out_trade_nums', '')
    wanted = several.split(',') if several else [sent.get('out_trade_num', '')]
    if not wanted[0]:
        raise YrapiError(MISSING)
    found = [
        as_order(order)
        for reference in wanted
        for order in sandbox.yrapi.with_reference(reference)
        if order.found_from <= now
    ]
    if several:
        return _answer(found)
    if not found:
        raise YrapiError(NOT_FOUND)
    return _answer(found[0])


async def balance(sandbox: Sandbox, _sent: dict[str, str]) -> Response:
    """Show what is left, in yuan."""
    return _answer({'userid': YRAPI_USERID, 'balance': f'{sandbox.yrapi.balance:.2f}'})


async def product(sandbox: Sandbox, _sent: dict[str, str]) -> Response:
    """List what is on sale by category, all in one answer."""
    shown: dict[str, list[dict[str, Any]]] = {}
    for good in sandbox.yrapi.stock.all():
        shown.setdefault(_category(good), []).append(as_product(good))
    return _answer([{'cate': name, 'products': goods} for name, goods in shown.items()])


def _category(good: Good) -> str:
    if good.kind == DATA:
        return '流量'
    return '话费慢充' if good.slow else '话费快充'


def as_order(order: Order) -> dict[str, Any]:
    """Return an order."""
    served = order.state in (SUCCEEDED, PARTIAL)
    remark = _REMARKS.get(order.reason, order.reason) if order.state == FAILED else ''
    return {
        'order_number': order.id,
        'out_trade_num': order.reference,
        'product_id': order.sku,
        'title': order.detail['good'].name,
        'mobile': order.detail['mobile'],
        'total_price': f'{order.cost:.2f}',
        'create_time': order.date,
        'state': YRAPI_STATE[order.state],
        'charge_amount': f'{order.delivered if served else 0:.2f}',
        'voucher': f'V{order.id}' if served else '',
        'charge_kami': order.pin.code if order.pin and served else '',
        'remark': remark,
    }


def as_product(good: Good) -> dict[str, Any]:
    """Return a product."""
    return {
        'id': good.number,
        'name': good.name,
        'desc': _category(good),
        'isp': good.network.name,
        'voucher_price': f'{good.receive:.2f}',
        'price': f'{good.cost:.2f}',
        'api_open': 1,
    }


def routes(sandbox: Sandbox) -> list[Route]:
    """Return the routes bound to one simulated world."""
    table: tuple[tuple[str, str, Handler], ...] = (
        ('recharge', 'topup', recharge),
        ('check', 'check', check),
        ('user', 'balance', balance),
        ('balance', 'balance', balance),
        ('user/balance', 'balance', balance),
        ('product', 'product', product),
    )
    return [_route(sandbox, *row) for row in table]


def _route(sandbox: Sandbox, path: str, operation: str, handler: Handler) -> Route:
    async def endpoint(request: Request) -> Response:
        note: dict[str, Any] = {'path': request.url.path}

        async def apply() -> Response:
            try:
                sent = await parameters(request)
                _need(sent, 'userid', 'sign')
                if sent['userid'] != YRAPI_USERID or sent['sign'] != sign_yrapi(sent, YRAPI_KEY):
                    raise YrapiError(WRONG_SIGN)
                return await handler(sandbox, sent)
            except YrapiError as error:
                note['code'] = error.errmsg
                response = _answer(None, REFUSED, error.errmsg)
                response.status_code = 429 if error.errmsg == TOO_FAST else 200
                return response

        return await perform(sandbox, f'yrapi.{operation}', apply, note=note)

    return Route(f'{BASE}/{path}', endpoint, methods=['POST'])
