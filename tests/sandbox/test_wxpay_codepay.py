"""Code payment of v3: the merchant scans the payer's code (spec/wechat_pay_v3.md §9)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.sandbox.shop import MCHID, OPENID, World, order, verified

pytestmark = pytest.mark.anyio

PATH = '/v3/pay/transactions'
NUMBER = 'T20260101000001'


async def _code(world: World, outcome: str = 'paid') -> str:
    answer = await world.control('POST', 'payment-codes', openid=OPENID, outcome=outcome)
    return str(answer['auth_code'])


async def _charge(world: World, auth_code: str, **change: Any) -> httpx.Response:
    body = order(
        notify_url=None,
        payer={'auth_code': auth_code},
        scene_info={'store_info': {'out_id': 'shop-1'}},
    )
    return await world.wxpay('POST', f'{PATH}/codepay', body | change)


async def _reverse(world: World, **change: Any) -> httpx.Response:
    body = {'appid': 'wxd678efh567hg6787', 'mchid': MCHID, **change}
    body = {key: value for key, value in body.items() if value is not None}
    return await world.wxpay('POST', f'{PATH}/out-trade-no/{NUMBER}/reverse', body)


async def _state(world: World) -> str:
    answer = await world.wxpay('GET', f'{PATH}/out-trade-no/{NUMBER}?mchid={MCHID}')
    return str(answer.json()['trade_state'])


async def test_a_charge_without_password_is_paid_at_once_and_told_nowhere_else(
    world: World,
) -> None:
    code = await _code(world)
    answer = await _charge(world, code)
    assert answer.status_code == 200
    assert verified(answer.headers, answer.content)
    shown = answer.json()
    assert (shown['trade_state'], shown['trade_type']) == ('SUCCESS', 'MICROPAY')
    assert shown['payer'] == {'openid': OPENID}
    await world.sandbox.scheduler.settle()
    assert not world.inbox.received


async def test_a_password_is_awaited_with_202_and_typed_on_the_page(world: World) -> None:
    answer = await _charge(world, await _code(world, 'password'))
    assert (answer.status_code, answer.json()['trade_state']) == (202, 'USERPAYING')
    assert verified(answer.headers, answer.content)
    page = (await world.client.get('/phone/code')).text
    assert f'data-testid="charge-{NUMBER}"' in page
    prepay_id = page.partition('name="prepay_id" value="')[2].partition('"')[0]
    pressed = await world.client.post('/phone/code', content=f'prepay_id={prepay_id}&action=pay')
    assert 'data-testid="done"' in pressed.text
    assert await _state(world) == 'SUCCESS'


async def test_the_page_shows_a_code_that_can_be_charged(world: World) -> None:
    page = (await world.client.post('/phone/code', content='action=paid')).text
    code = page.partition('data-testid="auth-code">')[2].partition('<')[0]
    assert (await _charge(world, code)).json()['trade_state'] == 'SUCCESS'


async def test_leaving_the_password_page_ends_the_charge(world: World) -> None:
    await _charge(world, await _code(world, 'password'))
    (prepay,) = (await world.control('GET', 'prepays'))['items']
    await world.control('POST', f'prepays/{prepay["prepay_id"]}/cancel')
    assert await _state(world) == 'PAYERROR'


async def test_a_password_page_nobody_looks_at_ends_unpaid(world: World) -> None:
    await _charge(world, await _code(world, 'password'))
    await world.advance(61)
    assert await _state(world) == 'NOTPAY'
    (prepay,) = (await world.control('GET', 'prepays'))['items']
    late = await world.client.post(f'/control/prepays/{prepay["prepay_id"]}/pay')
    assert late.status_code == 409


@pytest.mark.parametrize(
    ('outcome', 'status', 'code', 'state'),
    [
        ('not_enough', 403, 'NOT_ENOUGH', 'PAYERROR'),
        ('bank_error', 500, 'BANK_ERROR', 'USERPAYING'),
        ('expired', 403, 'AUTH_CODE_EXPIRE', None),
    ],
)
async def test_a_charge_can_fail(
    world: World, outcome: str, status: int, code: str, state: str | None
) -> None:
    answer = await _charge(world, await _code(world, outcome))
    assert (answer.status_code, answer.json()['code']) == (status, code)
    if state:
        assert await _state(world) == state
    else:
        assert not world.sandbox.wxpay.orders


async def test_money_can_come_through_after_a_bank_error(world: World) -> None:
    await _charge(world, await _code(world, 'bank_error'))
    await world.advance(6)
    assert await _state(world) == 'SUCCESS'


@pytest.mark.parametrize('auth_code', ['281234567890123456', '13', '131234567890123456'])
async def test_what_is_no_code_of_wechat_is_refused(world: World, auth_code: str) -> None:
    answer = await _charge(world, auth_code)
    assert (answer.status_code, answer.json()['code']) == (400, 'AUTH_CODE_INVALID')


async def test_a_code_works_once_and_for_a_minute(world: World) -> None:
    code = await _code(world)
    await _charge(world, code)
    again = await _charge(world, code, out_trade_no='T20260101000002')
    assert again.json()['code'] == 'AUTH_CODE_EXPIRE'
    old = await _code(world)
    await world.advance(61)
    late = await _charge(world, old, out_trade_no='T20260101000003')
    assert late.json()['code'] == 'AUTH_CODE_EXPIRE'


async def test_a_repeat_never_charges_twice(world: World) -> None:
    code = await _code(world, 'password')
    await _charge(world, code)
    assert (await _charge(world, code)).status_code == 202
    other = await _charge(world, await _code(world))
    assert other.json()['code'] == 'OUT_TRADE_NO_USED'
    assert len(world.sandbox.wxpay.orders) == 1


@pytest.mark.parametrize(
    ('change', 'field'),
    [
        ({'scene_info': {}}, '/scene_info/store_info'),
        ({'scene_info': {'store_info': {}}}, '/scene_info/store_info'),
        (
            {'scene_info': {'store_info': {'out_id': 's'}, 'payer_client_ip': '203.0.113.7'}},
            '/scene_info/payer_client_ip',
        ),
        ({'payer': {'openid': OPENID}}, '/payer/auth_code'),
        ({'notify_url': 'https://shop.example.com/n'}, '/notify_url'),
    ],
)
async def test_a_charge_has_fields_of_its_own(
    world: World, change: dict[str, Any], field: str
) -> None:
    answer = await _charge(world, await _code(world), **change)
    assert answer.json()['detail']['field'] == field


async def test_a_charge_is_reversed_but_not_too_early(world: World) -> None:
    await _charge(world, await _code(world))
    early = await _reverse(world)
    assert (early.status_code, early.json()['code']) == (500, 'SYSTEM_ERROR')
    assert await _state(world) == 'SUCCESS'
    await world.advance(15)
    for _ in range(2):
        answer = await _reverse(world)
        assert (answer.status_code, answer.json()['out_trade_no']) == (200, NUMBER)
    assert await _state(world) == 'REVOKED'
    again = await _charge(world, await _code(world))
    assert (again.status_code, again.json()['code']) == (400, 'ORDER_REVERSED')


async def test_a_reversal_stops_the_payer(world: World) -> None:
    await _charge(world, await _code(world, 'password'))
    (prepay,) = (await world.control('GET', 'prepays'))['items']
    await world.advance(15)
    await _reverse(world)
    late = await world.client.post(f'/control/prepays/{prepay["prepay_id"]}/pay')
    assert late.status_code == 409


async def test_a_reversal_wants_the_app_and_a_charge_by_code(world: World) -> None:
    await world.prepay()
    await world.advance(15)
    without = await _reverse(world, appid=None)
    assert (without.status_code, without.json()['code']) == (500, 'SYSTEM_ERROR')
    unfit = await _reverse(world)
    assert (unfit.status_code, unfit.json()['code']) == (403, 'TRADE_ERROR')


async def test_a_reversal_can_ask_to_be_called_again(world: World) -> None:
    await _charge(world, await _code(world))
    await world.advance(15)
    await world.control('POST', 'faults', fault='reverse_recall', target=NUMBER)
    assert (await _reverse(world)).status_code == 500
    assert (await _reverse(world)).status_code == 200


async def test_after_seven_days_nothing_is_reversed(world: World) -> None:
    await _charge(world, await _code(world))
    await world.advance(7 * 86400 + 1)
    assert (await _reverse(world)).json()['code'] == 'INVALID_REQUEST'


async def test_a_charge_cannot_be_closed(world: World) -> None:
    await _charge(world, await _code(world, 'password'))
    answer = await world.wxpay('POST', f'{PATH}/out-trade-no/{NUMBER}/close', {'mchid': MCHID})
    assert (answer.status_code, answer.json()['code']) == (403, 'TRADE_ERROR')


async def test_an_unknown_outcome_is_refused(world: World) -> None:
    answer = await world.client.post('/control/payment-codes', json={'outcome': 'luck'})
    assert answer.status_code == 400
