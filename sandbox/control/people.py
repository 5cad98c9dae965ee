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
from ..wxpay.orders import as_transaction
from ..wxpay.state import Prepay
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


async def request_payment(sandbox: Sandbox, _request: Request, body: Body) -> Body:
    """Play `wx.requestPayment` up to the open sheet."""
    appid = str(body.get('appId') or APP.appid)
    try:
        session = cashier.request_payment(sandbox, body, appid)
    except cashier.CashierError as error:
        raise ControlError(400, f'requestPayment:fail {error}') from error
    return {'prepay': as_prepay(session)}


def as_prepay(session: Prepay) -> Body:
    """Return a prepay session as the control API shows it."""
    order = session.order
    return {
        'prepay_id': session.prepay_id,
        'out_trade_no': order.out_trade_no,
        'appid': order.appid,
        'mchid': order.mchid,
        'openid': order.openid,
        'description': order.body['description'],
        'amount': order.body['amount'],
        'total': order.total,
        'trade_state': order.trade_state,
        'paying': order.paying,
        'cancelled': session.cancelled,
    }


def _session(sandbox: Sandbox, request: Request) -> Prepay:
    session = sandbox.wxpay.prepays.get(request.path_params['prepay_id'])
    if session is None:
        raise ControlError(404, 'unknown prepay_id')
    return session


async def prepays(sandbox: Sandbox, request: Request, _body: Body) -> Body:
    """List the prepay sessions, newest first."""
    wanted = request.query_params.get('out_trade_no')
    sessions = reversed(list(sandbox.wxpay.prepays.values()))
    items = [as_prepay(item) for item in sessions if wanted in (None, item.order.out_trade_no)]
    return {'items': items}


async def open_sheet(sandbox: Sandbox, request: Request, _body: Body) -> Body:
    """Play the payer who has the password page open: closing the order is refused meanwhile."""
    session = _session(sandbox, request)
    try:
        cashier.check_payable(sandbox, session)
    except cashier.CashierError as error:
        raise ControlError(409, str(error)) from error
    session.order.paying = True
    return as_prepay(session)


async def pay(sandbox: Sandbox, request: Request, body: Body) -> Body:
    """Pay as the person the order was made for, or as somebody else, which is refused."""
    session = _session(sandbox, request)
    try:
        order = cashier.pay(
            sandbox,
            session,
            str(body.get('openid') or session.order.openid),
            subscribe=bool(body.get('subscribe', True)),
            force=bool(body.get('force', False)),
        )
    except cashier.CashierError as error:
        raise ControlError(409, f'requestPayment:fail {error}') from error
    return {'errMsg': 'requestPayment:ok', 'transaction': as_transaction(order)}


async def cancel(sandbox: Sandbox, request: Request, _body: Body) -> Body:
    """Leave the payment sheet; the order stays unpaid."""
    session = _session(sandbox, request)
    session.cancelled += 1
    session.order.paying = False
    return {'errMsg': 'requestPayment:fail cancel'}


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
