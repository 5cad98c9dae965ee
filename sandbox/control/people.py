"""What a person does with the phone: log in, show the number, pay, cancel, read messages."""

from __future__ import annotations

import base64
import json
import re
import secrets
import time
from typing import Any

from starlette.requests import Request

from .. import crypto
from ..credentials import APP, APPS, TEMPLATES
from ..state import Sandbox
from ..wechat.state import Person
from ..wxpay import cashier
from .kernel import ControlError, need

_OPENID = re.compile(r'[0-9A-Za-z_-]{6,128}')

Body = dict[str, Any]


def _person(sandbox: Sandbox, body: Body) -> Person:
    appid = body.get('appid') or APP.appid
    if appid not in APPS:
        raise ControlError(404, f'unknown appid {appid}')
    openid = need(body, 'openid')
    if not _OPENID.fullmatch(openid):
        raise ControlError(400, 'openid should be 6 to 128 letters, digits, _ or -')
    person = sandbox.wechat.person(str(appid), openid)
    if body.get('unionid'):
        person.unionid = str(body['unionid'])
    return person


async def login_code(sandbox: Sandbox, _request: Request, body: Body) -> Body:
    """Play `wx.login`."""
    person = _person(sandbox, body)
    code = sandbox.wechat.login_code(person, sandbox.clock.now())
    return {'code': code.code, 'openid': person.openid, 'appid': person.appid}


async def phone_code(sandbox: Sandbox, _request: Request, body: Body) -> Body:
    """Play the phone-number button."""
    phone = need(body, 'phone')
    country = str(body.get('country_code') or '86').lstrip('+')
    code = sandbox.wechat.phone_code(_person(sandbox, body), phone, country, sandbox.clock.now())
    return {'code': code.code}


async def encrypt(sandbox: Sandbox, _request: Request, body: Body) -> Body:
    """Encrypt data as the client does, with the newest session key."""
    person = _person(sandbox, body)
    if not person.session_key:
        raise ControlError(409, 'this person never logged in')
    data = dict(body.get('data') or {})
    data.setdefault('watermark', {'timestamp': int(time.time()), 'appid': person.appid})
    iv = secrets.token_bytes(16)
    plain = json.dumps(data, ensure_ascii=False).encode()
    sealed = crypto.cbc_encrypt(base64.b64decode(person.session_key), iv, plain)
    return {'encryptedData': sealed, 'iv': base64.b64encode(iv).decode()}


async def messages(sandbox: Sandbox, request: Request, _body: Body) -> Body:
    """List the messages a person got, newest first."""
    openid = request.query_params.get('openid')
    found = [
        message
        for message in reversed(sandbox.books.messages)
        if openid in (None, message['openid'])
    ]
    return {'items': found}


async def subscriptions(sandbox: Sandbox, _request: Request, body: Body) -> Body:
    """Play the answer to `wx.requestSubscribeMessage`: accept (`count` times) or reject."""
    person = _person(sandbox, body)
    person.refuses_messages = body.get('result', 'accept') == 'reject'
    if not person.refuses_messages:
        cashier.grant_messages(sandbox, person.appid, person.openid, int(body.get('count', 1)))
    quota = {key: person.quota.get(key, 0) for key in TEMPLATES[person.appid]}
    return {'quota': quota, 'refuses_messages': person.refuses_messages}
