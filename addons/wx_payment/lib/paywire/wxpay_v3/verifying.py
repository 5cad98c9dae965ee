"""Verification of signed answers and notices. Source: spec/wechat_pay_v3.md §3."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ..errors import SignatureError, UnknownSerial
from ..transport import lower_names
from .keys import is_public_key_id, normalize_serial
from .signing import SCHEME

WINDOW_SECONDS = 300
PROBE_PREFIX = 'WECHATPAY/SIGNTEST/'

_TIMESTAMP = re.compile(r'[0-9]{1,12}', re.ASCII)


@dataclass(frozen=True)
class SignatureHeaders:
    """The signature headers of one message."""

    timestamp: str
    nonce: str
    signature: str
    serial_no: str

    @property
    def is_probe(self) -> bool:
        """Tell whether WeChat Pay sent a wrong signature on purpose."""
        return self.signature.startswith(PROBE_PREFIX)


def read_headers(headers: Mapping[str, str]) -> SignatureHeaders:
    """Return the signature headers of a message.

    :raise SignatureError: one is missing or the signature type is another
    """
    by_name = lower_names(headers)
    kind = by_name.get('wechatpay-signature-type', SCHEME)
    if kind != SCHEME:
        raise SignatureError('The signature type is not supported.')
    values = [
        by_name.get(f'wechatpay-{name}', '').strip()
        for name in ('timestamp', 'nonce', 'signature', 'serial')
    ]
    if not all(values):
        raise SignatureError('A signature header is missing.')
    timestamp, nonce, signature, serial_no = values
    return SignatureHeaders(timestamp, nonce, signature, normalize_serial(serial_no))


def verify(
    headers: Mapping[str, str],
    body: bytes,
    *,
    keys: Mapping[str, rsa.RSAPublicKey],
    now: int,
) -> SignatureHeaders:
    """Return the signature headers of a message that is proven to come from WeChat Pay.

    :param headers: all headers of the message
    :param body: the raw bytes as received
    :param keys: public keys by normalised serial (public key ids and certificate serials)
    :param now: Unix time in seconds
    :raise UnknownSerial: signed with a certificate that is not known here
    :raise SignatureError: anything else that is not right, probes included
    """
    signed = read_headers(headers)
    _check_time(signed.timestamp, now)
    key = keys.get(signed.serial_no)
    if key is None:
        # A public key cannot be downloaded, so only a certificate is worth a second look.
        kind = SignatureError if is_public_key_id(signed.serial_no) else UnknownSerial
        raise kind('The serial of the signing key is not known.')
    message = f'{signed.timestamp}\n{signed.nonce}\n'.encode() + body + b'\n'
    try:
        signature = base64.b64decode(signed.signature, validate=True)
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except (binascii.Error, ValueError, InvalidSignature) as error:
        what = 'a probe' if signed.is_probe else 'wrong'
        raise SignatureError(f'The signature is {what}.') from error
    return signed


def _check_time(timestamp: str, now: int) -> None:
    if not _TIMESTAMP.fullmatch(timestamp):
        raise SignatureError('The timestamp is not a Unix time.')
    if abs(now - int(timestamp)) >= WINDOW_SECONDS:
        raise SignatureError('The timestamp is more than 300 s off.')
