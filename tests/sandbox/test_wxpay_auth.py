"""The access rules of WeChat Pay, in the order of spec/wechat_pay_v3.md §2."""

from __future__ import annotations

import time
from typing import Any

import pytest

from sandbox import crypto
from sandbox.credentials import certificate_signers, merchants
from tests.sandbox.shop import (
    MCHID,
    OPENID,
    PUBLIC_KEY_ID,
    SCHEME,
    World,
    decrypted,
    order,
    sign,
    verified,
)

pytestmark = pytest.mark.anyio

PREPAY = '/v3/pay/transactions/jsapi'
QUERY = f'/v3/pay/transactions/out-trade-no/T20260101000001?mchid={MCHID}'


def test_the_stored_public_half_verifies_the_documented_signature() -> None:
    """V1 of the sheet: the key file belongs to the documentation's key pair."""
    body = (
        '{"appid":"wxd678efh567hg6787","mchid":"1900007291","description":"Image形象店-深圳腾大-QQ公仔",'
        '"out_trade_no":"1217752501201407033233368018",'
        '"notify_url":"https://www.weixin.qq.com/wxpay/pay.php",'
        '"amount":{"total":100,"currency":"CNY"},"payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}'
    )
    signature = (
        'jnks4dlrPw3ZX+ozVvSK39oa0t7OMBsg83BHAwd8BRdUFiVaQNTLTvci+wURgP1OQBbKYhFGvt7iqYpDSTQkp7Uq'
        '1sltaQKyncCyrA1g88m5bsKERQfPyT0ahSwKTYJ1CAn9QiJuSJRq1QsQs07eehbU/k9BCS51jTyc1Jpsi2H77HF9'
        'f/BnjXAOP3/sPObg6V5Ee4EzwLox684hhuMuIwHo7D8KFk3LIHOKDcNI4It1aCXydFWNpNK+SG86VUDe5kwoDpw4'
        'Ulqfu9z8OFDGbDs9TCxEv8iqQzbpxOlEVoOe2kalSYM5kApQb3nZcxdUtoE0liJGW3RGUNE0t4v01A=='
    )
    message = crypto.lines('POST', PREPAY, '1554208460', '593BEC0C930BF1AFEB40B4A08C8FB242', body)
    assert crypto.rsa_verify(merchants()[MCHID].public_key, message, signature)
    assert not crypto.rsa_verify(merchants()[MCHID].public_key, message + b' ', signature)


async def test_a_signed_request_gets_a_signed_answer(world: World) -> None:
    await world.login()
    answer = await world.wxpay('POST', PREPAY, order())
    assert answer.status_code == 200
    assert answer.headers['wechatpay-serial'] == PUBLIC_KEY_ID
    assert verified(answer.headers, answer.content)


async def test_the_answer_without_serial_header_is_signed_with_the_certificate(
    world: World,
) -> None:
    await world.login()
    answer = await world.wxpay('POST', PREPAY, order(), headers={'Wechatpay-Serial': None})
    assert answer.headers['wechatpay-serial'] == certificate_signers()[0].serial
    assert verified(answer.headers, answer.content)


async def test_an_unknown_serial_header_is_a_parameter_error(world: World) -> None:
    answer = await world.wxpay('POST', PREPAY, order(), headers={'Wechatpay-Serial': 'AB12'})
    assert (answer.status_code, answer.json()['code']) == (400, 'PARAM_ERROR')


async def test_a_204_is_signed_over_the_empty_body(world: World) -> None:
    await world.prepay()
    path = '/v3/pay/transactions/out-trade-no/T20260101000001/close'
    answer = await world.wxpay('POST', path, {'mchid': MCHID})
    assert answer.status_code == 204
    assert answer.content == b''
    assert verified(answer.headers, b'')


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        ({'authorization': ''}, '验签失败'),
        ({'authorization': f'{SCHEME} mchid="1"'}, '验签失败'),
        ({'authorization': 'WECHATPAY2-SM2-WITH-SM3 mchid="1"'}, '验签失败'),
        ({'timestamp': str(int(time.time()) - 86400), 'signature': 'x'}, '5分钟'),
        ({'timestamp': str(int(time.time()) + 86400)}, '5分钟'),
        ({'serial_no': '0' * 40}, '序列号'),
        ({'mchid': '1900000000'}, '序列号'),
        ({'signature': sign(b'something else')}, '签名错误'),
        ({'signature': 'not base64!'}, '签名错误'),
        ({'signed_target': '/v3/pay/transactions/jsapi?'}, '签名错误'),
        ({'sent_body': b'{"appid": "other"}'}, '签名错误'),
    ],
)
async def test_a_request_signed_wrongly_is_refused_unsigned(
    world: World, change: dict[str, Any], words: str
) -> None:
    answer = await world.wxpay('POST', PREPAY, order(), **change)
    assert (answer.status_code, answer.json()['code']) == (401, 'SIGN_ERROR')
    assert words in answer.json()['message']
    assert 'wechatpay-signature' not in answer.headers
    assert not world.sandbox.wxpay.orders


