"""Shipping info of virtual goods (spec/wechat_miniprogram.md §9)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.shop import APPID, MCHID, NOTIFY_URL, OPENID, SECRET, World

pytestmark = pytest.mark.anyio

NUMBER = 'T20260101000001'


def _info(**change: Any) -> dict[str, Any]:
    body = {
        'order_key': {'order_number_type': 1, 'mchid': MCHID, 'out_trade_no': NUMBER},
        'logistics_type': 3,
        'delivery_mode': 1,
        'shipping_list': [{'item_desc': 'AIS 泰国 100 铢'}],
        'upload_time': '2026-01-01T13:29:35.120+08:00',
        'payer': {'openid': OPENID},
        **change,
    }
    return {key: value for key, value in body.items() if value is not None}


async def _call(world: World, call: str, body: dict[str, Any]) -> dict[str, Any]:
    token = await world.client.post(
        '/cgi-bin/stable_token',
        json={'grant_type': 'client_credential', 'appid': APPID, 'secret': SECRET},
    )
    answer = await world.client.post(
        f'/wxa/sec/order/{call}?access_token={token.json()["access_token"]}', json=body
    )
    payload: dict[str, Any] = answer.json()
    return payload


async def _upload(world: World, **change: Any) -> int:
    return int((await _call(world, 'upload_shipping_info', _info(**change)))['errcode'])


async def test_a_payment_is_not_seen_within_its_first_seconds(world: World) -> None:
    await world.paid()
    assert await _upload(world) == 10060001
    await world.advance(10)
    assert await _upload(world) == 0
    (record,) = (await world.control('GET', 'books'))['shipping']
    assert record['out_trade_no'] == NUMBER


async def test_the_order_shows_what_was_shipped(world: World) -> None:
    paid = await world.paid()
    await world.advance(10)
    by_number = {'merchant_id': MCHID, 'merchant_trade_no': NUMBER}
    assert (await _call(world, 'get_order', by_number))['order']['order_state'] == 1
    await _upload(world)
    by_id = {'transaction_id': paid['transaction_id']}
    order = (await _call(world, 'get_order', by_id))['order']
    assert order['order_state'] == 2
    assert order['paid_amount'] == 2590
    assert order['shipping']['finish_shipping_count'] == 1
    assert order['shipping']['goods_desc'] == 'AIS 泰国 100 铢'


async def test_shipping_again_works_once_and_only_with_a_change(world: World) -> None:
    await world.paid()
    await world.advance(10)
    assert await _upload(world) == 0
    assert await _upload(world, upload_time='2026-01-01T13:30:00+08:00') == 10060023
    other = [{'item_desc': 'other'}]
    assert await _upload(world, shipping_list=other) == 10060014
    later = '2026-01-01T13:30:00+08:00'
    assert await _upload(world, shipping_list=other, upload_time=later) == 0
    assert await _upload(world, upload_time='2026-01-01T14:00:00+08:00') == 10060003


@pytest.mark.parametrize(
    ('change', 'errcode'),
    [
        ({'order_key': {'order_number_type': 3}}, 268485194),
        ({'order_key': {'order_number_type': 2}}, 268485195),
        ({'order_key': {'order_number_type': 1, 'out_trade_no': NUMBER}}, 268485196),
        ({'order_key': {'order_number_type': 1, 'mchid': MCHID}}, 268485197),
        ({'order_key': {'order_number_type': 2, 'transaction_id': '42'}}, 10060001),
        ({'logistics_type': 5}, 10060005),
        ({'delivery_mode': '1'}, 268485224),
        ({'delivery_mode': None}, 268485224),
        ({'delivery_mode': 2}, 10060006),
        ({'logistics_type': 1, 'delivery_mode': 2}, 10060007),
        ({'shipping_list': None}, 268485228),
        ({'shipping_list': [{'item_desc': 'a'}, {'item_desc': 'b'}]}, 268485228),
        ({'shipping_list': [{'item_desc': ''}]}, 10060008),
        ({'shipping_list': [{'item_desc': 'x' * 121}]}, 10060009),
        ({'logistics_type': 1}, 268485226),
        ({'upload_time': '2026-01-01T13:29:35.120+0800'}, 268485216),
        ({'payer': {'openid': 'oSomebodyElse0000'}}, 10060031),
        ({'payer': None}, 10060031),
    ],
)
async def test_wrong_shipping_info_has_its_own_code(
    world: World, change: dict[str, Any], errcode: int
) -> None:
    await world.paid()
    await world.advance(10)
    assert await _upload(world, **change) == errcode
    assert (await world.control('GET', 'books'))['shipping'] == []


async def test_a_refunded_order_cannot_be_shipped(world: World) -> None:
    paid = await world.paid()
    body = {
        'transaction_id': paid['transaction_id'],
        'out_refund_no': 'R1',
        'notify_url': NOTIFY_URL,
        'amount': {'refund': 1, 'total': 2590, 'currency': 'CNY'},
    }
    await world.wxpay('POST', '/v3/refund/domestic/refunds', body)
    await world.advance(10)
    assert await _upload(world) == 10060004
