"""Answers of WeChat Pay: 2xx signed, 4xx and 5xx not. Source: spec/wechat_pay_v3.md §2, §3, §13."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from starlette.responses import Response

from .. import crypto
from ..credentials import Signer
from ..delivery import ALTERED, GOOD, OLD, SIGNTEST, WRONG

SIGNATURE_TYPE = 'WECHATPAY2-SHA256-RSA2048'
BEIJING = timezone(timedelta(hours=8))


class WxpayError(Exception):
    """The API says no."""

    def __init__(
        self, status: int, code: str, message: str, detail: dict[str, Any] | None = None
    ) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message
        self.detail = detail


def request_id() -> str:
    """Return an id for the `Request-ID` header."""
    return f'{secrets.token_hex(16).upper()}-{secrets.randbelow(10**9)}'


def compact(payload: Any) -> bytes:
    """Return raw UTF-8 JSON without spaces."""
    return json.dumps(payload, ensure_ascii=False, separators=(',', ':')).encode()


def wire_time(moment: float | None = None) -> str:
    """Return RFC3339 in Beijing time; now when `moment` is absent."""
    stamp = time.time() if moment is None else moment
    return datetime.fromtimestamp(int(stamp), BEIJING).isoformat()


def refusal(error: WxpayError) -> Response:
    """Return an error: unsigned."""
    body: dict[str, Any] = {'code': error.code, 'message': error.message}
    if error.detail is not None:
        body = {'code': error.code, 'detail': error.detail, 'message': error.message}
    return Response(
        compact(body),
        error.status,
        {'Request-ID': request_id()},
        'application/json; charset=utf-8',
    )


def signature_headers(signer: Signer, body: bytes, flavour: str = GOOD) -> dict[str, str]:
    """Return the signature headers over `body`, spoiled as `flavour` says."""
    moment = str(int(time.time()) - (600 if flavour == OLD else 0))
    nonce = secrets.token_hex(16)
    message = crypto.lines(moment, nonce, body)
    if flavour == WRONG:
        message = crypto.lines(moment, nonce[::-1], body + b' ')
    signature = crypto.rsa_sign(signer.private_key, message)
    if flavour == SIGNTEST:
        # Deliberately no valid base64: strict decoders must not turn it into an error of their own.
        signature = f'WECHATPAY/SIGNTEST/{secrets.token_urlsafe(40)}'
    return {
        'Wechatpay-Timestamp': moment,
        'Wechatpay-Nonce': nonce,
        'Wechatpay-Signature': signature,
        'Wechatpay-Serial': signer.serial,
        'Wechatpay-Signature-Type': SIGNATURE_TYPE,
        'Request-ID': request_id(),
    }


RESPONSE_FLAVOURS = {
    'response_wrong_signature': WRONG,
    'response_signtest': SIGNTEST,
    'response_old_timestamp': OLD,
}


@dataclass(frozen=True)
class Answer:
    """A success whose status is not the usual one."""

    payload: Any
    status: int


def signed(signer: Signer, payload: Any, fault: str | None = None) -> Response:
    """Return a success: 200 with a body, 204 without, signed unless a fault spoils it."""
    status = 200
    if isinstance(payload, Answer):
        payload, status = payload.payload, payload.status
    body = b'' if payload is None else compact(payload)
    headers = {'Request-ID': request_id()}
    if fault != 'response_unsigned':
        headers = signature_headers(signer, body, RESPONSE_FLAVOURS.get(fault or '', GOOD))
    if payload is None:
        return Response(status_code=204, headers=headers)
    return Response(body, status, headers, 'application/json; charset=utf-8')


def altered(body: bytes, flavour: str) -> bytes:
    """Return `body` with one byte changed after signing when `flavour` asks for it."""
    if flavour != ALTERED:
        return body
    position = body.index(b'"ciphertext":"') + len(b'"ciphertext":"') + 3
    other = b'A' if body[position : position + 1] != b'A' else b'B'
    return body[:position] + other + body[position + 1 :]
