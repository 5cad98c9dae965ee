"""The panel "yrapi": signatures, orders, scenarios, callbacks (spec/topup_suppliers.md §4.1)."""

from __future__ import annotations

import pytest

from sandbox.china.signing import sign_yrapi
from tests.sandbox.china_shop import (
    HOOK,
    MOBILE,
    forms,
    yrapi,
    yrapi_order,
    yrapi_sign,
    yrapi_state,
)
from tests.sandbox.shop import World

pytestmark = pytest.mark.anyio

COST = 49.25


def test_the_signature_has_the_value_of_the_sheet() -> None:
    sent = {
        'mobile': '13800138000',
        'notify_url': 'https://shop.example/cb?a=1',
        'out_trade_num': 'T1',
        'product_id': '7',
        'userid': '100',
    }
    assert sign_yrapi(sent, 'SECRET') == '74B0B812D8010E7AC583FCD748F76912'


@pytest.mark.parametrize(
    ('change', 'errmsg'),
    [
        ({'sign': 'X' * 32}, '签名错误'),
        ({'userid': '2'}, '签名错误'),
        ({'sign': ''}, '缺少参数'),
        ({'userid': ''}, '缺少参数'),
    ],
)
async def test_every_call_must_be_signed(world: World, change: dict[str, str], errmsg: str) -> None:
    assert (await yrapi(world, 'user', **change))['errmsg'] == errmsg


async def test_a_parameter_added_after_signing_is_noticed(world: World) -> None:
    sent = {'userid': '10001'}
    signed = {**sent, 'sign': yrapi_sign(sent), 'more': '1'}
    answer = await world.client.post('/yrapi.php/index/user', data=signed)
    assert answer.json()['errmsg'] == '签名错误'


@pytest.mark.parametrize('path', ['user', 'balance', 'user/balance'])
async def test_the_balance_is_in_yuan(world: World, path: str) -> None:
    assert (await yrapi(world, path))['data'] == {'userid': '10001', 'balance': '1000.00'}


async def test_products_are_faces_of_three_carriers_fast_and_slow(world: World) -> None:
    found = {item['cate']: item['products'] for item in (await yrapi(world, 'product'))['data']}
    assert found['话费快充'][3] == {
        'id': 7004,
        'name': '中国移动 50 CNY',
        'desc': '话费快充',
        'isp': '中国移动',
        'voucher_price': '50.00',
        'price': '49.25',
        'api_open': 1,
    }
    assert [item['voucher_price'] for item in found['话费慢充']] == ['50.00', '100.00'] * 3
    assert [len(found[name]) for name in ('话费快充', '话费慢充', '流量')] == [24, 6, 3]


async def test_an_order_is_taken_on_and_done_later(world: World) -> None:
    answer = await yrapi_order(world)
    assert (answer['errno'], answer['data']['state']) == (0, 0)
    assert answer['data']['total_price'] == '49.25'
    await world.advance(9)
    assert await yrapi_state(world) == 0
    await world.advance(1)
    assert await yrapi_state(world) == 1
    (order,) = (await yrapi(world, 'check', out_trade_nums=f'REF000000000{MOBILE}'))['data']
    assert (order['charge_amount'], order['mobile']) == ('50.00', MOBILE)
    assert (await yrapi(world, 'user'))['data']['balance'] == f'{1000 - COST:.2f}'


@pytest.mark.parametrize(
    ('change', 'errmsg'),
    [
        ({'out_trade_num': ''}, '缺少参数'),
        ({'product_id': '99'}, '产品不存在'),
        ({'product_id': 'x'}, '产品不存在'),
        ({'mobile': '1381234567'}, '手机号格式错误'),
        ({'mobile': '13012345678'}, '手机号格式错误'),
        ({'mobile': '+8613812345678'}, '手机号格式错误'),
    ],
)
async def test_a_refused_order_leaves_no_record(
    world: World, change: dict[str, str], errmsg: str
) -> None:
    assert (await yrapi_order(world, **change))['errmsg'] == errmsg
    books = await world.control('GET', 'suppliers/yrapi/books')
    assert (books['orders'], books['balance']) == ([], 1000)


async def test_a_number_is_used_once(world: World) -> None:
    await yrapi_order(world)
    assert (await yrapi_order(world))['errmsg'] == '相同商户订单号已存在'
    assert (await yrapi(world, 'check', out_trade_num='NONE'))['errmsg'] == '订单不存在'
    assert (await yrapi(world, 'check', out_trade_nums='NONE,MORE'))['data'] == []
    assert (await yrapi(world, 'check'))['errmsg'] == '缺少参数'


async def test_an_empty_account_refuses(world: World) -> None:
    await world.control('POST', 'suppliers/yrapi/settings', balance=49)
    assert (await yrapi_order(world))['errmsg'] == '余额不足'


async def test_slow_goods_take_hours(world: World) -> None:
    await yrapi_order(world, product_id='7011')
    await world.advance(5 * 3600)
    assert await yrapi_state(world) == 0
    await world.advance(3600)
    assert await yrapi_state(world) == 1


