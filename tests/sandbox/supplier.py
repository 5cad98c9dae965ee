"""Calls to the simulated top-up supplier, as a shop makes them."""

from __future__ import annotations

from typing import Any

import httpx

from tests.sandbox.shop import World

AUDIENCE = 'http://127.0.0.1:8070'


async def ask_token(world: World, **change: Any) -> httpx.Response:
    """Ask for a token; `change` spoils the request."""
    body = {
        'client_id': 'sandbox-client',
        'client_secret': 'sandbox-secret',
        'grant_type': 'client_credentials',
        'audience': AUDIENCE,
        **change,
    }
    return await world.client.post('/oauth/token', json=body)


async def call_api(world: World, method: str, path: str, **body: Any) -> httpx.Response:
    """Call the API with a fresh token."""
    token = (await ask_token(world)).json()['access_token']
    return await world.client.request(
        method, path, json=body or None, headers={'Authorization': f'Bearer {token}'}
    )


def an_order(number: str = '812345678', **change: Any) -> dict[str, Any]:
    """Return a valid order with some parts changed."""
    return {
        'operatorId': 101,
        'amount': 3.00,
        'customIdentifier': f'REF0000000000000{number}',
        'recipientPhone': {'countryCode': 'TH', 'number': number},
        **change,
    }


async def order_topup(world: World, number: str = '812345678', **change: Any) -> int:
    """Order a top-up and return its number."""
    answer = await call_api(world, 'POST', '/topups-async', **an_order(number, **change))
    assert answer.status_code == 200, answer.text
    return int(answer.json()['transactionId'])


async def read_status(world: World, transaction_id: int) -> dict[str, Any]:
    """Return the answer of the status call."""
    answer = await call_api(world, 'GET', f'/topups/{transaction_id}/status')
    payload: dict[str, Any] = answer.json()
    return payload


async def read_report(world: World, **query: str) -> list[dict[str, Any]]:
    """Return the lines of the report."""
    params = '&'.join(f'{key}={value}' for key, value in query.items())
    answer = await call_api(world, 'GET', f'/topups/reports/transactions?{params}')
    return list(answer.json()['content'])


async def read_balance(world: World) -> float:
    """Return what is left on the account."""
    return float((await call_api(world, 'GET', '/accounts/balance')).json()['balance'])
