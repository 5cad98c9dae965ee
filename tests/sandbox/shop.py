"""A shop for the simulator's tests: signs requests as a merchant, receives and checks notices."""

from __future__ import annotations

import base64
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sandbox.credentials import KEYS
from sandbox.state import Sandbox

APPID = 'wxd678efh567hg6787'
SECRET = '0123456789abcdef0123456789abcdef'
MCHID = '1900007291'
SERIAL = '408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB'
APIV3_KEY = 'a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb'
PUBLIC_KEY_ID = 'PUB_KEY_ID_0119000072912026010100000000000001'
NEXT_PUBLIC_KEY_ID = 'PUB_KEY_ID_0119000072912026060100000000000002'
OPENID = 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o'
NOTIFY_URL = 'http://127.0.0.1:8069/payment/wechat/notify/1'
SCHEME = 'WECHATPAY2-SHA256-RSA2048'

# The merchant key that WeChat Pay's documentation publishes (spec/wechat_pay_v3.md §16, K1).
_P = int(
    'd502527ee14e595463ae0dcdfeb00873f024f3805365abdbcab92a052ba84ecf62fe7308fe13b3571a439ed83b071d93'
    '72d97ab193b71a2a13c4a75cfd861a4ca722d532816de8229e9b2a110560c24302cbc1e9bd49917f200ca8bc190b887d'
    'fa3f8d899b6ea052434c282ff9661b6ac5fe91660450cdb56e7498b8eef2110b',
    16,
)
_Q = int(
    'c8874fafdbb3a8f833377e139b1f823536b5e958e1061fb3901b5744b0cb85605e218c6860d240443f7c3dbd5765dbe9'
    '9196564a4ecc7da2a8dbf0e89b3cb2c81fcc6c75b001d162df26f8cbbb8c25fc82d4ccdd51234ddd5a79efd849c47909'
    'fa737862cefac9f70479538b9ef513d59d0a282748591753d4b822f97d62b733',
    16,
)


def _merchant_key() -> rsa.RSAPrivateKey:
    d = pow(65537, -1, (_P - 1) * (_Q - 1))
    numbers = rsa.RSAPrivateNumbers(
        p=_P,
        q=_Q,
        d=d,
        dmp1=d % (_P - 1),
        dmq1=d % (_Q - 1),
        iqmp=rsa.rsa_crt_iqmp(_P, _Q),
        public_numbers=rsa.RSAPublicNumbers(65537, _P * _Q),
    )
    return numbers.private_key()


MERCHANT_KEY = _merchant_key()


@dataclass(frozen=True)
class Account:
    """A merchant as its own shop knows it."""

    mchid: str
    serial: str
    apiv3_key: str
    private_key: rsa.RSAPrivateKey
    wanted_serial: str | None


