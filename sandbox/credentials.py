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
NEXT_PUBLIC_KEY_ID = 'PUB_KEY_ID_0119000072912026060100000000000002'


@dataclass(frozen=True)
class App:
    """An app as WeChat knows it: a mini-program, an official account, or a mobile app."""

    appid: str
    secret: str
    kind: str = 'mini_program'


@dataclass(frozen=True)
class Template:
    """A subscription message template: its id, title and the keys that must be filled."""

    template_id: str
    title: str
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Signer:
    """A key WeChat Pay signs with, under the name it shows in `Wechatpay-Serial`."""

    serial: str
    private_key: RSAPrivateKey
    certificate: x509.Certificate | None = None
    certificate_pem: bytes = b''


@dataclass(frozen=True)
class Merchant:
    """A WeChat Pay merchant, with the keys WeChat Pay signs with for it: the present and the next.

    A new merchant has public keys only, an old one certificates only, one in migration both.
    """

    mchid: str
    serial_no: str
    apiv3_key: str
    apiv2_key: str
    public_key: RSAPublicKey
    appids: frozenset[str]
    public_keys: tuple[Signer, ...] = ()
    certificates: tuple[Signer, ...] = ()


@dataclass(frozen=True)
class TopupAccount:
    """The shop's account at the top-up supplier."""

    client_id: str
    client_secret: str
    webhook_secret: str


APP = App('wxd678efh567hg6787', '0123456789abcdef0123456789abcdef')
OTHER_APP = App('wx2421b1c4370ec43b', 'fedcba9876543210fedcba9876543210')
OFFICIAL_ACCOUNT = App('wx5f1a2b3c4d5e6f70', '00112233445566778899aabbccddeeff', 'official_account')
MOBILE_APP = App('wx6e7d8c9b0a1f2e3d', 'ffeeddccbbaa99887766554433221100', 'mobile_app')
APPS = {app.appid: app for app in (APP, OTHER_APP, OFFICIAL_ACCOUNT, MOBILE_APP)}
# The second mini-program is not bound: "openid of another appid" differs from "appid not bound".
BOUND = frozenset(APPS) - {OTHER_APP.appid}

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
TEMPLATES: dict[str, dict[str, Template]] = {appid: {} for appid in APPS}
TEMPLATES[APP.appid][TEMPLATE.template_id] = TEMPLATE

TOPUP_ACCOUNT = TopupAccount('sandbox-client', 'sandbox-secret', 'whsec_test')


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


def _certificate(name: str) -> Signer:
    pem = (KEYS / f'{name}.crt.pem').read_bytes()
    certificate = x509.load_pem_x509_certificate(pem)
    serial = format(certificate.serial_number, '040X')
    return Signer(serial, _private(f'{name}.key.pem'), certificate, pem)


@cache
def merchants() -> dict[str, Merchant]:
    """Return the merchants by mchid, the one of the demo data first."""
    both = Merchant(
        mchid='1900007291',
        serial_no='408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB',
        apiv3_key='a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb',
        apiv2_key='192006250b4c09247ec02edce69f6a2d',
        public_key=_public('merchant_1900007291.pub.pem'),
        appids=BOUND,
        public_keys=(
            Signer(PUBLIC_KEY_ID, _private('wechatpay_public_key_pair.key.pem')),
            Signer(NEXT_PUBLIC_KEY_ID, _private('wechatpay_public_key_pair_2.key.pem')),
        ),
        certificates=(
            _certificate('platform_certificate_1'),
            _certificate('platform_certificate_2'),
        ),
    )
    modern = Merchant(
        mchid='1900009191',
        serial_no='5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
        apiv3_key='Sandbox1900009191ApiV3Key0000000',
        apiv2_key='2b4c09247ec02edce69f6a2d19200625',
        public_key=_public('merchant_1900009191.pub.pem'),
        appids=BOUND,
        public_keys=(
            Signer(
                'PUB_KEY_ID_0119000091912026010100000000000001',
                _private('wechatpay_public_key_pair_1900009191.key.pem'),
            ),
        ),
    )
    old = Merchant(
        mchid='1900009192',
        serial_no='33D1B2A4C6E8F00112233445566778899AABBCCD',
        apiv3_key='Sandbox1900009192ApiV3Key0000000',
        apiv2_key='c09247ec02edce69f6a2d1920062502b',
        public_key=_public('merchant_1900009192.pub.pem'),
        appids=BOUND,
        certificates=tuple(_certificate(f'platform_certificate_1900009192_{n}') for n in (1, 2)),
    )
    return {merchant.mchid: merchant for merchant in (both, modern, old)}


def first_merchant() -> Merchant:
    """Return the merchant of the demo data."""
    return next(iter(merchants().values()))


def public_key_signer() -> Signer:
    """Return the first merchant's pair of public-key mode."""
    return first_merchant().public_keys[0]


def certificate_signers() -> tuple[Signer, Signer]:
    """Return the first merchant's platform certificates: the present one and the next."""
    first, second = first_merchant().certificates
    return first, second