async def test_a_false_signature_is_explained_as_in_life(world: World) -> None:
    answer = await world.wxpay('GET', QUERY, signed_target=QUERY.partition('?')[0])
    information = answer.json()['detail']['sign_information']
    assert information['method'] == 'GET'
    assert information['url'] == QUERY
    assert information['truncated_sign_message'].startswith(f'GET\n{QUERY}\n')


@pytest.mark.parametrize('missing', ['Accept', 'User-Agent'])
async def test_refund_and_certificate_paths_want_accept_and_user_agent(
    world: World, missing: str
) -> None:
    for path in ('/v3/certificates', '/v3/refund/domestic/refunds/R1'):
        answer = await world.wxpay('GET', path, headers={missing: ''})
        assert (answer.status_code, answer.json()['code']) == (400, 'INVALID_REQUEST')
    answer = await world.wxpay('GET', QUERY, headers={missing: ''})
    assert answer.json()['code'] == 'ORDER_NOT_EXIST'


@pytest.mark.parametrize(
    ('method', 'path', 'status'),
    [
        ('GET', '/v3/pay/transactions/unknown', 404),
        ('GET', PREPAY, 405),
        ('POST', '/v3/certificates', 405),
    ],
)
async def test_unknown_paths_and_methods_have_empty_bodies(
    world: World, method: str, path: str, status: int
) -> None:
    answer = await world.wxpay(method, path)
    assert (answer.status_code, answer.content) == (status, b'')


async def test_the_mchid_of_header_and_body_must_agree(world: World) -> None:
    await world.login()
    answer = await world.wxpay('POST', PREPAY, order(mchid='1900000001'))
    assert (answer.status_code, answer.json()['code']) == (400, 'PARAM_ERROR')
    assert answer.json()['detail']['field'] == '/mchid'


@pytest.mark.parametrize('body', [b'not json', b'[1]', b'{"a": \xff}', b'{"appid": null}'])
async def test_a_body_that_is_no_clean_object_is_refused(world: World, body: bytes) -> None:
    answer = await world.wxpay('POST', PREPAY, body=body)
    assert (answer.status_code, answer.json()['code']) == (400, 'PARAM_ERROR')


async def test_certificates_decrypt_to_the_keys_that_sign(world: World) -> None:
    answer = await world.wxpay('GET', '/v3/certificates')
    (entry,) = answer.json()['data']
    signer = certificate_signers()[0]
    assert entry['serial_no'] == signer.serial
    assert decrypted(entry['encrypt_certificate']) == signer.certificate_pem


async def test_rotation_shows_two_certificates_and_signs_with_the_newer(world: World) -> None:
    await world.control('POST', 'keys', certificates='both')
    answer = await world.wxpay('GET', '/v3/certificates', headers={'Wechatpay-Serial': None})
    first, second = certificate_signers()
    assert [entry['serial_no'] for entry in answer.json()['data']] == [first.serial, second.serial]
    assert answer.headers['wechatpay-serial'] == second.serial
    older = await world.wxpay('GET', '/v3/certificates', headers={'Wechatpay-Serial': first.serial})
    assert older.headers['wechatpay-serial'] == first.serial


async def test_a_new_merchant_has_no_certificates(world: World) -> None:
    await world.control('POST', 'keys', public_key_only=True)
    answer = await world.wxpay('GET', '/v3/certificates')
    assert (answer.status_code, answer.json()['code']) == (404, 'RESOURCE_NOT_EXISTS')


@pytest.mark.parametrize(
    'fault', ['response_wrong_signature', 'response_signtest', 'response_unsigned']
)
async def test_an_answer_can_be_signed_falsely(world: World, fault: str) -> None:
    await world.login()
    await world.control('POST', 'faults', fault=fault, target='wxpay.prepay')
    answer = await world.wxpay('POST', PREPAY, order())
    assert answer.status_code == 200
    if fault == 'response_unsigned':
        assert 'wechatpay-signature' not in answer.headers
    else:
        assert not verified(answer.headers, answer.content)
    again = await world.wxpay('POST', PREPAY, order())
    assert verified(again.headers, again.content)
    assert OPENID == world.sandbox.wxpay.orders[(MCHID, 'T20260101000001')].openid
