"""Notices of Alipay: content, retries, and everything that can go wrong."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.alipay_shop import (
    APP_ID,
    CERT_APP_ID,
    NUMBER,
    SELLER_ID,
    AlipayShop,
    alipay_key,
    order,
)
from tests.sandbox.shop import World

pytestmark = pytest.mark.anyio

TABLE = (240, 600, 600, 3600, 7200, 21600, 54000)


@pytest.fixture
def shop(world: World) -> AlipayShop:
    """Return the shop beside the world."""
    return AlipayShop(world)


async def _record(shop: AlipayShop) -> dict[str, Any]:
    record: dict[str, Any] = (await shop.world.control('GET', 'books'))['notifications'][0]
    return record


async def test_a_notice_brings_everything_and_proves_it(shop: AlipayShop) -> None:
    await shop.paid(body='', passback_params='a%3D1')
    (notice,) = shop.received
    assert shop.genuine() == [True]
    expected = {
        'notify_type': 'trade_status_sync',
        'app_id': APP_ID,
        'seller_id': SELLER_ID,
        'out_trade_no': NUMBER,
        'trade_status': 'TRADE_SUCCESS',
        'total_amount': '25.90',
        'subject': 'AIS 泰国 100 铢',
        'passback_params': 'a%3D1',
        'sign_type': 'RSA2',
        # Empty ones are part of the signed text, and so are those nobody knows.
        'body': '',
        'x_sandbox_new_field': 'a+b c=d&话费',
    }
    assert expected.items() <= notice.items()
    assert (await _record(shop))['state'] == 'delivered'


@pytest.mark.parametrize('text', ['SUCCESS', 'success\n', '"success"', '', 'fail', '<html>'])
async def test_only_the_seven_characters_count(shop: AlipayShop, text: str) -> None:
    shop.replies = [text]
    await shop.paid()
    assert (await _record(shop))['state'] == 'waiting'
    await shop.world.advance(240)
    assert (await _record(shop))['state'] == 'delivered'
    first, second = shop.received
    assert first['notify_id'] == second['notify_id']
    assert first == second


async def test_refused_notices_follow_the_table_to_its_end(shop: AlipayShop) -> None:
    shop.replies = ['fail'] * 9
    await shop.paid()
    for gap in TABLE:
        count = len(shop.received)
        await shop.world.advance(gap - 1)
        assert len(shop.received) == count
        await shop.world.advance(1)
        assert len(shop.received) == count + 1
    await shop.world.advance(86400)
    assert len(shop.received) == 8
    assert (await _record(shop))['state'] == 'given up'


@pytest.mark.parametrize('fault', ['notify_wrong_signature', 'notify_altered_body'])
async def test_a_forged_notice_does_not_prove_itself(shop: AlipayShop, fault: str) -> None:
    await shop.fault(fault, target='alipay')
    shop.replies = ['fail']
    await shop.paid()
    await shop.world.advance(240)
    assert shop.genuine() == [False, True]


@pytest.mark.parametrize(
    'fields', [{'total_amount': '0.01'}, {'seller_id': '2088'}, {'app_id': '2021'}], ids=str
)
async def test_a_genuine_notice_may_say_something_wrong(
    shop: AlipayShop, fields: dict[str, str]
) -> None:
    await shop.fault('notify_fields', target=NUMBER, fields=fields)
    await shop.paid()
    assert shop.genuine() == [True]
    assert fields.items() <= shop.received[0].items()


async def test_a_notice_comes_late_twice_or_never(shop: AlipayShop) -> None:
    await shop.fault('notify_delay', target='A1', seconds=30)
    await shop.fault('notify_duplicate', target='A2', count=2)
    await shop.fault('notify_never', target='A3')
    for number in ('A1', 'A2', 'A3'):
        code = f'2800000000000{number[1]}0000'
        await shop.call('trade.pay', order(number, scene='bar_code', auth_code=code))
        await shop.world.sandbox.scheduler.settle()
    assert [notice['out_trade_no'] for notice in shop.received] == ['A2'] * 3
    await shop.world.advance(30)
    assert shop.received[-1]['out_trade_no'] == 'A1'
    await shop.world.advance(100_000)
    assert len(shop.received) == 4


async def test_notices_of_payment_and_refund_may_be_turned_round(shop: AlipayShop) -> None:
    await shop.fault('notify_reorder', target='transaction')
    await shop.paid()
    content = {'out_trade_no': NUMBER, 'refund_amount': '25.90', 'out_request_no': 'R1'}
    await shop.call('trade.refund', content)
    await shop.world.sandbox.scheduler.settle()
    assert [notice['trade_status'] for notice in shop.received] == [
        'TRADE_CLOSED',
        'TRADE_SUCCESS',
    ]


async def test_a_waiting_trade_is_told_on_demand(shop: AlipayShop) -> None:
    await shop.control('POST', 'settings', notify_waiting=True)
    await shop.call('trade.precreate', order())
    await shop.act('open')
    assert [notice['trade_status'] for notice in shop.received] == ['WAIT_BUYER_PAY']


@pytest.mark.parametrize('key', ['first', 'second'])
async def test_a_notice_is_signed_with_the_key_of_the_moment(shop: AlipayShop, key: str) -> None:
    await shop.control('POST', 'settings', key=key)
    await shop.call('trade.pay', order(scene='bar_code', auth_code='2800000000000000'), CERT_APP_ID)
    await shop.world.sandbox.scheduler.settle()
    number = 1 if key == 'first' else 2
    assert shop.genuine(alipay_key(number, certificate=True)) == [True]
    assert shop.received[0]['seller_id'] == '2088102146225136'


async def test_nobody_is_told_without_an_address(shop: AlipayShop) -> None:
    await shop.call(
        'trade.pay', order(scene='bar_code', auth_code='2800000000000000'), notify_url=None
    )
    await shop.world.advance(1000)
    assert shop.received == []
