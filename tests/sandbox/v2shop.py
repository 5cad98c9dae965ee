"""A shop that speaks WeChat Pay v2: its own signer and its own XML."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import Any
from xml.sax.saxutils import escape

import httpx

from tests.sandbox.shop import APPID, MCHID, NOTIFY_URL, OPENID, World

API_KEY = '192006250b4c09247ec02edce69f6a2d'
OK = (
    '<xml><return_code><![CDATA[SUCCESS]]></return_code>'
    '<return_msg><![CDATA[OK]]></return_msg></xml>'
)
NUMBER = 'V20260101000001'


def signature(fields: dict[str, str], key: str = API_KEY, kind: str = 'MD5') -> str:
    """Sign as the sheet says, byte order of the names."""
    names = sorted(name for name in fields if name != 'sign' and fields[name] != '')
    text = ''.join(f'{name}={fields[name]}&' for name in names) + f'key={key}'
    if kind == 'HMAC-SHA256':
        return hmac.digest(key.encode(), text.encode(), 'sha256').hex().upper()
    return hashlib.md5(text.encode()).hexdigest().upper()


def to_xml(fields: dict[str, str]) -> bytes:
    """Write a document without CDATA, as some clients do."""
    inner = ''.join(f'<{name}>{escape(value)}</{name}>' for name, value in fields.items())
    return f'<xml>{inner}</xml>'.encode()


def from_xml(raw: bytes) -> dict[str, str]:
    """Read a flat document of the simulator."""
    pairs = re.findall(
        r'<(\w+)>(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))</\1>', raw.decode().removeprefix('<xml>')
    )
    return {name: quoted or plain for name, quoted, plain in pairs}


async def send(world: World, path: str, fields: dict[str, Any], **change: Any) -> httpx.Response:
    """Send a signed call; `change` spoils one part of it."""
    kind = change.get('sign_type', 'MD5')
    full = {
        'appid': APPID,
        'mch_id': MCHID,
        'nonce_str': secrets.token_hex(16),
        **({'sign_type': kind} if kind != 'MD5' else {}),
        **{name: str(value) for name, value in fields.items() if value is not None},
    }
    full['sign'] = change.get('sign') or signature(full, change.get('key', API_KEY), kind)
    raw = change.get('raw', to_xml(full))
    return await world.client.request(change.get('method', 'POST'), path, content=raw)


async def call(world: World, path: str, fields: dict[str, Any], **change: Any) -> dict[str, str]:
    """Send a call and return its answer, which has to be signed rightly."""
    answer = await send(world, path, fields, **change)
    assert answer.status_code == 200
    got = from_xml(answer.content)
    assert got['return_code'] == 'SUCCESS', got
    kind = change.get('sign_type', 'MD5')
    assert got['sign'] == signature(got, change.get('key', API_KEY), kind)
    return got


def order(**change: Any) -> dict[str, Any]:
    """Return a valid unifiedorder; None removes a part."""
    return {
        'body': 'AIS 泰国 100 铢',
        'out_trade_no': NUMBER,
        'total_fee': 2590,
        'spbill_create_ip': '203.0.113.7',
        'notify_url': NOTIFY_URL,
        'trade_type': 'JSAPI',
        'openid': OPENID,
        **change,
    }


def charge(auth_code: str, **change: Any) -> dict[str, Any]:
    """Return a valid micropay."""
    return {
        'body': 'AIS 泰国 100 铢',
        'out_trade_no': NUMBER,
        'total_fee': 2590,
        'spbill_create_ip': '203.0.113.7',
        'auth_code': auth_code,
        **change,
    }


async def paid(world: World, reply: str = OK, **change: Any) -> dict[str, str]:
    """Make an order, pay it, let the notice arrive, return the order as a query shows it.

    :param reply: what the shop answers to notices from now on
    """
    world.inbox.text = reply
    await world.login()
    made = await call(world, '/pay/unifiedorder', order(**change))
    await world.control('POST', f'prepays/{made["prepay_id"]}/pay')
    await world.sandbox.scheduler.settle()
    number = change.get('out_trade_no', NUMBER)
    return await call(world, '/pay/orderquery', {'out_trade_no': number})
