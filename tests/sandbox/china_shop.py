"""Calls to the simulated Chinese suppliers, as a shop makes and signs them."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import parse_qsl

from tests.sandbox.shop import World

MOBILE = '13812345678'
HOOK = 'http://127.0.0.1:8069/recharge/callback/token?a=1&b=%E4%BD%A0'


def yrapi_sign(sent: dict[str, str], key: str = 'yrapi_key') -> str:
    """Sign as the panel's manual tells."""
    text = '&'.join(f'{name}={value}' for name, value in sorted(sent.items()) if name != 'sign')
    return hashlib.md5(f'{text}&apikey={key}'.encode()).hexdigest().upper()


async def yrapi(world: World, path: str, **sent: str) -> dict[str, Any]:
    """Call the panel; `sign` and `userid` may be given wrongly."""
    sent = {'userid': '10001', **sent}
    sent.setdefault('sign', yrapi_sign(sent))
    answer = await world.client.post(f'/yrapi.php/index/{path}', data=sent)
    payload: dict[str, Any] = answer.json()
    return payload


async def yrapi_order(world: World, mobile: str = MOBILE, **change: str) -> dict[str, Any]:
    """Order a phone bill of 50 yuan."""
    sent = {
        'out_trade_num': f'REF000000000{mobile}',
        'product_id': '7004',
        'mobile': mobile,
        'notify_url': HOOK,
        **change,
    }
    return await yrapi(world, 'recharge', **sent)


async def yrapi_state(world: World, mobile: str = MOBILE) -> int:
    """Return the state of an order."""
    return int(
        (await yrapi(world, 'check', out_trade_num=f'REF000000000{mobile}'))['data']['state']
    )


def juhe_sign(*parts: str) -> str:
    """Sign as Juhe's manual tells."""
    return hashlib.md5(''.join(('JHopenid', 'juhe_key', *parts)).encode()).hexdigest()


async def juhe(world: World, path: str, **sent: str) -> dict[str, Any]:
    """Call Juhe with the account's key."""
    answer = await world.client.post(path, data={'key': 'juhe_key', **sent})
    payload: dict[str, Any] = answer.json()
    return payload


async def juhe_order(world: World, mobile: str = MOBILE, **change: str) -> dict[str, Any]:
    """Order a phone bill of 50 yuan."""
    sent = {'phoneno': mobile, 'cardnum': '50', 'orderid': f'REF000000000{mobile}', **change}
    sent.setdefault('sign', juhe_sign(sent['phoneno'], sent['cardnum'], sent['orderid']))
    return await juhe(world, '/ofpay/mobile/onlineorder', **sent)


async def juhe_state(world: World, mobile: str = MOBILE) -> str:
    """Return the state of an order."""
    found = await juhe(world, '/ofpay/mobile/ordersta', orderid=f'REF000000000{mobile}')
    return str(found['result']['game_state'])


def forms(world: World) -> list[dict[str, str]]:
    """Return the forms that were sent to the shop."""
    return [
        dict(parse_qsl(request.content.decode(), keep_blank_values=True))
        for request in world.inbox.received
    ]
