"""A signing WeChat Pay v2 for the pure tests: own key, own clock, no network."""

import base64
import datetime

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from paywire.orders import PrepayOrder, RefundOrder
from paywire.wxpay_v2 import cipher, signing, xml
from paywire.wxpay_v2.client import Client, Merchant
from wxpay_helpers import FakeReply, FakeTransport
from wxpay_v2_vectors import API_KEY

MCHID = '10000100'
APPID = 'wxd930ea5d5a258f4f'
NONCE = 'ibuaiVcKdpRxkhJA'
NOW = 1414561699
BASE = 'https://api.mch.weixin.qq.com'
NUMBER = '1217752501201407033233368018'

ORDER = PrepayOrder(
    scene='miniprogram',
    appid=APPID,
    payer='oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
    out_trade_no=NUMBER,
    description='Thailand AIS 🎉 <100> & more',
    amount_fen=100,
    notify_url='https://shop.example.com/payment/wechat/notify/x',
    expires_at=datetime.datetime(2018, 6, 8, 2, 34, 56, tzinfo=datetime.UTC),
    client_ip='203.0.113.7',
    return_url='https://shop.example.com/paid?order=1',
)
REFUND = RefundOrder(
    out_trade_no=NUMBER,
    transaction_id='4200001234202601010000000001',
    out_refund_no=NUMBER + 'R1',
    refund_fen=40,
    total_fen=100,
    reason='Not delivered',
    notify_url='https://shop.example.com/payment/wechat/notify/x',
)


def order(**values):
    return PrepayOrder(**(vars(ORDER) | values))


def message(fields, *, api_key=API_KEY, sign_type='HMAC-SHA256', **spoil):
    """Return a signed message; each keyword of `spoil` replaces (or, None, drops) a field."""
    signed = fields | {'sign': signing.sign(fields, api_key=api_key, sign_type=sign_type)}
    spoiled = signed | spoil
    return xml.write({name: value for name, value in spoiled.items() if value is not None})


def reply(result_code='SUCCESS', *, sign_type='HMAC-SHA256', spoil=None, **fields):
    """Return a signed answer."""
    common = {
        'return_code': 'SUCCESS',
        'return_msg': 'OK',
        'appid': APPID,
        'mch_id': MCHID,
        'nonce_str': 'IITRi8Iabbblz1Jc',
        'result_code': result_code,
    }
    return FakeReply(200, {}, message(common | fields, sign_type=sign_type, **(spoil or {})))


def error(code, description='x', **fields):
    return reply('FAIL', err_code=code, err_code_des=description, **fields)


def failure(return_msg):
    """Return the unsigned answer to a message that was not taken."""
    return FakeReply(200, {}, xml.write({'return_code': 'FAIL', 'return_msg': return_msg}))


def client(*replies, sign_type='HMAC-SHA256', secured=(), **values):
    """Return a client, and its transports without and with the merchant certificate."""
    plain, secure = FakeTransport(*replies), FakeTransport(*secured)
    defaults = {
        'base_url': BASE,
        'merchant': Merchant(MCHID, APPID, API_KEY, sign_type),
        'send': plain,
        'send_with_certificate': secure,
        'clock': lambda: NOW,
        'nonces': lambda: NONCE,
    }
    return Client(**(defaults | values)), plain, secure


def sent_fields(sent):
    """Return what a request says, after its signature was checked as WeChat Pay does."""
    fields = xml.read(sent.body)
    expected = signing.sign(fields, api_key=API_KEY, sign_type=fields['sign_type'])
    assert fields.pop('sign') == expected
    return fields


def paid(**values):
    """Return the fields of a payment; None drops one."""
    fields = {
        'openid': 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
        'is_subscribe': 'N',
        'trade_type': 'JSAPI',
        'bank_type': 'CMC',
        'total_fee': '100',
        'fee_type': 'CNY',
        'cash_fee': '90',
        'transaction_id': '4200001234202601010000000001',
        'out_trade_no': NUMBER,
        'attach': 'a <b>',
        'time_end': '20180608103456',
    } | values
    return {name: value for name, value in fields.items() if value is not None}


def seal(plain, api_key=API_KEY):
    padder = padding.PKCS7(128).padder()
    padded = padder.update(plain) + padder.finalize()
    encryptor = Cipher(algorithms.AES(cipher.derive_key(api_key)), modes.ECB()).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()
