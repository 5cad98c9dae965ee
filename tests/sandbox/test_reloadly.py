"""The top-up supplier: account, catalogue, orders (spec/topup_suppliers.md §1)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sandbox.reloadly.catalogue import COUNTRIES, OPERATORS
from tests.sandbox.shop import World
from tests.sandbox.supplier import (
    an_order,
    ask_token,
    call_api,
    order_topup,
    read_balance,
    read_report,
    read_status,
)

pytestmark = pytest.mark.anyio


# === ACCOUNT === #


@pytest.mark.parametrize(
    'change',
    [{'client_id': 'x'}, {'client_secret': 'x'}, {'audience': 'https://elsewhere.example'}],
)
async def test_wrong_credentials_get_no_token(world: World, change: dict[str, str]) -> None:
    answer = await ask_token(world, **change)
    assert (answer.status_code, answer.json()['errorCode']) == (401, 'INVALID_CREDENTIALS')


async def test_a_production_token_opens_nothing_here(world: World) -> None:
    token = (await ask_token(world, audience='https://topups.reloadly.com')).json()['access_token']
    headers = {'Authorization': f'Bearer {token}'}
    answer = await world.client.get('/accounts/balance', headers=headers)
    assert (answer.status_code, answer.json()['errorCode']) == (401, 'INVALID_TOKEN')


async def test_a_token_ends(world: World) -> None:
    token = (await ask_token(world)).json()
    assert (token['token_type'], token['expires_in']) == ('Bearer', 86400)
    await world.advance(86400)
    headers = {'Authorization': f'Bearer {token["access_token"]}'}
    answer = await world.client.get('/accounts/balance', headers=headers)
    assert (answer.status_code, answer.json()['errorCode']) == (401, 'TOKEN_EXPIRED')


async def test_an_unknown_address_has_no_error_code(world: World) -> None:
    answer = await world.client.get('/topups/no/such/thing')
    assert answer.status_code == 404
    assert set(answer.json()) == {'timeStamp', 'status', 'error', 'message', 'path'}


# === CATALOGUE === #


def test_the_catalogue_is_the_one_the_demo_data_names() -> None:
    amounts = {
        key: [f'{amount:.2f}' for amount in operator.fixed] for key, operator in OPERATORS.items()
    }
    assert amounts == {
        101: ['3.00', '6.00', '12.00'],
        102: ['5.00', '10.00'],
        103: [],
        111: ['2.00', '5.00'],
        112: ['4.00'],
        121: ['3.00', '5.00'],
        122: ['6.00'],
        131: ['2.00', '5.00'],
        132: ['4.50'],
        141: ['5.00', '10.00'],
        142: ['8.00'],
    }
    assert set(COUNTRIES) == {'TH', 'VN', 'PH', 'ID', 'MY'}
    assert [key for key, operator in OPERATORS.items() if operator.data] == [
        102,
        112,
        122,
        132,
        142,
    ]


async def test_operators_come_in_pages_and_data_plans_only_when_asked(world: World) -> None:
    plain = (await call_api(world, 'GET', '/operators')).json()
    assert plain['totalElements'] == 6
    page = (await call_api(world, 'GET', '/operators?includeData=true&size=5&page=3')).json()
    assert page['totalPages'] == 3
    assert [item['id'] for item in page['content']] == [142]
    assert page['last'] is True
    thai = (await call_api(world, 'GET', '/operators/countries/TH?includeData=true')).json()
    assert [item['id'] for item in thai] == [101, 102, 103]


async def test_an_operator_shows_its_amounts(world: World) -> None:
    fixed = (await call_api(world, 'GET', '/operators/102')).json()
    assert fixed['denominationType'] == 'FIXED'
    assert fixed['fixedAmountsDescriptions'] == {'5.00': '8 GB, 7 days', '10.00': '20 GB, 30 days'}
    ranged = (await call_api(world, 'GET', '/operators/103')).json()
    assert (ranged['minAmount'], ranged['maxAmount']) == (1.0, 50.0)
    assert (await call_api(world, 'GET', '/operators/999')).json()[
        'errorCode'
    ] == 'OPERATOR_NOT_FOUND'


async def test_thousands_of_amounts_are_sold_by_operators_made_on_demand(world: World) -> None:
    await world.control('POST', 'suppliers/reloadly/goods', products=5000)
    last = (await call_api(world, 'GET', '/operators?includeData=true&page=3')).json()
    assert (last['totalElements'], last['totalPages']) == (1061, 6)
    operator = (await call_api(world, 'GET', '/operators/10000')).json()
    assert operator['fixedAmounts']
    country = operator['country']['isoName']
    shown = (
        await call_api(world, 'GET', f'/operators/countries/{country}?includeData=true')
    ).json()
    assert 10000 in [item['id'] for item in shown]
    await world.control('POST', 'suppliers/reloadly/goods', reprice=5000)
    changed = (await call_api(world, 'GET', '/operators/10000')).json()
    assert changed['fixedAmounts'] != operator['fixedAmounts']


@pytest.mark.parametrize(
    ('iso', 'phone', 'operator'),
    [
        ('TH', '812345678', 101),
        ('TH', '66812345678', 101),
        ('TH', '+66891234567', 103),
        ('VN', '961234567', 111),
        ('PH', '9171234567', 121),
        ('ID', '81212345678', 131),
        ('MY', '121234567', 141),
        ('TH', '0812345678', None),
        ('TH', '212345678', None),
        ('VN', '901234567', None),
    ],
)
async def test_detection_goes_by_prefix(
    world: World, iso: str, phone: str, operator: int | None
) -> None:
    path = f'/operators/auto-detect/phone/{phone}/countries/{iso}'
    answer = await call_api(world, 'GET', path)
    if operator is None:
        assert answer.status_code == 404
        assert answer.json()['errorCode'] == 'COULD_NOT_AUTO_DETECT_OPERATOR'
    else:
        assert answer.json()['id'] == operator


async def test_a_country_without_operators_is_not_supported(world: World) -> None:
    answer = await call_api(world, 'GET', '/operators/auto-detect/phone/13800138000/countries/CN')
    assert (answer.status_code, answer.json()['errorCode']) == (409, 'COUNTRY_NOT_SUPPORTED')


# === ORDER === #


async def test_a_top_up_takes_ten_seconds(world: World) -> None:
    number = await order_topup(world)
    status = await read_status(world, number)
    assert status == {'code': None, 'message': None, 'status': 'PROCESSING'}
    await world.advance(9)
    assert (await read_status(world, number))['status'] == 'PROCESSING'
    await world.advance(1)
    done = await read_status(world, number)
    assert done['status'] == done['transaction']['status'] == 'SUCCESSFUL'
    balance = done['transaction']['balanceInfo']
    assert balance['cost'] == 2.85
    assert balance['oldBalance'] - balance['newBalance'] == pytest.approx(2.85)
    assert await read_balance(world) == pytest.approx(997.15)


async def test_cost_is_amount_and_fee_less_discount(world: World) -> None:
    number = await order_topup(world, '891234567', operatorId=103, amount=10)
    (line,) = await read_report(world, customIdentifier='ref0000000000000891234567')
    assert line['transactionId'] == number
    assert (line['fee'], line['discount'], line['balanceInfo']['cost']) == (0.1, 0.3, 9.8)


async def test_a_failed_top_up_gives_the_money_back(world: World) -> None:
    number = await order_topup(world, '812345106')
    assert await read_balance(world) == pytest.approx(997.15)
    await world.advance(10)
    status = await read_status(world, number)
    assert (status['status'], status['code']) == ('FAILED', 'TRANSACTION_REFUSED_BY_OPERATOR')
    assert await read_balance(world) == 1000


@pytest.mark.parametrize(
    ('change', 'code'),
    [
        ({'operatorId': 999}, 'OPERATOR_NOT_FOUND'),
        ({'operatorId': None}, 'OPERATOR_NOT_FOUND'),
        ({'amount': 3.5}, 'INVALID_AMOUNT_FOR_OPERATOR'),
        ({'amount': -3}, 'INVALID_AMOUNT'),
        ({'amount': 'much'}, 'INVALID_AMOUNT'),
        ({'operatorId': 103, 'amount': 51}, 'INVALID_AMOUNT_FOR_OPERATOR'),
        ({'operatorId': 102, 'amount': 5, 'useLocalAmount': True}, 'INVALID_AMOUNT_FOR_OPERATOR'),
        (
            {'recipientPhone': {'countryCode': 'VN', 'number': '961234567'}},
            'INVALID_RECIPIENT_PHONE',
        ),
        (
            {'recipientPhone': {'countryCode': 'TH', 'number': '0812345678'}},
            'INVALID_RECIPIENT_PHONE',
        ),
        ({'recipientPhone': {'countryCode': 'TH', 'number': '81234'}}, 'INVALID_RECIPIENT_PHONE'),
        ({'recipientPhone': '+66812345678'}, 'INVALID_RECIPIENT_PHONE'),
    ],
)
async def test_a_refused_top_up_leaves_no_record(
    world: World, change: dict[str, Any], code: str
) -> None:
    answer = await call_api(world, 'POST', '/topups-async', **an_order(**change))
    assert 400 <= answer.status_code < 500
    assert answer.json()['errorCode'] == code
    assert await read_report(world) == []
    assert await read_balance(world) == 1000


async def test_local_amounts_pair_with_the_fixed_ones(world: World) -> None:
    operator = (await call_api(world, 'GET', '/operators/101')).json()
    local = operator['localFixedAmounts'][1]
    number = await order_topup(world, amount=local, useLocalAmount=True)
    await world.advance(10)
    assert (await read_status(world, number))['transaction']['deliveredAmount'] == local


async def test_an_identifier_counts_as_used_only_after_acceptance(world: World) -> None:
    refused = await call_api(world, 'POST', '/topups-async', **an_order(amount=4))
    assert refused.json()['errorCode'] == 'INVALID_AMOUNT_FOR_OPERATOR'
    await order_topup(world)
    again = await call_api(world, 'POST', '/topups-async', **an_order())
    assert 400 <= again.status_code < 500
    assert again.json()['errorCode'] == 'CUSTOM_IDENTIFIER_ALREADY_USED'
    assert len(await read_report(world)) == 1


async def test_two_requests_at_once_with_one_identifier_are_both_executed(world: World) -> None:
    token = (await ask_token(world)).json()['access_token']
    headers = {'Authorization': f'Bearer {token}'}
    answers = await asyncio.gather(
        *(world.client.post('/topups-async', json=an_order(), headers=headers) for _ in range(2))
    )
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(await read_report(world, customIdentifier='REF0000000000000812345678')) == 2


async def test_a_number_waits_two_minutes_for_the_next_top_up(world: World) -> None:
    await order_topup(world)
    body = an_order(customIdentifier='REF2')
    answer = await call_api(world, 'POST', '/topups-async', **body)
    assert answer.json()['errorCode'] == 'PHONE_RECENTLY_RECHARGED'
    await world.advance(121)
    assert (await call_api(world, 'POST', '/topups-async', **body)).status_code == 200


async def test_an_empty_account_refuses(world: World) -> None:
    await world.control('POST', 'reloadly', balance=2)
    answer = await call_api(world, 'POST', '/topups-async', **an_order())
    assert answer.json()['errorCode'] == 'INSUFFICIENT_BALANCE'


async def test_the_synchronous_call_answers_when_it_is_done(world: World) -> None:
    call = asyncio.ensure_future(call_api(world, 'POST', '/topups', **an_order()))
    await asyncio.sleep(0.05)
    assert not call.done()
    async with asyncio.timeout(10):
        while not call.done():
            await world.advance(10)
    assert (await call).json()['status'] == 'SUCCESSFUL'


async def test_unknown_top_ups_are_not_found(world: World) -> None:
    for path in ('/topups/77/status', '/topups/reports/transactions/77', '/topups/x/status'):
        answer = await call_api(world, 'GET', path)
        assert (answer.status_code, answer.json()['errorCode']) == (404, 'TRANSACTION_NOT_FOUND')


async def test_a_person_can_end_a_top_up(world: World) -> None:
    number = await order_topup(world)
    await world.control('POST', f'topups/{number}/finish', status='FAILED', error_code='X_Y')
    assert (await read_status(world, number))['code'] == 'X_Y'
    await world.advance(10)
    assert (await read_status(world, number))['status'] == 'FAILED'
    answer = await world.client.post(
        f'/control/topups/{number}/finish', json={'status': 'SUCCESSFUL'}
    )
    assert answer.status_code == 409


async def test_an_outcome_can_be_ordered_beforehand(world: World) -> None:
    await world.control(
        'POST', 'faults', fault='topup_outcome', status='FAILED', error_code='A_B', seconds=1
    )
    number = await order_topup(world)
    await world.advance(1)
    assert (await read_status(world, number))['code'] == 'A_B'
