"""Juhe: signatures, orders, scenarios, callbacks (spec/topup_suppliers.md §4.2)."""

from __future__ import annotations

import hashlib

import pytest

from sandbox.china.signing import sign_juhe
from tests.sandbox.china_shop import MOBILE, forms, juhe, juhe_order, juhe_sign, juhe_state
from tests.sandbox.shop import World

pytestmark = pytest.mark.anyio

HOOK = 'http://127.0.0.1:8069/recharge/callback/juhe'
PATH = '/ofpay/mobile'


def test_the_signatures_have_the_values_of_the_sheet() -> None:
    order = sign_juhe('OPENID', 'KEY', '13800138000', '50', 'T1')
    assert order == 'ecda2599deaba67f529a82abde549c65'
    assert sign_juhe('KEY', 'SP1', 'T1') == '8f9869c89b28e0165fe0bf10446c0214'


@pytest.mark.parametrize('call', ['telcheck', 'telquery', 'onlineorder', 'ordersta', 'yue'])
async def test_every_call_wants_the_key(world: World, call: str) -> None:
    answer = await juhe(world, f'{PATH}/{call}', key='wrong')
    assert (answer['error_code'], answer['result']) == (10001, None)


async def test_balance_check_and_price(world: World) -> None:
    assert (await juhe(world, f'{PATH}/yue'))['result'] == {'uid': 'JHopenid', 'money': '1000.00'}
    asked = {'phoneno': MOBILE, 'cardnum': '50'}
    assert (await juhe(world, f'{PATH}/telcheck', **asked))['error_code'] == 0
    assert (await juhe(world, f'{PATH}/telquery', **asked))['result']['inprice'] == '49.25'
    wrong = {'phoneno': '12012345678', 'cardnum': '50'}
    assert (await juhe(world, f'{PATH}/telcheck', **wrong))['error_code'] == 208505
    face = {'phoneno': MOBILE, 'cardnum': '40'}
    assert (await juhe(world, f'{PATH}/telcheck', **face))['error_code'] == 208506


async def test_calls_may_come_by_get(world: World) -> None:
    answer = await world.client.get(f'{PATH}/yue?key=juhe_key')
    assert answer.json()['error_code'] == 0


async def test_an_accepted_order_is_not_done_yet(world: World) -> None:
    answer = await juhe_order(world)
    result = answer['result']
    assert (answer['error_code'], result['game_state']) == (0, '0')
    assert (result['uorderid'], result['ordercash']) == (f'REF000000000{MOBILE}', '49.25')
    assert (result['cardnum'], result['game_userid']) == ('50', MOBILE)
    await world.advance(10)
    assert await juhe_state(world) == '1'


@pytest.mark.parametrize(
    ('change', 'code'),
    [
        ({'sign': 'x' * 32}, 208508),
        ({'orderid': 'SHORT'}, 208507),
        ({'orderid': 'WITH-HYPHENS-12'}, 208507),
        ({'orderid': 'X' * 33}, 208507),
        ({'cardnum': '51'}, 208506),
        ({'cardnum': '5'}, 208501),
        ({'phoneno': '1381234567'}, 208505),
    ],
)
async def test_a_refused_order_leaves_no_record(
    world: World, change: dict[str, str], code: int
) -> None:
    assert (await juhe_order(world, **change))['error_code'] == code
    assert (await world.control('GET', 'suppliers/juhe/books'))['orders'] == []


async def test_a_number_is_used_once(world: World) -> None:
    await juhe_order(world)
    assert (await juhe_order(world))['error_code'] == 208515
    unknown = await juhe(world, f'{PATH}/ordersta', orderid='NONE')
    assert unknown['error_code'] == 208511
    listed = (await juhe(world, f'{PATH}/orderlist'))['result']
    assert (listed['total'], len(listed['list'])) == (1, 1)


async def test_a_data_pack_has_its_own_call(world: World) -> None:
    sent = {'phone': MOBILE, 'pid': '7016', 'orderid': 'FLOW00000001'}
    sent['sign'] = juhe_sign(MOBILE, '7016', 'FLOW00000001')
    assert (await juhe(world, '/flow/recharge', **sent))['result']['ordercash'] == '8.80'
    await world.advance(10)
    state = await juhe(world, f'{PATH}/ordersta', orderid='FLOW00000001')
    assert state['result']['game_state'] == '1'
    wrong = {**sent, 'pid': '7001', 'sign': juhe_sign(MOBILE, '7001', 'FLOW00000001')}
    assert (await juhe(world, '/flow/recharge', **wrong))['error_code'] == 208506


