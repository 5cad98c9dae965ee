"""Prepay: fields, parameter identity, lifetimes (spec/wechat_pay_v3.md §5)."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.wxpay.answers import BEIJING, wire_time
from tests.sandbox.shop import APPID, MCHID, OPENID, World, order, sign

pytestmark = pytest.mark.anyio

PREPAY = '/v3/pay/transactions/jsapi'
NUMBER = 'T20260101000001'


def _detail(count: int) -> dict[str, Any]:
    goods = {'merchant_goods_id': 'g', 'quantity': 1, 'unit_price': 1, 'goods_name': '泰' * 250}
    return {'goods_detail': [goods] * count}


@pytest.mark.parametrize(
    ('change', 'field'),
    [
        ({'amount': {'total': 0}}, '/amount/total'),
        ({'amount': {'total': -1}}, '/amount/total'),
        ({'amount': {'total': 1.5}}, '/amount/total'),
        ({'amount': {'total': '100'}}, '/amount/total'),
        ({'amount': {'total': True}}, '/amount/total'),
        ({'amount': {'total': 1, 'currency': 'USD'}}, '/amount/currency'),
        ({'amount': {'total': 1, 'payer_total': 1}}, '/amount/payer_total'),
        ({'amount': None}, '/amount'),
        ({'description': ''}, '/description'),
        ({'description': '泰' * 128}, '/description'),
        ({'description': 'top-up 😀'}, '/description'),
        ({'attach': 'a' * 129}, '/attach'),
        ({'out_trade_no': 'short'}, '/out_trade_no'),
        ({'out_trade_no': 'x' * 33}, '/out_trade_no'),
        ({'out_trade_no': 'number with space'}, '/out_trade_no'),
        ({'out_trade_no': 'number@number'}, '/out_trade_no'),
        ({'notify_url': 'https://shop.example.com/notify?channel=1'}, '/notify_url'),
        ({'notify_url': 'http://shop.example.com/notify'}, '/notify_url'),
        ({'notify_url': 'https://192.168.1.5/notify'}, '/notify_url'),
        ({'notify_url': 'https://shop.example.com'}, '/notify_url'),
        ({'notify_url': 'https://intranet/notify'}, '/notify_url'),
        ({'notify_url': 'https://shop.example.com/' + 'n' * 250}, '/notify_url'),
        ({'time_expire': '2026-13-01T00:00:00+08:00'}, '/time_expire'),
        ({'time_expire': '20260101000000'}, '/time_expire'),
        ({'payer': {'openid': 'o' * 129}}, '/payer/openid'),
        ({'payer': {'openid': 'oNobodyEverSawThisOpenid0001'}}, '/payer/openid'),
        ({'payer': None}, '/payer'),
        ({'limit_pay': ['no_cash']}, '/limit_pay/0'),
        ({'settle_info': {'profit_sharing': 'yes'}}, '/settle_info/profit_sharing'),
        ({'scene_info': {'device_id': 'd'}}, '/scene_info/payer_client_ip'),
        ({'detail': _detail(9)}, '/detail'),
        ({'mch_id': MCHID}, '/mch_id'),
    ],
)
async def test_a_field_out_of_its_limits_is_named(
    world: World, change: dict[str, Any], field: str
) -> None:
    await world.login()
    answer = await world.wxpay('POST', PREPAY, order(**change))
    assert answer.status_code == 400
    assert answer.json()['code'] == 'PARAM_ERROR'
    assert answer.json()['detail']['field'] == field
    assert not world.sandbox.wxpay.orders


@pytest.mark.parametrize(
    'change',
    [
        {'description': '泰' * 127},
        {'out_trade_no': 'a_-*|9'},
        {'notify_url': 'https://shop.example.com/notify'},
        {'notify_url': 'http://localhost:8069/n'},
        {'detail': _detail(2)},
        {'attach': '', 'amount': {'total': 1}, 'goods_tag': 'g'} | {'attach': 'a' * 128},
        {'scene_info': {'payer_client_ip': '203.0.113.7'}},
    ],
)
async def test_values_at_their_limits_are_taken(world: World, change: dict[str, Any]) -> None:
    await world.login()
    answer = await world.wxpay('POST', PREPAY, order(**change))
    assert answer.status_code == 200, answer.text
    assert answer.json()['prepay_id'].startswith('wx')
    assert len(answer.json()['prepay_id']) == 36


async def test_an_openid_of_another_app_is_refused(world: World) -> None:
    await world.login(appid='wx2421b1c4370ec43b')
    answer = await world.wxpay('POST', PREPAY, order())
    assert answer.json()['detail']['field'] == '/payer/openid'


async def test_an_app_not_bound_to_the_merchant_is_refused(world: World) -> None:
    await world.login(appid='wx2421b1c4370ec43b')
    answer = await world.wxpay('POST', PREPAY, order(appid='wx2421b1c4370ec43b'))
    assert (answer.status_code, answer.json()['code']) == (400, 'APPID_MCHID_NOT_MATCH')


async def test_identical_parameters_give_a_new_session_of_the_same_order(world: World) -> None:
    first = await world.prepay()
    second = await world.prepay()
    assert first != second
    assert len(world.sandbox.wxpay.orders) == 1


@pytest.mark.parametrize(
    'change', [{'attach': 'x'}, {'amount': {'total': 1}}, {'description': 'y'}]
)
async def test_other_parameters_under_the_same_number_are_refused(
    world: World, change: dict[str, Any]
) -> None:
    await world.prepay()
    answer = await world.wxpay('POST', PREPAY, order(**change))
    assert (answer.status_code, answer.json()['code']) == (403, 'OUT_TRADE_NO_USED')
    assert world.sandbox.wxpay.orders[(MCHID, NUMBER)].total == 2590


async def test_a_paid_order_takes_no_prepay(world: World) -> None:
    await world.paid()
    answer = await world.wxpay('POST', PREPAY, order())
    assert answer.json()['code'] == 'ORDER_PAID'


async def test_a_closed_order_takes_no_prepay(world: World) -> None:
    await world.prepay()
    await world.wxpay('POST', f'/v3/pay/transactions/out-trade-no/{NUMBER}/close', {'mchid': MCHID})
    answer = await world.wxpay('POST', PREPAY, order())
    assert (answer.status_code, answer.json()['code']) == (400, 'ORDER_CLOSED')


async def test_an_order_left_for_seven_days_closes_itself_and_its_number_is_used(
    world: World,
) -> None:
    await world.prepay()
    await world.advance(7 * 86400 + 1)
    answer = await world.wxpay('POST', PREPAY, order())
    assert (answer.status_code, answer.json()['code']) == (403, 'OUT_TRADE_NO_USED')
    assert world.sandbox.wxpay.orders[(MCHID, NUMBER)].trade_state == 'CLOSED'


@pytest.mark.parametrize(
    ('offset', 'seconds'), [(-3600, 60), (30, 60), (600, 600), (90 * 86400, 7 * 86400)]
)
async def test_time_expire_is_clamped_in_silence(
    world: World, offset: float, seconds: float
) -> None:
    await world.prepay(time_expire=wire_time(time.time() + offset))
    placed = world.sandbox.wxpay.orders[(MCHID, NUMBER)]
    assert placed.deadline - world.sandbox.clock.now() == pytest.approx(seconds, abs=3)


async def test_utc_and_milliseconds_are_understood(world: World) -> None:
    moment = datetime.now(BEIJING) + timedelta(minutes=10)
    utc = (moment - timedelta(hours=8)).strftime('%Y-%m-%dT%H:%M:%S.123Z')
    await world.prepay(time_expire=utc)
    placed = world.sandbox.wxpay.orders[(MCHID, NUMBER)]
    assert placed.deadline - world.sandbox.clock.now() == pytest.approx(600, abs=3)


def _invoke(prepay_id: str, **change: str) -> dict[str, Any]:
    fields = {
        'appId': APPID,
        'timeStamp': str(int(time.time())),
        'nonceStr': 'abc123',
        'package': f'prepay_id={prepay_id}',
        'signType': 'RSA',
        **change,
    }
    signed = [fields[key] for key in ('appId', 'timeStamp', 'nonceStr', 'package')]
    fields['paySign'] = change.get('paySign', sign(''.join(f'{x}\n' for x in signed).encode()))
    return fields


async def test_the_payment_sheet_opens_with_a_true_pay_sign(world: World) -> None:
    fields = _invoke(await world.prepay())
    answer = await world.control('POST', 'request-payment', **fields)
    assert answer['prepay']['total'] == 2590
    assert answer['prepay']['openid'] == OPENID


@pytest.mark.parametrize(
    'change',
    [
        {'paySign': 'AAAA'},
        {'timeStamp': str(int(time.time() * 1000))},
        {'nonceStr': 'n' * 33},
        {'signType': 'MD5'},
        {'package': 'wx201410272009395522657a690389285100'},
        {'package': 'prepay_id=wx00000000000000000000000000000000000'},
        {'appId': 'wx2421b1c4370ec43b'},
    ],
)
async def test_the_payment_sheet_stays_shut_otherwise(world: World, change: dict[str, str]) -> None:
    fields = _invoke(await world.prepay(), **change)
    answer = await world.client.post('/control/request-payment', json=fields)
    assert answer.status_code == 400
    assert answer.json()['error'].startswith('requestPayment:fail')


async def test_a_prepay_session_lives_two_hours(world: World) -> None:
    prepay_id = await world.prepay()
    await world.advance(7201)
    answer = await world.client.post(f'/control/prepays/{prepay_id}/pay', json={})
    assert answer.status_code == 409
    renewed = await world.prepay()
    assert (await world.control('POST', f'prepays/{renewed}/pay'))['errMsg'] == 'requestPayment:ok'


async def test_nobody_pays_after_the_last_moment_but_who_had_the_sheet_open(world: World) -> None:
    expiry = wire_time(time.time() + 120)
    late = await world.prepay('T20260101000002', time_expire=expiry)
    shut = await world.prepay('T20260101000003', time_expire=expiry)
    await world.control('POST', f'prepays/{late}/open')
    await world.advance(180)
    assert (await world.client.post(f'/control/prepays/{shut}/pay')).status_code == 409
    assert (await world.control('POST', f'prepays/{late}/pay'))['errMsg'] == 'requestPayment:ok'


async def test_only_the_given_openid_can_pay(world: World) -> None:
    prepay_id = await world.prepay()
    path = f'/control/prepays/{prepay_id}/pay'
    answer = await world.client.post(path, json={'openid': 'oSomebodyElse000000000000001'})
    assert answer.status_code == 409
    assert world.sandbox.wxpay.orders[(MCHID, NUMBER)].trade_state == 'NOTPAY'
