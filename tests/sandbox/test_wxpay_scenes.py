"""Prepay in all scenes, and the way a person pays in each (spec/wechat_pay_v3.md §5)."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from tests.sandbox.shop import APPID, MCHID, OPENID, World, order, sign, verified

pytestmark = pytest.mark.anyio

PATH = '/v3/pay/transactions'
NUMBER = 'T20260101000001'
OFFICIAL = 'wx5f1a2b3c4d5e6f70'
MOBILE = 'wx6e7d8c9b0a1f2e3d'
SCENE = {'payer_client_ip': '203.0.113.7', 'h5_info': {'type': 'Wap'}}


async def _make(world: World, scene: str, **change: Any) -> Any:
    answer = await world.wxpay('POST', f'{PATH}/{scene}', order(**{'payer': None} | change))
    assert answer.status_code == 200, answer.text
    assert verified(answer.headers, answer.content)
    (result,) = answer.json().values()
    return result


def _form(fields: dict[str, str]) -> str:
    return '&'.join(f'{name}={quote(value, safe="")}' for name, value in fields.items())


async def _state(world: World, number: str = NUMBER) -> dict[str, Any]:
    answer = await world.wxpay('GET', f'{PATH}/out-trade-no/{number}?mchid={MCHID}')
    shown: dict[str, Any] = answer.json()
    return shown


@pytest.mark.parametrize(
    ('scene', 'result', 'trade_type'),
    [('app', 'prepay_id', 'APP'), ('native', 'code_url', 'NATIVE'), ('h5', 'h5_url', 'MWEB')],
)
async def test_each_scene_has_its_result_and_its_trade_type(
    world: World, scene: str, result: str, trade_type: str
) -> None:
    body = order(payer=None, scene_info=SCENE if scene == 'h5' else None)
    answer = await world.wxpay('POST', f'{PATH}/{scene}', body)
    assert list(answer.json()) == [result]
    (prepay,) = (await world.control('GET', 'prepays'))['items']
    await world.control('POST', f'prepays/{prepay["prepay_id"]}/pay', openid=OPENID)
    await world.sandbox.scheduler.settle()
    shown = await _state(world)
    assert (shown['trade_state'], shown['trade_type']) == ('SUCCESS', trade_type)
    assert shown['payer'] == {'openid': OPENID}
    assert world.inbox.resources() == [shown]


@pytest.mark.parametrize('scene', ['app', 'native', 'h5'])
async def test_a_payer_has_no_place_outside_jsapi(world: World, scene: str) -> None:
    await world.login()
    body = order(scene_info=SCENE if scene == 'h5' else None)
    answer = await world.wxpay('POST', f'{PATH}/{scene}', body)
    assert answer.json()['detail']['field'] == '/payer'


@pytest.mark.parametrize(
    ('scene_info', 'field'),
    [
        (None, '/scene_info'),
        ({'payer_client_ip': '203.0.113.7'}, '/scene_info/h5_info'),
        ({'h5_info': {'type': 'Wap'}}, '/scene_info/payer_client_ip'),
        (SCENE | {'h5_info': {'type': 'Web'}}, '/scene_info/h5_info/type'),
        (SCENE | {'payer_client_ip': 'somewhere'}, '/scene_info/payer_client_ip'),
    ],
)
async def test_h5_wants_to_know_where_it_is_paid(
    world: World, scene_info: dict[str, Any] | None, field: str
) -> None:
    answer = await world.wxpay('POST', f'{PATH}/h5', order(payer=None, scene_info=scene_info))
    assert answer.json()['detail']['field'] == field


async def test_another_endpoint_under_the_same_number_is_refused(world: World) -> None:
    await _make(world, 'native')
    answer = await world.wxpay('POST', f'{PATH}/app', order(payer=None))
    assert (answer.status_code, answer.json()['code']) == (403, 'OUT_TRADE_NO_USED')


async def test_an_official_account_pays_by_jsapi_with_its_own_openid(world: World) -> None:
    await world.login()
    body = order(appid=OFFICIAL)
    answer = await world.wxpay('POST', f'{PATH}/jsapi', body)
    assert answer.json()['detail']['field'] == '/payer/openid'
    await world.login(appid=OFFICIAL)
    prepay_id = (await world.wxpay('POST', f'{PATH}/jsapi', body)).json()['prepay_id']
    fields = {'timeStamp': str(int(time.time())), 'nonceStr': 'n', 'signType': 'RSA'}
    fields |= {'appId': OFFICIAL, 'package': f'prepay_id={prepay_id}'}
    parts = (OFFICIAL, fields['timeStamp'], 'n', fields['package'])
    fields['paySign'] = sign(''.join(f'{part}\n' for part in parts).encode())
    opened = await world.control('POST', 'request-payment', **fields)
    assert opened['prepay']['appid'] == OFFICIAL


def _app_fields(prepay_id: str, **change: str) -> dict[str, str]:
    fields = {
        'appid': MOBILE,
        'partnerid': MCHID,
        'prepayid': prepay_id,
        'package': 'Sign=WXPay',
        'noncestr': 'abc',
        'timestamp': str(int(time.time())),
        **change,
    }
    parts = (fields['appid'], fields['timestamp'], fields['noncestr'], fields['prepayid'])
    fields.setdefault('sign', sign(''.join(f'{part}\n' for part in parts).encode()))
    return fields


async def test_a_mobile_app_opens_the_sheet_with_the_bare_prepay_id(world: World) -> None:
    prepay_id = await _make(world, 'app', appid=MOBILE)
    opened = await world.control('POST', 'request-payment', **_app_fields(prepay_id))
    assert opened['prepay']['trade_type'] == 'APP'


@pytest.mark.parametrize(
    'change',
    [
        {'package': 'prepay_id=x'},
        {'partnerid': '1900009191'},
        {'sign': 'AAAA'},
        {'appid': APPID},
        {'timestamp': '1'},
        {'noncestr': ''},
    ],
)
async def test_a_mobile_app_opens_no_sheet_with_anything_wrong(
    world: World, change: dict[str, str]
) -> None:
    fields = _app_fields(await _make(world, 'app', appid=MOBILE), **change)
    answer = await world.client.post('/control/request-payment', json=fields)
    assert answer.status_code == 400


async def test_a_sheet_of_one_scene_does_not_open_in_another(world: World) -> None:
    await world.login(appid=MOBILE)
    answer = await world.wxpay('POST', f'{PATH}/jsapi', order(appid=MOBILE))
    fields = _app_fields(answer.json()['prepay_id'])
    refused = await world.client.post('/control/request-payment', json=fields)
    assert refused.json()['error'].endswith('the prepay_id is for JSAPI')


async def test_a_native_code_is_scanned_and_paid_on_the_page(world: World) -> None:
    code_url = await _make(world, 'native')
    listed = (await world.client.get('/phone/scan')).text
    assert f'data-testid="code-{NUMBER}"' in listed
    sheet = await world.client.post('/phone/scan', content=f'code_url={quote(code_url)}')
    assert '¥25.90' in sheet.text
    pressed = f'code_url={quote(code_url)}&action=pay'
    assert 'data-testid="done"' in (await world.client.post('/phone/scan', content=pressed)).text
    await world.sandbox.scheduler.settle()
    assert (await _state(world))['trade_state'] == 'SUCCESS'
    again = await world.client.post('/phone/scan', content=pressed)
    assert (again.status_code, '已支付' in again.text) == (400, True)


async def test_a_new_native_code_kills_the_old_one(world: World) -> None:
    first, second = await _make(world, 'native'), await _make(world, 'native')
    old = await world.client.post('/control/scan', json={'code_url': first})
    assert old.status_code == 400
    prepay = (await world.control('POST', 'scan', code_url=second))['prepay']
    assert prepay['out_trade_no'] == NUMBER


@pytest.mark.parametrize('code', ['https://qr.alipay.com/x', 'weixin://wxpay/bizpayurl?pr=0'])
async def test_other_codes_are_nothing_to_scan(world: World, code: str) -> None:
    answer = await world.client.post('/control/scan', json={'code_url': code})
    assert answer.status_code == 400


async def test_the_h5_page_is_paid_and_goes_back_to_the_shop(world: World) -> None:
    h5_url = await _make(world, 'h5', scene_info=SCENE)
    parts = urlsplit(h5_url)
    assert (parts.scheme, parts.netloc) == ('http', '127.0.0.1:8070')
    back = 'https://shop.example.com/done?order=1'
    sheet = await world.client.get(f'{h5_url}&redirect_url={quote(back, safe="")}')
    assert '¥25.90' in sheet.text
    hidden = re.findall(r'name="(\w+)" value="([^"]*)"', sheet.text)
    sent = {**{name: value.replace('&amp;', '&') for name, value in hidden}, 'action': 'pay'}
    answer = await world.client.post('/phone/h5', content=_form(sent))
    assert (answer.status_code, answer.headers['location']) == (303, back)
    assert (await _state(world))['trade_state'] == 'SUCCESS'


async def test_leaving_the_h5_page_leaves_the_order_unpaid(world: World) -> None:
    query = parse_qs(urlsplit(await _make(world, 'h5', scene_info=SCENE)).query)
    sent = {name: values[0] for name, values in query.items()} | {'action': 'cancel'}
    answer = await world.client.post('/phone/h5', content=_form(sent))
    assert (answer.status_code, '已取消' in answer.text) == (200, True)
    assert (await _state(world))['trade_state'] == 'NOTPAY'


async def test_an_h5_address_lives_five_minutes_and_cannot_be_guessed(world: World) -> None:
    h5_url = await _make(world, 'h5', scene_info=SCENE)
    assert (await world.client.get(h5_url.rpartition('=')[0] + '=1')).status_code == 400
    assert (await world.client.get(h5_url)).status_code == 200
    await world.advance(301)
    assert (await world.client.get(h5_url)).status_code == 400


async def test_a_page_never_sends_a_person_to_a_script(world: World) -> None:
    h5_url = await _make(world, 'h5', scene_info=SCENE)
    query = parse_qs(urlsplit(h5_url).query)
    sent = {name: values[0] for name, values in query.items()} | {'action': 'pay'}
    sent['redirect_url'] = 'javascript:alert(1)'
    answer = await world.client.post('/phone/h5', content=_form(sent))
    assert 'location' not in answer.headers


async def test_a_private_client_address_is_refused_at_pay_time_when_asked_for(world: World) -> None:
    scene = SCENE | {'payer_client_ip': '127.0.0.1'}
    h5_url = await _make(world, 'h5', scene_info=scene)
    assert (await world.client.get(h5_url)).status_code == 200
    await world.control('POST', 'merchant', strict_client_ip=True)
    assert (await world.client.get(h5_url)).status_code == 400
