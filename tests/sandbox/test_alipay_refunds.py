"""Refunds of Alipay and their notices."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.alipay_shop import NUMBER, AlipayShop
from tests.sandbox.shop import World

pytestmark = pytest.mark.anyio

REFUND, QUERY = 'trade.refund', 'trade.fastpay.refund.query'


@pytest.fixture
async def shop(world: World) -> AlipayShop:
    """Return the shop, which has one order that is paid."""
    shop = AlipayShop(world)
    await shop.paid()
    shop.received.clear()
    return shop


def _refund(amount: str = '10.00', number: str = 'R1') -> dict[str, Any]:
    return {'out_trade_no': NUMBER, 'refund_amount': amount, 'out_request_no': number}


async def _found(shop: AlipayShop, number: str = 'R1') -> dict[str, Any]:
    content = {'out_trade_no': NUMBER, 'out_request_no': number}
    return await shop.call(QUERY, {**content, 'query_options': ['gmt_refund_pay']})


async def test_a_refund_moves_money_once(shop: AlipayShop) -> None:
    first = await shop.call(REFUND, _refund())
    assert (first['fund_change'], first['refund_fee']) == ('Y', '10.00')
    again = await shop.call(REFUND, _refund())
    assert (again['code'], again['fund_change'], again['refund_fee']) == ('10000', 'N', '10.00')
    node = await shop.call(REFUND, _refund('10.01'))
    assert node['sub_code'] == 'ACQ.DISCORDANT_REPEAT_REQUEST'


async def test_the_answer_tells_the_sum_of_all_refunds(shop: AlipayShop) -> None:
    await shop.call(REFUND, _refund())
    node = await shop.call(REFUND, _refund('5.00', 'R2'))
    assert node['refund_fee'] == '15.00'
    await shop.world.sandbox.scheduler.settle()
    assert [(n['trade_status'], n['refund_fee'], n['out_biz_no']) for n in shop.received] == [
        ('TRADE_SUCCESS', '10.00', 'R1'),
        ('TRADE_SUCCESS', '15.00', 'R2'),
    ]
    assert all(notice['gmt_refund'] and notice['gmt_payment'] for notice in shop.received)
    assert shop.genuine() == [True, True]


async def test_a_full_refund_closes_the_trade(shop: AlipayShop) -> None:
    await shop.call(REFUND, _refund('25.90'))
    await shop.world.sandbox.scheduler.settle()
    (notice,) = shop.received
    assert (notice['trade_status'], notice['refund_fee']) == ('TRADE_CLOSED', '25.90')
    node = await shop.call('trade.query', {'out_trade_no': NUMBER})
    assert node['trade_status'] == 'TRADE_CLOSED'
    assert node['send_pay_date']
    assert (await shop.call(REFUND, _refund('25.90')))['fund_change'] == 'N'
    node = await shop.call(REFUND, _refund('0.01', 'R2'))
    assert node['sub_code'] == 'ACQ.TRADE_HAS_CLOSE'


async def test_a_query_tells_only_of_money_that_moved(shop: AlipayShop) -> None:
    assert set(await _found(shop)) == {'code', 'msg'}
    await shop.call(REFUND, _refund())
    node = await _found(shop)
    assert (node['refund_status'], node['refund_amount']) == ('REFUND_SUCCESS', '10.00')
    assert node['total_amount'] == '25.90'


@pytest.mark.parametrize(
    ('content', 'sub_code'),
    [
        (_refund('25.91'), 'REASON_TRADE_REFUND_FEE_ERR'),
        (_refund('0'), 'TOTAL_FEE_EXCEED'),
        (_refund('x'), 'INVALID_PARAMETER'),
        (_refund(number='a b'), 'INVALID_PARAMETER'),
        ({**_refund(), 'out_request_no': ''}, 'REFUND_AMT_NOT_EQUAL_TOTAL'),
        ({**_refund(), 'out_trade_no': 'X'}, 'TRADE_NOT_EXIST'),
        ({'refund_amount': '1.00', 'out_request_no': 'R1'}, 'INVALID_PARAMETER'),
    ],
)
async def test_a_refund_that_does_not_fit_is_refused(
    shop: AlipayShop, content: dict[str, Any], sub_code: str
) -> None:
    assert (await shop.call(REFUND, content))['sub_code'] == f'ACQ.{sub_code}'


async def test_an_ended_or_unpaid_trade_gives_nothing_back(shop: AlipayShop) -> None:
    await shop.act('finish')
    assert shop.received[-1]['trade_status'] == 'TRADE_FINISHED'
    assert (await shop.call(REFUND, _refund()))['sub_code'] == 'ACQ.TRADE_HAS_FINISHED'


async def test_a_merchant_without_money_cannot_refund(shop: AlipayShop) -> None:
    await shop.control('POST', 'settings', funds_fen=999)
    node = await shop.call(REFUND, _refund())
    assert node['sub_code'] == 'ACQ.SELLER_BALANCE_NOT_ENOUGH'
    await shop.control('POST', 'settings', funds_fen=1000)
    assert (await shop.call(REFUND, _refund()))['fund_change'] == 'Y'
    settings = await shop.control('GET', 'settings')
    assert settings['funds_fen']['2088102146225135'] == 0


# === FAULTS === #


async def test_a_refund_may_find_no_trade_at_first(shop: AlipayShop) -> None:
    await shop.fault('refund_not_found', target='R1')
    assert (await shop.call(REFUND, _refund()))['sub_code'] == 'ACQ.TRADE_NOT_EXIST'
    assert (await shop.call(REFUND, _refund()))['fund_change'] == 'Y'


async def test_money_may_move_after_the_answer(shop: AlipayShop) -> None:
    await shop.fault('refund_outcome', target=NUMBER, seconds=20)
    assert (await shop.call(REFUND, _refund()))['fund_change'] == 'N'
    assert 'refund_status' not in await _found(shop)
    assert (await shop.call(REFUND, _refund()))['fund_change'] == 'N'
    await shop.world.advance(20)
    assert (await _found(shop))['refund_status'] == 'REFUND_SUCCESS'
    assert [notice['out_biz_no'] for notice in shop.received] == ['R1']


async def test_a_refund_may_come_to_nothing(shop: AlipayShop) -> None:
    await shop.fault('refund_outcome', target='R1', status='CLOSED')
    assert (await shop.call(REFUND, _refund()))['fund_change'] == 'N'
    await shop.world.advance(10)
    assert 'refund_status' not in await _found(shop)
    assert (await shop.call(REFUND, _refund()))['fund_change'] == 'Y'


async def test_a_refund_may_be_done_though_the_answer_fails(shop: AlipayShop) -> None:
    await shop.fault('error_500_after', target='alipay.refund')
    assert (await shop.raw(REFUND, _refund())).status_code == 500
    assert (await _found(shop))['refund_status'] == 'REFUND_SUCCESS'
    assert (await shop.call(REFUND, _refund()))['fund_change'] == 'N'
