"""Calls to the simulated DT One, as a shop makes them."""

from __future__ import annotations

from typing import Any

import httpx

from tests.sandbox.shop import World

BASE = '/dtone/v1'
KEYS = ('dtone_key', 'dtone_secret')
CALLBACK = 'http://127.0.0.1:8069/recharge/callback/token'


async def call(world: World, method: str, path: str, body: Any = None) -> httpx.Response:
    """Call the API with the account's key."""
    return await world.client.request(method, f'{BASE}{path}', json=body, auth=KEYS)


def a_transaction(number: str = '+66812345678', **change: Any) -> dict[str, Any]:
    """Return a valid order with some parts changed; None removes a part."""
    body = {
        'external_id': f'REF0000000000{number[1:]}',
        'product_id': 1001,
        'credit_party_identifier': {'mobile_number': number},
        'auto_confirm': True,
        'callback_url': CALLBACK,
        **change,
    }
    return {key: value for key, value in body.items() if value is not None}


async def create(world: World, number: str = '+66812345678', **change: Any) -> httpx.Response:
    """Order a top-up."""
    return await call(world, 'POST', '/async/transactions', a_transaction(number, **change))


async def created(world: World, number: str = '+66812345678', **change: Any) -> int:
    """Order a top-up that is taken on; return its number."""
    answer = await create(world, number, **change)
    assert answer.status_code == 201, answer.text
    return int(answer.json()['id'])


async def read(world: World, transaction_id: int) -> dict[str, Any]:
    """Return a transaction."""
    payload: dict[str, Any] = (await call(world, 'GET', f'/transactions/{transaction_id}')).json()
    return payload


async def state(world: World, transaction_id: int) -> str:
    """Return the class of a transaction's status."""
    return str((await read(world, transaction_id))['status']['class']['message'])


async def listed(world: World, external_id: str) -> list[dict[str, Any]]:
    """Return the transactions of one external id."""
    answer = await call(world, 'GET', f'/transactions?external_id={external_id}')
    payload: list[dict[str, Any]] = answer.json()
    return payload


async def money(world: World) -> tuple[float, float]:
    """Return what is available, and what is held."""
    (balance,) = (await call(world, 'GET', '/balances')).json()
    return balance['available'], balance['holding']


def error_of(answer: httpx.Response) -> tuple[int, int]:
    """Return HTTP status and code of an error."""
    (error,) = answer.json()['errors']
    return answer.status_code, error['code']
