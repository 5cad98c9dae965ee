"""The gateway: one address for all methods, for servers and for browsers.

Source: spec/alipay.md §1, §9 (1, 2).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from ..faults import RESPONSE_FAULTS, Fault
from ..operation import perform
from ..replies import NoAnswer
from ..state import Sandbox
from . import bills, cashier, certificates, payments, refunds, trades
from .answers import DUPLICATE_ROOT, ERROR_NODE, AlipayError, answer
from .auth import CHARSETS, Call, authenticate, merge
from .credentials import AlipaySigner, apps

Handler = Callable[[Sandbox, Call], Awaitable[dict[str, Any]]]


@dataclass(frozen=True)
class _Operation:
    name: str
    handler: Handler


OPERATIONS = {
    'alipay.trade.precreate': _Operation('alipay.precreate', payments.precreate),
    'alipay.trade.pay': _Operation('alipay.pay', payments.charge),
    'alipay.trade.query': _Operation('alipay.query', payments.query),
    'alipay.trade.close': _Operation('alipay.close', payments.close),
    'alipay.trade.cancel': _Operation('alipay.cancel', payments.cancel),
    'alipay.trade.refund': _Operation('alipay.refund', refunds.refund),
    'alipay.trade.fastpay.refund.query': _Operation('alipay.refund_query', refunds.refund_query),
    'alipay.data.dataservice.bill.downloadurl.query': _Operation('alipay.bill', bills.download_url),
    'alipay.open.app.alipaycert.download': _Operation('alipay.certificate', certificates.download),
}
# Called by browsers: the answer is a page.
PAGES = {'alipay.trade.page.pay': 'page', 'alipay.trade.wap.pay': 'wap'}
# Handed to the phone; never called over HTTP.
APP_METHOD = 'alipay.trade.app.pay'
# Of the error that a fault wants, by the namespace of its code.
_GATEWAY_CODES = {'isp': '20000', 'aop': '20000', 'isv': '40002'}
SPOILERS = RESPONSE_FAULTS | {ERROR_NODE, DUPLICATE_ROOT}


def routes(sandbox: Sandbox) -> list[Route]:
    """Return the gateway, the payer's pages and the way to a bill's file."""

    async def gateway(request: Request) -> Response:
        return await _dispatch(sandbox, request)

    async def bill_file(request: Request) -> Response:
        return await _bill_file(sandbox, request)

    return [
        Route('/gateway.do', gateway, methods=['GET', 'POST']),
        Route('/alipay/bill', bill_file, methods=['GET']),
        *cashier.routes(sandbox),
    ]


async def _dispatch(sandbox: Sandbox, request: Request) -> Response:
    parameters = merge(request.scope.get('query_string', b''), await request.body())
    base_url = sandbox.options.public_url or str(request.base_url).rstrip('/')
    method, app_id = parameters.get('method', ''), parameters.get('app_id', '')
    if method in PAGES:
        return await _open_cashier(sandbox, parameters, base_url, PAGES[method])
    operation = OPERATIONS.get(method)
    name = operation.name if operation else 'alipay.gateway'
    note: dict[str, Any] = {'method': method}

    async def apply() -> Response:
        try:
            call = authenticate(parameters, base_url, frozenset(OPERATIONS))
            return await _call(sandbox, call, OPERATIONS[call.method], note)
        except AlipayError as error:
            # The gateway refuses before it knows with which key to sign.
            note['code'] = error.sub_code
            charset = parameters.get('charset', '').lower()
            return answer(
                method if operation else '',
                error.node(),
                None,
                charset=charset if charset in CHARSETS else 'utf-8',
            )

    def refuse(fault: Fault) -> Response:
        return _refuse(sandbox, method, app_id, fault)

    return await perform(sandbox, name, apply, account=app_id, refuse=refuse, note=note)


async def _call(
    sandbox: Sandbox, call: Call, operation: _Operation, note: dict[str, Any]
) -> Response:
    try:
        content = await operation.handler(sandbox, call)
    except AlipayError as error:
        note['code'] = error.sub_code
        content = error.node()
    except payments.CutOff:
        return NoAnswer()
    fault = sandbox.faults.take(SPOILERS, operation.name, call.app.app_id)
    if fault and fault.fault == 'key_rotation':
        # In mid-flight: this answer is the first one of the next key.
        sandbox.alipay.key = 1
    return answer(
        call.method,
        content,
        sandbox.alipay.signer(call.app),
        charset=call.charset,
        fault=fault.fault if fault else '',
    )


def _refuse(sandbox: Sandbox, method: str, app_id: str, fault: Fault) -> Response:
    """Return the error answer of a fault, signed as an answer of success is."""
    if fault.fault != 'error':
        return PlainTextResponse('system error', 500)
    app = apps().get(app_id)
    signer: AlipaySigner | None = sandbox.alipay.signer(app) if app else None
    sub_code = str(fault.params.get('code', 'isp.unknow-error'))
    content = {
        'code': _GATEWAY_CODES.get(sub_code.partition('.')[0], '40004'),
        'sub_code': sub_code,
        'sub_msg': str(fault.params.get('message', '系统繁忙')),
    }
    return answer(method, content, signer, status=int(fault.params.get('status', 200)))


async def _open_cashier(
    sandbox: Sandbox, parameters: dict[str, str], base_url: str, kind: str
) -> Response:
    async def apply() -> Response:
        try:
            call = authenticate(parameters, base_url, frozenset(PAGES))
            trade = trades.place(sandbox, call, kind)
        except AlipayError as error:
            return cashier.refused(f'{error.sub_msg} [{error.sub_code}]')
        return RedirectResponse(f'/alipay/cashier/{trade.token}', 302)

    def refuse(fault: Fault) -> Response:
        return cashier.refused('系统繁忙', int(fault.params.get('status', 500)))

    account = parameters.get('app_id', '')
    return await perform(sandbox, f'alipay.{kind}', apply, account=account, refuse=refuse)


async def _bill_file(sandbox: Sandbox, request: Request) -> Response:
    async def apply() -> Response:
        found = sandbox.alipay.bill_files.get(request.query_params.get('token', ''))
        if found is None or found.expires < sandbox.clock.now():
            return PlainTextResponse('链接已失效', 403)
        return Response(found.raw, media_type='application/octet-stream')

    def refuse(fault: Fault) -> Response:
        return PlainTextResponse('error', int(fault.params.get('status', 500)))

    return await perform(sandbox, 'alipay.bill_download', apply, refuse=refuse)
