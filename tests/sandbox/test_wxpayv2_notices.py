"""v2: payment and refund notices (spec/wechat_pay_v2.md §4, §5)."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from sandbox import crypto
from tests.sandbox.shop import MCHID, NOTIFY_URL, OPENID, World
from tests.sandbox.v2shop import API_KEY, NUMBER, OK, call, from_xml, paid, signature

pytestmark = pytest.mark.anyio

REFUND_URL = 'http://127.0.0.1:8069/payment/wechat/refund/1'


def _opened(req_info: str) -> dict[str, str]:
    """Decrypt a refund notice."""
    key = hashlib.md5(API_KEY.encode()).hexdigest().encode()
    decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()
    padded = decryptor.update(base64.b64decode(req_info)) + decryptor.finalize()
    plain = padded[: -padded[-1]].decode()
    assert re.fullmatch(r'<root>.*</root>', plain)
    return from_xml(plain.removeprefix('<root>').encode())


def _received(world: World) -> list[dict[str, str]]:
    return [from_xml(request.content) for request in world.inbox.received]


async def _states(world: World) -> list[str]:
    return [item['state'] for item in (await world.control('GET', 'books'))['notifications']]


def test_the_cipher_makes_the_published_text() -> None:
    key = b'0123456789abcdef0123456789abcdef'
    assert crypto.ecb_encrypt(key, b'hello') == 'pZwJZBLuy3mDACEQT4YTBw=='


async def test_a_payment_is_told_signed(world: World) -> None:
    shown = await paid(world, attach='a-1')
    (told,) = _received(world)
    assert told['sign'] == signature(told)
    assert (told['return_code'], told['result_code']) == ('SUCCESS', 'SUCCESS')
    assert (told['out_trade_no'], told['mch_id'], told['openid']) == (NUMBER, MCHID, OPENID)
    assert (told['total_fee'], told['attach']) == ('2590', 'a-1')
    assert told['transaction_id'] == shown['transaction_id']
    assert await _states(world) == ['delivered']


async def test_the_notice_uses_the_sign_type_of_the_order(world: World) -> None:
    world.inbox.text = OK
    await world.login()
    body = {
        'body': 'x',
        'out_trade_no': NUMBER,
        'total_fee': 1,
        'spbill_create_ip': '203.0.113.7',
        'notify_url': NOTIFY_URL,
        'trade_type': 'JSAPI',
        'openid': OPENID,
    }
    made = await call(world, '/pay/unifiedorder', body, sign_type='HMAC-SHA256')
    await world.control('POST', f'prepays/{made["prepay_id"]}/pay')
    await world.sandbox.scheduler.settle()
    (told,) = _received(world)
    assert told['sign_type'] == 'HMAC-SHA256'
    assert told['sign'] == signature(told, kind='HMAC-SHA256')


@pytest.mark.parametrize(
    'reply',
    ['success', '{"code": "SUCCESS"}', '', f'\ufeff{OK}', f' {OK}', OK.replace('SUCCESS', 'FAIL')],
)
async def test_any_other_reply_brings_the_notice_again(world: World, reply: str) -> None:
    await paid(world, reply)
    assert await _states(world) == ['waiting']
    world.inbox.text = OK
    await world.advance(15)
    assert [told['out_trade_no'] for told in _received(world)] == [NUMBER] * 2
    assert await _states(world) == ['delivered']


async def test_the_table_of_retries_has_an_end(world: World) -> None:
    world.inbox.replies = [500] * 20
    await paid(world)
    await world.advance(24 * 3600 + 239)
    assert len(world.inbox.received) == 15
    await world.advance(2)
    assert len(world.inbox.received) == 16
    assert await _states(world) == ['given up']


@pytest.mark.parametrize('fault', ['notify_wrong_signature', 'notify_altered_body'])
async def test_a_spoiled_notice_is_followed_by_a_good_one(world: World, fault: str) -> None:
    world.inbox.replies = [500]
    await world.control('POST', 'faults', fault=fault, target='transaction')
    await paid(world)
    await world.advance(15)
    good = [told['sign'] == signature(told) for told in _received(world)]
    assert good == [False, True]


async def _refunded(world: World, **change: Any) -> list[dict[str, str]]:
    await paid(world)
    world.inbox.received.clear()
    body = {'out_trade_no': NUMBER, 'out_refund_no': 'R1', 'total_fee': 2590, 'refund_fee': 1000}
    await call(world, '/secapi/pay/refund', body | change)
    await world.advance(10)
    return _received(world)


async def test_a_refund_is_told_encrypted_and_unsigned(world: World) -> None:
    (told,) = await _refunded(world, notify_url=REFUND_URL)
    assert set(told) == {'return_code', 'appid', 'mch_id', 'nonce_str', 'req_info'}
    facts = _opened(told['req_info'])
    assert (facts['out_trade_no'], facts['out_refund_no']) == (NUMBER, 'R1')
    assert (facts['refund_fee'], facts['total_fee']) == ('1000', '2590')
    assert (facts['refund_status'], facts['refund_request_source']) == ('SUCCESS', 'API')
    assert re.fullmatch(r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d', facts['success_time'])
    assert str(world.inbox.received[0].url) == REFUND_URL


async def test_a_refund_without_an_address_is_told_at_the_consoles(world: World) -> None:
    assert await _refunded(world) == []
    await world.control('POST', 'merchant', refund_notify_url=REFUND_URL)
    await world.advance(61)
    body = {'out_trade_no': NUMBER, 'out_refund_no': 'R2', 'total_fee': 2590, 'refund_fee': 1}
    await call(world, '/secapi/pay/refund', body)
    await world.advance(10)
    assert [_opened(told['req_info'])['out_refund_no'] for told in _received(world)] == ['R2']


async def test_refunds_of_v3_and_of_the_console_can_arrive_in_xml(world: World) -> None:
    await world.control('POST', 'merchant', refund_notify_url=REFUND_URL)
    await world.paid()
    world.inbox.text = OK
    world.inbox.received.clear()
    body = {
        'out_trade_no': 'T20260101000001',
        'out_refund_no': 'R1',
        'amount': {'refund': 1000, 'total': 2590, 'currency': 'CNY'},
    }
    await world.wxpay('POST', '/v3/refund/domestic/refunds', body)
    await world.advance(61)
    await world.control('POST', 'refunds', out_trade_no='T20260101000001', refund_fen=90)
    await world.advance(10)
    sources = [_opened(told['req_info'])['refund_request_source'] for told in _received(world)]
    assert sources == ['API', 'VENDOR_PLATFORM']


async def test_a_forged_refund_notice_cannot_be_read(world: World) -> None:
    world.inbox.text = OK
    await world.control('POST', 'faults', fault='notify_wrong_signature', target='refund')
    (told,) = await _refunded(world, notify_url=REFUND_URL)
    key = hashlib.md5(API_KEY.encode()).hexdigest().encode()
    decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()
    plain = decryptor.update(base64.b64decode(told['req_info'])) + decryptor.finalize()
    assert not plain.startswith(b'<root>')
