"""Bills that differ from what happened."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Any

import pytest

from tests.sandbox.billshop import bill_of, fetch, offer, today, until_tomorrow
from tests.sandbox.shop import World

pytestmark = pytest.mark.anyio

FIRST, SECOND = 'T20260101000001', 'T20260101000002'


async def _two_payments(world: World) -> str:
    """Have two payments, one partly refunded, and their day's bill ready."""
    day = today(world)
    for number in (FIRST, SECOND):
        await world.paid(number)
    body = {
        'out_trade_no': SECOND,
        'out_refund_no': 'R1',
        'amount': {'refund': 1000, 'total': 2590, 'currency': 'CNY'},
    }
    await world.wxpay('POST', '/v3/refund/domestic/refunds', body)
    await until_tomorrow(world)
    return day


async def _differ(world: World, difference: str, target: str = FIRST, **more: Any) -> None:
    await world.control(
        'POST', 'faults', fault='bill_difference', difference=difference, target=target, **more
    )


async def _payments(world: World, day: str, name: str) -> list[str]:
    lines = await bill_of(world, day)
    return [line[name] for line in lines if line['交易状态'] != 'REFUND']


async def test_a_payment_can_be_missing(world: World) -> None:
    day = await _two_payments(world)
    await _differ(world, 'missing')
    assert await _payments(world, day, '商户订单号') == [SECOND]


async def test_a_payment_nobody_knows_can_be_there(world: World) -> None:
    day = await _two_payments(world)
    await _differ(world, 'unknown')
    numbers = await _payments(world, day, '商户订单号')
    assert (len(numbers), numbers[0], numbers[2]) == (3, FIRST, SECOND)
    assert numbers[1].startswith('UNKNOWN')
    assert len(set(await _payments(world, day, '微信订单号'))) == 3


async def test_an_amount_can_be_wrong(world: World) -> None:
    day = await _two_payments(world)
    await _differ(world, 'amount', fen=-90)
    assert await _payments(world, day, '订单金额') == ['25.00', '25.90']


async def test_a_fee_can_be_wrong(world: World) -> None:
    day = await _two_payments(world)
    await _differ(world, 'fee', fen=5)
    assert await _payments(world, day, '手续费') == ['0.21000', '0.16000']


async def test_a_line_can_come_twice(world: World) -> None:
    day = await _two_payments(world)
    await _differ(world, 'duplicate')
    assert await _payments(world, day, '商户订单号') == [FIRST, FIRST, SECOND]


@pytest.mark.parametrize(
    ('target', 'column', 'more', 'shown'),
    [
        (FIRST, '交易状态', {}, 'REVOKED'),
        ('R1', '退款状态', {}, 'FAIL'),
        ('R1', '退款状态', {'state': 'PROCESSING'}, 'PROCESSING'),
    ],
)
async def test_a_state_can_be_wrong(
    world: World, target: str, column: str, more: dict[str, str], shown: str
) -> None:
    day = await _two_payments(world)
    await _differ(world, 'state', target, **more)
    number = '商户退款单号' if target == 'R1' else '商户订单号'
    (line,) = (line for line in await bill_of(world, day) if line[number] == target)
    assert line[column] == shown


async def test_a_line_can_slip_over_midnight(world: World) -> None:
    day = await _two_payments(world)
    await _differ(world, 'next_day')
    assert await _payments(world, day, '商户订单号') == [SECOND]
    after = str(date.fromisoformat(day) + timedelta(days=1))
    assert (await offer(world, after)).json()['code'] == 'INVALID_REQUEST'
    await until_tomorrow(world)
    assert await _payments(world, after, '商户订单号') == [FIRST]


async def test_a_difference_stays_and_is_told_to_the_tester(world: World) -> None:
    day = await _two_payments(world)
    await _differ(world, 'unknown')
    assert await fetch(world, day) == await fetch(world, day)
    (made,) = (await world.control('GET', 'bills'))['differences']
    assert (made['bill'], made['difference']) == ('trade', 'unknown')


async def test_a_fund_bill_differs_on_its_own(world: World) -> None:
    day = await _two_payments(world)
    await world.control(
        'POST', 'faults', fault='fund_difference', difference='missing', target=FIRST
    )
    flows = await bill_of(world, day, kind='fundflowbill')
    assert FIRST not in [flow['业务凭证号'] for flow in flows]
    assert await _payments(world, day, '商户订单号') == [FIRST, SECOND]


async def test_a_file_can_arrive_broken_and_whole_the_next_time(world: World) -> None:
    day = await _two_payments(world)
    await world.control('POST', 'faults', fault='bill_corrupt')
    offered = (await offer(world, day)).json()
    target = offered['download_url'].removeprefix('http://127.0.0.1:8070')
    spoiled = await world.wxpay('GET', target)
    assert spoiled.status_code == 200
    assert hashlib.sha1(spoiled.content).hexdigest() != offered['hash_value']
    assert len(await bill_of(world, day)) == 3


async def test_a_difference_of_no_known_kind_is_refused(world: World) -> None:
    body = {'fault': 'bill_difference', 'difference': 'mood'}
    assert (await world.client.post('/control/faults', json=body)).status_code == 400
