"""The contract as it is served, and two customers."""

import secrets
from typing import Any

import pytest
import requests

from tests.client.main_job import choose
from tests.client.mini_program import MiniProgram


@pytest.fixture(scope='session')
def document(servers) -> dict[str, Any]:
    """Return the OpenAPI document that the server generates."""
    response = requests.get(f'{servers.shop_url}/api/mp/v1/openapi.json', timeout=30)
    assert response.status_code == 200
    return response.json()


def customer_with_orders(servers) -> MiniProgram:
    """Log a customer in who has one order of each kind: unpaid, prepaid and paid; and two of
    memberships, of which the free one is booked."""
    phone = MiniProgram(servers.shop_url, servers.sandbox_url)
    phone.login()
    phone.orders = []
    for step in ('unpaid', 'prepaid', 'paid'):
        number, package = choose(phone)
        order_no = phone.order(package['id'], number)['order_no']
        phone.orders.append(order_no)
        if step != 'unpaid':
            invoke = phone.request_payment(order_no)
        if step == 'paid':
            phone.press_pay(invoke)
    plans = {plan['is_trial']: plan for plan in phone.call('GET', '/membership/plans')['items']}
    phone.memberships = [
        phone.call(
            'POST',
            '/membership/orders',
            key=secrets.token_hex(16),
            json={'plan_id': plans[is_trial]['id']},
        )['order_no']
        for is_trial in (False, True)
    ]
    return phone


@pytest.fixture(scope='session')
def customer_a(servers) -> MiniProgram:
    return customer_with_orders(servers)


@pytest.fixture(scope='session')
def customer_b(servers) -> MiniProgram:
    return customer_with_orders(servers)
