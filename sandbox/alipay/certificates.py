"""Download of Alipay's certificates. Source: spec/alipay.md §3."""

from __future__ import annotations

import base64
from typing import Any

from ..state import Sandbox
from .answers import AlipayError
from .auth import Call
from .credentials import certificate_signers


async def download(_sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Return a certificate with its issuer, by its number."""
    for signer in certificate_signers():
        if call.app.by_certificate and signer.cert_sn == call.text('alipay_cert_sn'):
            return {'alipay_cert_content': base64.b64encode(signer.chain).decode()}
    raise AlipayError('40004', 'isv.alipay-cert-not-exist', '支付宝公钥证书不存在')
