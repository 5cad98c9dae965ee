"""The identities the simulated companies know from the start, and the key files.

The suite's demo data uses exactly these. Source of the merchant key: spec/wechat_pay_v3.md §16 (K1,
its public half only).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

KEYS = Path(__file__).with_name('keys')

PUBLIC_KEY_ID = 'PUB_KEY_ID_0119000072912026010100000000000001'


@dataclass(frozen=True)
class App:
    """A mini-program as WeChat knows it."""

    appid: str
    secret: str


@dataclass(frozen=True)
class Template:
    """A subscription message template: its id, title and the keys that must be filled."""

    template_id: str
    title: str
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Merchant:
    """A WeChat Pay merchant."""

    mchid: str
    serial_no: str
    apiv3_key: str
    public_key: RSAPublicKey
    appids: frozenset[str]


@dataclass(frozen=True)
class Signer:
    """A key WeChat Pay signs with, under the name it shows in `Wechatpay-Serial`."""

    serial: str
    private_key: RSAPrivateKey
    certificate: x509.Certificate | None = None
    certificate_pem: bytes = b''


@dataclass(frozen=True)
class TopupAccount:
    """The shop's account at the top-up supplier."""

    client_id: str
    client_secret: str
    webhook_secret: str


APP = App('wxd678efh567hg6787', '0123456789abcdef0123456789abcdef')
OTHER_APP = App('wx2421b1c4370ec43b', 'fedcba9876543210fedcba9876543210')
APPS = {app.appid: app for app in (APP, OTHER_APP)}

TEMPLATE = Template(
    'TOPUP_DELIVERED_TEMPLATE_0000000000000000000',
    '充值到账通知',
    (
        ('character_string1', '订单号'),
        ('thing2', '充值商品'),
        ('phone_number3', '充值号码'),
        ('amount4', '支付金额'),
        ('time5', '到账时间'),
    ),
)
TEMPLATES = {APP.appid: {TEMPLATE.template_id: TEMPLATE}, OTHER_APP.appid: {}}

TOPUP_ACCOUNT = TopupAccount('sandbox-client', 'sandbox-secret', 'whsec_test')


def _private(name: str) -> RSAPrivateKey:
    key = load_pem_private_key((KEYS / name).read_bytes(), None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError(f'{name} is not an RSA key')
    return key


@cache
def merchants() -> dict[str, Merchant]:
    """Return the merchants by mchid; only the public half of their keys is here."""
    key = load_pem_public_key((KEYS / 'merchant_1900007291.pub.pem').read_bytes())
    if not isinstance(key, RSAPublicKey):
        raise TypeError('the merchant key is not an RSA key')
    merchant = Merchant(
        mchid='1900007291',
        serial_no='408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB',
        apiv3_key='a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb',
        public_key=key,
        # The second app is not bound: "openid of another appid" differs from "appid not bound".
        appids=frozenset({APP.appid}),
    )
    return {merchant.mchid: merchant}


@cache
def public_key_signer() -> Signer:
    """Return the pair of public-key mode."""
    return Signer(PUBLIC_KEY_ID, _private('wechatpay_public_key_pair.key.pem'))


@cache
def certificate_signers() -> tuple[Signer, Signer]:
    """Return the platform certificates with their keys: the present one and the next."""
    first, second = (_certificate_signer(number) for number in (1, 2))
    return first, second


def _certificate_signer(number: int) -> Signer:
    pem = (KEYS / f'platform_certificate_{number}.crt.pem').read_bytes()
    certificate = x509.load_pem_x509_certificate(pem)
    key = _private(f'platform_certificate_{number}.key.pem')
    return Signer(format(certificate.serial_number, '040X'), key, certificate, pem)
