"""DT One: account, catalogue, orders (spec/topup_suppliers.md §2)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.sandbox.dtone_shop import (
    BASE,
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

REF = 'REF000000000066812345678'


# === ACCOUNT === #


@pytest.mark.parametrize('keys', [('dtone_key', 'x'), ('x', 'dtone_secret'), None])
async def test_wrong_keys_open_nothing(world: World, keys: tuple[str, str] | None) -> None:
    answer = await world.client.get(f'{BASE}/balances', auth=keys)
    assert error_of(answer) == (401, 1000401)


async def test_a_bearer_token_opens_nothing(world: World) -> None:
    headers = {'Authorization': 'Bearer ZHRvbmVfa2V5OmR0b25lX3NlY3JldA=='}
    assert error_of(await world.client.get(f'{BASE}/balances', headers=headers)) == (401, 1000401)


# === CATALOGUE === #


async def test_countries_have_three_letters_and_some_are_none(world: World) -> None:
    codes = {item['iso_code'] for item in (await call(world, 'GET', '/countries')).json()}
    assert codes == {'GXX', 'EXX', 'THA', 'VNM', 'PHL', 'IDN', 'MYS'}
    assert (await call(world, 'GET', '/countries/THA')).json()['name'] == 'Thailand'
    assert error_of(await call(world, 'GET', '/countries/TH')) == (404, 1005005)


async def test_products_come_in_pages_with_counts_in_the_headers(world: World) -> None:
    answer = await call(world, 'GET', '/products?per_page=10&page=3')
    names = ('Total', 'Total-Pages', 'Per-Page', 'Page', 'Next-Page', 'Prev-Page')
    assert [answer.headers[f'x-{name}'] for name in names] == ['21', '3', '10', '3', '', '2']
    assert [item['id'] for item in answer.json()] == [1043]
    assert error_of(await call(world, 'GET', '/products?per_page=101')) == (400, 1000400)
    assert error_of(await call(world, 'GET', '/products?page=0')) == (400, 1000400)


@pytest.mark.parametrize(
    ('query', 'ids'),
    [
        ('country_iso_code=MYS', [1041, 1042, 1043]),
        ('type=FIXED_VALUE_PIN_PURCHASE', [1007, 1024]),
        ('type=RANGED_VALUE_RECHARGE', [1006, 1034]),
        ('subservice_id=12', [1005]),
        ('country_iso_code=THA&subservice_id=13', [1004]),
        ('service_id=2', []),
    ],
)
async def test_products_are_filtered(world: World, query: str, ids: list[int]) -> None:
    found = (await call(world, 'GET', f'/products?{query}')).json()
    assert [item['id'] for item in found] == ids


async def test_a_fixed_product_and_a_ranged_one(world: World) -> None:
    bundle = (await call(world, 'GET', '/products/1005')).json()
    assert bundle['type'] == 'FIXED_VALUE_RECHARGE'
    assert bundle['destination'] == {'unit_type': 'CURRENCY', 'unit': 'THB', 'amount': 300.0}
    assert bundle['prices']['wholesale']['amount'] == bundle['source']['amount'] == 9.4
    assert bundle['validity'] == {'unit': 'DAY', 'quantity': 30}
    benefits = [(item['type'], item['amount']['base']) for item in bundle['benefits']]
    assert benefits == [('DATA', 20.0), ('TALKTIME', 200.0)]
    ranged = (await call(world, 'GET', '/products/1006')).json()
    assert ranged['destination']['amount'] == {'min': 50.0, 'max': 1500.0, 'increment': 10.0}
    assert ranged['source']['amount'] == {'min': 1.55, 'max': 46.5, 'increment': 0.01}
    assert ranged['required_credit_party_identifier_fields'] == [['mobile_number']]
    assert error_of(await call(world, 'GET', '/products/77')) == (404, 1003001)


async def test_a_lookup_names_the_operator_and_the_candidates(world: World) -> None:
    body = {'mobile_number': '+66812345678'}
    found = (await call(world, 'POST', '/lookup/mobile-number', body)).json()
    seen = {item['name']: item['identified'] for item in found}
    assert seen == {'AIS Thailand': True, 'True Thailand': False}
    bad = await call(world, 'POST', '/lookup/mobile-number', {'mobile_number': '0812345678'})
    assert error_of(bad) == (400, 1005003)


async def test_reference_lists_can_be_read(world: World) -> None:
    (service,) = (await call(world, 'GET', '/services')).json()
    assert [item['id'] for item in service['subservices']] == [11, 12, 13]
    operators = (await call(world, 'GET', '/operators?country_iso_code=VNM')).json()
    assert [item['name'] for item in operators] == ['Viettel Vietnam']
    assert (await call(world, 'GET', f'/operators/{operators[0]["id"]}')).json() == operators[0]
    assert (await call(world, 'GET', '/promotions')).json() == []
    assert len((await call(world, 'GET', '/benefit-types')).json()) == 5


# === ORDER === #


async def test_money_is_held_and_taken_when_it_is_done(world: World) -> None:
    number = await created(world)
    assert await money(world) == (996.9, 3.1)
    assert await state(world, number) == 'CONFIRMED'
    await world.advance(1)
    assert await state(world, number) == 'SUBMITTED'
    await world.advance(2)
    found = await read(world, number)
    assert found['status'] == {
        'id': 70000,
        'message': 'COMPLETED',
        'class': {'id': 7, 'message': 'COMPLETED'},
    }
    assert found['external_id'] == REF
    assert found['operator_reference'].startswith('OP')
    assert found['prices']['wholesale']['amount'] == 3.1
    assert await money(world) == (996.9, 0)


async def test_a_declined_transaction_gives_the_money_back(world: World) -> None:
    number = await created(world, '+66812345106')
    await world.advance(3)
    found = await read(world, number)
    assert (found['status']['message'], found['status']['class']['id']) == ('DECLINED', 9)
    assert await money(world) == (1000, 0)


@pytest.mark.parametrize(
    ('change', 'error'),
    [
        ({'external_id': None}, (400, 1000400)),
        ({'external_id': 'x' * 41}, (400, 1000400)),
        ({'product_id': '1001'}, (400, 1000400)),
        ({'product_id': 77}, (404, 1003001)),
        ({'auto_confirm': 'yes'}, (400, 1000400)),
        ({'callback_url': 'ftp://x'}, (400, 1000400)),
        ({'credit_party_identifier': {'mobileNumber': '+66812345678'}}, (400, 1000400)),
        ({'credit_party_identifier': {'mobile_number': '66812345678'}}, (400, 1005003)),
        ({'credit_party_identifier': {'mobile_number': '+84961234567'}}, (400, 1005003)),
        ({'product_id': 1006}, (400, 1000400)),
    ],
)
async def test_a_refused_order_leaves_no_record(
    world: World, change: dict[str, Any], error: tuple[int, int]
) -> None:
    assert error_of(await create(world, **change)) == error
    assert await listed(world, REF) == []
    assert await money(world) == (1000, 0)


async def test_a_body_that_is_no_json_is_refused(world: World) -> None:
    url = f'{BASE}/async/transactions'
    keys = ('dtone_key', 'dtone_secret')
    answer = await world.client.post(url, data=a_transaction(), auth=keys)
    assert error_of(answer) == (400, 1000400)


def _side(amount: float, unit: str = 'THB') -> dict[str, Any]:
    return {'unit_type': 'CURRENCY', 'unit': unit, 'amount': amount}


@pytest.mark.parametrize(
    ('order', 'outcome'),
    [
        ({'calculation_mode': 'DESTINATION_AMOUNT', 'destination': _side(100)}, (3.1, 100.0)),
        ({'calculation_mode': 'SOURCE_AMOUNT', 'source': _side(3.1, 'USD')}, (3.1, 100.0)),
        ({'calculation_mode': 'DESTINATION_AMOUNT', 'destination': _side(1510)}, (400, 1003002)),
        ({'calculation_mode': 'DESTINATION_AMOUNT', 'destination': _side(55)}, (400, 1003002)),
        ({'calculation_mode': 'SOURCE_AMOUNT', 'source': _side(1, 'USD')}, (400, 1003002)),
        ({'calculation_mode': 'SOURCE_AMOUNT', 'source': _side(3.1)}, (400, 1003003)),
        ({'calculation_mode': 'DESTINATION_AMOUNT'}, (400, 1000400)),
    ],
)
async def test_a_ranged_product_wants_an_amount(
    world: World, order: dict[str, Any], outcome: tuple[float, float]
) -> None:
    answer = await create(world, product_id=1006, **order)
    if answer.status_code != 201:
        assert error_of(answer) == outcome
        return
    values = answer.json()['requested_values']
    assert (values['source']['amount'], values['destination']['amount']) == outcome


async def test_an_external_id_is_used_once(world: World) -> None:
    number = await created(world)
    assert error_of(await create(world)) == (400, 1007001)
    await world.advance(3)
    assert error_of(await create(world)) == (400, 1007001)
    assert [item['id'] for item in await listed(world, REF)] == [number]
    assert await listed(world, 'ELSE') == []


async def test_two_requests_at_once_make_one_transaction(world: World) -> None:
    answers = await asyncio.gather(create(world), create(world))
    assert sorted(answer.status_code for answer in answers) == [201, 400]
    assert len(await listed(world, REF)) == 1


async def test_an_empty_account_refuses(world: World) -> None:
    await world.control('POST', 'suppliers/dtone/settings', balance=3)
    assert error_of(await create(world)) == (400, 1006001)


async def test_the_synchronous_call_holds_the_line(world: World) -> None:
    request = asyncio.ensure_future(call(world, 'POST', '/sync/transactions', a_transaction()))
    await asyncio.sleep(0.05)
    assert not request.done()
    async with asyncio.timeout(10):
        while not request.done():
            await world.advance(3)
    assert (await request).json()['status']['message'] == 'COMPLETED'


# === TWO STEPS === #


async def test_without_confirmation_nothing_happens_and_it_ends(world: World) -> None:
    number = await created(world, auto_confirm=None)
    await world.advance(899)
    assert await state(world, number) == 'CREATED'
    assert await money(world) == (996.9, 3.1)
    await world.advance(1)
    assert await state(world, number) == 'CANCELLED'
    assert await money(world) == (1000, 0)
    late = await call(world, 'POST', f'/async/transactions/{number}/confirm')
    assert error_of(late) == (400, 1007004)


async def test_a_created_one_is_confirmed_once(world: World) -> None:
    number = await created(world, auto_confirm=False)
    answer = await call(world, 'POST', f'/async/transactions/{number}/confirm')
    assert (answer.status_code, answer.json()['status']['message']) == (202, 'CONFIRMED')
    again = await call(world, 'POST', f'/async/transactions/{number}/confirm')
    assert error_of(again) == (400, 1007002)
    assert error_of(await call(world, 'POST', f'/transactions/{number}/cancel')) == (400, 1007007)
    await world.advance(3)
    assert await state(world, number) == 'COMPLETED'


async def test_a_created_one_can_be_cancelled(world: World) -> None:
    number = await created(world, auto_confirm=False)
    assert (await call(world, 'POST', f'/transactions/{number}/cancel')).status_code == 202
    assert await money(world) == (1000, 0)
    assert error_of(await call(world, 'POST', f'/transactions/{number}/cancel')) == (400, 1007005)


async def test_unknown_transactions_are_not_found(world: World) -> None:
    assert error_of(await call(world, 'GET', '/nothing')) == (404, 1000404)
    assert error_of(await call(world, 'GET', '/transactions/77')) == (404, 1008004)


async def test_the_list_without_an_external_id_shows_a_day(world: World) -> None:
    await created(world)
    assert len((await call(world, 'GET', '/transactions')).json()) == 1
    await world.advance(86400)
    assert (await call(world, 'GET', '/transactions')).json() == []
    assert len(await listed(world, REF)) == 1
