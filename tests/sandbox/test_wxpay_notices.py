"""Notices: content, signature, retry table and everything that can go wrong (§11 of the sheet)."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import httpx
import pytest

from sandbox.credentials import certificate_signers
from tests.sandbox.shop import APPID, MCHID, NOTIFY_URL, OPENID, PUBLIC_KEY_ID, World, order

pytestmark = pytest.mark.anyio

NUMBER = 'T20260101000001'
TABLE = [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10800, 10800, 10800, 21600, 21600]


async def _notifications(world: World) -> list[dict[str, Any]]:
    books = await world.control('GET', 'books')
    return list(books['notifications'])


async def test_a_payment_is_told_once_signed_and_encrypted(world: World) -> None:
    paid = await world.paid(attach='a-1')
    (request,) = world.inbox.received
    assert str(request.url) == NOTIFY_URL
    assert world.inbox.genuine() == [True]
    assert request.headers['wechatpay-serial'] == PUBLIC_KEY_ID
    assert request.headers['wechatpay-signature-type'] == 'WECHATPAY2-SHA256-RSA2048'
    envelope = json.loads(request.content)
    assert envelope['resource_type'] == 'encrypt-resource'
    assert envelope['resource']['original_type'] == 'transaction'
    (resource,) = world.inbox.resources()
    assert resource == paid
    assert (resource['mchid'], resource['appid']) == (MCHID, APPID)
    assert resource['payer']['openid'] == OPENID
    (record,) = await _notifications(world)
    assert record['state'] == 'delivered'
    assert [attempt['status'] for attempt in record['attempts']] == [200]


async def test_a_204_counts_as_accepted_and_a_redirect_does_not(world: World) -> None:
    world.inbox.replies = [302, 204]
    await world.paid()
    await world.advance(15)
    assert len(world.inbox.received) == 2
    assert (await _notifications(world))[0]['state'] == 'delivered'


async def test_refused_notices_follow_the_table_to_its_end(world: World) -> None:
    world.inbox.replies = [500] * 20
    moments: list[float] = []
    original = world.inbox.handle

    async def handle(request: httpx.Request) -> httpx.Response:
        moments.append(world.sandbox.clock.now())
        return await original(request)

    world.sandbox.client._transport = httpx.MockTransport(handle)
    await world.paid()
    await world.advance(100_000)
    assert [round(b - a) for a, b in pairwise(moments)] == TABLE
    assert sum(TABLE) == 24 * 3600 + 240
    assert (await _notifications(world))[0]['state'] == 'given up'
    assert world.inbox.genuine() == [True] * 16
    assert len({request.headers['wechatpay-nonce'] for request in world.inbox.received}) == 16


async def test_a_dropped_notice_comes_again_by_the_table(world: World) -> None:
    await world.control('POST', 'faults', fault='notify_drop', times=2)
    await world.paid()
    assert not world.inbox.received
    await world.advance(15)
    assert not world.inbox.received
    await world.advance(15)
    assert world.inbox.genuine() == [True]
    statuses = [attempt['status'] for attempt in (await _notifications(world))[0]['attempts']]
    assert statuses == ['dropped', 'dropped', 200]


async def test_a_notice_can_be_lost_for_good(world: World) -> None:
    await world.control('POST', 'faults', fault='notify_never')
    await world.paid()
    await world.advance(100_000)
    assert not world.inbox.received
    assert (await _notifications(world))[0]['state'] == 'never'


async def test_a_notice_can_be_late(world: World) -> None:
    await world.control('POST', 'faults', fault='notify_delay', seconds=300)
    await world.paid()
    await world.advance(299)
    assert not world.inbox.received
    await world.advance(1)
    assert len(world.inbox.received) == 1


@pytest.mark.parametrize('concurrent', [False, True])
async def test_a_notice_can_come_several_times(world: World, concurrent: bool) -> None:
    await world.control('POST', 'faults', fault='notify_duplicate', count=3, concurrent=concurrent)
    await world.paid()
    assert world.inbox.genuine() == [True] * 4
    assert len({json.loads(request.content)['id'] for request in world.inbox.received}) == 1


@pytest.mark.parametrize(
    'fault', ['notify_wrong_signature', 'notify_altered_body', 'notify_old_timestamp']
)
async def test_a_spoiled_notice_is_followed_by_a_good_one_when_refused(
    world: World, fault: str
) -> None:
    world.inbox.replies = [401]
    await world.control('POST', 'faults', fault=fault)
    await world.paid()
    await world.advance(15)
    assert world.inbox.genuine() == [False, True]


async def test_a_probe_is_followed_by_a_good_notice(world: World) -> None:
    world.inbox.replies = [401]
    await world.control('POST', 'faults', fault='notify_signtest')
    await world.paid()
    first, second = world.inbox.received
    assert first.headers['wechatpay-signature'].startswith('WECHATPAY/SIGNTEST/')
    assert world.inbox.genuine() == [False, True]
    assert first.content == second.content


async def test_a_refund_can_be_told_before_its_payment(world: World) -> None:
    await world.control('POST', 'faults', fault='notify_reorder', target='transaction')
    paid = await world.paid()
    assert not world.inbox.received
    body = {
        'transaction_id': paid['transaction_id'],
        'out_refund_no': 'R1',
        'notify_url': NOTIFY_URL,
        'amount': {'refund': 2590, 'total': 2590, 'currency': 'CNY'},
    }
    await world.wxpay('POST', '/v3/refund/domestic/refunds', body)
    await world.advance(10)
    assert world.inbox.events() == ['REFUND.SUCCESS', 'TRANSACTION.SUCCESS']


async def test_a_held_notice_goes_out_at_the_latest_after_its_time(world: World) -> None:
    await world.control('POST', 'faults', fault='notify_reorder', seconds=60)
    await world.paid()
    await world.advance(60)
    assert world.inbox.events() == ['TRANSACTION.SUCCESS']


async def test_faults_aim_at_one_order(world: World) -> None:
    await world.control('POST', 'faults', fault='notify_never', target='T20260101000002')
    await world.paid()
    await world.paid('T20260101000002')
    assert [item['out_trade_no'] for item in world.inbox.resources()] == [NUMBER]


async def test_notices_use_the_kind_of_key_the_prepay_asked_for(world: World) -> None:
    await world.login()
    headers = {'Wechatpay-Serial': None}
    answer = await world.wxpay('POST', '/v3/pay/transactions/jsapi', order(), headers=headers)
    await world.control('POST', f'prepays/{answer.json()["prepay_id"]}/pay')
    await world.sandbox.scheduler.settle()
    assert world.inbox.received[0].headers['wechatpay-serial'] == certificate_signers()[0].serial
    assert world.inbox.genuine() == [True]


async def test_in_migration_both_kinds_of_signature_arrive(world: World) -> None:
    await world.control('POST', 'keys', notices='alternate', certificates='second')
    await world.paid()
    await world.paid('T20260101000002')
    serials = [request.headers['wechatpay-serial'] for request in world.inbox.received]
    assert serials == [PUBLIC_KEY_ID, certificate_signers()[1].serial]
    assert world.inbox.genuine() == [True, True]


async def test_a_shop_that_cannot_be_reached_is_tried_again(world: World) -> None:
    async def unreachable(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError('refused', request=request)

    transport = world.sandbox.client._transport
    world.sandbox.client._transport = httpx.MockTransport(unreachable)
    await world.paid()
    world.sandbox.client._transport = transport
    await world.advance(15)
    statuses = [attempt['status'] for attempt in (await _notifications(world))[0]['attempts']]
    assert statuses == ['ConnectError: refused', 200]
