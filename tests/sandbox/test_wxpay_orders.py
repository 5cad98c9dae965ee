"""Query and close (spec/wechat_pay_v3.md §6, §7)."""

from __future__ import annotations

import pytest

from tests.sandbox.shop import MCHID, OPENID, World

pytestmark = pytest.mark.anyio

NUMBER = 'T20260101000001'
BY_NUMBER = f'/v3/pay/transactions/out-trade-no/{NUMBER}'


async def test_an_unpaid_order_shows_no_transaction(world: World) -> None:
    await world.prepay(attach='a-1')
    answer = await world.wxpay('GET', f'{BY_NUMBER}?mchid={MCHID}')
    shown = answer.json()
    assert shown['trade_state'] == 'NOTPAY'
    assert shown['attach'] == 'a-1'
    assert not {'transaction_id', 'success_time', 'payer'} & set(shown)


async def test_a_paid_order_shows_all_of_it_under_both_numbers(world: World) -> None:
    paid = await world.paid()
    assert paid['transaction_id'].startswith('42000')
    assert len(paid['transaction_id']) == 28
    by_number = await world.wxpay('GET', f'{BY_NUMBER}?mchid={MCHID}')
    path = f'/v3/pay/transactions/id/{paid["transaction_id"]}?mchid={MCHID}'
    by_id = await world.wxpay('GET', path)
    assert by_number.json() == by_id.json() == paid
    assert paid['payer'] == {'openid': OPENID}
    assert paid['amount'] == {
        'total': 2590,
        'payer_total': 2590,
        'currency': 'CNY',
        'payer_currency': 'CNY',
    }


@pytest.mark.parametrize('query', ['', '?mchid=', '?mchid=1900000001'])
async def test_the_query_wants_the_right_mchid(world: World, query: str) -> None:
    await world.prepay()
    answer = await world.wxpay('GET', BY_NUMBER + query)
    assert (answer.status_code, answer.json()['code']) == (400, 'PARAM_ERROR')


async def test_unknown_and_unpaid_orders_are_not_found(world: World) -> None:
    for path in (BY_NUMBER, '/v3/pay/transactions/id/4200000000000000000000000001'):
        answer = await world.wxpay('GET', f'{path}?mchid={MCHID}')
        assert (answer.status_code, answer.json()['code']) == (404, 'ORDER_NOT_EXIST')


async def test_closing_is_repeatable_and_ends_the_order(world: World) -> None:
    prepay_id = await world.prepay()
    for _ in range(2):
        answer = await world.wxpay('POST', f'{BY_NUMBER}/close', {'mchid': MCHID})
        assert answer.status_code == 204
    assert (await world.client.post(f'/control/prepays/{prepay_id}/pay')).status_code == 409
    answer = await world.wxpay('GET', f'{BY_NUMBER}?mchid={MCHID}')
    assert answer.json()['trade_state'] == 'CLOSED'


async def test_a_paid_order_cannot_be_closed(world: World) -> None:
    await world.paid()
    answer = await world.wxpay('POST', f'{BY_NUMBER}/close', {'mchid': MCHID})
    assert (answer.status_code, answer.json()['code']) == (400, 'ORDER_PAID')


async def test_closing_while_the_password_is_typed_is_frequency_limited(world: World) -> None:
    prepay_id = await world.prepay()
    await world.control('POST', f'prepays/{prepay_id}/open')
    answer = await world.wxpay('POST', f'{BY_NUMBER}/close', {'mchid': MCHID})
    assert (answer.status_code, answer.json()['code']) == (429, 'FREQUENCY_LIMITED')
    await world.control('POST', f'prepays/{prepay_id}/cancel')
    answer = await world.wxpay('POST', f'{BY_NUMBER}/close', {'mchid': MCHID})
    assert answer.status_code == 204


async def test_the_v2_spelling_of_the_merchant_is_refused(world: World) -> None:
    await world.prepay()
    answer = await world.wxpay('POST', f'{BY_NUMBER}/close', {'mchid': MCHID, 'mch_id': MCHID})
    assert answer.json()['detail']['location'] == 'uri_template'


async def test_an_unknown_order_cannot_be_closed(world: World) -> None:
    answer = await world.wxpay('POST', f'{BY_NUMBER}/close', {'mchid': MCHID})
    assert (answer.status_code, answer.json()['code']) == (404, 'ORDER_NOT_EXIST')


async def test_late_money_can_be_forced_onto_a_closed_order(world: World) -> None:
    prepay_id = await world.prepay()
    await world.wxpay('POST', f'{BY_NUMBER}/close', {'mchid': MCHID})
    await world.control('POST', f'prepays/{prepay_id}/pay', force=True)
    await world.sandbox.scheduler.settle()
    assert world.inbox.events() == ['TRANSACTION.SUCCESS']
