"""Subscription messages (spec/wechat_miniprogram.md §5)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.wechat.subscribe import TYPES
from tests.sandbox.shop import APPID, OPENID, SECRET, World

pytestmark = pytest.mark.anyio

TEMPLATE = 'TOPUP_DELIVERED_TEMPLATE_0000000000000000000'


def _message(**change: Any) -> dict[str, Any]:
    return {
        'touser': OPENID,
        'template_id': TEMPLATE,
        'page': 'pages/order/detail?no=T1',
        'data': {
            'character_string1': {'value': 'T20260101000001'},
            'thing2': {'value': 'AIS 泰国 100 铢话费'},
            'phone_number3': {'value': '+66812345678'},
            'amount4': {'value': '¥25.90'},
            'time5': {'value': '2026-01-01 12:30:05'},
        },
        **change,
    }


async def _send(world: World, body: dict[str, Any], raw: bytes | None = None) -> int:
    token = await world.client.post(
        '/cgi-bin/stable_token',
        json={'grant_type': 'client_credential', 'appid': APPID, 'secret': SECRET},
    )
    answer = await world.client.post(
        f'/cgi-bin/message/subscribe/send?access_token={token.json()["access_token"]}',
        content=raw or json.dumps(body, ensure_ascii=False).encode(),
    )
    assert answer.status_code == 200
    return int(answer.json()['errcode'])


async def test_a_payment_brings_one_message_and_no_second(world: World) -> None:
    await world.paid()
    assert await _send(world, _message()) == 0
    assert await _send(world, _message()) == 43101
    (message,) = (await world.control('GET', f'messages?openid={OPENID}'))['items']
    assert message['lines'][1] == ['充值商品', 'AIS 泰国 100 铢话费']
    assert message['page'] == 'pages/order/detail?no=T1'


async def test_who_never_accepted_or_refuses_gets_nothing(world: World) -> None:
    await world.login()
    assert await _send(world, _message()) == 43101
    await world.control('POST', 'subscriptions', openid=OPENID, count=2)
    await world.control('POST', 'subscriptions', openid=OPENID, result='reject')
    assert await _send(world, _message()) == 43101
    assert (await world.control('GET', 'messages'))['items'] == []


@pytest.mark.parametrize(
    ('change', 'errcode'),
    [
        ({'touser': 'oUnknown000000000000'}, 40003),
        ({'template_id': 'other'}, 40037),
        ({'page': '/pages/order'}, 41030),
        ({'page': 'pages/unreleased/x'}, 41030),
        ({'data': {}}, 47003),
        ({'data': None}, 47003),
        ({'lang': 'de_DE'}, 47003),
        ({'miniprogram_state': 'release'}, 47003),
    ],
)
async def test_a_message_of_wrong_form_is_refused(
    world: World, change: dict[str, Any], errcode: int
) -> None:
    await world.paid()
    assert await _send(world, _message(**change)) == errcode
    assert await _send(world, _message()) == 0


@pytest.mark.parametrize(
    ('key', 'value'),
    [
        ('thing2', '字' * 21),
        ('thing2', 'line\nbreak'),
        ('thing2', ''),
        ('thing2', '  '),
        ('thing2', 5),
        ('character_string1', '中文'),
        ('amount4', 'free'),
        ('time5', '25:00'),
        ('phone_number3', '1' * 18),
        ('thing9', 'extra'),
    ],
)
async def test_a_value_that_does_not_fit_its_type_names_its_key(
    world: World, key: str, value: Any
) -> None:
    await world.paid()
    body = _message()
    body['data'][key] = {'value': value}
    assert await _send(world, body) == 47003


async def test_a_missing_key_is_refused(world: World) -> None:
    await world.paid()
    body = _message()
    del body['data']['time5']
    assert await _send(world, body) == 47003


async def test_escaped_characters_are_shown_as_they_were_sent(world: World) -> None:
    await world.paid()
    raw = json.dumps(_message(), ensure_ascii=True).encode()
    assert await _send(world, {}, raw) == 0
    (message,) = (await world.control('GET', 'messages'))['items']
    assert message['lines'][1][1] == 'AIS \\u6cf0\\u56fd 100 \\u94e2\\u8bdd\\u8d39'


@pytest.mark.parametrize(
    ('kind', 'good', 'bad'),
    [
        ('thing', '字' * 20, '字' * 21),
        ('number', '12.5', '1,5'),
        ('number', '9' * 32, '9' * 33),
        ('letter', 'a' * 32, 'a1'),
        ('symbol', '!!!!!', 'a'),
        ('character_string', 'A-1/2', '单号'),
        ('time', '12:30', '24:30'),
        ('time', '2026年1月1日 12:30~2026年1月1日 13:30', 'noon'),
        ('date', '2026-01-01', '01-01'),
        ('amount', '100元', '100块'),
        ('amount', '¥1234567890', '¥12345678901'),
        ('amount', '25.90', '25,90'),
        ('phone_number', '+86-0766-66888866', 'phone'),
        ('car_number', '粤A8Z888', '粤A8Z888888'),
        ('name', '王小明', '王' * 11),
        ('phrase', '已到账', '到账1'),
        ('phrase', '五个汉字啊', '六个汉字了啊'),
    ],
)
def test_types_have_the_documented_limits(kind: str, good: str, bad: str) -> None:
    assert TYPES[kind].fullmatch(good)
    assert not TYPES[kind].fullmatch(bad)
