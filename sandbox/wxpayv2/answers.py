"""Answers of v2: HTTP 200 whatever happened. Source: spec/wechat_pay_v2.md §1."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from starlette.responses import Response

from ..credentials import Merchant
from . import signing, xml


class V2Error(Exception):
    """The business says no: `result_code` FAIL, signed."""

    def __init__(self, code: str, message: str, **more: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.more = more


class TransportError(Exception):
    """The call is not even looked at: `return_code` FAIL, unsigned."""


@dataclass(frozen=True)
class Envelope:
    """What every signed answer to a caller carries."""

    merchant: Merchant
    appid: str
    sign_type: str


def document(fields: dict[str, str]) -> Response:
    """Return the XML as the real access point labels it."""
    return Response(xml.write(fields), media_type='text/plain')


def not_looked_at(message: str) -> Response:
    """Return a refusal of the transport."""
    return document({'return_code': 'FAIL', 'return_msg': message})


def refused(envelope: Envelope, error: V2Error, fault: str | None = None) -> Response:
    """Return a refusal of the business."""
    fields = {'result_code': 'FAIL', 'err_code': error.code, 'err_code_des': error.message}
    return _signed(envelope, fields | error.more, fault)


def accepted(envelope: Envelope, fields: dict[str, str], fault: str | None = None) -> Response:
    """Return a success."""
    return _signed(envelope, {'result_code': 'SUCCESS'} | fields, fault)


def unsigned(code: str, message: str) -> Response:
    """Return the anomaly that was seen in life: a business error without appid and signature."""
    fields = {'return_code': 'SUCCESS', 'return_msg': 'OK', 'result_code': 'FAIL'}
    return document(fields | {'err_code': code, 'err_code_des': message})


def _signed(envelope: Envelope, content: dict[str, str], fault: str | None) -> Response:
    fields = {
        'return_code': 'SUCCESS',
        'return_msg': 'OK',
        'appid': envelope.appid,
        'mch_id': envelope.merchant.mchid,
        'nonce_str': secrets.token_hex(16),
        **content,
    }
    signature = signing.sign(fields, envelope.merchant.apiv2_key, envelope.sign_type)
    if fault == 'response_wrong_signature':
        signature = signature[::-1]
    if fault != 'response_unsigned':
        fields['sign'] = signature
    return document(fields)
