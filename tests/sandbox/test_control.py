"""The control API and the phone page."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from sandbox import __main__ as command_line
from tests.sandbox.shop import APPID, MCHID, OPENID, World, order

pytestmark = pytest.mark.anyio


async def test_health_names_the_public_identities(world: World) -> None:
    health = await world.control('GET', 'health')
    assert health['status'] == 'ok'
    assert health['appid'] == APPID
    assert health['mchids'] == [MCHID, '1900009191', '1900009192']
    assert 'secret' not in json.dumps(health)


async def test_a_reset_forgets_everything_but_the_people(world: World) -> None:
    await world.paid()
    await world.control('POST', 'faults', fault='delay')
    await world.control('POST', 'reset')
    books = await world.control('GET', 'books')
    assert [key for key, value in books.items() if value] == ['balance']
    assert (await world.control('GET', 'faults'))['items'] == []
    assert (await world.control('POST', 'clock'))['waiting'] == []
    assert (await world.wxpay('POST', '/v3/pay/transactions/jsapi', order())).status_code == 200
    await world.control('POST', 'reset', everything=True)
    assert (await world.wxpay('POST', '/v3/pay/transactions/jsapi', order())).status_code == 400


async def test_the_books_show_the_whole_story(world: World) -> None:
    await world.paid()
    books = await world.control('GET', 'books')
    assert [item['trade_state'] for item in books['transactions']] == ['SUCCESS']
    assert books['notifications'][0]['attempts'][0]['status'] == 200
    assert [call['operation'] for call in books['calls']] == ['wxpay.prepay']


async def test_prepays_are_listed_newest_first(world: World) -> None:
    first = await world.prepay()
    second = await world.prepay('T20260101000002')
    items = (await world.control('GET', 'prepays'))['items']
    assert [item['prepay_id'] for item in items] == [second, first]
    items = (await world.control('GET', 'prepays?out_trade_no=T20260101000001'))['items']
    assert [item['prepay_id'] for item in items] == [first]


async def test_cancelling_leaves_the_order_unpaid(world: World) -> None:
    prepay_id = await world.prepay()
    answer = await world.control('POST', f'prepays/{prepay_id}/cancel')
    assert answer['errMsg'] == 'requestPayment:fail cancel'
    assert (await world.control('POST', f'prepays/{prepay_id}/pay'))['errMsg'].endswith(':ok')


async def test_nothing_is_paid_twice(world: World) -> None:
    prepay_id = await world.prepay()
    await world.control('POST', f'prepays/{prepay_id}/pay')
    again = await world.client.post(f'/control/prepays/{prepay_id}/pay', json={'force': True})
    assert again.status_code == 409


@pytest.mark.parametrize(
    ('method', 'path', 'body', 'status'),
    [
        ('POST', '/control/login-code', {}, 400),
        ('POST', '/control/login-code', {'openid': 'no spaces'}, 400),
        ('POST', '/control/login-code', {'openid': OPENID, 'appid': 'wx0'}, 404),
        ('POST', '/control/encrypt', {'openid': OPENID, 'data': {}}, 409),
        ('POST', '/control/prepays/none/pay', {}, 404),
        ('POST', '/control/clock', {'speed': -1}, 400),
        ('POST', '/control/clock', {'advance': '1'}, 400),
        ('POST', '/control/topups/1/finish', {'status': 'FAILED'}, 404),
        ('POST', '/control/refunds/R1/finish', {'status': 'SUCCESS'}, 404),
        ('POST', '/control/keys', {'certificates': 'third'}, 400),
        ('GET', '/control/unknown', None, 404),
    ],
)
async def test_control_calls_that_cannot_be_done(
    world: World, method: str, path: str, body: dict[str, Any] | None, status: int
) -> None:
    answer = await world.client.request(method, path, json=body)
    assert answer.status_code == status
    assert answer.json()['error']


@pytest.mark.parametrize('raw', [b'{', b'[]'])
async def test_a_body_that_is_no_object_is_refused(world: World, raw: bytes) -> None:
    assert (await world.client.post('/control/clock', content=raw)).status_code == 400


@pytest.mark.parametrize(
    ('arguments', 'webhook'),
    [
        (['--shop-url', 'http://shop:1/'], 'http://shop:1/recharge/callback/reloadly-sandbox'),
        (['--reloadly-webhook-url', ''], ''),
        (['--reloadly-webhook-url', 'http://a/b'], 'http://a/b'),
        (['--callback-url', 'reloadly=http://a/b?c=d'], 'http://a/b?c=d'),
    ],
)
def test_the_command_line_names_the_webhook(arguments: list[str], webhook: str) -> None:
    chosen = command_line.options(command_line.parser().parse_args(arguments))
    assert chosen.callback_urls['reloadly'] == webhook


async def test_the_phone_page_needs_nothing_from_outside(world: World) -> None:
    page = await world.client.get('/phone')
    assert page.headers['content-type'].startswith('text/html')
    names = ('phone.css', 'wechat.css', 'phone.js', 'shop.js', 'orders.js', 'api.js', 'texts.js')
    for name in (*names, 'ui.js', 'pages.css'):
        answer = await world.client.get(f'/phone/static/{name}')
        assert answer.status_code == 200
        assert 'https://' not in answer.text
        assert 'http://' not in answer.text.replace('http://www.w3.org/2000/svg', '')


async def test_the_phone_reaches_the_shop_through_the_sandbox(world: World) -> None:
    async def shop(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(429, json={'code': 6}, headers={'Retry-After': '7', 'X-Own': '1'})

    seen: list[httpx.Request] = []
    world.sandbox.client._transport = httpx.MockTransport(shop)
    answer = await world.client.post(
        '/phone/api/recharge/orders?a=1&b=%20',
        content=b'{"x":1}',
        headers={
            'Authorization': 'Bearer t',
            'Idempotency-Key': 'k',
            'Content-Type': 'application/json',
            'Cookie': 'session=1',
        },
    )
    (request,) = seen
    assert str(request.url) == 'http://127.0.0.1:8069/api/mp/v1/recharge/orders?a=1&b=%20'
    assert (request.method, request.content) == ('POST', b'{"x":1}')
    assert request.headers['authorization'] == 'Bearer t'
    assert request.headers['idempotency-key'] == 'k'
    assert 'cookie' not in request.headers
    assert (answer.status_code, answer.json()) == (429, {'code': 6})
    assert answer.headers['retry-after'] == '7'
    assert 'x-own' not in answer.headers


async def test_a_shop_that_is_down_is_an_error_of_the_network(world: World) -> None:
    async def down(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError('refused', request=request)

    world.sandbox.client._transport = httpx.MockTransport(down)
    answer = await world.client.get('/phone/api/countries')
    assert (answer.status_code, answer.json()['code']) == (502, -1)
