"""A customer becomes a member: plan, payment at WeChat, level, renewal."""

import secrets
from datetime import datetime
from typing import Any

import pytest

from tests.client.mini_program import ApiFailure, MiniProgram, verify_pay_sign
from tests.e2e.floor import wait

ORDERS = '/membership/orders'


def plan_named(phone: MiniProgram, name: str) -> dict[str, Any]:
    plans = phone.call('GET', '/membership/plans')['items']
    [plan] = [plan for plan in plans if plan['name'] == name]
    return plan


def order(phone: MiniProgram, plan: dict[str, Any]) -> dict[str, Any]:
    key = secrets.token_hex(16)
    return phone.call('POST', ORDERS, key=key, json={'plan_id': plan['id']})


def buy(phone: MiniProgram, plan: dict[str, Any]) -> dict[str, Any]:
    """Order a plan, pay it at WeChat and return the order when the shop has booked it."""
    path = f'{ORDERS}/{order(phone, plan)["order_no"]}'
    invoke = phone.call('POST', f'{path}/pay', json={'channel': 'wechat'})['invoke']
    verify_pay_sign(invoke)
    phone.press_pay(invoke)
    wait(lambda: phone.call('GET', path)['state'] == 'active', 'the membership to begin')
    return phone.call('GET', path)


def test_a_paid_plan_makes_a_member_and_a_second_one_extends(phone: MiniProgram) -> None:
    plan = plan_named(phone, 'Gold for a Month')
    assert phone.call('GET', '/membership')['level'] is None
    first = buy(phone, plan)
    assert (first['amount_fen'], len(first['periods'])) == (plan['price_fen'], 1)
    assert phone.call('GET', '/profile')['member_level']['code'] == 'gold'
    second = buy(phone, plan)
    assert second['periods'][0]['begins'] == first['periods'][0]['until']
    membership = phone.call('GET', '/membership')
    assert membership['until'] == second['periods'][0]['until']
    # Midnight in Shanghai.
    until = datetime.fromisoformat(membership['until'])
    assert (until.hour, until.minute, until.utcoffset().total_seconds()) == (0, 0, 8 * 3600)


def test_a_higher_level_goes_first_and_nothing_is_lost(phone: MiniProgram) -> None:
    trial = order(phone, plan_named(phone, 'Silver on Trial'))
    assert (trial['state'], trial['amount_fen']) == ('active', 0)
    buy(phone, plan_named(phone, 'Gold for a Month'))
    levels = [p['level']['code'] for p in phone.call('GET', '/membership')['periods']]
    assert levels == ['gold', 'silver']
    with pytest.raises(ApiFailure) as refused:
        order(phone, plan_named(phone, 'Silver on Trial'))
    assert (refused.value.status, refused.value.envelope['code']) == (409, 5)
