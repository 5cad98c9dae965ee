"""Dispatch of `/v3/…` in the order a real access point refuses.

Source: spec/wechat_pay_v3.md §2.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..faults import RESPONSE_FAULTS
from ..operation import perform
from ..state import Sandbox
from . import certificates, orders, prepay, refunds
from .answers import WxpayError, refusal, request_id, signed
from .auth import Call, authenticate, check_headers
from .fields import parse

Handler = Callable[[Sandbox, Call], Awaitable[dict[str, Any] | None]]


@dataclass(frozen=True)
class _Operation:
    method: str
    path: re.Pattern[str]
    name: str
    handler: Handler


_BY_NUMBER = '/v3/pay/transactions/out-trade-no/(?P<out_trade_no>[^/]+)'
OPERATIONS = tuple(
    _Operation(method, re.compile(path), name, handler)
    for method, path, name, handler in (
        ('POST', '/v3/pay/transactions/jsapi', 'wxpay.prepay', prepay.prepay),
        ('GET', _BY_NUMBER, 'wxpay.query', orders.query_by_out_trade_no),
        (
            'GET',
            '/v3/pay/transactions/id/(?P<transaction_id>[^/]+)',
            'wxpay.query',
            orders.query_by_transaction_id,
        ),
        ('POST', f'{_BY_NUMBER}/close', 'wxpay.close', orders.close),
        ('POST', '/v3/refund/domestic/refunds', 'wxpay.refund', refunds.refund),
        (
            'GET',
            '/v3/refund/domestic/refunds/(?P<out_refund_no>[^/]+)',
            'wxpay.refund_query',
            refunds.refund_query,
        ),
        ('GET', '/v3/certificates', 'wxpay.certificates', certificates.download),
    )
)


def routes(sandbox: Sandbox) -> list[Route]:
    """Return the one route behind which everything of `/v3` is."""

    async def endpoint(request: Request) -> Response:
        return await _dispatch(sandbox, request)

    return [Route('/v3/{rest:path}', endpoint, methods=['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])]


async def _dispatch(sandbox: Sandbox, request: Request) -> Response:
    try:
        check_headers(request)
    except WxpayError as error:
        return refusal(error)
    found = [(op, match) for op in OPERATIONS if (match := op.path.fullmatch(request.url.path))]
    if not found:
        return Response(status_code=404, headers={'Request-ID': request_id()})
    fitting = [(op, match) for op, match in found if op.method == request.method]
    if not fitting:
        return Response(status_code=405, headers={'Request-ID': request_id()})
    operation, match = fitting[0]
    raw = await request.body()
    note: dict[str, Any] = {'path': request.url.path}

    async def apply() -> Response:
        try:
            return await _call(sandbox, request, raw, operation, match.groupdict())
        except WxpayError as error:
            note['code'] = error.code
            return refusal(error)

    return await perform(sandbox, operation.name, apply, note=note)


async def _call(
    sandbox: Sandbox, request: Request, raw: bytes, operation: _Operation, path: dict[str, str]
) -> Response:
    merchant, signer = authenticate(request, raw, sandbox.wxpay.keys)
    body: dict[str, Any] = {}
    if request.method == 'POST':
        kind = request.headers.get('content-type', '').partition(';')[0].strip().lower()
        if kind != 'application/json':
            raise WxpayError(400, 'PARAM_ERROR', 'Http头Content-Type值错误，应为application/json')
        body = parse(raw)
    call = Call(merchant, signer, body, path, dict(request.query_params))
    payload = await operation.handler(sandbox, call)
    fault = sandbox.faults.take(RESPONSE_FAULTS, operation.name)
    return signed(signer, payload, fault.fault if fault else None)
