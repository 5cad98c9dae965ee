"""The top-up supplier (spec/topup_suppliers.md §1)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest

from sandbox.reloadly.catalogue import COUNTRIES, OPERATORS
from sandbox.reloadly.course import signature
from tests.sandbox.shop import World

pytestmark = pytest.mark.anyio

AUDIENCE = 'http://127.0.0.1:8070'
SECRET = 'whsec_test'


async def _token(world: World, **change: Any) -> httpx.Response:
    body = {
        'client_id': 'sandbox-client',
        'client_secret': 'sandbox-secret',
        'grant_type': 'client_credentials',
        'audience': AUDIENCE,
        **change,
    }
    return await world.client.post('/oauth/token', json=body)


async def _call(world: World, method: str, path: str, **body: Any) -> httpx.Response:
    token = (await _token(world)).json()['access_token']
    return await world.client.request(
        method, path, json=body or None, headers={'Authorization': f'Bearer {token}'}
    )


def _order(number: str = '812345678', **change: Any) -> dict[str, Any]:
    return {
        'operatorId': 101,
        'amount': 3.00,
        'customIdentifier': f'REF0000000000000{number}',
        'recipientPhone': {'countryCode': 'TH', 'number': number},
        **change,
    }


async def _topup(world: World, number: str = '812345678', **change: Any) -> int:
    answer = await _call(world, 'POST', '/topups-async', **_order(number, **change))
    assert answer.status_code == 200, answer.text
    return int(answer.json()['transactionId'])


async def _status(world: World, transaction_id: int) -> dict[str, Any]:
    answer = await _call(world, 'GET', f'/topups/{transaction_id}/status')
    payload: dict[str, Any] = answer.json()
    return payload


async def _report(world: World, **query: str) -> list[dict[str, Any]]:
    params = '&'.join(f'{key}={value}' for key, value in query.items())
    answer = await _call(world, 'GET', f'/topups/reports/transactions?{params}')
    return list(answer.json()['content'])


async def _balance(world: World) -> float:
    return float((await _call(world, 'GET', '/accounts/balance')).json()['balance'])


# === ACCOUNT === #


@pytest.mark.parametrize(
    'change',
    [{'client_id': 'x'}, {'client_secret': 'x'}, {'audience': 'https://elsewhere.example'}],
)
async def test_wrong_credentials_get_no_token(world: World, change: dict[str, str]) -> None:
    answer = await _token(world, **change)
    assert (answer.status_code, answer.json()['errorCode']) == (401, 'INVALID_CREDENTIALS')


async def test_a_production_token_opens_nothing_here(world: World) -> None:
    token = (await _token(world, audience='https://topups.reloadly.com')).json()['access_token']
    headers = {'Authorization': f'Bearer {token}'}
    answer = await world.client.get('/accounts/balance', headers=headers)
    assert (answer.status_code, answer.json()['errorCode']) == (401, 'INVALID_TOKEN')


async def test_a_token_ends(world: World) -> None:
    token = (await _token(world)).json()
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
    plain = (await _call(world, 'GET', '/operators')).json()
    assert plain['totalElements'] == 6
    page = (await _call(world, 'GET', '/operators?includeData=true&size=5&page=3')).json()
    assert page['totalPages'] == 3
    assert [item['id'] for item in page['content']] == [142]
    assert page['last'] is True
    thai = (await _call(world, 'GET', '/operators/countries/TH?includeData=true')).json()
    assert [item['id'] for item in thai] == [101, 102, 103]


async def test_an_operator_shows_its_amounts(world: World) -> None:
    fixed = (await _call(world, 'GET', '/operators/102')).json()
    assert fixed['denominationType'] == 'FIXED'
    assert fixed['fixedAmountsDescriptions'] == {'5.00': '8 GB, 7 days', '10.00': '20 GB, 30 days'}
    ranged = (await _call(world, 'GET', '/operators/103')).json()
    assert (ranged['minAmount'], ranged['maxAmount']) == (1.0, 50.0)
    assert (await _call(world, 'GET', '/operators/999')).json()['errorCode'] == 'OPERATOR_NOT_FOUND'


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
    answer = await _call(world, 'GET', path)
    if operator is None:
        assert answer.status_code == 404
        assert answer.json()['errorCode'] == 'COULD_NOT_AUTO_DETECT_OPERATOR'
    else:
        assert answer.json()['id'] == operator


async def test_a_country_without_operators_is_not_supported(world: World) -> None:
    answer = await _call(world, 'GET', '/operators/auto-detect/phone/13800138000/countries/CN')
    assert (answer.status_code, answer.json()['errorCode']) == (409, 'COUNTRY_NOT_SUPPORTED')


# === ORDER === #


async def test_a_top_up_takes_ten_seconds(world: World) -> None:
    number = await _topup(world)
    status = await _status(world, number)
    assert status == {'code': None, 'message': None, 'status': 'PROCESSING'}
    await world.advance(9)
    assert (await _status(world, number))['status'] == 'PROCESSING'
    await world.advance(1)
    done = await _status(world, number)
    assert done['status'] == done['transaction']['status'] == 'SUCCESSFUL'
    balance = done['transaction']['balanceInfo']
    assert balance['cost'] == 2.85
    assert balance['oldBalance'] - balance['newBalance'] == pytest.approx(2.85)
    assert await _balance(world) == pytest.approx(997.15)


async def test_cost_is_amount_and_fee_less_discount(world: World) -> None:
    number = await _topup(world, '891234567', operatorId=103, amount=10)
    (line,) = await _report(world, customIdentifier='ref0000000000000891234567')
    assert line['transactionId'] == number
    assert (line['fee'], line['discount'], line['balanceInfo']['cost']) == (0.1, 0.3, 9.8)


async def test_a_failed_top_up_gives_the_money_back(world: World) -> None:
    number = await _topup(world, '812345106')
    assert await _balance(world) == pytest.approx(997.15)
    await world.advance(10)
    status = await _status(world, number)
    assert (status['status'], status['code']) == ('FAILED', 'TRANSACTION_REFUSED_BY_OPERATOR')
    assert await _balance(world) == 1000


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
    answer = await _call(world, 'POST', '/topups-async', **_order(**change))
    assert 400 <= answer.status_code < 500
    assert answer.json()['errorCode'] == code
    assert await _report(world) == []
    assert await _balance(world) == 1000


async def test_local_amounts_pair_with_the_fixed_ones(world: World) -> None:
    operator = (await _call(world, 'GET', '/operators/101')).json()
    local = operator['localFixedAmounts'][1]
    number = await _topup(world, amount=local, useLocalAmount=True)
    await world.advance(10)
    assert (await _status(world, number))['transaction']['deliveredAmount'] == local


async def test_an_identifier_counts_as_used_only_after_acceptance(world: World) -> None:
    refused = await _call(world, 'POST', '/topups-async', **_order(amount=4))
    assert refused.json()['errorCode'] == 'INVALID_AMOUNT_FOR_OPERATOR'
    await _topup(world)
    again = await _call(world, 'POST', '/topups-async', **_order())
    assert 400 <= again.status_code < 500
    assert again.json()['errorCode'] == 'CUSTOM_IDENTIFIER_ALREADY_USED'
    assert len(await _report(world)) == 1


async def test_two_requests_at_once_with_one_identifier_are_both_executed(world: World) -> None:
    token = (await _token(world)).json()['access_token']
    headers = {'Authorization': f'Bearer {token}'}
    answers = await asyncio.gather(
        *(world.client.post('/topups-async', json=_order(), headers=headers) for _ in range(2))
    )
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len(await _report(world, customIdentifier='REF0000000000000812345678')) == 2


async def test_a_number_waits_two_minutes_for_the_next_top_up(world: World) -> None:
    await _topup(world)
    body = _order(customIdentifier='REF2')
    answer = await _call(world, 'POST', '/topups-async', **body)
    assert answer.json()['errorCode'] == 'PHONE_RECENTLY_RECHARGED'
    await world.advance(121)
    assert (await _call(world, 'POST', '/topups-async', **body)).status_code == 200


async def test_an_empty_account_refuses(world: World) -> None:
    await world.control('POST', 'reloadly', balance=2)
    answer = await _call(world, 'POST', '/topups-async', **_order())
    assert answer.json()['errorCode'] == 'INSUFFICIENT_BALANCE'


async def test_the_synchronous_call_answers_when_it_is_done(world: World) -> None:
    call = asyncio.ensure_future(_call(world, 'POST', '/topups', **_order()))
    await asyncio.sleep(0.05)
    assert not call.done()
    await world.advance(10)
    await world.advance(10)
    assert (await call).json()['status'] == 'SUCCESSFUL'


async def test_unknown_top_ups_are_not_found(world: World) -> None:
    for path in ('/topups/77/status', '/topups/reports/transactions/77', '/topups/x/status'):
        answer = await _call(world, 'GET', path)
        assert (answer.status_code, answer.json()['errorCode']) == (404, 'TRANSACTION_NOT_FOUND')


async def test_a_person_can_end_a_top_up(world: World) -> None:
    number = await _topup(world)
    await world.control('POST', f'topups/{number}/finish', status='FAILED', error_code='X_Y')
    assert (await _status(world, number))['code'] == 'X_Y'
    await world.advance(10)
    assert (await _status(world, number))['status'] == 'FAILED'
    answer = await world.client.post(
        f'/control/topups/{number}/finish', json={'status': 'SUCCESSFUL'}
    )
    assert answer.status_code == 409


async def test_an_outcome_can_be_ordered_beforehand(world: World) -> None:
    await world.control(
        'POST', 'faults', fault='topup_outcome', status='FAILED', error_code='A_B', seconds=1
    )
    number = await _topup(world)
    await world.advance(1)
    assert (await _status(world, number))['code'] == 'A_B'


# === WEBHOOK === #


def test_the_webhook_signature_has_the_value_of_the_sheet() -> None:
    body = b'{"type":"airtime_transaction.status","data":{"transactionId":1,"status":"SUCCESSFUL"}}'
    assert (
        signature(SECRET.encode(), body, '1700000000')
        == '3cad7f44773bd4496a0538eef6e20d749ba49d554c2362cdba477f466daa22d9'
    )


def _hooks(world: World) -> list[tuple[str, bool]]:
    found = []
    for request in world.inbox.received:
        message = request.content + b':' + request.headers['x-reloadly-request-timestamp'].encode()
        good = hmac.new(SECRET.encode(), message, hashlib.sha256).hexdigest()
        genuine = good == request.headers['x-reloadly-signature']
        found.append((json.loads(request.content)['data']['status'], genuine))
    return found


@pytest.mark.parametrize(
    ('number', 'hooks'),
    [
        ('812345678', [('SUCCESSFUL', True)]),
        ('812345106', [('FAILED', True)]),
        ('812345802', [('SUCCESSFUL', True), ('REFUNDED', True)]),
        ('812345803', [('SUCCESSFUL', True)] * 2),
        ('812345804', [('SUCCESSFUL', True), ('PROCESSING', True)]),
        ('812345805', [('FAILED', False), ('SUCCESSFUL', True)]),
        ('812345806', []),
    ],
)
async def test_webhooks_tell_the_state(
    world: World, number: str, hooks: list[tuple[str, bool]]
) -> None:
    await world.control('POST', 'reloadly', webhook_url='http://127.0.0.1:8069/hook')
    await _topup(world, number)
    await world.advance(100)
    assert _hooks(world) == hooks


async def test_without_an_address_no_webhook_is_sent(world: World) -> None:
    await _topup(world)
    await world.advance(100)
    assert world.inbox.received == []


async def test_a_refused_webhook_comes_again(world: World) -> None:
    await world.control('POST', 'reloadly', webhook_url='http://127.0.0.1:8069/hook')
    world.inbox.replies = [500]
    await _topup(world)
    await world.advance(10)
    await world.advance(60)
    assert _hooks(world) == [('SUCCESSFUL', True)] * 2


# === SCENARIOS === #


@pytest.mark.parametrize(
    ('ending', 'seconds', 'status', 'code'),
    [
        ('100', 10, 'SUCCESSFUL', None),
        ('200', 20, 'SUCCESSFUL', None),
        ('300', 300, 'SUCCESSFUL', None),
        ('102', 10, 'FAILED', 'INVALID_RECIPIENT_PHONE'),
        ('103', 10, 'FAILED', 'PHONE_BANNED_BY_OPERATOR'),
        ('204', 20, 'FAILED', 'OPERATOR_UNAVAILABLE_OR_CURRENTLY_INACTIVE'),
        ('305', 300, 'FAILED', 'RECIPIENT_HAS_PENDING_TRANSACTION'),
        ('107', 10, 'FAILED', 'TRANSACTION_FAILED_ON_OPERATOR'),
        ('801', 3600, 'SUCCESSFUL', None),
        ('807', 3600, 'FAILED', 'TRANSACTION_REFUSED_BY_OPERATOR'),
    ],
)
async def test_the_ending_of_the_number_decides(
    world: World, ending: str, seconds: float, status: str, code: str | None
) -> None:
    number = await _topup(world, f'812345{ending}')
    await world.advance(seconds - 1)
    assert (await _status(world, number))['status'] == 'PROCESSING'
    await world.advance(1)
    found = await _status(world, number)
    assert (found['status'], found['code']) == (status, code)


@pytest.mark.parametrize(
    ('ending', 'status', 'code'),
    [
        ('402', 400, 'INVALID_RECIPIENT_PHONE'),
        ('405', 400, 'PHONE_RECENTLY_RECHARGED'),
        ('407', 500, 'PROVIDER_INTERNAL_ERROR'),
        ('408', 400, 'INSUFFICIENT_BALANCE'),
    ],
)
async def test_some_endings_are_refused_at_once(
    world: World, ending: str, status: int, code: str
) -> None:
    answer = await _call(world, 'POST', '/topups-async', **_order(f'812345{ending}'))
    assert (answer.status_code, answer.json()['errorCode']) == (status, code)
    assert await _report(world) == []


async def test_a_pin_comes_with_101_and_half_the_amount_with_700(world: World) -> None:
    pin, part = await _topup(world, '812345101'), await _topup(world, '812345700')
    await world.advance(10)
    assert len((await _status(world, pin))['transaction']['pinDetail']['code']) == 16
    partial = (await _status(world, part))['transaction']
    assert partial['deliveredAmount'] == pytest.approx(3 * 33.25 / 2, abs=0.01)


async def test_a_report_can_be_late(world: World) -> None:
    await _topup(world, '812345808')
    assert await _report(world) == []
    await world.advance(60)
    assert len(await _report(world)) == 1


@pytest.mark.parametrize(
    ('ending', 'executed', 'seen'),
    [
        ('903', 1, '500'),
        ('904', 1, 'ConnectionResetError'),
        ('905', 1, 'garbage'),
        ('907', 0, 'ConnectionResetError'),
        ('908', 0, '500'),
    ],
)
async def test_transport_faults_hide_whether_it_was_executed(
    world: World, ending: str, executed: int, seen: str
) -> None:
    try:
        answer = await _call(world, 'POST', '/topups-async', **_order(f'812345{ending}'))
        outcome = 'garbage' if answer.text.startswith('<') else str(answer.status_code)
    except ConnectionResetError:
        outcome = 'ConnectionResetError'
    assert outcome == seen
    assert len(await _report(world)) == executed


async def test_a_throttled_number_is_accepted_the_second_time(world: World) -> None:
    body = _order('812345906')
    first = await _call(world, 'POST', '/topups-async', **body)
    assert (first.status_code, first.json()['errorCode']) == (429, 'RATE_LIMIT_REACHED')
    assert (await _call(world, 'POST', '/topups-async', **body)).status_code == 200


def test_every_listed_special_number_is_a_valid_scenario() -> None:
    from sandbox.reloadly.scenario import scenario_of

    assert scenario_of('812345678') == scenario_of('812345999') == scenario_of('812345100')
    assert scenario_of('66812345901').transport is not None
