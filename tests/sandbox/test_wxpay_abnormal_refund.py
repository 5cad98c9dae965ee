"""The way out of an abnormal refund, and refunds nobody asked for by API (§8 of the sheet)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.shop import MCHID, NOTIFY_URL, PUBLIC_KEY_ID, World, platform_keys, sealed

pytestmark = pytest.mark.anyio

REFUNDS = '/v3/refund/domestic/refunds'
NUMBER = 'T20260101000001'
KEY = platform_keys()[PUBLIC_KEY_ID]


async def _abnormal(world: World) -> str:
    """Bring a refund into trouble and return WeChat's number of it."""
    paid = await world.paid()
    await world.control('POST', 'faults', fault='refund_outcome', target='R1', status='ABNORMAL')
    body = {
        'transaction_id': paid['transaction_id'],
        'out_refund_no': 'R1',
        'notify_url': NOTIFY_URL,
        'amount': {'refund': 2590, 'total': 2590, 'currency': 'CNY'},
    }
    answer = await world.wxpay('POST', REFUNDS, body)
    await world.advance(10)
    world.inbox.received.clear()
    return str(answer.json()['refund_id'])


async def _apply(world: World, refund_id: str, **change: Any) -> httpx.Response:
    headers = change.pop('headers', {})
    body = {
        'out_refund_no': 'R1',
        'type': 'USER_BANK_CARD',
        'bank_type': 'ICBC_DEBIT',
        'bank_account': sealed('6222021234567890', KEY),
        'real_name': sealed('张三', KEY),
        **change,
    }
    body = {key: value for key, value in body.items() if value is not None}
    path = f'{REFUNDS}/{refund_id}/apply-abnormal-refund'
    return await world.wxpay('POST', path, body, headers=headers)


async def test_the_money_goes_to_the_card_and_is_told_again(world: World) -> None:
    refund_id = await _abnormal(world)
    answer = await _apply(world, refund_id)
    assert (answer.status_code, answer.json()['status']) == (200, 'PROCESSING')
    await world.advance(10)
    assert world.inbox.events() == ['REFUND.SUCCESS']
    (told,) = world.inbox.resources()
    assert (told['refund_id'], told['user_received_account']) == (refund_id, '银行卡7890')


async def test_the_merchants_own_card_needs_no_details(world: World) -> None:
    refund_id = await _abnormal(world)
    none = {'bank_type': None, 'bank_account': None, 'real_name': None}
    answer = await _apply(world, refund_id, type='MERCHANT_BANK_CARD', **none)
    assert answer.json()['user_received_account'] == '商户银行账户'


@pytest.mark.parametrize(
    'change',
    [
        {'bank_account': '6222021234567890'},
        {'bank_account': sealed('1', list(platform_keys().values())[1])},
        {'real_name': None},
        {'bank_type': None},
        {'type': 'CASH'},
        {'headers': {'Wechatpay-Serial': None}},
    ],
)
async def test_a_card_that_cannot_be_read_is_refused(world: World, change: dict[str, Any]) -> None:
    answer = await _apply(world, await _abnormal(world), **change)
    assert (answer.status_code, answer.json()['code']) == (400, 'PARAM_ERROR')
    query = await world.wxpay('GET', f'{REFUNDS}/R1')
    assert query.json()['status'] == 'ABNORMAL'


async def test_only_an_abnormal_refund_is_sent_elsewhere(world: World) -> None:
    refund_id = await _abnormal(world)
    assert (await _apply(world, '5030000')).json()['code'] == 'RESOURCE_NOT_EXISTS'
    await world.control('POST', 'refunds/R1/finish', status='SUCCESS')
    answer = await _apply(world, refund_id)
    assert (answer.status_code, answer.json()['code']) == (400, 'INVALID_REQUEST')


async def test_the_order_can_be_unknown_at_first(world: World) -> None:
    paid = await world.paid()
    await world.control('POST', 'faults', fault='refund_not_found', target=NUMBER, times=2)
    body = {
        'out_trade_no': paid['out_trade_no'],
        'out_refund_no': 'R1',
        'amount': {'refund': 1, 'total': 2590, 'currency': 'CNY'},
    }
    codes = [(await world.wxpay('POST', REFUNDS, body)).status_code for _ in range(3)]
    assert codes == [404, 404, 200]


async def test_a_refund_at_the_console_is_no_surprise_to_a_query(world: World) -> None:
    await world.paid()
    made = await world.control('POST', 'refunds', out_trade_no=NUMBER, refund_fen=90)
    await world.advance(10)
    shown = (await world.wxpay('GET', f'{REFUNDS}/{made["out_refund_no"]}')).json()
    assert (shown['status'], shown['amount']['refund']) == ('SUCCESS', 90)
    query = await world.wxpay('GET', f'/v3/pay/transactions/out-trade-no/{NUMBER}?mchid={MCHID}')
    assert query.json()['trade_state'] == 'REFUND'


@pytest.mark.parametrize(
    ('body', 'status'),
    [({'out_trade_no': 'T0'}, 404), ({'out_trade_no': NUMBER, 'refund_fen': 2591}, 409)],
)
async def test_a_console_refund_has_to_fit(world: World, body: dict[str, Any], status: int) -> None:
    await world.paid()
    assert (await world.client.post('/control/refunds', json=body)).status_code == status
