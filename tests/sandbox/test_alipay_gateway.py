"""The gateway of Alipay: who may call, and how answers are signed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.sandbox.alipay_shop import (
    APP_ID,
    CERT_APP_ID,
    NUMBER,
    AlipayShop,
    alipay_key,
    node_of,
    node_text,
    order,
    signed,
    verified,
)
from tests.sandbox.shop import World

pytestmark = pytest.mark.anyio

QUERY = 'trade.query'
ROOT = 'alipay_trade_query_response'


@pytest.fixture
def shop(world: World) -> AlipayShop:
    """Return the shop beside the world."""
    return AlipayShop(world)


@pytest.mark.parametrize('way', ['address', 'form', 'both', 'get'])
async def test_parameters_may_travel_either_way(shop: AlipayShop, way: str) -> None:
    await shop.paid()
    client = shop.world.client
    parameters = signed(APP_ID, QUERY, {'out_trade_no': NUMBER})
    if way == 'get':
        answer = await client.get('/gateway.do', params=parameters)
    elif way == 'address':
        answer = await client.post('/gateway.do', params=parameters)
    elif way == 'form':
        answer = await client.post('/gateway.do', data=parameters)
    else:
        content = {'biz_content': parameters.pop('biz_content')}
        answer = await client.post('/gateway.do', params=parameters, data=content)
    assert node_of(answer, QUERY)['trade_status'] == 'TRADE_SUCCESS'


async def test_another_character_set_is_signed_and_answered_in(shop: AlipayShop) -> None:
    parameters = signed(APP_ID, 'trade.precreate', order(subject='话费'), charset='gbk')
    body = urlencode(parameters, encoding='gbk')
    answer = await shop.world.client.post('/gateway.do', content=body.encode())
    assert answer.headers['content-type'] == 'text/html;charset=gbk'
    assert node_of(answer, 'trade.precreate')['code'] == '10000'


@pytest.mark.parametrize(
    ('change', 'code', 'sub_code'),
    [
        ({'app_id': None}, '40001', 'isv.missing-app-id'),
        ({'sign': ''}, '40001', 'isv.missing-signature'),
        ({'sign_type': None}, '40001', 'isv.missing-signature-type'),
        ({'timestamp': None}, '40001', 'isv.missing-timestamp'),
        ({'version': None}, '40001', 'isv.missing-version'),
        ({'charset': None}, '40001', 'isv.missing-charset'),
        ({'app_id': '2021999999999999'}, '40002', 'isv.invalid-app-id'),
        ({'sign_type': 'RSA'}, '40002', 'isv.invalid-signature-type'),
        ({'timestamp': 'now'}, '40002', 'isv.invalid-timestamp'),
        ({'format': 'XML'}, '40002', 'isv.invalid-format'),
        ({'sign': 'AAAA'}, '40002', 'isv.invalid-signature'),
        ({'signed_by': CERT_APP_ID}, '40002', 'isv.invalid-signature'),
        ({'biz_content': '[]'}, '40002', 'isv.invalid-parameter'),
        ({'biz_content': '{'}, '40002', 'isv.invalid-parameter'),
    ],
)
async def test_a_request_that_is_not_right_is_refused_unsigned(
    shop: AlipayShop, change: dict[str, Any], code: str, sub_code: str
) -> None:
    answer = await shop.raw(QUERY, {'out_trade_no': NUMBER}, **change)
    payload = answer.json()
    assert (payload[ROOT]['code'], payload[ROOT]['sub_code']) == (code, sub_code)
    assert 'sign' not in payload


@pytest.mark.parametrize('change', [{'method': None}, {'method': 'alipay.trade.fly'}])
async def test_an_unknown_method_is_answered_with_the_error_node(
    shop: AlipayShop, change: dict[str, Any]
) -> None:
    payload = (await shop.raw(QUERY, {}, **change)).json()
    assert payload['error_response']['sub_code'] in ('isv.missing-method', 'isv.invalid-method')


async def test_a_changed_parameter_breaks_the_signature(shop: AlipayShop) -> None:
    parameters = signed(APP_ID, QUERY, {'out_trade_no': NUMBER})
    parameters['biz_content'] = parameters['biz_content'].replace('1', '2')
    answer = await shop.world.client.post('/gateway.do', data=parameters)
    node = answer.json()[ROOT]
    assert node['sub_code'] == 'isv.invalid-signature'
    # The hint of a real answer: the text the gateway built.
    assert 'app_id=2021000000000001&biz_content=' in node['sub_msg']


# === CERTIFICATE MODE === #


async def test_certificate_mode_wants_both_serial_numbers(shop: AlipayShop) -> None:
    wrong = {'app_cert_sn': 'isv.app-cert-not-exist'}
    wrong['alipay_root_cert_sn'] = 'invalid-alipay-root-cert-sn'
    for name, sub_code in wrong.items():
        for value in (None, 'f' * 32):
            change: dict[str, Any] = {name: value}
            answer = await shop.raw(QUERY, {'out_trade_no': NUMBER}, CERT_APP_ID, **change)
            assert answer.json()[ROOT]['sub_code'] == sub_code


async def test_certificate_mode_names_the_certificate_that_signed(shop: AlipayShop) -> None:
    settings = await shop.control('GET', 'settings')
    answer = await shop.raw(QUERY, {'out_trade_no': NUMBER}, CERT_APP_ID)
    payload = answer.json()
    assert payload['alipay_cert_sn'] == settings['alipay_cert_sns'][0]
    text = node_text(answer, ROOT).encode()
    assert verified(text, payload['sign'], alipay_key(certificate=True))


@pytest.mark.parametrize('app_id', [APP_ID, CERT_APP_ID])
async def test_keys_rotate_in_mid_flight(shop: AlipayShop, app_id: str) -> None:
    await shop.fault('key_rotation', target='alipay.query')
    by_certificate = app_id == CERT_APP_ID
    for _ in range(2):
        answer = await shop.raw(QUERY, {'out_trade_no': NUMBER}, app_id)
        text = node_text(answer, ROOT).encode()
        key = alipay_key(2, certificate=by_certificate)
        assert verified(text, answer.json()['sign'], key)
    await shop.control('POST', 'settings', key='first')
    answer = await shop.raw(QUERY, {'out_trade_no': NUMBER}, app_id)
    text = node_text(answer, ROOT).encode()
    assert verified(text, answer.json()['sign'], alipay_key(1, certificate=by_certificate))


async def test_a_certificate_can_be_fetched_by_its_number(shop: AlipayShop) -> None:
    sn = (await shop.control('GET', 'settings'))['alipay_cert_sns'][1]
    method = 'open.app.alipaycert.download'
    node = await shop.call(method, {'alipay_cert_sn': sn}, CERT_APP_ID)
    assert node['code'] == '10000'
    assert node['alipay_cert_content']
    for app_id, number in ((CERT_APP_ID, 'f' * 32), (APP_ID, sn)):
        node = await shop.call(method, {'alipay_cert_sn': number}, app_id)
        assert node['sub_code'] == 'isv.alipay-cert-not-exist'


# === FAULTS OF ANSWERS === #


@pytest.mark.parametrize(
    ('fault', 'root', 'genuine'),
    [
        ('response_unsigned', ROOT, None),
        ('response_wrong_signature', ROOT, False),
        ('response_signtest', ROOT, False),
        ('response_error_node', 'error_response', True),
        ('response_duplicate_root', ROOT, True),
    ],
)
async def test_an_answer_can_be_spoiled(
    shop: AlipayShop, fault: str, root: str, genuine: bool | None
) -> None:
    await shop.fault(fault, target='alipay.query')
    answer = await shop.raw(QUERY, {'out_trade_no': NUMBER})
    sign = answer.json().get('sign')
    if genuine is None:
        assert sign is None
    else:
        assert verified(node_text(answer, root).encode(), sign, alipay_key()) is genuine
    assert answer.text.count(f'"{root}"') == (2 if fault == 'response_duplicate_root' else 1)


@pytest.mark.parametrize(
    ('method', 'operation'),
    [
        ('trade.precreate', 'alipay.precreate'),
        ('trade.pay', 'alipay.pay'),
        ('trade.query', 'alipay.query'),
        ('trade.close', 'alipay.close'),
        ('trade.cancel', 'alipay.cancel'),
        ('trade.refund', 'alipay.refund'),
        ('trade.fastpay.refund.query', 'alipay.refund_query'),
        ('data.dataservice.bill.downloadurl.query', 'alipay.bill'),
        ('open.app.alipaycert.download', 'alipay.certificate'),
    ],
)
async def test_every_operation_can_fail_in_every_way(
    shop: AlipayShop, method: str, operation: str
) -> None:
    for fault in ('error_500_before', 'error_500_after', 'garbage', 'outage'):
        await shop.fault(fault, target=operation, times=1)
        answer = await shop.raw(method, {})
        assert 'sign' not in answer.text
    for fault in ('timeout_before', 'timeout_after', 'reset'):
        await shop.fault(fault, target=operation, seconds=0.01)
        with pytest.raises(ConnectionResetError):
            await shop.raw(method, {})
    await shop.fault('error', target=operation, code='ACQ.SYSTEM_ERROR')
    assert (await shop.call(method, {}))['sub_code'] == 'ACQ.SYSTEM_ERROR'
    await shop.fault('error', target=operation)
    assert (await shop.call(method, {}))['code'] == '20000'
    calls = (await shop.world.control('GET', 'books'))['calls']
    assert {call['operation'] for call in calls} == {operation}
    assert calls[0]['account'] == APP_ID


async def test_a_fault_may_hide_that_a_call_took_effect(shop: AlipayShop) -> None:
    await shop.fault('error_500_after', target='alipay.pay')
    content = order(scene='bar_code', auth_code='2800000000000000000')
    assert (await shop.raw('trade.pay', content)).status_code == 500
    node = await shop.call(QUERY, {'out_trade_no': NUMBER})
    assert node['trade_status'] == 'TRADE_SUCCESS'


async def test_a_reset_forgets_the_trades(shop: AlipayShop) -> None:
    await shop.paid()
    await shop.world.control('POST', 'reset')
    node = await shop.call(QUERY, {'out_trade_no': NUMBER})
    assert node['sub_code'] == 'ACQ.TRADE_NOT_EXIST'
