"""Faults on calls, in the three dialects."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from sandbox.faults import Fault, FaultBook
from tests.sandbox.shop import APPID, MCHID, SECRET, World, order

pytestmark = pytest.mark.anyio

PREPAY = '/v3/pay/transactions/jsapi'
NUMBER = 'T20260101000001'


async def _prepay(world: World) -> httpx.Response:
    return await world.wxpay('POST', PREPAY, order())


@pytest.mark.parametrize(
    ('fault', 'status', 'applied'),
    [
        ({'fault': 'error_500_before'}, 500, False),
        ({'fault': 'error_500_after'}, 500, True),
        ({'fault': 'garbage'}, 200, True),
        ({'fault': 'garbage', 'apply': False, 'status': 502}, 502, False),
        ({'fault': 'timeout_before', 'seconds': 0.01}, None, False),
        ({'fault': 'timeout_after', 'seconds': 0.01}, None, True),
        ({'fault': 'reset'}, None, True),
        ({'fault': 'reset', 'apply': False}, None, False),
    ],
)
async def test_a_fault_hides_whether_the_call_took_effect(
    world: World, fault: dict[str, Any], status: int | None, applied: bool
) -> None:
    await world.login()
    await world.control('POST', 'faults', target='wxpay.prepay', **fault)
    if status is None:
        with pytest.raises(ConnectionResetError):
            await _prepay(world)
    else:
        answer = await _prepay(world)
        assert answer.status_code == status
        assert 'wechatpay-signature' not in answer.headers
    assert ((MCHID, NUMBER) in world.sandbox.wxpay.orders) is applied
    assert (await _prepay(world)).status_code == 200
    calls = (await world.control('GET', 'books'))['calls']
    assert [call['faults'] for call in calls] == [[fault['fault']], []]
    assert calls[0]['status'] == (status or 'no answer')


async def test_a_delay_comes_together_with_another_fault(world: World) -> None:
    await world.login()
    await world.control('POST', 'faults', fault='delay', seconds=0.05)
    await world.control('POST', 'faults', fault='error_500_after')
    begin = time.monotonic()
    assert (await _prepay(world)).status_code == 500
    assert time.monotonic() - begin >= 0.05
    assert (await world.control('GET', 'faults'))['items'] == []


async def test_an_error_speaks_the_dialect_of_the_company(world: World) -> None:
    await world.control(
        'POST', 'faults', fault='error', target='wxpay.*', status=429, code='FREQUENCY_LIMITED'
    )
    answer = await _prepay(world)
    assert (answer.status_code, answer.json()['code']) == (429, 'FREQUENCY_LIMITED')
    await world.control('POST', 'faults', fault='error', target='wechat.stable_token', code=40164)
    body = {'grant_type': 'client_credential', 'appid': APPID, 'secret': SECRET}
    answer = await world.client.post('/cgi-bin/stable_token', json=body)
    assert (answer.status_code, answer.json()['errcode']) == (200, 40164)
    await world.control(
        'POST', 'faults', fault='error', target='reloadly.token', status=429, code='RATE'
    )
    answer = await world.client.post('/oauth/token', json={})
    assert (answer.status_code, answer.json()['errorCode']) == (429, 'RATE')


@pytest.mark.parametrize(
    ('path', 'status'), [('/cgi-bin/stable_token', 500), ('/oauth/token', 500)]
)
async def test_every_company_can_fail(world: World, path: str, status: int) -> None:
    await world.control('POST', 'faults', fault='error_500_before')
    assert (await world.client.post(path, json={})).status_code == status


@pytest.mark.parametrize(
    ('method', 'path', 'operation'),
    [
        ('POST', PREPAY, 'wxpay.prepay'),
        ('POST', '/v3/pay/transactions/h5', 'wxpay.prepay'),
        ('POST', '/v3/pay/transactions/codepay', 'wxpay.codepay'),
        ('GET', f'/v3/pay/transactions/out-trade-no/{NUMBER}', 'wxpay.query'),
        ('POST', f'/v3/pay/transactions/out-trade-no/{NUMBER}/close', 'wxpay.close'),
        ('POST', f'/v3/pay/transactions/out-trade-no/{NUMBER}/reverse', 'wxpay.reverse'),
        ('POST', '/v3/refund/domestic/refunds', 'wxpay.refund'),
        ('GET', '/v3/refund/domestic/refunds/R1', 'wxpay.refund_query'),
        (
            'POST',
            '/v3/refund/domestic/refunds/503/apply-abnormal-refund',
            'wxpay.abnormal_refund',
        ),
        ('GET', '/v3/bill/tradebill', 'wxpay.trade_bill'),
        ('GET', '/v3/bill/fundflowbill', 'wxpay.fund_bill'),
        ('GET', '/v3/billdownload/file', 'wxpay.bill_download'),
        ('GET', '/v3/certificates', 'wxpay.certificates'),
        ('POST', '/pay/unifiedorder', 'wxpayv2.unifiedorder'),
        ('POST', '/pay/orderquery', 'wxpayv2.orderquery'),
        ('POST', '/pay/closeorder', 'wxpayv2.closeorder'),
        ('POST', '/pay/micropay', 'wxpayv2.micropay'),
        ('POST', '/secapi/pay/reverse', 'wxpayv2.reverse'),
        ('POST', '/secapi/pay/refund', 'wxpayv2.refund'),
        ('POST', '/pay/refundquery', 'wxpayv2.refundquery'),
        ('POST', '/pay/downloadbill', 'wxpayv2.downloadbill'),
    ],
)
async def test_every_call_of_wechat_pay_can_fail(
    world: World, method: str, path: str, operation: str
) -> None:
    await world.control('POST', 'faults', fault='error_500_before', target=operation)
    await world.control('POST', 'faults', fault='garbage', target='wxpay*', status=502)
    statuses = [(await world.wxpay(method, path, {})).status_code for _ in range(2)]
    assert statuses == [500, 502]
    assert (await world.wxpay(method, path, {})).status_code not in statuses


async def test_faults_count_down_and_can_be_taken_back(world: World) -> None:
    await world.login()
    first = await world.control('POST', 'faults', fault='error_500_before', times=2)
    second = await world.control('POST', 'faults', fault='error', times=-1, status=503)
    statuses = [(await _prepay(world)).status_code for _ in range(4)]
    assert statuses == [500, 500, 503, 503]
    (left,) = (await world.control('GET', 'faults'))['items']
    assert (left['id'], left['times'], left['used']) == (second['id'], -1, 2)
    await world.control('DELETE', f'faults/{second["id"]}')
    assert (await _prepay(world)).status_code == 200
    answer = await world.client.delete(f'/control/faults/{first["id"] + 99}')
    assert answer.status_code == 404


@pytest.mark.parametrize(
    'body',
    [{}, {'fault': 'flood'}, {'fault': 'delay', 'times': 0}, {'fault': 'delay', 'target': 1}],
)
async def test_a_fault_that_makes_no_sense_is_refused(world: World, body: dict[str, Any]) -> None:
    assert (await world.client.post('/control/faults', json=body)).status_code == 400


def test_the_oldest_fitting_fault_is_taken_first() -> None:
    book = FaultBook()
    for target in ('wxpay.close', 'wxpay.*', None):
        book.add(Fault('delay', target))
    targets = []
    while fault := book.take({'delay'}, 'wxpay.prepay'):
        targets.append(fault.target)
    assert targets == ['wxpay.*', None]
    assert [fault.target for fault in book.active()] == ['wxpay.close']