@pytest.mark.parametrize(
    ('ending', 'seconds', 'state', 'charged'),
    [
        ('678', 10, 1, COST),
        ('200', 20, 1, COST),
        ('102', 10, 2, 0),
        ('306', 300, 2, 0),
        ('700', 10, 3, COST / 2),
        ('801', 3600, 1, COST),
        ('807', 3600, 2, 0),
    ],
)
async def test_the_ending_of_the_number_decides(
    world: World, ending: str, seconds: float, state: int, charged: float
) -> None:
    mobile = f'13812345{ending}'
    await yrapi_order(world, mobile)
    await world.advance(seconds - 1)
    assert await yrapi_state(world, mobile) == 0
    await world.advance(1)
    assert await yrapi_state(world, mobile) == state
    books = await world.control('GET', 'suppliers/yrapi/books')
    assert books['balance'] == pytest.approx(1000 - charged)


async def test_half_is_delivered_and_told(world: World) -> None:
    await yrapi_order(world, '13812345700')
    await world.advance(10)
    (form,) = forms(world)
    assert (form['state'], form['charge_amount']) == ('3', '25.00')


@pytest.mark.parametrize(
    ('ending', 'errmsg'),
    [
        ('402', '手机号格式错误'),
        ('403', '手机号格式错误'),
        ('404', '产品维护中'),
        ('405', '请求过于频繁'),
        ('407', '系统繁忙'),
        ('408', '余额不足'),
    ],
)
async def test_some_endings_are_refused_at_once(world: World, ending: str, errmsg: str) -> None:
    assert (await yrapi_order(world, f'13812345{ending}'))['errmsg'] == errmsg
    assert (await world.control('GET', 'suppliers/yrapi/books'))['orders'] == []


# === CALLBACKS === #


def _told(world: World) -> list[tuple[str, bool]]:
    assert {str(request.url) for request in world.inbox.received} <= {HOOK}
    return [(form['state'], form['sign'] == yrapi_sign(form)) for form in forms(world)]


@pytest.mark.parametrize(
    ('ending', 'told'),
    [
        ('678', [('1', True)]),
        ('106', [('2', True)]),
        ('802', [('1', True), ('2', True)]),
        ('803', [('1', True)] * 2),
        ('804', [('1', True), ('0', True)]),
        ('805', [('2', False), ('1', True)]),
        ('806', []),
        ('810', [('2', True), ('1', True)]),
    ],
)
async def test_callbacks_are_signed_over_all_fields(
    world: World, ending: str, told: list[tuple[str, bool]]
) -> None:
    world.inbox.text = 'success'
    await yrapi_order(world, f'13812345{ending}')
    await world.advance(100)
    assert _told(world) == told


async def test_a_callback_has_a_field_the_manual_does_not_know(world: World) -> None:
    await yrapi_order(world)
    await world.advance(10)
    (form,) = forms(world)
    assert form['channel_note'] == '新增字段 & more'
    assert form['out_trade_num'] == f'REF000000000{MOBILE}'
    assert len(form['otime']) == 10


@pytest.mark.parametrize('text', ['SUCCESS', '{"code":0}', ''])
async def test_only_the_word_success_ends_the_repeats(world: World, text: str) -> None:
    world.inbox.text = text
    await yrapi_order(world)
    await world.advance(10)
    for _ in range(6):
        await world.advance(60)
    assert _told(world) == [('1', True)] * 6


@pytest.mark.parametrize(
    ('ending', 'executed', 'seen'),
    [
        ('901', 1, 'cut'),
        ('902', 0, 'cut'),
        ('903', 1, '1'),
        ('904', 1, 'cut'),
        ('905', 1, 'garbage'),
        ('907', 0, 'cut'),
        ('908', 0, '1'),
    ],
)
async def test_transport_faults_hide_whether_it_was_executed(
    world: World, ending: str, executed: int, seen: str
) -> None:
    await world.control('POST', 'suppliers/yrapi/settings', hold_seconds=0.01)
    try:
        outcome = str((await yrapi_order(world, f'13812345{ending}'))['errno'])
    except ConnectionResetError:
        outcome = 'cut'
    except ValueError:
        outcome = 'garbage'
    assert outcome == seen
    books = await world.control('GET', 'suppliers/yrapi/books')
    assert len(books['orders']) == executed


async def test_a_throttled_number_is_accepted_the_second_time(world: World) -> None:
    assert (await yrapi_order(world, '13812345906'))['errmsg'] == '请求过于频繁'
    assert (await yrapi_order(world, '13812345906'))['errno'] == 0


async def test_thousands_of_products_are_made_the_same_each_time(world: World) -> None:
    await world.control('POST', 'suppliers/yrapi/goods', products=2000)
    first = (await yrapi(world, 'product'))['data']
    assert sum(len(category['products']) for category in first) == 2033
    await world.control('POST', 'suppliers/yrapi/goods', products=2000)
    assert (await yrapi(world, 'product'))['data'] == first
