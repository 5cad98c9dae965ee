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
from . import bills, certificates, codepay, orders, prepay, refunds
from .answers import Answer, WxpayError, refusal, request_id, signed
from .auth import Call, authenticate, check_headers, claimed_merchant
from .fields import parse
from .keys import rotate
from .reasons import TEXTS, V3, Declined

Handler = Callable[[Sandbox, Call], Awaitable[dict[str, Any] | Answer | Response | None]]


@dataclass(frozen=True)
class _Operation:
    method: str
    path: re.Pattern[str]
    name: str
    handler: Handler


_BY_NUMBER = '/v3/pay/transactions/out-trade-no/(?P<out_trade_no>[^/]+)'
_BY_ID = '/v3/pay/transactions/id/(?P<transaction_id>[^/]+)'
_REFUNDS = '/v3/refund/domestic/refunds'
OPERATIONS = tuple(
    _Operation(method, re.compile(path), name, handler)
    for method, path, name, handler in (
        (
            'POST',
            '/v3/pay/transactions/(?P<scene>jsapi|app|h5|native)',
            'wxpay.prepay',
            prepay.prepay,
        ),
        ('POST', '/v3/pay/transactions/codepay', 'wxpay.codepay', codepay.charge),
        ('GET', _BY_NUMBER, 'wxpay.query', orders.query_by_out_trade_no),
        ('GET', _BY_ID, 'wxpay.query', orders.query_by_transaction_id),
        ('POST', f'{_BY_NUMBER}/close', 'wxpay.close', orders.close),
        ('POST', f'{_BY_NUMBER}/reverse', 'wxpay.reverse', codepay.reverse),
        ('POST', _REFUNDS, 'wxpay.refund', refunds.refund),
        ('GET', f'{_REFUNDS}/(?P<out_refund_no>[^/]+)', 'wxpay.refund_query', refunds.refund_query),
        (
            'POST',
            f'{_REFUNDS}/(?P<refund_id>[^/]+)/apply-abnormal-refund',
            'wxpay.abnormal_refund',
            refunds.abnormal_refund,
        ),
        ('GET', '/v3/certificates', 'wxpay.certificates', certificates.download),
        ('GET', '/v3/bill/tradebill', 'wxpay.trade_bill', bills.trade_bill),
        ('GET', '/v3/bill/fundflowbill', 'wxpay.fund_bill', bills.fund_bill),
        ('GET', '/v3/billdownload/file', 'wxpay.bill_download', bills.download),
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
        except Declined as declined:
            status, code = V3[declined.reason]
            note['code'] = code
            return refusal(WxpayError(status, code, TEXTS[declined.reason]))
        except WxpayError as error:
            note['code'] = error.code
            return refusal(error)

    account = claimed_merchant(request)
    return await perform(sandbox, operation.name, apply, account=account, note=note)


async def _call(
    sandbox: Sandbox, request: Request, raw: bytes, operation: _Operation, path: dict[str, str]
) -> Response:
    merchant, signer = authenticate(request, raw, sandbox.wxpay)
    body: dict[str, Any] = {}
    if request.method == 'POST':
        kind = request.headers.get('content-type', '').partition(';')[0].strip().lower()
        if kind != 'application/json':
            raise WxpayError(400, 'PARAM_ERROR', 'Http头Content-Type值错误，应为application/json')
        body = parse(raw)
    query, address = dict(request.query_params), str(request.base_url)
    named = 'wechatpay-serial' in request.headers
    call = Call(merchant, signer, body, path, query, address, named)
    payload = await operation.handler(sandbox, call)
    if isinstance(payload, Response):
        return payload
    fault = sandbox.faults.take(RESPONSE_FAULTS, operation.name, merchant.mchid)
    if fault and fault.fault == 'key_rotation':
        signer = rotate(merchant, sandbox.wxpay.merchant(merchant.mchid).keys, fault)
    return signed(signer, payload, fault.fault if fault else None)
