"""The life of a trade: how it is opened, placed again, and ended by time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.alipay_shop import (
    APP_ID,
    CODE,
    NUMBER,
    RETURN_URL,
    AlipayShop,
    button,
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


# === SCENES === #


async def test_a_code_is_no_trade_before_somebody_scans_it(shop: AlipayShop) -> None:
    node = await shop.call('trade.precreate', order())
    assert node['qr_code'].startswith('http://127.0.0.1:8070/alipay/qr/bax')
    for method in ('trade.query', 'trade.close'):
        answer = await shop.call(method, {'out_trade_no': NUMBER})
        assert answer['sub_code'] == 'ACQ.TRADE_NOT_EXIST'
    page = (await shop.world.client.get(node['qr_code'])).text
    assert button(page, 'pay')
    assert '¥25.90' in page
    assert await _status(shop) == 'WAIT_BUYER_PAY'
    await shop.act('pay')
    assert await _status(shop) == 'TRADE_SUCCESS'
    assert _notices(shop) == ['TRADE_SUCCESS']


@pytest.mark.parametrize('kind', ['page', 'wap'])
async def test_a_browser_pays_at_the_cashier_and_comes_back(shop: AlipayShop, kind: str) -> None:
    client = shop.world.client
    parameters = signed(APP_ID, f'trade.{kind}.pay', order(), return_url=RETURN_URL)
    answer = await client.get('/gateway.do', params=parameters)
    assert answer.status_code == 302
    cashier = answer.headers['location']
    assert button((await client.get(cashier)).text, 'open')
    assert await _status(shop) == 'ACQ.TRADE_NOT_EXIST'
    await client.post(cashier, data={'action': 'open'})
    assert await _status(shop) == 'WAIT_BUYER_PAY'
    answer = await client.post(cashier, data={'action': 'pay'})
    await shop.world.sandbox.scheduler.settle()
    assert answer.status_code == 303
    assert answer.headers['location'].startswith(f'{RETURN_URL}&app_id={APP_ID}')
    assert f'alipay.trade.{kind}.pay.return' in answer.headers['location']
    assert 'trade_status' not in answer.headers['location']
    assert _notices(shop) == ['TRADE_SUCCESS']
    assert not button((await client.get(cashier)).text, 'pay')
    assert (await client.post(cashier, data={'action': 'pay'})).status_code == 409


async def test_a_form_leads_to_the_same_cashier_as_the_link(shop: AlipayShop) -> None:
    parameters = signed(APP_ID, 'trade.page.pay', order())
    client = shop.world.client
    first = await client.get('/gateway.do', params=parameters)
    content = {'biz_content': parameters.pop('biz_content')}
    second = await client.post('/gateway.do', params=parameters, data=content)
    assert first.headers['location'] == second.headers['location']


async def test_a_link_that_is_not_right_shows_a_page(shop: AlipayShop) -> None:
    parameters = signed(APP_ID, 'trade.page.pay', order(), sign='AAAA')
    answer = await shop.world.client.get('/gateway.do', params=parameters)
    assert answer.status_code == 400
    assert 'isv.invalid-signature' in answer.text
    for path in ('/alipay/cashier/x', '/alipay/qr/x'):
        assert (await shop.world.client.get(path)).status_code == 404


async def test_an_app_hands_over_an_order_string(shop: AlipayShop) -> None:
    parameters = signed(APP_ID, 'trade.app.pay', order())
    text = '&'.join(f'{name}={_escape(value)}' for name, value in parameters.items())
    opened = await shop.control('POST', 'app', order_string=text)
    assert opened['trade']['trade_status'] == 'WAIT_BUYER_PAY'
    page = await shop.world.client.get(opened['url'])
    assert button(page.text, 'pay')
    await shop.act('pay')
    assert await _status(shop) == 'TRADE_SUCCESS'
    answer = await shop.world.client.post(
        '/control/alipay/app', json={'order_string': text.replace('25.90', '0.01')}
    )
    assert answer.status_code == 400


def _escape(value: str) -> str:
    return ''.join(f'%{byte:02X}' for byte in value.encode())


# === THE SAME NUMBER AGAIN === #


async def test_the_same_order_again_is_the_same_trade(shop: AlipayShop) -> None:
    content = order()
    first = await shop.call('trade.precreate', content)
    assert (await shop.call('trade.precreate', content))['qr_code'] == first['qr_code']
    for change in ({'total_amount': '25.91'}, {'subject': 'x'}):
        node = await shop.call('trade.precreate', {**content, **change})
        assert node['sub_code'] == 'ACQ.CONTEXT_INCONSISTENT'
    await shop.act('open')
    await shop.call('trade.close', {'out_trade_no': NUMBER})
    assert (await shop.call('trade.precreate', content))['sub_code'] == 'ACQ.TRADE_HAS_CLOSE'
    await shop.paid('A20260101000002')
    node = await shop.call('trade.precreate', order('A20260101000002'))
    assert node['sub_code'] == 'ACQ.TRADE_HAS_SUCCESS'


@pytest.mark.parametrize(
    ('change', 'sub_code'),
    [
        ({'out_trade_no': 'A-1'}, 'INVALID_PARAMETER'),
        ({'out_trade_no': 'A' * 65}, 'INVALID_PARAMETER'),
        ({'total_amount': '0'}, 'TOTAL_FEE_EXCEED'),
        ({'total_amount': '1.001'}, 'INVALID_PARAMETER'),
        ({'total_amount': 1}, 'INVALID_PARAMETER'),
        ({'total_amount': '100000000.01'}, 'TOTAL_FEE_EXCEED'),
        ({'subject': ''}, 'INVALID_PARAMETER'),
        ({'subject': 'a&b'}, 'INVALID_PARAMETER'),
        ({'time_expire': 'soon'}, 'INVALID_PARAMETER'),
        ({'time_expire': '2020-01-01 00:00:00'}, 'NOW_TIME_AFTER_EXPIRE_TIME_ERROR'),
        ({'time_expire': None, 'timeout_express': '1.5h'}, 'INVALID_PARAMETER'),
        ({'time_expire': None, 'timeout_express': '16d'}, 'INVALID_PARAMETER'),
    ],
    ids=str,
)
async def test_an_order_that_is_not_right_is_refused(
    shop: AlipayShop, change: dict[str, Any], sub_code: str
) -> None:
    content = {name: value for name, value in order(**change).items() if value is not None}
    node = await shop.call('trade.precreate', content)
    assert (node['code'], node['sub_code']) == ('40004', f'ACQ.{sub_code}')


# === TIME === #


async def test_an_unpaid_trade_ends_at_its_last_moment(shop: AlipayShop) -> None:
    await shop.call('trade.pay', order(**WAITS))
    await shop.world.advance(31 * 60)
    assert await _status(shop) == 'TRADE_CLOSED'
    (notice,) = shop.received
    assert (notice['trade_status'], notice['refund_fee']) == ('TRADE_CLOSED', '0.00')
    assert 'gmt_payment' not in notice


async def test_a_relative_time_begins_with_the_trade(shop: AlipayShop) -> None:
    content = order(timeout_express='5m')
    del content['time_expire']
    await shop.call('trade.precreate', content)
    await shop.world.advance(3600)
    await shop.act('open')
    assert await _status(shop) == 'WAIT_BUYER_PAY'
    await shop.world.advance(301)
    assert await _status(shop) == 'TRADE_CLOSED'


async def test_a_code_that_nobody_scanned_dies_after_two_hours(shop: AlipayShop) -> None:
    content = order(timeout_express='1d')
    del content['time_expire']
    node = await shop.call('trade.precreate', content)
    await shop.world.advance(7201)
    assert (await shop.world.client.get(node['qr_code'])).status_code == 409
    assert await _status(shop) == 'ACQ.TRADE_NOT_EXIST'


async def test_the_control_lists_what_is_invisible_too(shop: AlipayShop) -> None:
    await shop.call('trade.precreate', order())
    (item,) = (await shop.control('GET', f'trades?out_trade_no={NUMBER}'))['items']
    assert (item['trade_status'], item['kind']) == ('PRECREATED', 'qr')
    for path in (f'trades/{NUMBER}/fly', 'trades/X/pay'):
        answer = await shop.world.client.post(f'/control/alipay/{path}', json={})
        assert answer.status_code == 404