def _stored_key(mchid: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key(
        (KEYS / f'merchant_{mchid}.key.pem').read_bytes(), None
    )
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


MODERN = Account(
    '1900009191',
    '5157F09EFDC096DE15EBE81A47057A7232F1B8E1',
    'Sandbox1900009191ApiV3Key0000000',
    _stored_key('1900009191'),
    'PUB_KEY_ID_0119000091912026010100000000000001',
)
OLD = Account(
    '1900009192',
    '33D1B2A4C6E8F00112233445566778899AABBCCD',
    'Sandbox1900009192ApiV3Key0000000',
    _stored_key('1900009192'),
    None,
)


def platform_keys() -> dict[str, rsa.RSAPublicKey]:
    """Return the keys the shops know, by the name in `Wechatpay-Serial`."""
    keys = {
        PUBLIC_KEY_ID: _public('wechatpay_public_key_pair'),
        NEXT_PUBLIC_KEY_ID: _public('wechatpay_public_key_pair_2'),
        str(MODERN.wanted_serial): _public('wechatpay_public_key_pair_1900009191'),
    }
    for name in ('1', '2', f'{OLD.mchid}_1', f'{OLD.mchid}_2'):
        pem = (KEYS / f'platform_certificate_{name}.crt.pem').read_bytes()
        certificate = x509.load_pem_x509_certificate(pem)
        key = certificate.public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        keys[format(certificate.serial_number, '040X')] = key
    return keys


def _public(name: str) -> rsa.RSAPublicKey:
    key = serialization.load_pem_public_key((KEYS / f'{name}.pub.pem').read_bytes())
    assert isinstance(key, rsa.RSAPublicKey)
    return key


def sealed(text: str, key: rsa.RSAPublicKey) -> str:
    """Encrypt a sensitive field for WeChat Pay."""
    scheme = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
    return base64.b64encode(key.encrypt(text.encode(), scheme)).decode()


def sign(message: bytes, key: rsa.RSAPrivateKey = MERCHANT_KEY) -> str:
    """Return the merchant's signature."""
    raw = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(raw).decode()


def verified(headers: Any, body: bytes) -> bool:
    """Tell whether a signed answer or notice is genuine and fresh."""
    key = platform_keys().get(headers.get('wechatpay-serial', ''))
    if key is None or abs(time.time() - int(headers['wechatpay-timestamp'])) >= 300:
        return False
    message = f'{headers["wechatpay-timestamp"]}\n{headers["wechatpay-nonce"]}\n'.encode()
    try:
        signature = base64.b64decode(headers['wechatpay-signature'], validate=True)
        key.verify(signature, message + body + b'\n', padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def decrypted(resource: dict[str, Any], key: str = APIV3_KEY) -> bytes:
    """Return the plain text of a notice's resource or of a certificate."""
    return AESGCM(key.encode()).decrypt(
        resource['nonce'].encode(),
        base64.b64decode(resource['ciphertext']),
        resource['associated_data'].encode(),
    )


@dataclass
class Inbox:
    """The shop's notify route: keeps what comes, answers from `replies`, then 200 with `text`."""

    text: str = ''
    replies: list[int] = field(default_factory=list)
    received: list[httpx.Request] = field(default_factory=list)

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """Take one notice."""
        self.received.append(request)
        return httpx.Response(self.replies.pop(0) if self.replies else 200, text=self.text)

    def genuine(self) -> list[bool]:
        """Tell for each notice whether its signature is good."""
        return [verified(request.headers, request.content) for request in self.received]

    def resources(self, key: str = APIV3_KEY) -> list[dict[str, Any]]:
        """Return the decrypted resources."""
        return [
            json.loads(decrypted(json.loads(request.content)['resource'], key))
            for request in self.received
        ]

    def events(self) -> list[str]:
        """Return the event types."""
        return [json.loads(request.content)['event_type'] for request in self.received]


@dataclass
class World:
    """A simulated world that stands still until told to move, with a shop beside it."""

    sandbox: Sandbox
    client: httpx.AsyncClient
    inbox: Inbox

    async def wxpay(
        self, method: str, target: str, payload: Any = None, **change: Any
    ) -> httpx.Response:
        """Send a signed request; `change` spoils one part of it, or names another `account`."""
        account = change.get('account')
        if account:
            own = {'Wechatpay-Serial': account.wanted_serial, **change.get('headers', {})}
            mine = {'mchid': account.mchid, 'serial_no': account.serial, 'headers': own}
            change = {'key': account.private_key} | change | mine
        body = change.get('body')
        if body is None:
            body = b'' if payload is None else json.dumps(payload, ensure_ascii=False).encode()
        moment = change.get('timestamp', str(int(time.time())))
        nonce = secrets.token_hex(16)
        url = change.get('signed_target', target)
        message = f'{method}\n{url}\n{moment}\n{nonce}\n'.encode() + body + b'\n'
        signature = sign(message, change.get('key', MERCHANT_KEY))
        fields = {
            'mchid': change.get('mchid', MCHID),
            'nonce_str': nonce,
            'signature': change.get('signature', signature),
            'timestamp': moment,
            'serial_no': change.get('serial_no', SERIAL),
        }
        pairs = ','.join(f'{key}="{value}"' for key, value in fields.items())
        headers = {
            'Authorization': change.get('authorization', f'{SCHEME} {pairs}'),
            'Accept': 'application/json',
            'User-Agent': 'shop/1.0',
            'Wechatpay-Serial': PUBLIC_KEY_ID,
            **({'Content-Type': 'application/json'} if body else {}),
            **change.get('headers', {}),
        }
        headers = {key: value for key, value in headers.items() if value is not None}
        return await self.client.request(
            method, target, content=change.get('sent_body', body), headers=headers
        )

    async def control(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """Call the control API; it must work."""
        answer = await self.client.request(method, f'/control/{path}', json=body or None)
        assert answer.status_code == 200, answer.text
        payload: dict[str, Any] = answer.json()
        return payload

    async def login(self, openid: str = OPENID, appid: str = APPID) -> str:
        """Register a person and return a login code."""
        answer = await self.control('POST', 'login-code', openid=openid, appid=appid)
        return str(answer['code'])

    async def prepay(self, out_trade_no: str = 'T20260101000001', **change: Any) -> str:
        """Make an order and return its prepay_id."""
        if self.sandbox.wechat.known(APPID, OPENID) is None:
            await self.login()
        answer = await self.wxpay(
            'POST', '/v3/pay/transactions/jsapi', order(out_trade_no, **change)
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()['prepay_id'])

    async def paid(self, out_trade_no: str = 'T20260101000001', **change: Any) -> dict[str, Any]:
        """Make an order, pay it, let the notice arrive, return the transaction."""
        prepay_id = await self.prepay(out_trade_no, **change)
        answer = await self.control('POST', f'prepays/{prepay_id}/pay')
        await self.sandbox.scheduler.settle()
        transaction: dict[str, Any] = answer['transaction']
        return transaction

    async def advance(self, seconds: float) -> None:
        """Move the clock on."""
        await self.control('POST', 'clock', advance=seconds)


def order(out_trade_no: str = 'T20260101000001', **change: Any) -> dict[str, Any]:
    """Return a valid prepay body with some parts changed; None removes a part."""
    body: dict[str, Any] = {
        'appid': APPID,
        'mchid': MCHID,
        'description': 'AIS 泰国 100 铢',
        'out_trade_no': out_trade_no,
        'notify_url': NOTIFY_URL,
        'amount': {'total': 2590, 'currency': 'CNY'},
        'payer': {'openid': OPENID},
        **change,
    }
    return {key: value for key, value in body.items() if value is not None}
