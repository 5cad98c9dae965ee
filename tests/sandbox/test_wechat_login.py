"""Login codes, tokens, phone numbers, encrypted data (spec/wechat_miniprogram.md §1–§4)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from tests.sandbox.shop import APPID, OPENID, SECRET, World

pytestmark = pytest.mark.anyio


async def _session(world: World, code: str, **change: str | None) -> dict[str, Any]:
    query = {
        'appid': APPID,
        'secret': SECRET,
        'js_code': code,
        'grant_type': 'authorization_code',
        **change,
    }
    params = {key: value for key, value in query.items() if value is not None}
    answer = await world.client.get('/sns/jscode2session', params=params)
    assert answer.status_code == 200
    payload: dict[str, Any] = answer.json()
    return payload


async def _token(world: World, **change: Any) -> dict[str, Any]:
    body = {'grant_type': 'client_credential', 'appid': APPID, 'secret': SECRET, **change}
    answer = await world.client.post('/cgi-bin/stable_token', json=body)
    payload: dict[str, Any] = answer.json()
    return payload


async def test_a_code_gives_openid_and_session_key_once(world: World) -> None:
    code = await world.login()
    session = await _session(world, code)
    assert session['openid'] == OPENID
    assert len(base64.b64decode(session['session_key'])) == 16
    assert 'unionid' not in session
    again = await _session(world, code)
    assert again['errcode'] == 40163
    assert ' rid: ' in again['errmsg']


async def test_a_code_dies_after_five_minutes(world: World) -> None:
    code = await world.login()
    await world.advance(301)
    assert (await _session(world, code))['errcode'] == 40029


@pytest.mark.parametrize(
    ('change', 'errcode'),
    [
        ({'appid': None}, 41002),
        ({'secret': None}, 41004),
        ({'js_code': None}, 41008),
        ({'appid': 'wx0000000000000000'}, 40013),
        ({'secret': 'wrong'}, 40125),
        ({'grant_type': 'client_credential'}, 40002),
        ({'js_code': 'unknown'}, 40029),
        ({'appid': 'wx2421b1c4370ec43b', 'secret': 'fedcba9876543210fedcba9876543210'}, 40029),
    ],
)
async def test_a_wrong_exchange_is_refused(
    world: World, change: dict[str, str | None], errcode: int
) -> None:
    code = await world.login()
    assert (await _session(world, code, **change))['errcode'] == errcode
    assert (await _session(world, code))['openid'] == OPENID


async def test_the_union_id_is_shown_when_there_is_one(world: World) -> None:
    answer = await world.control('POST', 'login-code', openid=OPENID, unionid='u-1')
    assert (await _session(world, answer['code']))['unionid'] == 'u-1'


async def test_more_than_a_hundred_logins_a_minute_are_too_many(world: World) -> None:
    for _ in range(100):
        await _session(world, await world.login())
    assert (await _session(world, await world.login()))['errcode'] == 45011


async def test_the_stable_token_stays_the_same_until_shortly_before_its_end(world: World) -> None:
    first = await _token(world)
    assert first['expires_in'] == 7200
    await world.advance(6000)
    second = await _token(world)
    assert second == {'access_token': first['access_token'], 'expires_in': 1200}
    await world.advance(950)
    third = await _token(world)
    assert third['access_token'] != first['access_token']
    assert third['expires_in'] == 7200
    assert await _phone_error(world, first['access_token']) == 40029
    await world.advance(251)
    assert await _phone_error(world, first['access_token']) == 42001


async def _phone_error(world: World, token: str, code: str = 'unknown') -> int:
    path = f'/wxa/business/getuserphonenumber?access_token={token}'
    return int((await world.client.post(path, json={'code': code})).json()['errcode'])


async def test_a_forced_refresh_kills_the_old_token_at_most_every_30_seconds(world: World) -> None:
    first = (await _token(world))['access_token']
    second = (await _token(world, force_refresh=True))['access_token']
    assert second != first
    assert await _phone_error(world, first) == 40001
    assert (await _token(world, force_refresh=True))['access_token'] == second
    await world.advance(31)
    assert (await _token(world, force_refresh=True))['access_token'] != second


@pytest.mark.parametrize(
    ('change', 'errcode'),
    [
        ({'grant_type': 'authorization_code'}, 40002),
        ({'appid': ''}, 41002),
        ({'secret': ''}, 41004),
        ({'appid': 'wx0'}, 40013),
        ({'secret': 'wrong'}, 40125),
    ],
)
async def test_a_wrong_token_request_is_refused(
    world: World, change: dict[str, str], errcode: int
) -> None:
    assert (await _token(world, **change))['errcode'] == errcode


async def test_token_errors_of_other_calls(world: World) -> None:
    answer = await world.client.post('/wxa/business/getuserphonenumber', json={'code': 'x'})
    assert answer.json()['errcode'] == 41001
    assert await _phone_error(world, 'invented') == 40001
    token = (await _token(world))['access_token']
    await world.control('POST', 'tokens/expire')
    assert await _phone_error(world, token) == 42001


@pytest.mark.parametrize(('country', 'shown'), [('86', '13800138000'), ('66', '+6613800138000')])
async def test_a_phone_code_gives_the_number_once(world: World, country: str, shown: str) -> None:
    await world.login()
    code = await world.control(
        'POST', 'phone-code', openid=OPENID, phone='13800138000', country_code=country
    )
    token = (await _token(world))['access_token']
    path = f'/wxa/business/getuserphonenumber?access_token={token}'
    answer = await world.client.post(path, json={'code': code['code'], 'openid': OPENID})
    phone = answer.json()['phone_info']
    assert phone['phoneNumber'] == shown
    assert phone['purePhoneNumber'] == '13800138000'
    assert phone['watermark']['appid'] == APPID
    assert await _phone_error(world, token, code['code']) == 40029


async def test_a_phone_code_of_somebody_else_is_refused(world: World) -> None:
    code = await world.control('POST', 'phone-code', openid=OPENID, phone='13800138000')
    token = (await _token(world))['access_token']
    path = f'/wxa/business/getuserphonenumber?access_token={token}'
    answer = await world.client.post(path, json={'code': code['code'], 'openid': 'oOther0000'})
    assert answer.json()['errcode'] == 40029


async def test_data_is_encrypted_with_the_newest_session_key(world: World) -> None:
    session = await _session(world, await world.login())
    sealed = await world.control('POST', 'encrypt', openid=OPENID, data={'nickName': '王😀'})
    plain = json.loads(_decrypt(session['session_key'], sealed))
    assert plain['nickName'] == '王😀'
    assert plain['watermark']['appid'] == APPID
    newer = await world.login()
    sealed = await world.control('POST', 'encrypt', openid=OPENID, data={'nickName': 'x'})
    with pytest.raises(ValueError):
        json.loads(_decrypt(session['session_key'], sealed))
    key = (await _session(world, newer))['session_key']
    assert json.loads(_decrypt(key, sealed))['nickName'] == 'x'


def _decrypt(session_key: str, sealed: dict[str, Any]) -> bytes:
    cipher = Cipher(
        algorithms.AES(base64.b64decode(session_key)), modes.CBC(base64.b64decode(sealed['iv']))
    )
    decryptor = cipher.decryptor()
    padded = decryptor.update(base64.b64decode(sealed['encryptedData'])) + decryptor.finalize()
    unpadder = PKCS7(128).unpadder()
    return unpadder.update(padded) + unpadder.finalize()
