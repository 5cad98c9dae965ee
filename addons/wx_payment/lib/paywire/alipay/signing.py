"""The text that is signed, and its RSA2 signature. Source: spec/alipay.md §2."""

import base64
from collections.abc import Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

SIGN_TYPE = 'RSA2'


def request_text(parameters: Mapping[str, str]) -> str:
    """Return what a request signs: all parameters but ``sign``, without the empty ones.

    ``sign_type`` and the serial numbers of certificates belong to it (traps 4, 6).
    """
    return _join({name: value for name, value in parameters.items() if value and name != 'sign'})


def notice_text(parameters: Mapping[str, str]) -> str:
    """Return what a notice signs ("V1"): without ``sign_type``, but with the empty values."""
    left_out = ('sign', 'sign_type', 'alipay_cert_sn')
    return _join({name: value for name, value in parameters.items() if name not in left_out})


def _join(parameters: Mapping[str, str]) -> str:
    return '&'.join(f'{name}={parameters[name]}' for name in sorted(parameters))


def sign(private_key: rsa.RSAPrivateKey, message: bytes) -> str:
    """Return the RSA PKCS#1 v1.5 SHA-256 signature as base64 without line breaks."""
    signature = private_key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode('ascii')
