"""Payments that come when nobody expects them any more (§7, §15 of the sheet)."""

from __future__ import annotations

import pytest

from tests.sandbox.shop import MCHID, World

pytestmark = pytest.mark.anyio

FIRST, SECOND = 'T20260101000001', 'T20260101000002'
PATH = '/v3/pay/transactions/out-trade-no'


async def _close(world: World, number: str = FIRST) -> tuple[int, str]:
    answer = await world.wxpay('POST', f'{PATH}/{number}/close', {'mchid': MCHID})
    return answer.status_code, answer.json()['code'] if answer.content else ''


async def _states(world: World) -> list[str]:
    books = await world.control('GET', 'books')
    return [item['trade_state'] for item in books['transactions']]


async def test_a_close_can_race_with_a_payment_and_lose(world: World) -> None:
    await world.prepay()
    await world.control('POST', 'faults', fault='close_race', target=FIRST, seconds=3)
    assert await _close(world) == (429, 'FREQUENCY_LIMITED')
    assert await _states(world) == ['NOTPAY']
    await world.advance(3)
    assert await _states(world) == ['SUCCESS']
    assert world.inbox.events() == ['TRANSACTION.SUCCESS']
    assert await _close(world) == (400, 'ORDER_PAID')


async def test_a_close_that_raced_can_be_repeated_before_the_money_comes(world: World) -> None:
    await world.prepay()
    await world.control('POST', 'faults', fault='close_race', seconds=30)
    assert (await _close(world))[0] == 429
    assert await _close(world) == (204, '')
    await world.advance(30)
    assert await _states(world) == ['SUCCESS']


async def test_money_can_come_after_a_close_that_worked(world: World) -> None:
    await world.prepay()
    await world.control('POST', 'faults', fault='late_success', target='wxpay.close', seconds=60)
    assert await _close(world) == (204, '')
    assert await _states(world) == ['CLOSED']
    await world.advance(60)
    assert await _states(world) == ['SUCCESS']
    assert world.inbox.genuine() == [True]


async def test_both_numbers_of_one_purchase_can_be_paid(world: World) -> None:
    await world.prepay(FIRST)
    await _close(world, FIRST)
    second = await world.prepay(SECOND)
    await world.control('POST', 'faults', fault='double_success', target=SECOND)
    await world.control('POST', f'prepays/{second}/pay')
    await world.advance(1)
    assert await _states(world) == ['SUCCESS', 'SUCCESS']
    paid = world.inbox.resources()
    assert {item['out_trade_no'] for item in paid} == {FIRST, SECOND}
    assert len({item['transaction_id'] for item in paid}) == 2


async def test_the_other_number_can_be_named(world: World) -> None:
    await world.prepay(FIRST, description='something else', amount={'total': 1})
    second = await world.prepay(SECOND)
    await world.control('POST', 'faults', fault='double_success', other=FIRST, seconds=20)
    await world.control('POST', f'prepays/{second}/pay')
    await world.advance(19)
    assert await _states(world) == ['NOTPAY', 'SUCCESS']
    await world.advance(1)
    assert await _states(world) == ['SUCCESS', 'SUCCESS']


async def test_a_purchase_of_something_else_is_left_alone(world: World) -> None:
    await world.prepay(FIRST, amount={'total': 1})
    second = await world.prepay(SECOND)
    await world.control('POST', 'faults', fault='double_success')
    await world.control('POST', f'prepays/{second}/pay')
    await world.advance(60)
    assert await _states(world) == ['NOTPAY', 'SUCCESS']


async def test_a_payment_can_be_dated(world: World) -> None:
    prepay_id = await world.prepay()
    moment = '2026-03-01T23:59:59+08:00'
    answer = await world.control('POST', f'prepays/{prepay_id}/pay', success_time=moment)
    assert answer['transaction']['success_time'] == moment


@pytest.mark.parametrize('moment', ['yesterday', '2026-03-01T23:59:59'])
async def test_a_date_without_meaning_is_refused(world: World, moment: str) -> None:
    prepay_id = await world.prepay()
    path = f'/control/prepays/{prepay_id}/pay'
    answer = await world.client.post(path, json={'success_time': moment})
    assert answer.status_code == 400
