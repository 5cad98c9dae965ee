"""DT One: scenarios, callbacks, faults (spec/topup_suppliers.md §2, §5.5)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.dtone_shop import (
    CALLBACK,
    a_transaction,
    call,
    create,
    created,
    error_of,
    listed,
    money,
    read,
    state,
)
from tests.sandbox.shop import World

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ('ending', 'seconds', 'message'),
    [
        ('678', 3, 'COMPLETED'),
        ('100', 3, 'COMPLETED'),
        ('200', 20, 'COMPLETED'),
        ('300', 300, 'COMPLETED'),
        ('102', 3, 'DECLINED-INVALID-CREDIT-PARTY'),
        ('203', 20, 'DECLINED-BARRED-CREDIT-PARTY'),
        ('304', 300, 'DECLINED-OPERATOR-CURRENTLY-UNAVAILABLE'),
        ('105', 3, 'DECLINED-DUPLICATED-TRANSACTION'),
        ('106', 3, 'DECLINED'),
        ('107', 3, 'DECLINED-EXCEPTION'),
        ('700', 3, 'COMPLETED'),
        ('801', 3600, 'COMPLETED'),
        ('807', 3600, 'DECLINED'),
    ],
)
async def test_the_ending_of_the_number_decides(
    world: World, ending: str, seconds: float, message: str
) -> None:
    number = await created(world, f'+66812345{ending}')
    await world.advance(seconds - 1)
    assert await state(world, number) == 'SUBMITTED'
    await world.advance(1)
    assert (await read(world, number))['status']['message'] == message


@pytest.mark.parametrize(
    ('ending', 'error'),
    [('402', (400, 1005003)), ('407', (500, 1009001)), ('408', (400, 1006001))],
)
async def test_some_endings_are_refused_by_an_error(
    world: World, ending: str, error: tuple[int, int]
) -> None:
    assert error_of(await create(world, f'+66812345{ending}')) == error
    assert await listed(world, f'REF000000000066812345{ending}') == []


@pytest.mark.parametrize(
    ('ending', 'suffix'),
    [
        ('403', '-BARRED-CREDIT-PARTY'),
        ('404', '-OPERATOR-CURRENTLY-UNAVAILABLE'),
        ('405', '-LIMITATIONS-ON-CREDIT-PARTY-QUANTITY'),
        ('406', ''),
        ('409', '-LIMITATIONS-ON-CREDIT-PARTY-AMOUNT'),
    ],
)
async def test_others_are_rejected_at_once_and_stay_on_record(
    world: World, ending: str, suffix: str
) -> None:
    answer = await create(world, f'+66812345{ending}')
    status = answer.json()['status']
    assert (answer.status_code, status['message']) == (201, f'REJECTED{suffix}')
    assert status['class'] == {'id': 3, 'message': 'REJECTED'}
    assert await money(world) == (1000, 0)


async def test_a_pin_is_shown_when_it_is_done(world: World) -> None:
    by_number, by_product = (
        await created(world, '+66812345101'),
        await created(world, '+66812345678', product_id=1007),
    )
    assert (await read(world, by_product))['pin'] is None
    await world.advance(3)
    for number in (by_number, by_product):
        pin = (await read(world, number))['pin']
        assert (len(pin['code']), len(pin['serial'])) == (16, 12)


async def test_a_completed_one_can_be_reversed(world: World) -> None:
    number = await created(world, '+66812345802')
    await world.advance(3)
    assert await state(world, number) == 'COMPLETED'
    await world.advance(60)
    assert (await read(world, number))['status']['class'] == {'id': 8, 'message': 'REVERSED'}
    assert await money(world) == (1000, 0)


async def test_a_declined_one_may_be_delivered_after_all(world: World) -> None:
    number = await created(world, '+66812345810')
    await world.advance(3)
    assert await state(world, number) == 'DECLINED'
    await world.advance(60)
    assert await state(world, number) == 'COMPLETED'
    assert await money(world) == (996.9, 0)


async def test_the_list_may_be_late(world: World) -> None:
    number = await created(world, '+66812345808')
    assert await listed(world, 'REF000000000066812345808') == []
    assert (await read(world, number))['id'] == number
    await world.advance(60)
    assert len(await listed(world, 'REF000000000066812345808')) == 1


# === CALLBACKS === #


def _told(world: World) -> list[str]:
    assert {str(request.url) for request in world.inbox.received} <= {CALLBACK}
    bodies = [json.loads(request.content) for request in world.inbox.received]
    return [body['status']['class']['message'] for body in bodies]


@pytest.mark.parametrize(
    ('ending', 'told'),
    [
        ('678', ['SUBMITTED', 'COMPLETED']),
        ('106', ['SUBMITTED', 'DECLINED']),
        ('406', ['REJECTED']),
        ('802', ['SUBMITTED', 'COMPLETED', 'REVERSED']),
        ('803', ['SUBMITTED', 'COMPLETED', 'COMPLETED']),
        ('804', ['SUBMITTED', 'COMPLETED', 'SUBMITTED']),
        ('805', ['SUBMITTED', 'DECLINED', 'COMPLETED']),
        ('806', []),
        ('809', ['SUBMITTED']),
        ('810', ['SUBMITTED', 'DECLINED', 'COMPLETED']),
    ],
)
async def test_callbacks_tell_the_state(world: World, ending: str, told: list[str]) -> None:
    await create(world, f'+66812345{ending}')
    await world.advance(100)
    assert _told(world) == told


async def test_a_callback_is_the_whole_transaction_and_unsigned(world: World) -> None:
    number = await created(world)
    await world.advance(3)
    last = world.inbox.received[-1]
    assert json.loads(last.content) == await read(world, number)
    assert not [name for name in last.headers if 'sign' in name or name == 'authorization']


async def test_a_late_callback_comes_an_hour_later(world: World) -> None:
    await create(world, '+66812345809')
    await world.advance(3604)
    assert _told(world) == ['SUBMITTED', 'COMPLETED']


async def test_a_refused_callback_comes_again(world: World) -> None:
    world.inbox.replies = [200, 503]
    await create(world)
    await world.advance(3)
    await world.advance(60)
    assert _told(world) == ['SUBMITTED', 'COMPLETED', 'COMPLETED']


async def test_without_an_address_nothing_is_told(world: World) -> None:
    await create(world, callback_url=None)
    await world.advance(100)
    assert world.inbox.received == []


# === FAULTS === #


@pytest.mark.parametrize(
    ('ending', 'executed', 'seen'),
    [
        ('901', 1, 'cut'),
        ('902', 0, 'cut'),
        ('903', 1, '500'),
        ('904', 1, 'cut'),
        ('905', 1, 'garbage'),
        ('907', 0, 'cut'),
        ('908', 0, '500'),
    ],
)
async def test_transport_faults_hide_whether_it_was_executed(
    world: World, ending: str, executed: int, seen: str
) -> None:
    await world.control('POST', 'suppliers/dtone/settings', hold_seconds=0.01)
    try:
        answer = await create(world, f'+66812345{ending}')
        outcome = 'garbage' if answer.text.startswith('<') else str(answer.status_code)
    except ConnectionResetError:
        outcome = 'cut'
    assert outcome == seen
    assert len(await listed(world, f'REF000000000066812345{ending}')) == executed
    again = await _again(world, ending)
    assert again == ((400, 1007001) if executed else seen)


async def _again(world: World, ending: str) -> Any:
    """Send the same external id again: it is refused when the first was executed."""
    try:
        answer = await create(world, f'+66812345{ending}')
    except ConnectionResetError:
        return 'cut'
    code = error_of(answer)
    return code if code[1] == 1007001 else str(code[0])


async def test_a_throttled_number_is_accepted_the_second_time(world: World) -> None:
    assert error_of(await create(world, '+66812345906')) == (429, 1000429)
    assert (await create(world, '+66812345906')).status_code == 201


async def test_faults_speak_the_dialect(world: World) -> None:
    await world.control('POST', 'faults', fault='error', target='dtone.*', status=503, code=1009503)
    assert error_of(await call(world, 'GET', '/balances')) == (503, 1009503)
    await world.control('POST', 'faults', fault='error_500_after', target='dtone.topup')
    assert error_of(await create(world)) == (500, 1009001)
    assert len(await listed(world, 'REF000000000066812345678')) == 1


async def test_an_outcome_can_be_ordered_beforehand(world: World) -> None:
    await world.control(
        'POST', 'faults', fault='topup_outcome', target='66812345678', status='failed', seconds=1
    )
    number = await created(world)
    await world.advance(1)
    assert (await read(world, number))['status']['message'] == 'DECLINED'


# === CONTROL === #


async def test_the_books_tell_how_often_somebody_was_served(world: World) -> None:
    await created(world)
    await created(world, external_id='SECOND')
    await created(world, '+66812345106')
    await world.advance(3)
    books = await world.control('GET', 'suppliers/dtone/books')
    assert books['served_by_number'] == {'66812345678': 2, '66812345106': 0}
    assert books['served_by_reference']['SECOND'] == 1
    assert books['balance'] == pytest.approx(993.8)
    (order,) = (await world.control('GET', 'suppliers/dtone/books?reference=SECOND'))['orders']
    assert (order['sku'], order['history']) == ('1001', ['processing', 'succeeded'])


async def test_a_person_can_end_and_reverse_a_transaction(world: World) -> None:
    number = await created(world)
    path = f'suppliers/dtone/orders/{number}/finish'
    await world.control('POST', path, status='succeeded')
    assert (
        await world.client.post(f'/control/{path}', json={'status': 'failed'})
    ).status_code == 409
    await world.control('POST', path, status='reversed')
    assert await state(world, number) == 'REVERSED'
    assert (await world.client.post(f'/control/{path}', json={'status': 'x'})).status_code == 400
    lost = await world.client.post('/control/suppliers/dtone/orders/1/finish', json={})
    assert lost.status_code == 404
    assert (await world.client.get('/control/suppliers/nobody/books')).status_code == 404


async def test_thousands_of_products_change_as_wanted(world: World) -> None:
    made = await world.control('POST', 'suppliers/dtone/goods', products=5000)
    assert (made['total'], made['made']) == (5021, 5000)
    first = (await call(world, 'GET', '/products?per_page=100&page=1')).headers
    assert (first['x-total'], first['x-total-pages']) == ('5021', '51')
    before = {good.number: good for good in world.sandbox.dtone.stock.all()}
    changed = await world.control(
        'POST', 'suppliers/dtone/goods', add=3, remove=2, reprice=4, percent=5
    )
    assert [len(changed[name]) for name in ('added', 'removed', 'repriced')] == [3, 2, 4]
    after = {good.number: good for good in world.sandbox.dtone.stock.all()}
    assert set(before) - set(after) == set(changed['removed'])
    assert set(after) - set(before) == set(changed['added'])
    moved = {number for number in set(before) & set(after) if before[number] != after[number]}
    assert moved <= set(changed['repriced'])
    assert len(moved) >= 3
    await world.control('POST', 'suppliers/dtone/goods', products=5000)
    assert {good.number: good for good in world.sandbox.dtone.stock.all()} == before


async def test_a_product_made_on_demand_can_be_bought(world: World) -> None:
    await world.control('POST', 'suppliers/dtone/goods', products=10)
    (good,) = (
        await call(
            world,
            'GET',
            '/products?country_iso_code=THA&type=RANGED_VALUE_RECHARGE&operator_id=1510',
        )
    ).json() or [None]
    assert good is not None
    order = a_transaction(product_id=good['id'], calculation_mode='DESTINATION_AMOUNT')
    order['destination'] = {'unit_type': 'CURRENCY', 'unit': 'THB', 'amount': 33.25}
    assert (await call(world, 'POST', '/async/transactions', order)).status_code == 201
