"""v2: refund, refundquery, downloadbill (spec/wechat_pay_v2.md §3)."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from tests.sandbox.billshop import fetch, read, today, until_tomorrow
from tests.sandbox.shop import MCHID, World
from tests.sandbox.v2shop import NUMBER, call, from_xml, paid, send

pytestmark = pytest.mark.anyio

REFUND = '/secapi/pay/refund'
QUERY = '/pay/refundquery'
BILL = '/pay/downloadbill'


def _refund(**change: Any) -> dict[str, Any]:
    return {
        'out_trade_no': NUMBER,
        'out_refund_no': 'R1',
        'total_fee': 2590,
        'refund_fee': 1000,
        **change,
    }


async def test_a_refund_is_accepted_and_done_later(world: World) -> None:
    shown = await paid(world)
    change = {'out_trade_no': None, 'transaction_id': shown['transaction_id']}
    got = await call(world, REFUND, _refund(**change))
    assert (got['result_code'], got['refund_fee'], got['total_fee']) == ('SUCCESS', '1000', '2590')
    query = await call(world, QUERY, {'out_refund_no': 'R1'})
    assert (query['refund_status_0'], query['refund_count']) == ('PROCESSING', '1')
    await world.advance(10)
    for by in ({'refund_id': got['refund_id']}, {'out_trade_no': NUMBER}):
        query = await call(world, QUERY, by)
        assert query['refund_status_0'] == 'SUCCESS'
        assert (query['refund_id_0'], query['refund_fee_0']) == (got['refund_id'], '1000')
        assert len(query['refund_success_time_0']) == 19
    by_v3 = await world.wxpay('GET', '/v3/refund/domestic/refunds/R1')
    assert by_v3.json()['status'] == 'SUCCESS'


async def test_the_same_number_never_refunds_twice(world: World) -> None:
    await paid(world)
    first = await call(world, REFUND, _refund())
    assert (await call(world, REFUND, _refund()))['refund_id'] == first['refund_id']
    other = await call(world, REFUND, _refund(refund_fee=999))
    assert (other['result_code'], other['err_code']) == ('FAIL', 'PARAM_ERROR')
    assert len(world.sandbox.wxpay.refunds) == 1


@pytest.mark.parametrize(
    ('change', 'code'),
    [
        ({'refund_fee': 2591}, 'ERROR'),
        ({'total_fee': 2591}, 'PARAM_ERROR'),
        ({'out_trade_no': 'V0'}, 'ORDERNOTEXIST'),
        ({'out_trade_no': None}, 'LACK_PARAMS'),
        ({'transaction_id': '1'}, 'LACK_PARAMS'),
        ({'refund_fee': 0}, 'PARAM_ERROR'),
        ({'notify_url': 'http://shop.example.com/n'}, 'PARAM_ERROR'),
        ({'refund_account': 'MINE'}, 'PARAM_ERROR'),
    ],
)
async def test_a_refund_that_does_not_fit_is_refused(
    world: World, change: dict[str, Any], code: str
) -> None:
    await paid(world)
    assert (await call(world, REFUND, _refund(**change)))['err_code'] == code
    assert not world.sandbox.wxpay.refunds


async def test_money_time_and_luck_can_be_lacking(world: World) -> None:
    await paid(world)
    await world.control('POST', 'merchant', funds_fen=1)
    assert (await call(world, REFUND, _refund()))['err_code'] == 'NOTENOUGH'
    await world.control('POST', 'merchant', funds_fen=None)
    await world.control('POST', 'faults', fault='refund_not_found', target='wxpayv2.refund')
    assert (await call(world, REFUND, _refund()))['err_code'] == 'ORDERNOTEXIST'
    world.sandbox.clock.jump_to(world.sandbox.clock.now() + 366 * 86400)
    assert (await call(world, REFUND, _refund()))['err_code'] == 'TRADE_OVERDUE'


async def test_the_refunds_of_an_order_are_a_flat_list_with_pages(world: World) -> None:
    await paid(world)
    for number in range(12):
        body = _refund(out_refund_no=f'R{number}', refund_fee=1)
        assert (await call(world, REFUND, body))['result_code'] == 'SUCCESS'
        await world.advance(61)
    page = await call(world, QUERY, {'out_trade_no': NUMBER})
    assert (page['refund_count'], page['total_refund_count']) == ('10', '12')
    assert page['out_refund_no_9'] == 'R9'
    rest = await call(world, QUERY, {'out_trade_no': NUMBER, 'offset': 10})
    assert (rest['refund_count'], rest['out_refund_no_1']) == ('2', 'R11')


@pytest.mark.parametrize(
    'by', [{'out_refund_no': 'R0'}, {'refund_id': '1'}, {'out_trade_no': NUMBER}]
)
async def test_an_unknown_refund_does_not_exist(world: World, by: dict[str, str]) -> None:
    await paid(world)
    assert (await call(world, QUERY, by))['err_code'] == 'REFUNDNOTEXIST'


@pytest.mark.parametrize(('status', 'shown'), [('ABNORMAL', 'CHANGE'), ('CLOSED', 'REFUNDCLOSE')])
async def test_other_ends_have_names_of_their_own(world: World, status: str, shown: str) -> None:
    await paid(world)
    await world.control('POST', 'faults', fault='refund_outcome', status=status)
    await call(world, REFUND, _refund())
    await world.advance(10)
    assert (await call(world, QUERY, {'out_refund_no': 'R1'}))['refund_status_0'] == shown


async def test_the_bill_is_the_same_for_both_versions(world: World) -> None:
    day = today(world)
    await paid(world)
    await until_tomorrow(world)
    body = {'bill_date': day.replace('-', ''), 'bill_type': 'ALL'}
    plain = (await send(world, BILL, body)).content
    (line,), _totals = read(plain)
    assert (line['商户订单号'], line['商户号']) == (NUMBER, MCHID)
    packed = (await send(world, BILL, body | {'tar_type': 'GZIP'})).content
    assert gzip.decompress(packed) == plain == await fetch(world, day)


@pytest.mark.parametrize(
    ('body', 'message'),
    [
        ({}, 'missing parameter'),
        ({'bill_date': '20260231'}, 'data format error'),
        ({'bill_date': '2026111'}, 'data format error'),
        ({'bill_date': '20990101'}, 'data format error'),
        ({'bill_date': '20260101', 'bill_type': 'MINE'}, 'invalid bill_type'),
        ({'bill_date': '20260101', 'tar_type': 'ZIP'}, 'data format error'),
        ({'bill_date': '20260101', 'bill_type': 'RECHARGE_REFUND'}, 'No Bill Exist'),
    ],
)
async def test_a_bill_that_is_not_there_is_explained_in_xml(
    world: World, body: dict[str, str], message: str
) -> None:
    got = from_xml((await send(world, BILL, body)).content)
    assert got == {'return_code': 'FAIL', 'return_msg': message}


async def test_a_bill_is_ready_at_ten_and_empty_days_have_none(world: World) -> None:
    day = today(world).replace('-', '')
    await until_tomorrow(world, 9)
    got = from_xml((await send(world, BILL, {'bill_date': day})).content)
    assert got['return_msg'] == 'Bill Creating'
    await world.advance(3600)
    got = from_xml((await send(world, BILL, {'bill_date': day})).content)
    assert got['return_msg'] == 'No Bill Exist'


async def test_a_bill_can_arrive_broken(world: World) -> None:
    day = today(world)
    await paid(world)
    await until_tomorrow(world)
    body = {'bill_date': day.replace('-', '')}
    await world.control('POST', 'faults', fault='bill_corrupt', target='wxpayv2.downloadbill')
    broken, whole = [(await send(world, BILL, body)).content for _ in range(2)]
    assert whole.startswith(broken)
    assert len(broken) < len(whole)
