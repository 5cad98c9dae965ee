"""A signing Alipay for the pure tests: own keys, own clock, no network."""

import base64
import datetime
import io
import json
import zipfile
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from alipay_vectors import APP_ID, NOW, SELLER_ID
from paywire.alipay.client import Client, Merchant

GATEWAY = 'https://openapi.alipay.com/gateway.do'
MERCHANT_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ALIPAY_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NUMBER = 'T20260102000001'
TRADE_NO = '2026010222001400000000000001'


@dataclass
class FakeReply:
    """What the transport returns."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b''


@dataclass
class Sent:
    """One request as the fake transport saw it, with the parameters of address and form."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def parameters(self):
        pairs = parse_qsl(urlsplit(self.url).query) + parse_qsl(self.body.decode())
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    @property
    def content(self):
        return json.loads(self.parameters['biz_content'])


class FakeTransport:
    """Answers with the queued replies in turn; an exception in the queue is raised."""

    def __init__(self, *replies):
        self.replies = list(replies)
        self.sent = []

    def _next(self, method, url, headers, body):
        self.sent.append(Sent(method, url, dict(headers), body))
        reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def send(self, method, url, *, headers, body, timeout):
        return self._next(method, url, headers, body)

    def stream(self, method, url, *, headers, timeout, write, body=b''):
        reply = self._next(method, url, headers, body)
        if reply.status != 200:
            return reply
        for start in range(0, len(reply.body), 7):
            write(reply.body[start : start + 7])
        return FakeReply(reply.status, reply.headers)


def sign_as_alipay(message, key=ALIPAY_KEY):
    signature = key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return base64.b64encode(signature).decode()


def answer(method, content=None, *, key=ALIPAY_KEY, root=None, cert_sn='', **fields):
    """Return a signed answer whose node is written as no serializer here would write it."""
    content = {'code': '10000', 'msg': 'Success', **(content or {}), **fields}
    content = {name: value for name, value in content.items() if value is not ...}
    node = json.dumps(content, ensure_ascii=False, separators=(' , ', ' :')).replace('/', r'\/')
    root = root or f'{method.replace(".", "_")}_response'
    more = f',"alipay_cert_sn":"{cert_sn}"' if cert_sn else ''
    signature = sign_as_alipay(node.encode(), key)
    return FakeReply(body=f'{{"{root}" : {node},"sign":"{signature}"{more}}}'.encode())


def failure(method, code, sub_code='', **options):
    return answer(
        method, {'code': code, 'msg': 'x', 'sub_code': sub_code, 'sub_msg': '失败'}, **options
    )


def unsigned(method, **content):
    root = f'{method.replace(".", "_")}_response'
    return FakeReply(body=json.dumps({root: content}).encode())


def trade(**values):
    return {
        'out_trade_no': NUMBER,
        'trade_no': TRADE_NO,
        'total_amount': '88.88',
        'trade_status': 'TRADE_SUCCESS',
        'send_pay_date': '2026-01-02 03:04:00',
        'buyer_user_id': '2088102122524333',
    } | values


def client(*replies, **values):
    """Return a client over a fake transport, and that transport."""
    transport = FakeTransport(*replies)
    defaults = {
        'base_url': GATEWAY,
        'merchant': Merchant(APP_ID, SELLER_ID, MERCHANT_KEY),
        'keys': {'': ALIPAY_KEY.public_key()},
        'send': transport.send,
        'stream': transport.stream,
        'clock': lambda: NOW,
    }
    return Client(**(defaults | values)), transport


def check_request(parameters, key=MERCHANT_KEY):
    """Verify a request as the gateway does: with the parameters that arrived."""
    assert all(parameters.values())
    text = '&'.join(
        f'{name}={value}' for name, value in sorted(parameters.items()) if name != 'sign'
    )
    key.public_key().verify(
        base64.b64decode(parameters['sign']), text.encode(), padding.PKCS1v15(), hashes.SHA256()
    )


def notice(*, key=ALIPAY_KEY, charset='utf-8', encoding=None, **values):
    """Return headers and form of a signed notice; a value `...` leaves the parameter out."""
    parameters = {
        'notify_time': '2026-01-02 03:04:01',
        'notify_type': 'trade_status_sync',
        'notify_id': '2026010200222030405000001',
        'charset': charset,
        'version': '1.0',
        'app_id': APP_ID,
        'seller_id': SELLER_ID,
        'out_trade_no': NUMBER,
        'trade_no': TRADE_NO,
        'trade_status': 'TRADE_SUCCESS',
        'total_amount': '88.88',
        'gmt_payment': '2026-01-02 03:04:00',
        'subject': '话费 a+b',
        'body': '',
    } | values
    parameters = {name: value for name, value in parameters.items() if value is not ...}
    text = '&'.join(
        f'{name}={value}' for name, value in sorted(parameters.items()) if name != 'alipay_cert_sn'
    )
    encoding = encoding or charset
    signed = parameters | {'sign_type': 'RSA2', 'sign': sign_as_alipay(text.encode(encoding), key)}
    headers = {'Content-Type': f'application/x-www-form-urlencoded; charset={charset}'}
    return headers, urlencode(signed, encoding=encoding).encode()


def make_certificate(name, *, key, issuer=None, issuer_key=None, ca=False, serial=4711, years=5):
    """Return a certificate, signed by itself when there is no issuer."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .sign(issuer_key or key, hashes.SHA256())
    )


def pem(*certificates):
    encoding = serialization.Encoding.PEM
    return ''.join(each.public_bytes(encoding).decode() for each in certificates)


class _GbkInfo(zipfile.ZipInfo):
    """An entry whose name is in GBK, without the mark of UTF-8: as Alipay writes it."""

    def _encodeFilenameFlags(self):
        return self.filename.encode('gbk'), self.flag_bits


def zipped(members, compression=zipfile.ZIP_DEFLATED):
    """Return a zip file of name → content."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as archive:
        for name, content in members.items():
            info = _GbkInfo(name)
            info.compress_type = compression
            archive.writestr(info, content)
    return file.getvalue()
