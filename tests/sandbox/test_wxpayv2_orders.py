"""v2: access, unifiedorder, orderquery, closeorder (spec/wechat_pay_v2.md §1–§3)."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from tests.sandbox.shop import APPID, MCHID, NOTIFY_URL, OPENID, World
from tests.sandbox.shop import order as v3_order
from tests.sandbox.v2shop import (
    API_KEY,
    NUMBER,
    call,
    from_xml,
    order,
    paid,
    send,
    signature,
    to_xml,
)

pytestmark = pytest.mark.anyio

UNIFIED = '/pay/unifiedorder'
QUERY = '/pay/orderquery'
CLOSE = '/pay/closeorder'
MOBILE = 'wx6e7d8c9b0a1f2e3d'
H5_SCENE = json.dumps({'h5_info': {'type': 'Wap', 'wap_url': 'https://a.b', 'wap_name': 'n'}})


def test_the_signer_of_these_tests_makes_the_published_signatures() -> None:
    fields = {
        'appid': 'wxd930ea5d5a258f4f',
        'mch_id': '10000100',
        'device_info': '1000',
        'body': 'test',
        'nonce_str': 'ibuaiVcKdpRxkhJA',
    }
    assert signature(fields) == '9A0A8659F005D6984697E2CA0A9CF3B7'
    assert signature(fields, kind='HMAC-SHA256') == (
        '6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6'
    )


@pytest.mark.parametrize('sign_type', ['MD5', 'HMAC-SHA256'])
@pytest.mark.parametrize(
    ('change', 'extra'),
    [
        ({}, set()),
        ({'trade_type': 'APP', 'openid': None}, set()),
        ({'trade_type': 'NATIVE', 'openid': None, 'product_id': 'p1'}, {'code_url'}),
        ({'trade_type': 'MWEB', 'openid': None, 'scene_info': H5_SCENE}, {'mweb_url'}),
    ],
)
async def test_each_trade_type_has_its_result(
    world: World, change: dict[str, Any], extra: set[str], sign_type: str
) -> None:
    await world.login()
    got = await call(world, UNIFIED, order(**change), sign_type=sign_type)
    assert (got['result_code'], got['appid'], got['mch_id']) == ('SUCCESS', APPID, MCHID)
    assert got['trade_type'] == change.get('trade_type', 'JSAPI')
    assert got['prepay_id'].startswith('wx')
    assert {'code_url', 'mweb_url'} & set(got) == extra


@pytest.mark.parametrize(
    ('change', 'message'),
    [
        ({'sign': '0' * 32}, '签名错误'),
        ({'key': API_KEY[::-1]}, '签名错误'),
        ({'sign_type': 'RSA'}, 'sign_type参数错误'),
        ({'method': 'GET'}, '请使用post方法'),
        ({'raw': b''}, 'post数据为空'),
        ({'raw': b'{"a": 1}'}, 'XML格式错误'),
        ({'raw': b'<xml><a><b>1</b></a></xml>'}, 'XML格式错误'),
        ({'raw': b'<xml><a>1</a><a>2</a></xml>'}, 'XML格式错误'),
        ({'raw': b'<root><a>1</a></root>'}, 'XML格式错误'),
        ({'raw': b'<!DOCTYPE x [<!ENTITY e "x">]><xml><a>&e;</a></xml>'}, 'XML格式错误'),
        ({'raw': '<xml><a>泰国</a></xml>'.encode('gbk')}, 'XML格式错误'),
        ({'raw': to_xml({'mch_id': '1', 'sign': 'x'})}, '商户号mch_id或sub_mch_id不存在'),
    ],
)
async def test_what_is_not_looked_at_is_refused_unsigned_with_200(
    world: World, change: dict[str, Any], message: str
) -> None:
    await world.login()
    answer = await send(world, UNIFIED, order(), **change)
    got = from_xml(answer.content)
    assert answer.status_code == 200
    assert got == {'return_code': 'FAIL', 'return_msg': message}
    assert not world.sandbox.wxpay.orders


@pytest.mark.parametrize(
    ('change', 'code'),
    [
        ({'body': None}, 'LACK_PARAMS'),
        ({'openid': None}, 'LACK_PARAMS'),
        ({'openid': 'oNobodyEverSawThisOpenid0001'}, 'PARAM_ERROR'),
        ({'total_fee': 0}, 'PARAM_ERROR'),
        ({'total_fee': '25.90'}, 'PARAM_ERROR'),
        ({'out_trade_no': 'with space'}, 'PARAM_ERROR'),
        ({'notify_url': f'{NOTIFY_URL}?a=1'}, 'PARAM_ERROR'),
        ({'trade_type': 'MICROPAY'}, 'PARAM_ERROR'),
        ({'trade_type': 'NATIVE'}, 'LACK_PARAMS'),
        ({'trade_type': 'MWEB'}, 'LACK_PARAMS'),
        ({'trade_type': 'MWEB', 'scene_info': '{}'}, 'LACK_PARAMS'),
        ({'time_expire': '20260231000000'}, 'PARAM_ERROR'),
        ({'time_expire': '20200101000000'}, 'PARAM_ERROR'),
        ({'appid': 'wx0000000000000000'}, 'APPID_NOT_EXIST'),
        ({'appid': 'wx2421b1c4370ec43b'}, 'APPID_MCHID_NOT_MATCH'),
    ],
)
async def test_a_parameter_out_of_its_limits_is_a_business_error(
    world: World, change: dict[str, Any], code: str
) -> None:
    await world.login()
    got = await call(world, UNIFIED, order(**change))
    assert (got['result_code'], got['err_code']) == ('FAIL', code)
    assert not world.sandbox.wxpay.orders


async def test_time_expire_is_beijing_time(world: World) -> None:
    await world.login()
    then = datetime.now(timezone(timedelta(hours=8))) + timedelta(minutes=10)
    await call(world, UNIFIED, order(time_expire=f'{then:%Y%m%d%H%M%S}'))
    placed = world.sandbox.wxpay.orders[(MCHID, NUMBER)]
    assert placed.deadline - world.sandbox.clock.now() == pytest.approx(600, abs=3)


async def test_both_versions_share_one_book(world: World) -> None:
    await paid(world, attach='a-1')
    path = f'/v3/pay/transactions/out-trade-no/{NUMBER}?mchid={MCHID}'
    shown = (await world.wxpay('GET', path)).json()
    assert (shown['trade_state'], shown['trade_type']) == ('SUCCESS', 'JSAPI')
    await world.paid('T20260101000009')
    got = await call(world, QUERY, {'out_trade_no': 'T20260101000009'})
    assert got['trade_state'] == 'SUCCESS'


async def test_a_number_of_one_version_is_used_for_the_other(world: World) -> None:
    await world.login()
    await call(world, UNIFIED, order())
    answer = await world.wxpay('POST', '/v3/pay/transactions/jsapi', v3_order(NUMBER))
    assert (answer.status_code, answer.json()['code']) == (403, 'OUT_TRADE_NO_USED')


async def test_a_repeat_gives_a_new_session_and_a_change_is_refused(world: World) -> None:
    await world.login()
    first = await call(world, UNIFIED, order())
    second = await call(world, UNIFIED, order())
    assert first['prepay_id'] != second['prepay_id']
    other = await call(world, UNIFIED, order(attach='x'))
    assert (other['err_code'], '201' in other['err_code_des']) == ('OUT_TRADE_NO_USED', True)


async def test_the_query_shows_a_paid_order(world: World) -> None:
    shown = await paid(world, attach='a-1')
    assert (shown['trade_state'], shown['openid'], shown['attach']) == ('SUCCESS', OPENID, 'a-1')
    assert (shown['total_fee'], shown['cash_fee'], shown['fee_type']) == ('2590', '2590', 'CNY')
    assert abs(time.time() - _beijing(shown['time_end'])) < 10
    again = await call(world, QUERY, {'transaction_id': shown['transaction_id']})
    assert again['out_trade_no'] == NUMBER
    used = await call(world, UNIFIED, order(attach='a-1'))
    assert used['err_code'] == 'ORDERPAID'


def _beijing(text: str) -> float:
    zone = timezone(timedelta(hours=8))
    return datetime.strptime(text, '%Y%m%d%H%M%S').replace(tzinfo=zone).timestamp()


async def test_the_query_of_nothing_is_a_business_error(world: World) -> None:
    assert (await call(world, QUERY, {'out_trade_no': 'V0'}))['err_code'] == 'ORDERNOTEXIST'
    assert (await call(world, QUERY, {'transaction_id': '1'}))['err_code'] == 'ORDERNOTEXIST'
    assert (await call(world, QUERY, {}))['err_code'] == 'LACK_PARAMS'


async def test_an_order_is_closed_after_five_minutes(world: World) -> None:
    await world.login()
    await call(world, UNIFIED, order())
    early = await call(world, CLOSE, {'out_trade_no': NUMBER})
    assert early['err_code'] == 'SYSTEMERROR'
    await world.advance(300)
    assert (await call(world, CLOSE, {'out_trade_no': NUMBER}))['result_code'] == 'SUCCESS'
    assert (await call(world, CLOSE, {'out_trade_no': NUMBER}))['err_code'] == 'ORDERCLOSED'
    shown = await call(world, QUERY, {'out_trade_no': NUMBER})
    assert (shown['trade_state'], shown['total_fee']) == ('CLOSED', '2590')
    assert (await call(world, UNIFIED, order()))['err_code'] == 'ORDERCLOSED'


async def test_a_close_can_lose_and_can_come_too_late(world: World) -> None:
    await world.login()
    await world.control('POST', 'merchant', close_after=0)
    await call(world, UNIFIED, order())
    await world.control('POST', 'faults', fault='close_race', target='wxpayv2.closeorder')
    raced = await call(world, CLOSE, {'out_trade_no': NUMBER})
    assert raced['err_code'] == 'FREQUENCY_LIMITED'
    await world.advance(5)
    assert (await call(world, CLOSE, {'out_trade_no': NUMBER}))['err_code'] == 'ORDERPAID'


def _invoke(prepay_id: str, sign_type: str, **change: str) -> dict[str, str]:
    fields = {
        'appId': APPID,
        'timeStamp': str(int(time.time())),
        'nonceStr': 'abc',
        'package': f'prepay_id={prepay_id}',
        'signType': sign_type,
    }
    return fields | {'paySign': signature(fields, kind=sign_type)} | change


@pytest.mark.parametrize('sign_type', ['MD5', 'HMAC-SHA256'])
async def test_the_sheet_opens_with_the_sign_type_of_the_order(
    world: World, sign_type: str
) -> None:
    await world.login()
    made = await call(world, UNIFIED, order(), sign_type=sign_type)
    opened = await world.control('POST', 'request-payment', **_invoke(made['prepay_id'], sign_type))
    assert opened['prepay']['api'] == 'v2'
    other = 'MD5' if sign_type != 'MD5' else 'HMAC-SHA256'
    for wrong in (_invoke(made['prepay_id'], other), _invoke(made['prepay_id'], 'RSA')):
        answer = await world.client.post('/control/request-payment', json=wrong)
        assert answer.status_code == 400


async def test_a_mobile_app_signs_in_lower_case(world: World) -> None:
    made = await call(world, UNIFIED, order(trade_type='APP', openid=None, appid=MOBILE))
    fields = {
        'appid': MOBILE,
        'partnerid': MCHID,
        'prepayid': made['prepay_id'],
        'package': 'Sign=WXPay',
        'noncestr': 'abc',
        'timestamp': str(int(time.time())),
    }
    opened = await world.control('POST', 'request-payment', **fields, sign=signature(fields))
    assert opened['prepay']['trade_type'] == 'APP'
    wrong = await world.client.post('/control/request-payment', json=fields | {'sign': 'A' * 32})
    assert wrong.status_code == 400


async def test_an_h5_page_of_v2_is_paid_like_any_other(world: World) -> None:
    change = {'trade_type': 'MWEB', 'openid': None, 'scene_info': H5_SCENE}
    made = await call(world, UNIFIED, order(**change, spbill_create_ip='1.2.4.8'))
    page = await world.client.get(made['mweb_url'])
    assert '¥25.90' in page.text
    await world.control('POST', 'merchant', strict_client_ip=True)
    assert (await world.client.get(made['mweb_url'])).status_code == 200
    inside = order(**change, out_trade_no='V20260101000002', spbill_create_ip='10.0.0.1')
    made = await call(world, UNIFIED, inside)
    assert (await world.client.get(made['mweb_url'])).status_code == 400


@pytest.mark.parametrize(
    ('fault', 'spoiled'), [('response_wrong_signature', True), ('response_unsigned', False)]
)
async def test_an_answer_can_be_signed_falsely_or_not_at_all(
    world: World, fault: str, spoiled: bool
) -> None:
    await world.login()
    await world.control('POST', 'faults', fault=fault, target='wxpayv2.*')
    got = from_xml((await send(world, UNIFIED, order())).content)
    assert ('sign' in got) is spoiled
    assert got.get('sign') != signature(got)
    assert (await call(world, UNIFIED, order()))['result_code'] == 'SUCCESS'


async def test_an_error_can_be_signed_or_the_anomaly_seen_in_life(world: World) -> None:
    await world.login()
    await world.control('POST', 'faults', fault='error', target='wxpayv2.*', code='NOAUTH')
    assert (await call(world, UNIFIED, order()))['err_code'] == 'NOAUTH'
    await world.control('POST', 'faults', fault='error', target=MCHID, unsigned=True)
    got = from_xml((await send(world, UNIFIED, order())).content)
    assert (got['return_code'], got['err_code']) == ('SUCCESS', 'SYSTEMERROR')
    assert not {'sign', 'appid'} & set(got)
    await world.control('POST', 'faults', fault='error_500_after', target='wxpayv2.unifiedorder')
    assert (await send(world, UNIFIED, order())).status_code == 500
    assert (MCHID, NUMBER) in world.sandbox.wxpay.orders
