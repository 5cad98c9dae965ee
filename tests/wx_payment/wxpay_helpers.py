"""A signing WeChat Pay for the pure tests: own keys, own clock, no network."""

import base64
import datetime
import json
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

from paywire.wxpay_v3.client import Client, Merchant
from wxpay_vectors import APIV3_KEY, K1, MCHID, NONCE, NOW, SERIAL_NO

PROVIDER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC_KEY_ID = 'PUB_KEY_ID_0119000072912026010100000000000001'
CERTIFICATE_SERIAL = '5157F09EFDC096DE15EBE81A47057A7232F1B8E1'


@dataclass
class FakeReply:
    """What the transport returns."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b''


@dataclass
class Sent:
    """One request as the fake transport saw it."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    timeout: float


class FakeTransport:
    """Answers with the queued replies in turn; an exception in the queue is raised."""

    def __init__(self, *replies):
        self.replies = list(replies)
        self.sent = []

    def __call__(self, method, url, *, headers, body, timeout):
        self.sent.append(Sent(method, url, dict(headers), body, timeout))
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply


def sign_as_provider(message, key=PROVIDER_KEY):
    signature = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def signed_headers(body, *, now=NOW, key=PROVIDER_KEY, **spoil):
    """Return good signature headers; each keyword of `spoil` replaces (or, None, drops) one."""
    headers = {
        'Wechatpay-Timestamp': str(now),
        'Wechatpay-Nonce': NONCE,
        'Wechatpay-Signature': sign_as_provider(f'{now}\n{NONCE}\n'.encode() + body + b'\n', key),
        'Wechatpay-Serial': PUBLIC_KEY_ID,
        'Wechatpay-Signature-Type': 'WECHATPAY2-SHA256-RSA2048',
        'Request-ID': '08F8ABCDEF-268435456',
    }
    for name, value in spoil.items():
        header = 'Wechatpay-' + name.title().replace('_', '-')
        headers.pop(header)
        if value is not None:
            headers[header] = value
    return headers


def reply(status=200, payload=None, **signing):
    """Return an answer: 2xx signed as the provider does, the others bare."""
    body = b'' if payload is None else json.dumps(payload, ensure_ascii=False).encode()
    headers = signed_headers(body, **signing) if status in (200, 204) else {'Request-ID': '08AA-1'}
    return FakeReply(status, headers, body)


def error(status, code='', message='x'):
    return reply(status, {'code': code, 'message': message})


def client(*replies, **values):
    """Return a client over a fake transport, and that transport."""
    transport = FakeTransport(*replies)
    defaults = {
        'base_url': 'https://api.mch.weixin.qq.com',
        'merchant': Merchant(MCHID, SERIAL_NO, K1),
        'keys': {PUBLIC_KEY_ID: PROVIDER_KEY.public_key()},
        'send': transport,
        'clock': lambda: NOW,
        'nonces': lambda: NONCE,
        'public_key_id': PUBLIC_KEY_ID,
    }
    return Client(**(defaults | values)), transport


def seal(plain, *, associated_data='transaction', nonce='fdasflkja484', key=APIV3_KEY):
    sealed = AESGCM(key).encrypt(nonce.encode(), plain, associated_data.encode())
    return base64.b64encode(sealed).decode()


def certificate_pem(serial=CERTIFICATE_SERIAL, key=PROVIDER_KEY, years=5):
    """Return a self-signed platform certificate."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, 'Tenpay.com sign')])
    start = datetime.datetime(2019, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(int(serial, 16))
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=365 * years))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def private_pem(key, password=None):
    encryption = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    ).decode()


def public_pem(key):
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def transaction(**values):
    """Return a paid order as the provider describes it; an ellipsis drops a key."""
    payload = {
        'mchid': MCHID,
        'appid': 'wxd678efh567hg6787',
        'out_trade_no': '1217752501201407033233368018',
        'transaction_id': '4200001234202601010000000001',
        'trade_type': 'JSAPI',
        'trade_state': 'SUCCESS',
        'trade_state_desc': '支付成功',
        'bank_type': 'OTHERS',
        'attach': '',
        'success_time': '2018-06-08T10:34:56+08:00',
        'payer': {'openid': 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'},
        'amount': {'total': 100, 'payer_total': 90, 'currency': 'CNY', 'payer_currency': 'CNY'},
    } | values
    return {name: value for name, value in payload.items() if value is not ...}


def refund(**values):
    """Return a refund as the provider describes it; an ellipsis drops a key."""
    payload = {
        'refund_id': '50000000382019052709732678859',
        'out_refund_no': '1217752501201407033233368018R1',
        'transaction_id': '4200001234202601010000000001',
        'out_trade_no': '1217752501201407033233368018',
        'channel': 'ORIGINAL',
        'user_received_account': '招商银行信用卡0403',
        'create_time': '2020-12-01T16:18:12+08:00',
        'status': 'PROCESSING',
        'amount': {
            'total': 100,
            'refund': 40,
            'payer_total': 90,
            'payer_refund': 36,
            'currency': 'CNY',
        },
    } | values
    return {name: value for name, value in payload.items() if value is not ...}
