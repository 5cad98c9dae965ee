"""The apps Alipay knows from the start, and the keys of both sides. Source: spec/alipay.md §3."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

KEYS = Path(__file__).with_name('keys')

_RSA = '1.2.840.113549.1.1.'
_BEGIN = b'-----BEGIN CERTIFICATE-----'


@dataclass(frozen=True)
class AlipayApp:
    """An app of a merchant; `cert_sn` and `root_sn` are empty in public-key mode."""

    app_id: str
    seller_id: str
    public_key: RSAPublicKey
    cert_sn: str = ''
    root_sn: str = ''

    @property
    def by_certificate(self) -> bool:
        """Tell whether the app is in certificate mode."""
        return bool(self.cert_sn)


@dataclass(frozen=True)
class AlipaySigner:
    """A key Alipay signs with; `cert_sn` and the chain in PEM only in certificate mode."""

    private_key: RSAPrivateKey
    cert_sn: str = ''
    chain: bytes = b''


def _private(name: str) -> RSAPrivateKey:
    key = load_pem_private_key((KEYS / name).read_bytes(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError(f'{name} is not an RSA key')
    return key


def _public(name: str) -> RSAPublicKey:
    key = load_pem_public_key((KEYS / name).read_bytes())
    if not isinstance(key, RSAPublicKey):
        raise TypeError(f'{name} is not an RSA key')
    return key


def _certificates(name: str) -> list[x509.Certificate]:
    blocks = (KEYS / name).read_bytes().split(_BEGIN)[1:]
    return [x509.load_pem_x509_certificate(_BEGIN + block) for block in blocks]


def _sn(certificate: x509.Certificate) -> str:
    """Return Alipay's number of a certificate: MD5 of the issuer and the decimal serial."""
    text = certificate.issuer.rfc4514_string() + str(certificate.serial_number)
    return hashlib.md5(text.encode()).hexdigest()


@cache
def root_sn() -> str:
    """Return the number of the root file: its RSA certificates only."""
    roots = _certificates('alipay_root.crt.pem')
    return '_'.join(
        _sn(root) for root in roots if root.signature_algorithm_oid.dotted_string.startswith(_RSA)
    )


@cache
def apps() -> dict[str, AlipayApp]:
    """Return the apps by id: one in public-key mode, one in certificate mode."""
    plain = AlipayApp(
        app_id='2021000000000001',
        seller_id='2088102146225135',
        public_key=_public('app_2021000000000001.pub.pem'),
    )
    certified = AlipayApp(
        app_id='2021000000000002',
        seller_id='2088102146225136',
        public_key=_public('app_2021000000000002.pub.pem'),
        cert_sn=_sn(_certificates('app_2021000000000002.crt.pem')[0]),
        root_sn=root_sn(),
    )
    return {app.app_id: app for app in (plain, certified)}


@cache
def public_key_signers() -> tuple[AlipaySigner, AlipaySigner]:
    """Return Alipay's pairs of public-key mode: the present and the next."""
    first, second = (AlipaySigner(_private(f'alipay_public_key_{n}.key.pem')) for n in (1, 2))
    return first, second


@cache
def certificate_signers() -> tuple[AlipaySigner, AlipaySigner]:
    """Return Alipay's certificates with their keys: the present one and the next."""
    first, second = (_certificate_signer(n) for n in (1, 2))
    return first, second


def _certificate_signer(number: int) -> AlipaySigner:
    name = f'alipay_certificate_{number}'
    chain = (KEYS / f'{name}.crt.pem').read_bytes()
    return AlipaySigner(
        _private(f'{name}.key.pem'), _sn(_certificates(f'{name}.crt.pem')[0]), chain
    )
