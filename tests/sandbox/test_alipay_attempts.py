"""Charges by code, and how attempts end: closed, cancelled, paid late or twice."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.alipay_shop import (
    APP_ID,
    CODE,
    NUMBER,
    AlipayShop,
    order,
    signed,
)
from tests.sandbox.shop import World

pytestmark = pytest.mark.anyio

CHARGE: dict[str, Any] = {'scene': 'bar_code', 'auth_code': f'{CODE}00'}
WAITS: dict[str, Any] = {'scene': 'bar_code', 'auth_code': f'{CODE}02'}


@pytest.fixture
def shop(world: World) -> AlipayShop:
    """Return the shop beside the world."""
    return AlipayShop(world)


async def _status(shop: AlipayShop, number: str = NUMBER) -> str:
    node = await shop.call('trade.query', {'out_trade_no': number})
    return str(node.get('trade_status', node.get('sub_code')))


def _notices(shop: AlipayShop) -> list[str]:
    return [notice['trade_status'] for notice in shop.received]


async def test_a_scanned_code_pays_at_once(shop: AlipayShop) -> None:
    node = await shop.paid()
    assert (node['code'], node['total_amount']) == ('10000', '25.90')
    assert node['gmt_payment']
    assert _notices(shop) == ['TRADE_SUCCESS']


@pytest.mark.parametrize(
    ('ending', 'code', 'sub_code', 'status', 'later'),
    [
        ('01', '10003', None, 'WAIT_BUYER_PAY', 'TRADE_SUCCESS'),
        ('02', '10003', None, 'WAIT_BUYER_PAY', 'WAIT_BUYER_PAY'),
        ('03', '40004', 'ACQ.PAYMENT_AUTH_CODE_INVALID', 'ACQ.TRADE_NOT_EXIST', None),
        ('04', '40004', 'ACQ.BUYER_BALANCE_NOT_ENOUGH', 'WAIT_BUYER_PAY', 'WAIT_BUYER_PAY'),
        ('05', '20000', 'aop.ACQ.SYSTEM_ERROR', 'TRADE_SUCCESS', 'TRADE_SUCCESS'),
        ('06', '20000', 'isp.unknow-error', 'ACQ.TRADE_NOT_EXIST', None),
        ('08', '10003', None, 'WAIT_BUYER_PAY', 'TRADE_CLOSED'),
    ],
)
async def test_the_ending_of_a_code_decides_on_its_charge(
    shop: AlipayShop, ending: str, code: str, sub_code: str | None, status: str, later: str | None
) -> None:
    content = order(scene='bar_code', auth_code=f'{CODE}{ending}')
    node = await shop.call('trade.pay', content)
    assert (node['code'], node.get('sub_code')) == (code, sub_code)
    assert await _status(shop) == status
    await shop.world.advance(10)
    assert await _status(shop) == (later or status)


async def test_a_charge_may_lose_its_connection_after_paying(shop: AlipayShop) -> None:
    with pytest.raises(ConnectionResetError):
        await shop.raw('trade.pay', order(scene='bar_code', auth_code=f'{CODE}07'))
    assert await _status(shop) == 'TRADE_SUCCESS'


async def test_a_code_serves_one_payment(shop: AlipayShop) -> None:
    await shop.paid()
    node = await shop.call('trade.pay', order('A20260101000002', **CHARGE))
    assert node['sub_code'] == 'ACQ.PAYMENT_AUTH_CODE_INVALID'


async def test_closing_is_for_unpaid_trades(shop: AlipayShop) -> None:
    await shop.call('trade.pay', order(**WAITS))
    assert (await shop.call('trade.close', {'out_trade_no': NUMBER}))['code'] == '10000'
    assert await _status(shop) == 'TRADE_CLOSED'
    node = await shop.call('trade.close', {'out_trade_no': NUMBER})
    assert node['sub_code'] == 'ACQ.TRADE_STATUS_ERROR'
    answer = await shop.world.client.post(f'/control/alipay/trades/{NUMBER}/pay', json={})
    assert answer.status_code == 409


async def test_a_payer_at_the_password_stops_the_close(shop: AlipayShop) -> None:
    await shop.call('trade.precreate', order())
    await shop.act('typing')
    node = await shop.call('trade.close', {'out_trade_no': NUMBER})
    assert node['sub_code'] == 'ACQ.REASON_TRADE_STATUS_INVALID'
    await shop.world.advance(3600)
    await shop.act('pay')
    assert await _status(shop) == 'TRADE_SUCCESS'


async def test_a_close_may_be_refused_and_the_money_follows(shop: AlipayShop) -> None:
    await shop.call('trade.pay', order(**WAITS))
    await shop.fault('close_race', target=NUMBER, seconds=7)
    node = await shop.call('trade.close', {'out_trade_no': NUMBER})
    assert node['sub_code'] == 'ACQ.REASON_TRADE_STATUS_INVALID'
    await shop.world.advance(7)
    assert await _status(shop) == 'TRADE_SUCCESS'
    assert _notices(shop) == ['TRADE_SUCCESS']


async def test_money_may_come_after_the_close(shop: AlipayShop) -> None:
    await shop.call('trade.pay', order(**WAITS))
    await shop.fault('late_success', target='alipay.close', seconds=60)
    assert (await shop.call('trade.close', {'out_trade_no': NUMBER}))['code'] == '10000'
    assert await _status(shop) == 'TRADE_CLOSED'
    await shop.world.advance(60)
    assert await _status(shop) == 'TRADE_SUCCESS'
    assert _notices(shop) == ['TRADE_SUCCESS']


async def test_two_numbers_of_one_purchase_may_both_be_paid(shop: AlipayShop) -> None:
    await shop.call('trade.precreate', order('A20260101000002'))
    await shop.fault('double_success', target=NUMBER)
    await shop.paid()
    assert await _status(shop, 'A20260101000002') == 'TRADE_SUCCESS'
    assert [notice['out_trade_no'] for notice in shop.received] == [NUMBER, 'A20260101000002']


@pytest.mark.parametrize(
    ('ending', 'action', 'status'),
    [
        ('02', 'close', 'TRADE_CLOSED'),
        ('00', 'refund', 'TRADE_CLOSED'),
        ('06', None, 'ACQ.TRADE_NOT_EXIST'),
    ],
)
async def test_a_cancel_ends_an_attempt_whatever_became_of_it(
    shop: AlipayShop, ending: str, action: str | None, status: str
) -> None:
    await shop.call('trade.pay', order(scene='bar_code', auth_code=f'{CODE}{ending}'))
    node = await shop.call('trade.cancel', {'out_trade_no': NUMBER})
    assert (node['retry_flag'], node.get('action')) == ('N', action)
    assert await _status(shop) == status
    again = await shop.call('trade.cancel', {'out_trade_no': NUMBER})
    assert (again['retry_flag'], again.get('action')) == ('N', action)


async def test_a_cancel_makes_an_unscanned_code_useless(shop: AlipayShop) -> None:
    node = await shop.call('trade.precreate', order())
    answer = await shop.call('trade.cancel', {'out_trade_no': NUMBER})
    assert (answer['retry_flag'], 'action' in answer) == ('N', False)
    assert (await shop.world.client.get(node['qr_code'])).status_code == 409


async def test_a_cancel_may_want_to_be_repeated(shop: AlipayShop) -> None:
    await shop.paid()
    await shop.fault('reverse_recall', target='alipay.cancel')
    node = await shop.call('trade.cancel', {'out_trade_no': NUMBER})
    assert (node['retry_flag'], 'action' in node) == ('Y', False)
    assert await _status(shop) == 'TRADE_SUCCESS'
    node = await shop.call('trade.cancel', {'out_trade_no': NUMBER})
    assert (node['retry_flag'], node['action']) == ('N', 'refund')


async def test_a_cancel_comes_too_late_or_at_the_wrong_scene(shop: AlipayShop) -> None:
    await shop.paid()
    await shop.world.advance(86401)
    node = await shop.call('trade.cancel', {'out_trade_no': NUMBER})
    assert node['sub_code'] == 'ACQ.TRADE_CANCEL_TIME_OUT'
    number = 'A20260101000002'
    parameters = signed(APP_ID, 'trade.page.pay', order(number))
    await shop.world.client.get('/gateway.do', params=parameters)
    await shop.act('pay', number, force=True)
    node = await shop.call('trade.cancel', {'out_trade_no': number})
    assert node['sub_code'] == 'ACQ.CANCEL_NOT_ALLOWED'
