"""v2: micropay and reverse (spec/wechat_pay_v2.md §3)."""

from __future__ import annotations

import pytest

from tests.sandbox.shop import OPENID, World
from tests.sandbox.v2shop import NUMBER, call, charge, order, paid, send

pytestmark = pytest.mark.anyio

MICROPAY = '/pay/micropay'
REVERSE = '/secapi/pay/reverse'
QUERY = '/pay/orderquery'


async def _code(world: World, outcome: str = 'paid') -> str:
    answer = await world.control('POST', 'payment-codes', openid=OPENID, outcome=outcome)
    return str(answer['auth_code'])


async def _state(world: World) -> str:
    return (await call(world, QUERY, {'out_trade_no': NUMBER}))['trade_state']


async def test_a_charge_is_paid_at_once(world: World) -> None:
    got = await call(world, MICROPAY, charge(await _code(world)))
    assert (got['result_code'], got['trade_type'], got['openid']) == ('SUCCESS', 'MICROPAY', OPENID)
    assert got['transaction_id'].startswith('42000')
    await world.sandbox.scheduler.settle()
    assert not world.inbox.received


async def test_a_password_is_awaited_until_it_is_typed(world: World) -> None:
    got = await call(world, MICROPAY, charge(await _code(world, 'password')))
    assert (got['result_code'], got['err_code']) == ('FAIL', 'USERPAYING')
    assert await _state(world) == 'USERPAYING'
    (prepay,) = (await world.control('GET', 'prepays'))['items']
    await world.control('POST', f'prepays/{prepay["prepay_id"]}/pay')
    assert await _state(world) == 'SUCCESS'


@pytest.mark.parametrize(
    ('outcome', 'code'),
    [('not_enough', 'NOTENOUGH'), ('bank_error', 'BANKERROR'), ('expired', 'AUTHCODEEXPIRE')],
)
async def test_a_charge_can_fail(world: World, outcome: str, code: str) -> None:
    got = await call(world, MICROPAY, charge(await _code(world, outcome)))
    assert got['err_code'] == code


async def test_a_repeat_never_charges_twice(world: World) -> None:
    code = await _code(world)
    await call(world, MICROPAY, charge(code))
    assert (await call(world, MICROPAY, charge(code)))['err_code'] == 'ORDERPAID'
    fresh = charge(code, out_trade_no='V20260101000002')
    assert (await call(world, MICROPAY, fresh))['err_code'] == 'AUTHCODEEXPIRE'
    assert (await call(world, MICROPAY, charge('1')))['err_code'] == 'ORDERPAID'


async def test_a_reversal_asks_to_be_called_again_until_it_is_done(world: World) -> None:
    await call(world, MICROPAY, charge(await _code(world)))
    early = await call(world, REVERSE, {'out_trade_no': NUMBER})
    assert (early['result_code'], early['recall']) == ('FAIL', 'Y')
    await world.advance(15)
    await world.control('POST', 'faults', fault='reverse_recall', target='wxpayv2.reverse')
    again = await call(world, REVERSE, {'out_trade_no': NUMBER})
    assert (again['err_code'], again['recall']) == ('SYSTEMERROR', 'Y')
    done = await call(world, REVERSE, {'out_trade_no': NUMBER})
    assert (done['result_code'], done['recall']) == ('SUCCESS', 'N')
    assert await _state(world) == 'REVOKED'


async def test_only_a_charge_is_reversed(world: World) -> None:
    await paid(world)
    await world.advance(20)
    got = await call(world, REVERSE, {'out_trade_no': NUMBER})
    assert (got['err_code'], got['recall']) == ('TRADE_ERROR', 'N')
    assert (await call(world, REVERSE, {'out_trade_no': 'V0'}))['err_code'] == 'ORDERNOTEXIST'


async def test_without_a_certificate_the_connection_ends(world: World) -> None:
    await call(world, MICROPAY, charge(await _code(world)))
    await world.advance(15)
    await world.control('POST', 'merchant', require_certificate=True)
    with pytest.raises(ConnectionResetError):
        await send(world, REVERSE, {'out_trade_no': NUMBER})
    with pytest.raises(ConnectionResetError):
        await send(world, '/secapi/pay/refund', {'out_trade_no': NUMBER})
    assert await _state(world) == 'SUCCESS'
    assert (await call(world, '/pay/unifiedorder', order(out_trade_no='V1')))['err_code']


async def test_a_charge_cannot_be_closed(world: World) -> None:
    await call(world, MICROPAY, charge(await _code(world, 'password')))
    await world.advance(30)
    got = await call(world, '/pay/closeorder', {'out_trade_no': NUMBER})
    assert got['err_code'] == 'TRADE_STATE_ERROR'
