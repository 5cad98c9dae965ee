"""kill -9 of the server at a bad moment: after the restart all comes to the right end."""

import time

import pytest

from tests.client.main_job import choose, count
from tests.client.mini_program import MiniProgram

PATIENCE_SECONDS = 120


@pytest.fixture(scope='module')
def shop(make_servers):
    """Return a suite of its own: nobody else's server is killed."""
    return make_servers()


@pytest.mark.parametrize(
    'hold',
    [
        # The server dies while the supplier has the order and has not answered yet.
        {'fault': 'timeout_after', 'target': 'reloadly.topup', 'seconds': 10},
        # The server dies before it hears of the payment.
        {'fault': 'notify_delay', 'seconds': 300},
    ],
    ids=['while-submitting', 'before-the-notice'],
)
def test_a_killed_server_serves_once_after_its_restart(shop, hold):
    phone = MiniProgram(shop.shop_url, shop.sandbox_url)
    phone.login()
    number, package = choose(phone)
    order_no = phone.order(package['id'], number)['order_no']
    invoke = phone.request_payment(order_no)
    phone.play('/control/faults', **hold)
    phone.press_pay(invoke)
    if hold['fault'] == 'timeout_after':
        wait_for_submission(phone, number.lstrip('+'))
    shop.kill()
    shop.restart()
    order = phone.wait_for(
        order_no, lambda seen: seen['state'] in ('delivered', 'refunded'), PATIENCE_SECONDS
    )
    assert order['state'] == 'delivered'
    assert count(phone.books(), phone.openid, number) == ([order['amount_fen']], [], 1)


def wait_for_submission(phone, number):
    deadline = time.monotonic() + 30
    while not any(number in item['recipientPhone'] for item in phone.books()['topups']):
        assert time.monotonic() < deadline, 'the top-up was never submitted'
        time.sleep(0.1)