async def test_an_empty_account_refuses(world: World) -> None:
    await world.control('POST', 'suppliers/juhe/settings', balance=49)
    assert (await juhe_order(world))['error_code'] == 208509


@pytest.mark.parametrize(
    ('ending', 'seconds', 'state'),
    [
        ('678', 10, '1'),
        ('102', 10, '9'),
        ('306', 300, '9'),
        ('700', 10, '1'),
        ('801', 3600, '1'),
        ('807', 3600, '9'),
    ],
)
async def test_the_ending_of_the_number_decides(
    world: World, ending: str, seconds: float, state: str
) -> None:
    mobile = f'13812345{ending}'
    await juhe_order(world, mobile)
    await world.advance(seconds - 1)
    assert await juhe_state(world, mobile) == '0'
    await world.advance(1)
    assert await juhe_state(world, mobile) == state


@pytest.mark.parametrize(
    ('ending', 'code'), [('402', 208505), ('404', 208503), ('407', 208517), ('408', 208509)]
)
async def test_some_endings_are_refused_at_once(world: World, ending: str, code: int) -> None:
    assert (await juhe_order(world, f'13812345{ending}'))['error_code'] == code


async def test_a_state_may_be_late(world: World) -> None:
    await juhe_order(world, '13812345808')
    asked = {'orderid': 'REF00000000013812345808'}
    assert (await juhe(world, f'{PATH}/ordersta', **asked))['error_code'] == 208511
    await world.advance(60)
    assert await juhe_state(world, '13812345808') == '1'


# === CALLBACKS === #


def _told(world: World) -> list[tuple[str, bool]]:
    return [
        (
            form['sta'],
            form['sign']
            == hashlib.md5(f'juhe_key{form["sporder_id"]}{form["orderid"]}'.encode()).hexdigest(),
        )
        for form in forms(world)
    ]


@pytest.mark.parametrize(
    ('ending', 'told'),
    [
        ('678', [('1', True)]),
        ('106', [('9', True)]),
        ('802', [('1', True), ('9', True)]),
        ('803', [('1', True)] * 2),
        # Genuinely signed, and yet not so: the signature does not cover the state.
        ('804', [('1', True), ('9', True)]),
        ('805', [('9', False), ('1', True)]),
        ('806', []),
    ],
)
async def test_callbacks_go_to_the_address_of_the_account(
    world: World, ending: str, told: list[tuple[str, bool]]
) -> None:
    world.inbox.text = 'success'
    await world.control('POST', 'suppliers/juhe/settings', callback_url=HOOK)
    await juhe_order(world, f'13812345{ending}')
    await world.advance(100)
    assert _told(world) == told


async def test_three_tries_three_seconds_apart(world: World) -> None:
    world.inbox.text = 'ok'
    await world.control('POST', 'suppliers/juhe/settings', callback_url=HOOK)
    await juhe_order(world)
    await world.advance(16)
    assert _told(world) == [('1', True)] * 3
    await world.advance(600)
    assert len(world.inbox.received) == 3


@pytest.mark.parametrize(
    ('ending', 'executed', 'seen'),
    [
        ('901', 1, 'cut'),
        ('902', 0, 'cut'),
        ('903', 1, '10020'),
        ('904', 1, 'cut'),
        ('905', 1, 'garbage'),
        ('907', 0, 'cut'),
        ('908', 0, '10020'),
    ],
)
async def test_transport_faults_hide_whether_it_was_executed(
    world: World, ending: str, executed: int, seen: str
) -> None:
    await world.control('POST', 'suppliers/juhe/settings', hold_seconds=0.01)
    try:
        outcome = str((await juhe_order(world, f'13812345{ending}'))['error_code'])
    except ConnectionResetError:
        outcome = 'cut'
    except ValueError:
        outcome = 'garbage'
    assert outcome == seen
    books = await world.control('GET', 'suppliers/juhe/books')
    assert len(books['orders']) == executed
