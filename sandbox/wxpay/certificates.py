"""Download of platform certificates. Source: spec/wechat_pay_v3.md §4."""

from __future__ import annotations

import secrets
from typing import Any

from .. import crypto
from ..credentials import Signer
from ..state import Sandbox
from .answers import WxpayError, wire_time
from .auth import Call
from .keys import certificates


async def download(sandbox: Sandbox, call: Call) -> dict[str, Any]:
    """Return the certificates in force, each encrypted with the APIv3 key."""
    available = certificates(call.merchant, sandbox.wxpay.merchant(call.merchant.mchid).keys)
    if not available:
        raise WxpayError(404, 'RESOURCE_NOT_EXISTS', '无可用的平台证书，请使用微信支付公钥')
    return {'data': [_entry(signer, call.merchant.apiv3_key) for signer in available]}


def _entry(signer: Signer, apiv3_key: str) -> dict[str, Any]:
    nonce = secrets.token_hex(6)
    sealed = crypto.gcm_encrypt(apiv3_key, nonce, 'certificate', signer.certificate_pem)
    certificate = signer.certificate
    if certificate is None:
        raise TypeError(f'{signer.serial} has no certificate')
    return {
        'serial_no': signer.serial,
        'effective_time': wire_time(certificate.not_valid_before_utc.timestamp()),
        'expire_time': wire_time(certificate.not_valid_after_utc.timestamp()),
        'encrypt_certificate': {
            'algorithm': 'AEAD_AES_256_GCM',
            'nonce': nonce,
            'associated_data': 'certificate',
            'ciphertext': sealed,
        },
    }
