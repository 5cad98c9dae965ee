"""What every call of v2 has in common: XML, signature, faults, records.

Source: spec/wechat_pay_v2.md §1, §2.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ..credentials import APPS, Merchant, merchants
from ..faults import Fault
from ..operation import perform
from ..replies import NoAnswer
from ..state import Sandbox
from ..wxpay import book
from ..wxpay.reasons import TEXTS, V2, Declined, Reason
from . import signing, xml
from .answers import (
    Envelope,
    TransportError,
    V2Error,
    accepted,
    not_looked_at,
    refused,
    unsigned,
)

_FAULTS = frozenset({'response_wrong_signature', 'response_unsigned'})


@dataclass(frozen=True)
class Call:
    """An accepted call: its fields by name, without those that are empty."""

    merchant: Merchant
    sign_type: str
    fields: Mapping[str, str]
    called_at: str

    def number(self, name: str) -> int:
        """Return an amount in fen."""
        return int(self.fields[name])


@dataclass(frozen=True)
class Field:
    """How one field has to look."""

    longest: int
    required: bool = False
    pattern: str = ''


Handler = Callable[[Sandbox, Call], Awaitable[dict[str, str] | Response]]

# Fields of every call. Source: spec/wechat_pay_v2.md §1.
COMMON = {
    'appid': Field(32, required=True),
    'mch_id': Field(32, required=True),
    'nonce_str': Field(32, required=True),
    'sign': Field(64, required=True),
    'sign_type': Field(32),
}


@dataclass(frozen=True)
class Operation:
    """One call: its path, what it wants, and whether the merchant's certificate is needed."""

    path: str
    name: str
    handler: Handler
    fields: Mapping[str, Field]
    certificate: bool = False


def v2_route(sandbox: Sandbox, operation: Operation) -> Route:
    """Return the route of one call."""

    async def endpoint(request: Request) -> Response:
        raw = await request.body()
        note: dict[str, Any] = {'path': request.url.path}
        account = _claimed_merchant(raw)

        async def apply() -> Response:
            try:
                return await _answer(sandbox, request, raw, operation, note)
            except TransportError as error:
                return not_looked_at(str(error))

        def refuse(fault: Fault) -> Response:
            return _play_error(fault, raw)

        return await perform(
            sandbox, operation.name, apply, account=account, refuse=refuse, note=note
        )

    return Route(operation.path, endpoint, methods=['GET', 'POST', 'PUT', 'DELETE'])


async def _answer(
    sandbox: Sandbox, request: Request, raw: bytes, operation: Operation, note: dict[str, Any]
) -> Response:
    if request.method != 'POST':
        raise TransportError('请使用post方法')
    merchant, sign_type, fields = _authenticate(raw)
    if operation.certificate and sandbox.wxpay.merchant(merchant.mchid).require_certificate:
        # Plain http shows no certificate: the real access point drops such a connection.
        note['code'] = 'certificate missing'
        return NoAnswer()
    envelope = Envelope(merchant, fields.get('appid', ''), sign_type)
    fault = sandbox.faults.take(_FAULTS, operation.name, merchant.mchid)
    spoiled = fault.fault if fault else None
    try:
        check(fields, {**COMMON, **operation.fields})
        if fields['appid'] not in APPS:
            raise V2Error('APPID_NOT_EXIST', 'appid不存在')
        book.check_app(merchant, fields['appid'])
        call = Call(merchant, sign_type, fields, str(request.base_url))
        result = await operation.handler(sandbox, call)
    except Declined as declined:
        note['code'] = V2[declined.reason]
        return refused(envelope, as_error(declined.reason), spoiled)
    except V2Error as error:
        note['code'] = error.code
        return refused(envelope, error, spoiled)
    return result if isinstance(result, Response) else accepted(envelope, result, spoiled)


def as_error(reason: Reason) -> V2Error:
    """Return the refusal in the words of v2."""
    return V2Error(V2[reason], TEXTS[reason])


def _authenticate(raw: bytes) -> tuple[Merchant, str, dict[str, str]]:
    """Return who calls, the sign type, and the fields that are not empty.

    :raise TransportError: no XML, an unknown merchant, a false signature
    """
    if not raw:
        raise TransportError('post数据为空')
    try:
        received = xml.read(raw)
    except xml.XmlError as error:
        raise TransportError('XML格式错误') from error
    fields = {name: value for name, value in received.items() if value}
    merchant = merchants().get(fields.get('mch_id', ''))
    if merchant is None:
        raise TransportError('商户号mch_id或sub_mch_id不存在')
    sign_type = fields.get('sign_type', signing.MD5)
    if sign_type not in signing.SIGN_TYPES:
        raise TransportError('sign_type参数错误')
    if not signing.verify(fields, merchant.apiv2_key, sign_type, fields.get('sign', '')):
        raise TransportError('签名错误')
    return merchant, sign_type, fields


def check(fields: Mapping[str, str], wanted: Mapping[str, Field]) -> None:
    """Check each field.

    :raise V2Error: LACK_PARAMS, PARAM_ERROR
    """
    for name, field in wanted.items():
        value = fields.get(name)
        if value is None:
            if field.required:
                raise V2Error('LACK_PARAMS', f'缺少参数{name}')
        elif len(value.encode()) > field.longest or (
            field.pattern and not re.fullmatch(field.pattern, value)
        ):
            raise V2Error('PARAM_ERROR', f'参数{name}格式错误')


def _claimed_merchant(raw: bytes) -> str:
    found = re.search(rb'<mch_id>(?:<!\[CDATA\[)?(\w+)', raw)
    return found[1].decode() if found else ''


def _play_error(fault: Fault, raw: bytes) -> Response:
    """Return the answer of a fault: 500, or an error of the business, signed unless it says not."""
    if fault.fault != 'error':
        return PlainTextResponse('system error', 500)
    code = str(fault.params.get('code', 'SYSTEMERROR'))
    message = str(fault.params.get('message', '系统繁忙，请稍后再试'))
    if fault.params.get('unsigned'):
        return unsigned(code, message)
    try:
        merchant, sign_type, fields = _authenticate(raw)
    except TransportError as error:
        return not_looked_at(str(error))
    envelope = Envelope(merchant, fields.get('appid', ''), sign_type)
    return refused(envelope, V2Error(code, message))
