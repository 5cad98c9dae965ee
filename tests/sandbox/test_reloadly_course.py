"""The course of a top-up: webhooks and scenarios (spec/topup_suppliers.md §1, §5.5)."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest

from sandbox.reloadly.course import signature
from sandbox.topup.scenario import scenario_of
from tests.sandbox.shop import World
from tests.sandbox.supplier import an_order, call_api, order_topup, read_report, read_status

pytestmark = pytest.mark.anyio

SECRET = 'whsec_test'


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
    await order_topup(world, number)
    await world.advance(100)
    assert _hooks(world) == hooks


async def test_without_an_address_no_webhook_is_sent(world: World) -> None:
    await order_topup(world)
    await world.advance(100)
    assert world.inbox.received == []


async def test_a_refused_webhook_comes_again(world: World) -> None:
    await world.control('POST', 'reloadly', webhook_url='http://127.0.0.1:8069/hook')
    world.inbox.replies = [500]
    await order_topup(world)
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
    number = await order_topup(world, f'812345{ending}')
    await world.advance(seconds - 1)
    assert (await read_status(world, number))['status'] == 'PROCESSING'
    await world.advance(1)
    found = await read_status(world, number)
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
    answer = await call_api(world, 'POST', '/topups-async', **an_order(f'812345{ending}'))
    assert (answer.status_code, answer.json()['errorCode']) == (status, code)
    assert await read_report(world) == []


async def test_a_pin_comes_with_101_and_half_the_amount_with_700(world: World) -> None:
    pin, part = await order_topup(world, '812345101'), await order_topup(world, '812345700')
    await world.advance(10)
    assert len((await read_status(world, pin))['transaction']['pinDetail']['code']) == 16
    partial = (await read_status(world, part))['transaction']
    assert partial['deliveredAmount'] == pytest.approx(3 * 33.25 / 2, abs=0.01)


async def test_a_report_can_be_late(world: World) -> None:
    await order_topup(world, '812345808')
    assert await read_report(world) == []
    await world.advance(60)
    assert len(await read_report(world)) == 1


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
        answer = await call_api(world, 'POST', '/topups-async', **an_order(f'812345{ending}'))
        outcome = 'garbage' if answer.text.startswith('<') else str(answer.status_code)
    except ConnectionResetError:
        outcome = 'ConnectionResetError'
    assert outcome == seen
    assert len(await read_report(world)) == executed


async def test_a_throttled_number_is_accepted_the_second_time(world: World) -> None:
    body = an_order('812345906')
    first = await call_api(world, 'POST', '/topups-async', **body)
    assert (first.status_code, first.json()['errorCode']) == (429, 'RATE_LIMIT_REACHED')
    assert (await call_api(world, 'POST', '/topups-async', **body)).status_code == 200


def test_every_listed_special_number_is_a_valid_scenario() -> None:
    assert scenario_of('812345678') == scenario_of('812345999') == scenario_of('812345100')
    assert scenario_of('66812345901').transport is not None
