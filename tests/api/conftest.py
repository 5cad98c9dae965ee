"""The contract as it is served, and two customers."""

import secrets
from typing import Any

import pytest
import requests

from tests.api.furniture import furnish, settle_in
from tests.client.main_job import choose
from tests.client.mini_program import MiniProgram


@pytest.fixture(scope='session')
def document(servers) -> dict[str, Any]:
    """Return the OpenAPI document that the server generates."""
    response = requests.get(f'{servers.shop_url}/api/mp/v1/openapi.json', timeout=30)
    assert response.status_code == 200
    return response.json()


@pytest.fixture(scope='session')
def furniture(servers) -> dict[str, int]:
    """Return what is everybody's: ids by the place that names them."""
    return furnish(servers)


def customer_with_orders(servers, furniture) -> MiniProgram:
    """Log a customer in who has one of everything; the ids are in `own`, by their places.

    Orders are unpaid, prepaid and paid; of the memberships the free one is booked.
    """
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
    phone.own = settle_in(phone, furniture, number)
    return phone


@pytest.fixture(scope='session')
def customer_a(servers, furniture) -> MiniProgram:
    return customer_with_orders(servers, furniture)


@pytest.fixture(scope='session')
def customer_b(servers, furniture) -> MiniProgram:
    return customer_with_orders(servers, furniture)
