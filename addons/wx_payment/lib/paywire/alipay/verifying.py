"""Verification of what Alipay signed. Source: spec/alipay.md §2.2, §2.3, §3."""

import base64
import binascii
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from ..errors import SignatureError
from .errors import UnknownCertificate
from .keys import PUBLIC_KEY


def verify(
    keys: Mapping[str, rsa.RSAPublicKey], message: bytes, signature: str, *, serial_no: str = ''
) -> None:
    """Raise unless Alipay signed the message.

    :param keys: Alipay's keys by the serial number of their certificate, or by
        `keys.PUBLIC_KEY` in public-key mode
    :param message: the bytes exactly as received
    :param signature: base64
    :param serial_no: ``alipay_cert_sn`` of the message, '' when it names none
    :raise UnknownCertificate: signed with a certificate that is not known here
    :raise SignatureError: anything else that is not right
    """
    candidates = _candidates(keys, serial_no)
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SignatureError('The signature is no base64 text.') from error
    if not any(_holds(key, message, raw) for key in candidates):
        raise SignatureError('The signature is wrong.')


def _candidates(
    keys: Mapping[str, rsa.RSAPublicKey], serial_no: str
) -> tuple[rsa.RSAPublicKey, ...]:
    if serial_no and serial_no in keys:
        return (keys[serial_no],)
    if serial_no and PUBLIC_KEY not in keys:
        raise UnknownCertificate(
            'The serial of the signing certificate is not known.', serial_no=serial_no
        )
    # A message need not name its certificate: any of Alipay's keys proves where it comes from.
    return tuple(keys.values())


def _holds(key: rsa.RSAPublicKey, message: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True
