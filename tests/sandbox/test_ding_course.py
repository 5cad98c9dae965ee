"""Ding: scenarios, callbacks, faults (spec/topup_suppliers.md §3, §5.5)."""

from __future__ import annotations

import json

import pytest

from tests.sandbox.ding_shop import (
    balance,
    code_of,
    defer,
    raw,
    records,
    state,
)
from tests.sandbox.shop import World

pytestmark = pytest.mark.anyio

HOOK = 'http://127.0.0.1:8069/recharge/callback/token'


@pytest.mark.parametrize(
    ('ending', 'status', 'code', 'recorded'),
    [
        ('001', 200, 'RateLimited', 0),
        ('002', 200, 'TransientProviderError/ProviderTimedOut', 1),
        ('003', 200, 'TransientProviderError/ProviderRefusedRequest', 1),
        ('004', 200, 'ProviderError/ProductUnavailable', 1),
        ('005', 200, 'AccountNumberInvalid/ProviderRefusedRequest', 1),
        ('007', 500, 'InsufficientBalance', 0),
        ('008', 200, 'AccountNumberInvalid/AccountNumberFailedRegex', 0),
        ('009', 200, 'ProviderError/RechargeNotAllowed', 1),
        ('402', 200, 'AccountNumberInvalid/ProviderRefusedRequest', 1),
        ('405', 200, 'RateLimited', 0),
        ('407', 500, 'OtherError', 0),
        ('408', 500, 'InsufficientBalance', 0),
    ],
)
async def test_some_endings_fail_at_once_with_the_record(
    world: World, ending: str, status: int, code: str, recorded: int
) -> None:
    answer = await defer(world, f'66812345{ending}')
    assert (answer.status_code, code_of(answer.json())) == (status, code)
    assert answer.json()['TransferRecord']['ProcessingState'] == 'Failed'
    assert len(await records(world, f'REF000000000066812345{ending}')) == recorded
    assert await balance(world) == 1000


@pytest.mark.parametrize(
    ('ending', 'seconds', 'code'),
    [
        ('678', 5, ''),
        ('200', 20, ''),
        ('300', 300, ''),
        ('801', 3600, ''),
        ('802', 5, ''),
        ('102', 5, 'AccountNumberInvalid/ProviderRefusedRequest'),
        ('105', 5, 'DuplicateTransactionPrevented'),
        ('206', 20, 'RechargeNotAllowed'),
        ('107', 5, 'ProviderError/ProviderUnknownError'),
        ('807', 3600, 'RechargeNotAllowed'),
    ],
)
async def test_a_deferred_one_ends_as_the_number_says(
    world: World, ending: str, seconds: float, code: str
) -> None:
    number = f'66812345{ending}'
    await defer(world, number)
    await world.advance(seconds - 1)
    assert await state(world, number) == 'Submitted'
    await world.advance(1)
    (item,) = await records(world, f'REF0000000000{number}')
    assert (code_of(item) if item['ErrorCodes'] else '') == code
    assert (await state(world, number)).startswith('Failed' if code else 'Complete')
    await world.advance(100)
    assert (await state(world, number)).startswith('Failed' if code else 'Complete')


async def test_a_failed_one_may_be_delivered_after_all(world: World) -> None:
    await defer(world, '66812345810')
    await world.advance(5)
    assert await state(world, '66812345810') == 'Failed'
    await world.advance(60)
    assert (await state(world, '66812345810')).startswith('Complete')


async def test_a_voucher_is_in_the_receipt(world: World) -> None:
    await defer(world, SkuCode='TH_TRUE_1007', SendValue=3.24)
    await world.advance(5)
    (item,) = await records(world, 'REF000000000066812345678')
    record = item['TransferRecord']
    assert len(record['ReceiptParams']['pin']) == 16
    assert record['ReceiptParams']['pin'] in record['ReceiptText']


# === CALLBACKS === #


@pytest.mark.parametrize(
    ('ending', 'told'),
    [
        ('678', ['Complete']),
        ('106', ['Failed']),
        ('803', ['Complete'] * 2),
        ('804', ['Complete', 'Submitted']),
        ('805', ['Failed', 'Complete']),
        ('806', []),
        ('809', []),
    ],
)
async def test_deferred_ones_are_told(world: World, ending: str, told: list[str]) -> None:
    await world.control('POST', 'suppliers/ding/settings', callback_url=HOOK)
    await defer(world, f'66812345{ending}')
    await world.advance(100)
    bodies = [json.loads(request.content) for request in world.inbox.received]
    states = [body['TransferRecord']['ProcessingState'] for body in bodies]
    assert [word.removesuffix('d') if word == 'Completed' else word for word in states] == told


async def test_nothing_is_told_without_an_address(world: World) -> None:
    await defer(world)
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
    await world.control('POST', 'suppliers/ding/settings', hold_seconds=0.01)
    try:
        answer = await defer(world, f'66812345{ending}')
        outcome = 'garbage' if answer.text.startswith('<') else str(answer.status_code)
    except ConnectionResetError:
        outcome = 'cut'
    assert outcome == seen
    assert len(await records(world, f'REF000000000066812345{ending}')) == executed


async def test_a_throttled_number_is_accepted_the_second_time(world: World) -> None:
    first = await defer(world, '66812345906')
    assert (first.status_code, code_of(first.json())) == (429, 'RateLimited')
    assert (await defer(world, '66812345906')).json()['ResultCode'] == 1


async def test_faults_speak_the_dialect(world: World) -> None:
    await world.control(
        'POST', 'faults', fault='error', target='ding.balance', status=200, code='RateLimited'
    )
    answer = await raw(world, 'GET', 'GetBalance')
    assert (answer.status_code, code_of(answer.json())) == (200, 'RateLimited')
