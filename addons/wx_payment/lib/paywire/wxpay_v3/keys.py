"""Loading and checking of keys, certificates and serial numbers.

A serial is text: ``PUB_KEY_ID_…`` is no number, and a leading zero counts on the wire.
Source: spec/wechat_pay_v3.md §1, §3, §4, §17 (2).
"""

import datetime
import re
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ..errors import InvalidArgument

PUBLIC_KEY_ID_PREFIX = 'PUB_KEY_ID_'
APIV3_KEY_LENGTH = 32

_PUBLIC_KEY_ID = re.compile(r'PUB_KEY_ID_[0-9]{1,64}', re.ASCII)
_HEX_SERIAL = re.compile(r'[0-9A-Fa-f]{8,40}', re.ASCII)


@dataclass(frozen=True)
class Certificate:
    """An X.509 certificate with what is needed of it.

    :ivar str serial_no: upper-case hexadecimal serial, 40 digits as WeChat Pay writes it
    """

    serial_no: str
    public_key: rsa.RSAPublicKey
    effective_at: datetime.datetime
    expires_at: datetime.datetime
    pem: str


def is_public_key_id(serial_no: str) -> bool:
    """Tell whether the serial names a WeChat Pay public key (not a certificate)."""
    return serial_no.startswith(PUBLIC_KEY_ID_PREFIX)


def normalize_serial(serial_no: str) -> str:
    """Return the form under which serials are compared: hexadecimal ones in upper case."""
    serial_no = serial_no.strip()
    return serial_no if is_public_key_id(serial_no) else serial_no.upper()


def check_public_key_id(serial_no: str) -> str:
    """Return the id of a WeChat Pay public key, or raise when it has another shape.

    :raise InvalidArgument: not ``PUB_KEY_ID_`` followed by digits
    """
    if not _PUBLIC_KEY_ID.fullmatch(serial_no):
        raise InvalidArgument('The public key id must be PUB_KEY_ID_ followed by digits.')
    return serial_no


def check_serial(serial_no: str) -> str:
    """Return a certificate's serial in upper case, or raise when it has another shape.

    :raise InvalidArgument: not a hexadecimal number of 8 to 40 digits
    """
    if not _HEX_SERIAL.fullmatch(serial_no):
        raise InvalidArgument('A certificate serial is a hexadecimal number of up to 40 digits.')
    return serial_no.upper()


def check_apiv3_key(key: str) -> bytes:
    """Return the APIv3 key as bytes.

    :raise InvalidArgument: the key is not exactly 32 ASCII characters
    """
    if not key.isascii() or len(key) != APIV3_KEY_LENGTH:
        raise InvalidArgument('The APIv3 key must be exactly 32 ASCII characters.')
    return key.encode('ascii')


def load_private_key(pem: str) -> rsa.RSAPrivateKey:
    """Return the RSA private key of a PEM text (PKCS#1 or PKCS#8, without a passphrase).

    :raise InvalidArgument: no PEM, no RSA key, shorter than 2048 bit or with a passphrase
    """
    try:
        key = serialization.load_pem_private_key(pem.strip().encode(), password=None)
    except (ValueError, TypeError) as error:
        raise InvalidArgument('The private key is no readable PEM text.') from error
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < 2048:
        raise InvalidArgument('The private key must be an RSA key of at least 2048 bit.')
    return key


def load_public_key(pem: str) -> rsa.RSAPublicKey:
    """Return the RSA public key of a PEM text.

    :raise InvalidArgument: no PEM, no RSA key or shorter than 2048 bit
    """
    try:
        key = serialization.load_pem_public_key(pem.strip().encode())
    except (ValueError, TypeError) as error:
        raise InvalidArgument('The public key is no readable PEM text.') from error
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise InvalidArgument('The public key must be an RSA key of at least 2048 bit.')
    return key


def load_certificate(pem: str) -> Certificate:
    """Return the certificate of a PEM text.

    :raise InvalidArgument: no PEM or a certificate without an RSA key
    """
    try:
        certificate = x509.load_pem_x509_certificate(pem.strip().encode())
    except ValueError as error:
        raise InvalidArgument('The certificate is no readable PEM text.') from error
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise InvalidArgument('The certificate must hold an RSA key.')
    return Certificate(
        serial_no=f'{certificate.serial_number:040X}',
        public_key=key,
        effective_at=certificate.not_valid_before_utc,
        expires_at=certificate.not_valid_after_utc,
        pem=pem.strip() + '\n',
    )


def same_key(private_key: rsa.RSAPrivateKey, public_key: rsa.RSAPublicKey) -> bool:
    """Tell whether the two are halves of one pair."""
    return private_key.public_key().public_numbers() == public_key.public_numbers()
