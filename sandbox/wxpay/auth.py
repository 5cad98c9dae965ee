"""Accept or refuse a signed request, in the sheet's order. Source: spec/wechat_pay_v3.md §2."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from .. import crypto
from ..credentials import Merchant, Signer, merchants
from .answers import SIGNATURE_TYPE, WxpayError
from .keys import response_signer
from .state import WxpayState

MAX_SKEW = 300
_PAIR = re.compile(r'([a-z_]+)="([^"]*)"')
_KEYS = frozenset({'mchid', 'nonce_str', 'signature', 'timestamp', 'serial_no'})


@dataclass(frozen=True)
class Call:
    """An accepted call."""

    merchant: Merchant
    signer: Signer
    body: dict[str, Any]
    path: dict[str, str]
    query: dict[str, str]
    # The address the caller reached the sandbox by.
    called_at: str
    # Whether `Wechatpay-Serial` named the key, as calls with encrypted fields must.
    named_key: bool


def check_headers(request: Request) -> None:
    """Refuse calls without Accept or User-Agent, on the paths that look at them."""
    path = request.url.path
    if not path.startswith(('/v3/certificates', '/v3/refund/')):
        return
    if not request.headers.get('accept') or not request.headers.get('user-agent'):
        raise WxpayError(400, 'INVALID_REQUEST', 'Http头缺少Accept或User-Agent')


def claimed_merchant(request: Request) -> str:
    """Return the merchant number a request claims, proven or not; for faults that aim at it."""
    found = re.search(r'mchid="([^"]*)"', request.headers.get('authorization', ''))
    return found[1] if found else ''


def authenticate(request: Request, raw: bytes, state: WxpayState) -> tuple[Merchant, Signer]:
    """Return who calls and the key the answer is to be signed with.

    :raise WxpayError: 401 SIGN_ERROR in the order format, age, serial number, signature
    """
    fields = _authorization(request)
    _check_age(fields['timestamp'])
    merchant = merchants().get(fields['mchid'])
    if merchant is None or fields['serial_no'] != merchant.serial_no:
        raise WxpayError(401, 'SIGN_ERROR', '商户证书序列号有误。请使用签名私钥匹配的证书序列号')
    target = _target(request)
    message = crypto.lines(request.method, target, fields['timestamp'], fields['nonce_str'], raw)
    if not crypto.rsa_verify(merchant.public_key, message, fields['signature']):
        raise WxpayError(401, 'SIGN_ERROR', '签名错误', _sign_detail(request, target, message))
    wanted = request.headers.get('wechatpay-serial')
    return merchant, response_signer(merchant, wanted, state.merchant(merchant.mchid).keys)


def _authorization(request: Request) -> dict[str, str]:
    scheme, _, rest = request.headers.get('authorization', '').partition(' ')
    parts = rest.split(',') if rest else []
    pairs = [_PAIR.fullmatch(part) for part in parts]
    fields = {pair[1]: pair[2] for pair in pairs if pair}
    complete = len(pairs) == len(_KEYS) and _KEYS == set(fields) and all(fields.values())
    if scheme != SIGNATURE_TYPE or not complete:
        if request.url.path.startswith('/v3/pay/transactions/'):
            raise WxpayError(401, 'SIGN_ERROR', '签名信息错误，验签失败')
        raise WxpayError(
            401,
            'SIGN_ERROR',
            'Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》',
        )
    return fields


def _check_age(timestamp: str) -> None:
    if not re.fullmatch(r'[0-9]{1,12}', timestamp):
        raise WxpayError(401, 'SIGN_ERROR', 'Http头Authorization中的timestamp格式错误')
    if abs(time.time() - int(timestamp)) > MAX_SKEW:
        raise WxpayError(
            401, 'SIGN_ERROR', 'Http头Authorization中的timestamp与发起请求的时间不得超过5分钟'
        )


def _target(request: Request) -> str:
    """Return path and query exactly as they came over the wire."""
    path = request.scope.get('raw_path') or request.url.path.encode()
    query = request.scope.get('query_string', b'')
    return bytes(path).decode('latin-1') + (f'?{query.decode("latin-1")}' if query else '')


def _sign_detail(request: Request, target: str, message: bytes) -> dict[str, Any]:
    """Return the hint of a real answer; it finds most bugs of a signer."""
    text = message.decode('utf-8', 'replace')
    return {
        'detail': {'issue': 'sign not match'},
        'field': 'signature',
        'location': 'authorization',
        'sign_information': {
            'method': request.method,
            'sign_message_length': len(message),
            'truncated_sign_message': text[:200],
            'url': target,
        },
    }
