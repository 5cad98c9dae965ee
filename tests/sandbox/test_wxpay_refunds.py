"""Refunds (spec/wechat_pay_v3.md §8)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.shop import MCHID, NOTIFY_URL, World

pytestmark = pytest.mark.anyio

REFUNDS = '/v3/refund/domestic/refunds'
NUMBER = 'T20260101000001'


def _refund(transaction: dict[str, Any], **change: Any) -> dict[str, Any]:
    body = {
        'transaction_id': transaction['transaction_id'],
        'out_refund_no': 'R1',
        'notify_url': NOTIFY_URL,
        'amount': {'refund': 2590, 'total': 2590, 'currency': 'CNY'},
        **change,
    }
    return {key: value for key, value in body.items() if value is not None}


def _part(fen: int) -> dict[str, Any]:
    return {'refund': fen, 'total': 2590, 'currency': 'CNY'}


async def test_a_refund_is_accepted_then_done_then_told(world: World) -> None:
    paid = await world.paid()
    world.inbox.received.clear()
    answer = await world.wxpay('POST', REFUNDS, _refund(paid))
    assert answer.json()['status'] == 'PROCESSING'
    assert 'success_time' not in answer.json()
    await world.advance(10)
    done = (await world.wxpay('GET', f'{REFUNDS}/R1')).json()
    assert done['status'] == 'SUCCESS'
    assert done['refund_id'] == answer.json()['refund_id']
    (resource,) = world.inbox.resources()
    assert world.inbox.events() == ['REFUND.SUCCESS']
    assert resource['refund_status'] == 'SUCCESS'
    assert 'status' not in resource
    assert 'currency' not in resource['amount']
    query = await world.wxpay('GET', f'/v3/pay/transactions/out-trade-no/{NUMBER}?mchid={MCHID}')
    assert query.json()['trade_state'] == 'REFUND'


async def test_the_same_number_never_refunds_twice(world: World) -> None:
    paid = await world.paid()
    first = await world.wxpay('POST', REFUNDS, _refund(paid))
    again = await world.wxpay('POST', REFUNDS, _refund(paid))
    assert first.json()['refund_id'] == again.json()['refund_id']
    other = await world.wxpay('POST', REFUNDS, _refund(paid, reason='other'))
    assert (other.status_code, other.json()['code']) == (400, 'INVALID_REQUEST')
    assert len(world.sandbox.wxpay.refunds) == 1


async def test_partial_refunds_add_up_to_the_total_and_no_further(world: World) -> None:
    paid = await world.paid()
    first = await world.wxpay('POST', REFUNDS, _refund(paid, amount=_part(1000)))
    assert first.status_code == 200
    soon = await world.wxpay('POST', REFUNDS, _refund(paid, out_refund_no='R2', amount=_part(90)))
    assert (soon.status_code, soon.json()['code']) == (429, 'FREQUENCY_LIMITED')
    await world.advance(61)
    much = await world.wxpay('POST', REFUNDS, _refund(paid, out_refund_no='R3', amount=_part(1591)))
    assert (much.status_code, much.json()['code']) == (400, 'INVALID_REQUEST')
    rest = await world.wxpay('POST', REFUNDS, _refund(paid, out_refund_no='R4', amount=_part(1590)))
    assert rest.status_code == 200


async def test_fifty_partial_refunds_are_the_limit(world: World) -> None:
    paid = await world.paid()
    for number in range(50):
        body = _refund(paid, out_refund_no=f'R{number}', amount=_part(1))
        assert (await world.wxpay('POST', REFUNDS, body)).status_code == 200
        world.sandbox.clock.jump_to(world.sandbox.clock.now() + 61)
    body = _refund(paid, out_refund_no='R50', amount=_part(1))
    assert (await world.wxpay('POST', REFUNDS, body)).json()['code'] == 'INVALID_REQUEST'


@pytest.mark.parametrize(
    ('change', 'status', 'code'),
    [
        ({'amount': {'refund': 1, 'total': 2591, 'currency': 'CNY'}}, 400, 'INVALID_REQUEST'),
        ({'amount': {'refund': 1, 'total': 2590}}, 400, 'PARAM_ERROR'),
        ({'amount': _part(0)}, 400, 'PARAM_ERROR'),
        ({'out_trade_no': NUMBER}, 400, 'PARAM_ERROR'),
        ({'transaction_id': None}, 400, 'PARAM_ERROR'),
        ({'out_refund_no': 'R' * 65}, 400, 'PARAM_ERROR'),
        ({'out_refund_no': 'R 1'}, 400, 'PARAM_ERROR'),
        ({'reason': '退' * 81}, 400, 'PARAM_ERROR'),
        ({'notify_url': 'https://shop.example.com/n?a=1'}, 400, 'PARAM_ERROR'),
        ({'funds_account': 'MINE'}, 400, 'PARAM_ERROR'),
        ({'mchid': MCHID}, 400, 'PARAM_ERROR'),
        ({'transaction_id': '4200000000000000000000000001'}, 404, 'RESOURCE_NOT_EXISTS'),
        ({'transaction_id': None, 'out_trade_no': 'T2'}, 404, 'RESOURCE_NOT_EXISTS'),
    ],
)
async def test_a_refund_that_does_not_fit_is_refused(
    world: World, change: dict[str, Any], status: int, code: str
) -> None:
    paid = await world.paid()
    answer = await world.wxpay('POST', REFUNDS, _refund(paid, **change))
    assert (answer.status_code, answer.json()['code']) == (status, code)
    assert not world.sandbox.wxpay.refunds


async def test_an_unpaid_order_cannot_be_refunded(world: World) -> None:
    await world.prepay()
    body = _refund({'transaction_id': None}, out_trade_no=NUMBER)
    answer = await world.wxpay('POST', REFUNDS, body)
    assert (answer.status_code, answer.json()['code']) == (404, 'RESOURCE_NOT_EXISTS')


async def test_after_a_year_no_refund(world: World) -> None:
    paid = await world.paid()
    world.sandbox.clock.jump_to(world.sandbox.clock.now() + 366 * 86400)
    answer = await world.wxpay('POST', REFUNDS, _refund(paid))
    assert (answer.status_code, answer.json()['code']) == (400, 'INVALID_REQUEST')


async def test_without_money_the_same_number_works_after_a_top_up(world: World) -> None:
    paid = await world.paid()
    await world.control('POST', 'merchant', funds_fen=100)
    answer = await world.wxpay('POST', REFUNDS, _refund(paid))
    assert (answer.status_code, answer.json()['code']) == (403, 'NOT_ENOUGH')
    assert (await world.wxpay('GET', f'{REFUNDS}/R1')).status_code == 404
    await world.control('POST', 'merchant', funds_fen=2590)
    assert (await world.wxpay('POST', REFUNDS, _refund(paid))).status_code == 200
    assert world.sandbox.wxpay.merchant(MCHID).funds == 0


async def test_an_abnormal_refund_may_succeed_later(world: World) -> None:
    paid = await world.paid()
    world.inbox.received.clear()
    await world.control('POST', 'faults', fault='refund_outcome', status='ABNORMAL')
    await world.wxpay('POST', REFUNDS, _refund(paid))
    await world.advance(10)
    assert (await world.wxpay('GET', f'{REFUNDS}/R1')).json()['status'] == 'ABNORMAL'
    await world.control('POST', 'refunds/R1/finish', status='SUCCESS')
    await world.sandbox.scheduler.settle()
    assert world.inbox.events() == ['REFUND.ABNORMAL', 'REFUND.SUCCESS']
    back = await world.client.post('/control/refunds/R1/finish', json={'status': 'CLOSED'})
    assert back.status_code == 409


async def test_a_refund_query_of_an_unknown_number_is_not_found(world: World) -> None:
    answer = await world.wxpay('GET', f'{REFUNDS}/R404')
    assert (answer.status_code, answer.json()['code']) == (404, 'RESOURCE_NOT_EXISTS')
