"""Calls to the simulated Ding, as a shop makes them."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from tests.sandbox.shop import World

BASE = '/ding/api/V1'
HEADERS = {'api_key': 'ding_api_key'}
DEFER = {'X-Option': 'DeferTransfer'}
SKU, PRICE = 'TH_AIS_1001', 3.19


async def call(world: World, method: str, path: str, body: Any = None, **more: str) -> Any:
    """Call the API with the account's key; return the answer's JSON."""
    answer = await raw(world, method, path, body, **more)
    return answer.json()


async def raw(
    world: World, method: str, path: str, body: Any = None, **more: str
) -> httpx.Response:
    """Call the API with the account's key."""
    headers = {**HEADERS, **{name.replace('_', '-'): value for name, value in more.items()}}
    return await world.client.request(method, f'{BASE}/{path}', json=body, headers=headers)


def a_transfer(number: str = '66812345678', **change: Any) -> dict[str, Any]:
    """Return a valid transfer with some parts changed; None removes a part."""
    body = {
        'SkuCode': SKU,
        'SendValue': PRICE,
        'AccountNumber': number,
        'DistributorRef': f'REF0000000000{number}',
        'ValidateOnly': False,
        **change,
    }
    return {key: value for key, value in body.items() if value is not None}


async def defer(world: World, number: str = '66812345678', **change: Any) -> httpx.Response:
    """Send a transfer that is answered at once."""
    return await raw(
        world, 'POST', 'SendTransfer', a_transfer(number, **change), X_Option='DeferTransfer'
    )


async def held(world: World, body: dict[str, Any], step: float = 5) -> Any:
    """Send a transfer and move the clock on until it is answered."""
    request = asyncio.ensure_future(call(world, 'POST', 'SendTransfer', body))
    async with asyncio.timeout(10):
        while not request.done():
            await asyncio.sleep(0)
            await world.advance(step)
    return await request


async def records(world: World, reference: str, **more: Any) -> list[dict[str, Any]]:
    """Return the records of a reference."""
    body = {'DistributorRef': reference, 'Skip': 0, 'Take': 10, **more}
    return list((await call(world, 'POST', 'ListTransferRecords', body))['Items'])


async def state(world: World, number: str = '66812345678') -> str:
    """Return the state of the newest transfer for a number."""
    newest = (await records(world, f'REF0000000000{number}'))[0]
    return str(newest['TransferRecord']['ProcessingState'])


async def balance(world: World) -> float:
    """Return what is left on the account."""
    return float((await call(world, 'GET', 'GetBalance'))['Balance'])


def code_of(answer: Any) -> str:
    """Return code and context of the only error."""
    (error,) = answer['ErrorCodes']
    return f'{error["Code"]}/{error["Context"]}' if error['Context'] else str(error['Code'])
