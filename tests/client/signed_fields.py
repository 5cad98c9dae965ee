"""Whether the shop signed what a client is given, checked as WeChat's and Alipay's clients do.

Source: spec/wechat_pay_v3.md §5, spec/wechat_pay_v2.md §2 and §3, spec/alipay.md §2.
"""

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

PAGE_FIELDS = {'timeStamp', 'nonceStr', 'package', 'signType', 'paySign'}
APP_FIELDS = {'appid', 'partnerid', 'prepayid', 'package', 'noncestr', 'timestamp', 'sign'}
# The second signature of v2 knows no other kinds.
DIGESTS = {
    'MD5': lambda key, text: hashlib.md5(text).hexdigest(),
    'HMAC-SHA256': lambda key, text: hmac.new(key, text, hashlib.sha256).hexdigest(),
}


def verify_page_v3(invoke: dict[str, str], appid: str, key: rsa.RSAPublicKey) -> None:
    """Check the fields for a mini-program or a page in WeChat.

    :raise AssertionError: another set of fields, or another appid
    :raise InvalidSignature: not signed by the merchant
    """
    assert set(invoke) - {'appId'} == PAGE_FIELDS, sorted(invoke)
    assert (invoke.get('appId', appid), invoke['signType']) == (appid, 'RSA')
    lines = (appid, invoke['timeStamp'], invoke['nonceStr'], invoke['package'])
    _verify_lines(key, lines, invoke['paySign'])


def verify_app_v3(invoke: dict[str, str], appid: str, key: rsa.RSAPublicKey) -> None:
    """Check the fields for the SDK in a mobile app; raises as above."""
    assert set(invoke) == APP_FIELDS, sorted(invoke)
    assert (invoke['appid'], invoke['package']) == (appid, 'Sign=WXPay')
    lines = (appid, invoke['timestamp'], invoke['noncestr'], invoke['prepayid'])
    _verify_lines(key, lines, invoke['sign'])


def _verify_lines(key: rsa.RSAPublicKey, lines: tuple[str, ...], signature: str) -> None:
    message = ''.join(f'{line}\n' for line in lines).encode()
    key.verify(base64.b64decode(signature, validate=True), message, padding.PKCS1v15(), SHA256())


def verify_page_v2(invoke: dict[str, str], appid: str, key: str, sign_type: str) -> None:
    """Check the fields for a mini-program or a page in WeChat.

    :param key: APIv2 key of the merchant
    :raise AssertionError: another set of fields, another appid or a wrong signature
    """
    assert set(invoke) - {'appId'} == PAGE_FIELDS, sorted(invoke)
    assert (invoke.get('appId', appid), invoke['signType']) == (appid, sign_type)
    _verify_pairs({**invoke, 'appId': appid}, 'paySign', key, sign_type)


def verify_app_v2(invoke: dict[str, str], appid: str, key: str, sign_type: str) -> None:
    """Check the fields for the SDK in a mobile app; raises as above."""
    assert set(invoke) == APP_FIELDS, sorted(invoke)
    assert (invoke['appid'], invoke['package']) == (appid, 'Sign=WXPay')
    _verify_pairs(invoke, 'sign', key, sign_type)


def _verify_pairs(fields: dict[str, str], name: str, key: str, sign_type: str) -> None:
    pairs = sorted(pair for pair in fields.items() if pair[0] != name)
    text = '&'.join(f'{field}={value}' for field, value in [*pairs, ('key', key)])
    assert fields[name] == DIGESTS[sign_type](key.encode(), text.encode()).upper(), fields


def verify_alipay(query: str, key: rsa.RSAPublicKey) -> dict[str, str]:
    """Check an order string, or the parameters of a link to the cashier.

    :return: what is paid for: out_trade_no, total_amount, subject …
    :raise InvalidSignature: not signed by the app
    """
    fields = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=True))
    assert (fields['sign_type'], fields['charset'].lower()) == ('RSA2', 'utf-8')
    signature = base64.b64decode(fields.pop('sign'), validate=True)
    text = '&'.join(f'{name}={value}' for name, value in sorted(fields.items()) if value)
    key.verify(signature, text.encode(), padding.PKCS1v15(), SHA256())
    content: dict[str, str] = json.loads(fields['biz_content'])
    return content
