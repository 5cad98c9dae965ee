"""Several merchants at once: own keys, own books, own outages; keys that change (§4)."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from sandbox.credentials import certificate_signers
from sandbox.wxpay.reasons import TEXTS, V2, V3, Reason
from tests.sandbox.shop import (
    MCHID,
    MODERN,
    NEXT_PUBLIC_KEY_ID,
    OLD,
    PUBLIC_KEY_ID,
    Account,
    World,
    order,
    verified,
)

pytestmark = pytest.mark.anyio

PREPAY = '/v3/pay/transactions/native'
NUMBER = 'T20260101000001'


async def _prepay(world: World, account: Account, **change: Any) -> httpx.Response:
    body = order(mchid=account.mchid, payer=None)
    return await world.wxpay('POST', PREPAY, body, account=account, **change)


@pytest.mark.parametrize('account', [MODERN, OLD])
async def test_each_merchant_has_keys_of_its_own(world: World, account: Account) -> None:
    answer = await _prepay(world, account)
    assert answer.status_code == 200, answer.text
    assert verified(answer.headers, answer.content)
    wrong = await _prepay(world, account, key=(OLD if account is MODERN else MODERN).private_key)
    assert (wrong.status_code, wrong.json()['code']) == (401, 'SIGN_ERROR')


async def test_a_notice_is_for_the_merchant_that_sold(world: World) -> None:
    code_url = (await _prepay(world, MODERN)).json()['code_url']
    prepay = (await world.control('POST', 'scan', code_url=code_url))['prepay']
    await world.control('POST', f'prepays/{prepay["prepay_id"]}/pay')
    await world.sandbox.scheduler.settle()
    (notice,) = world.inbox.received
    assert notice.headers['wechatpay-serial'] == MODERN.wanted_serial
    assert world.inbox.genuine() == [True]
    (told,) = world.inbox.resources(MODERN.apiv3_key)
    assert told['mchid'] == MODERN.mchid


async def test_the_same_number_is_two_orders_of_two_merchants(world: World) -> None:
    await world.prepay()
    assert (await _prepay(world, MODERN)).status_code == 200
    assert set(world.sandbox.wxpay.orders) == {(MCHID, NUMBER), (MODERN.mchid, NUMBER)}
    path = f'/v3/pay/transactions/out-trade-no/{NUMBER}?mchid={MCHID}'
    answer = await world.wxpay('GET', path, account=MODERN)
    assert (answer.status_code, answer.json()['code']) == (400, 'PARAM_ERROR')


async def test_a_payment_of_another_merchant_is_unknown(world: World) -> None:
    paid = await world.paid()
    body = {
        'transaction_id': paid['transaction_id'],
        'out_refund_no': 'R1',
        'amount': {'refund': 1, 'total': 2590, 'currency': 'CNY'},
    }
    answer = await world.wxpay('POST', '/v3/refund/domestic/refunds', body, account=MODERN)
    assert (answer.status_code, answer.json()['code']) == (404, 'RESOURCE_NOT_EXISTS')


async def test_a_public_key_merchant_has_no_certificates(world: World) -> None:
    answer = await world.wxpay('GET', '/v3/certificates', account=MODERN)
    assert (answer.status_code, answer.json()['code']) == (404, 'RESOURCE_NOT_EXISTS')
    own = await world.wxpay('GET', '/v3/certificates', account=OLD)
    serials = [entry['serial_no'] for entry in own.json()['data']]
    assert own.headers['wechatpay-serial'] in serials
    assert certificate_signers()[0].serial not in serials


async def test_settings_belong_to_one_merchant(world: World) -> None:
    await world.control('POST', 'merchant', mchid=MODERN.mchid, funds_fen=1)
    assert (await world.control('POST', 'merchant'))['funds_fen'] is None
    unknown = await world.client.post('/control/merchant', json={'mchid': '1'})
    assert unknown.status_code == 404


@pytest.mark.parametrize(('mode', 'status'), [('status', 503), ('reset', None), ('timeout', None)])
async def test_one_merchant_can_be_out_while_another_works(
    world: World, mode: str, status: int | None
) -> None:
    fault = {'fault': 'outage', 'target': MODERN.mchid, 'mode': mode, 'seconds': 0.01}
    made = await world.control('POST', 'faults', **fault)
    assert made['times'] == -1
    for _ in range(2):
        if status is None:
            with pytest.raises(ConnectionResetError):
                await _prepay(world, MODERN)
        else:
            assert (await _prepay(world, MODERN)).status_code == status
    assert (await _prepay(world, OLD)).status_code == 200
    assert (MODERN.mchid, NUMBER) not in world.sandbox.wxpay.orders
    await world.control('DELETE', f'faults/{made["id"]}')
    assert (await _prepay(world, MODERN)).status_code == 200


async def test_an_outage_can_last_for_a_time(world: World) -> None:
    await world.control('POST', 'faults', fault='outage', target=OLD.mchid, lasts=600)
    await world.advance(599)
    assert (await _prepay(world, OLD)).status_code == 503
    await world.advance(1)
    assert (await _prepay(world, OLD)).status_code == 200
    assert (await world.control('GET', 'faults'))['items'] == []


async def test_the_certificate_can_change_between_request_and_answer(world: World) -> None:
    first, second = certificate_signers()
    await world.control('POST', 'faults', fault='key_rotation', target='wxpay.prepay')
    headers = {'Wechatpay-Serial': first.serial}
    body = order(payer=None)
    answer = await world.wxpay('POST', PREPAY, body, headers=headers)
    assert answer.headers['wechatpay-serial'] == second.serial
    assert verified(answer.headers, answer.content)
    known = await world.wxpay('GET', '/v3/certificates')
    serials = [entry['serial_no'] for entry in known.json()['data']]
    assert serials == [first.serial, second.serial]
    again = await world.wxpay('POST', PREPAY, body, headers=headers)
    assert again.headers['wechatpay-serial'] == first.serial


async def test_the_public_key_can_change_and_the_old_one_be_gone(world: World) -> None:
    fault = {'fault': 'key_rotation', 'kind': 'public_key', 'drop_old': True, 'target': MCHID}
    await world.control('POST', 'faults', **fault)
    answer = await world.wxpay('POST', PREPAY, order(payer=None))
    assert answer.headers['wechatpay-serial'] == NEXT_PUBLIC_KEY_ID
    assert verified(answer.headers, answer.content)
    old = await world.wxpay('POST', PREPAY, order(payer=None))
    assert (old.status_code, old.json()['code']) == (400, 'PARAM_ERROR')
    headers = {'Wechatpay-Serial': NEXT_PUBLIC_KEY_ID}
    assert (
        await world.wxpay('POST', PREPAY, order(payer=None), headers=headers)
    ).status_code == 200


async def test_notices_follow_a_new_public_key(world: World) -> None:
    prepay_id = await world.prepay()
    answer = await world.control('POST', 'keys', public_keys='both')
    assert answer['public_keys'] == 'both'
    await world.control('POST', f'prepays/{prepay_id}/pay')
    await world.sandbox.scheduler.settle()
    assert world.inbox.received[0].headers['wechatpay-serial'] == NEXT_PUBLIC_KEY_ID
    assert world.inbox.genuine() == [True]
    assert PUBLIC_KEY_ID not in json.dumps(dict(world.inbox.received[0].headers))


def test_every_reason_has_its_words_in_each_dialect() -> None:
    assert set(TEXTS) == set(V3) == set(Reason)
    assert set(V2) == set(Reason) - {Reason.REFUND_NOT_ABNORMAL}
