"""Loading of keys and certificates, and the serial numbers that Alipay gives certificates.

Source: spec/alipay.md §2.1, §3, §10 (6).
"""

import base64
import binascii
import datetime
import hashlib
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ..errors import InvalidArgument

# Name of the key of public-key mode in a mapping of keys; certificates go by their serial number.
PUBLIC_KEY = ''

_BLOCK = re.compile(r'-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----', re.DOTALL)
_RSA_FAMILY = '1.2.840.113549.1.1'
_Key = TypeVar('_Key')


@dataclass(frozen=True)
class Certificate:
    """An X.509 certificate with what is needed of it.

    :ivar str serial_no: MD5 of issuer and serial, 32 hexadecimal digits in lower case
    :ivar str issuer: distinguished name of the issuer, as RFC 4514 writes it
    """

    serial_no: str
    public_key: rsa.RSAPublicKey
    issuer: str
    effective_at: datetime.datetime
    expires_at: datetime.datetime
    pem: str


# === KEYS === #


def load_private_key(text: str) -> rsa.RSAPrivateKey:
    """Return the merchant's key, of a PEM text or of the bare base64 that the console gives.

    :raise InvalidArgument: no key, no RSA key, shorter than 2048 bit or with a passphrase
    """
    key = _load(
        text,
        lambda raw: serialization.load_pem_private_key(raw, password=None),
        lambda raw: serialization.load_der_private_key(raw, password=None),
    )
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size < 2048:
        raise InvalidArgument('The private key must be an RSA key of at least 2048 bit.')
    return key


def load_public_key(text: str) -> rsa.RSAPublicKey:
    """Return Alipay's key of public-key mode, of a PEM text or of bare base64.

    :raise InvalidArgument: no key, no RSA key or shorter than 2048 bit
    """
    key = _load(text, serialization.load_pem_public_key, serialization.load_der_public_key)
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 2048:
        raise InvalidArgument('The public key must be an RSA key of at least 2048 bit.')
    return key


def same_key(private_key: rsa.RSAPrivateKey, public_key: rsa.RSAPublicKey) -> bool:
    """Tell whether the two are halves of one pair: Alipay's key must not be our own (trap 1)."""
    return private_key.public_key().public_numbers() == public_key.public_numbers()


def _load(text: str, load_pem: Callable[[bytes], _Key], load_der: Callable[[bytes], _Key]) -> _Key:
    try:
        if '-----BEGIN' in text:
            return load_pem(text.strip().encode())
        return load_der(base64.b64decode(''.join(text.split()), validate=True))
    except (ValueError, TypeError, binascii.Error) as error:
        raise InvalidArgument('The key is no readable PEM or base64 text.') from error


# === CERTIFICATES === #


def serial_number(certificate: x509.Certificate) -> str:
    """Return the number under which Alipay knows a certificate (``app_cert_sn`` …)."""
    return hash_serial(certificate.issuer.rfc4514_string(), certificate.serial_number)


def hash_serial(issuer: str, serial: int) -> str:
    """Return the MD5 of the issuer's name and the decimal serial.

    :param issuer: RFC 4514 text, as ``CN=…,OU=…,O=…,C=…``
    :param serial: the serial of the certificate
    """
    text = f'{issuer}{serial}'
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def load_certificate(pem: str) -> Certificate:
    """Return the first certificate of a PEM text: the others are those who issued it.

    :raise InvalidArgument: no PEM or a certificate without an RSA key
    """
    return _describe(_parse_chain(pem)[0])


def root_serial_number(pem: str) -> str:
    """Return ``alipay_root_cert_sn``: the numbers of the RSA certificates, in the file's order.

    Certificates of the other families (SM2, ECC) are left out, and some cannot even be parsed.

    :raise InvalidArgument: there is none
    """
    numbers = [
        serial_number(certificate)
        for certificate in _readable(pem)
        if certificate.signature_algorithm_oid.dotted_string.startswith(_RSA_FAMILY)
    ]
    if not numbers:
        raise InvalidArgument('The root file holds no RSA certificate.')
    return '_'.join(numbers)


def check_chain(pem: str, *, root_pem: str, issuer: str, now: datetime.datetime) -> Certificate:
    """Return the first certificate of a chain that leads to one of the roots.

    Merchants' certificates lead there as well, so the issuer must be that of Alipay's own.

    :param pem: the certificate, followed by those that issued it
    :param root_pem: the root file
    :param issuer: distinguished name of who issues Alipay's certificates
    :param now: aware time at which all of them must be valid
    :raise InvalidArgument: the chain does not hold
    """
    chain = _parse_chain(pem)
    first = _describe(chain[0])
    if first.issuer != issuer:
        raise InvalidArgument("The certificate's issuer is not that of Alipay's certificates.")
    for certificate, parent in itertools.pairwise(chain):
        if not _is_authority(parent) or not _issued(parent, certificate):
            raise InvalidArgument('The chain of certificates is broken.')
    if not any(_issued(root, chain[-1]) for root in _readable(root_pem)):
        raise InvalidArgument('The certificate does not lead to a root of Alipay.')
    if any(now < each.not_valid_before_utc or now > each.not_valid_after_utc for each in chain):
        raise InvalidArgument('A certificate of the chain is not valid now.')
    return first


def _parse_chain(pem: str) -> list[x509.Certificate]:
    blocks = _BLOCK.findall(pem)
    if not blocks:
        raise InvalidArgument('The certificate is no readable PEM text.')
    try:
        return [x509.load_pem_x509_certificate(block.encode()) for block in blocks]
    except ValueError as error:
        raise InvalidArgument('The certificate is no readable PEM text.') from error


def _readable(pem: str) -> list[x509.Certificate]:
    """Return what can be parsed of a file; split by markers, as blank lines are not sure."""
    found = []
    for block in _BLOCK.findall(pem):
        try:
            found.append(x509.load_pem_x509_certificate(block.encode()))
        except ValueError:
            continue
    return found


def _describe(certificate: x509.Certificate) -> Certificate:
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise InvalidArgument('The certificate must hold an RSA key.')
    return Certificate(
        serial_no=serial_number(certificate),
        public_key=key,
        issuer=certificate.issuer.rfc4514_string(),
        effective_at=certificate.not_valid_before_utc,
        expires_at=certificate.not_valid_after_utc,
        pem=certificate.public_bytes(serialization.Encoding.PEM).decode(),
    )


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _issued(parent: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(parent)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
