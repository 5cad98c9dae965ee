"""The main job as a customer's phone does it, with an optional fault on the way.

python -m tests.client.main_job --shop URL --sandbox URL [--fault NAME]

Prints each step with its time; the last line is the order as JSON. Ends with 0 when the
customer was served exactly once, or refunded exactly once where the fault demands it, and
with 1 and the reason otherwise.
"""

import argparse
import json
import random
import sys
import time
from typing import Any

from .mini_program import MiniProgram

# fault → what the sandbox is told, and how the order has to end
FAULTS: dict[str, tuple[list[dict[str, Any]], str]] = {
    '': ([], 'delivered'),
    'notify_lost': ([{'fault': 'notify_never'}], 'delivered'),
    'notify_twice': ([{'fault': 'notify_duplicate', 'count': 2}], 'delivered'),
    'supplier_timeout_executed': (
        [{'fault': 'timeout_after', 'target': 'reloadly.topup', 'seconds': 5}],
        'delivered',
    ),
    'supplier_failed': (
        [{'fault': 'topup_outcome', 'target': 'reloadly.topup', 'status': 'FAILED'}],
        'refunded',
    ),
}
COUNTRY, KIND = 'TH', 'airtime'
PATIENCE_SECONDS = 240
SETTLE_SECONDS = 30


class Steps:
    """Prints numbered steps with the seconds since the last one."""

    def __init__(self) -> None:
        self.number = 0
        self.last = time.monotonic()

    def done(self, text: str) -> None:
        now = time.monotonic()
        self.number += 1
        sys.stdout.write(f'[{self.number}] {now - self.last:6.2f} s  {text}\n')
        sys.stdout.flush()
        self.last = now


def play(shop: str, sandbox: str, fault: str, *, told: bool = True) -> dict[str, Any]:
    """Buy one top-up and return the finished order.

    :param told: wait until WeChat has the message and the shipping information as well

    :raise AssertionError: customer and books do not agree with how it has to end
    """
    phone = MiniProgram(shop, sandbox)
    steps = Steps()
    faults, ending = FAULTS[fault]
    phone.login()
    steps.done('logged in with the code of wx.login')
    number, package = choose(phone)
    steps.done(f'{package["operator"]["name"]}: {package["name"]} for {number}')
    order_no = phone.order(package['id'], number)['order_no']
    steps.done(f'order {order_no}: {package["price_fen"]} fen')
    invoke = phone.request_payment(order_no)
    steps.done('prepaid; paySign verified with the merchant key')
    for item in faults:
        phone.play('/control/faults', **item)
    phone.agree_to_messages()
    phone.press_pay(invoke)
    steps.done(f'pressed "pay"{f" (fault: {fault})" if fault else ""}')
    phone.wait_for(order_no, lambda order: order['paid_at'] is not None, PATIENCE_SECONDS)
    steps.done('the shop knows of the payment')
    order = phone.wait_for(
        order_no, lambda seen: seen['state'] in ('delivered', 'refunded'), PATIENCE_SECONDS
    )
    steps.done(f'{order["state"]}')
    if told and ending == 'delivered':
        await_told(phone, order)
        steps.done('customer and WeChat are told')
    check_ending(phone, order, number, ending)
    steps.done('books of WeChat Pay and of the supplier agree: exactly once')
    return order


def choose(phone: MiniProgram) -> tuple[str, dict[str, Any]]:
    """Choose as a customer would: country, number, operator, package."""
    countries = phone.call('GET', '/countries')['items']
    assert COUNTRY in {country['iso2'] for country in countries}, 'country is not sold'
    # A fresh number each time: suppliers refuse a second top-up within two minutes.
    number = f'+6681{random.randint(0, 9999):04d}100'
    candidates = phone.call('POST', '/lookup', json={'phone': number})
    assert candidates['country'] == COUNTRY, candidates
    packages = phone.call('GET', '/packages', params={'country': COUNTRY, 'kind': KIND})['items']
    assert packages, 'no package is sold'
    return number, packages[0]


def check_ending(phone: MiniProgram, order: dict[str, Any], number: str, ending: str) -> None:
    """Compare the order with the books: served once or refunded once, never both."""
    assert order['state'] == ending, f'ended {order["state"]}, expected {ending}'
    paid, refunded, served = count(phone.books(), phone.openid, number)
    assert paid == [order['amount_fen']], f'paid {paid}'
    if ending == 'delivered':
        assert (served, refunded) == (1, []), f'served {served} times, refunded {refunded}'
    else:
        assert (served, refunded) == (0, [order['amount_fen']]), f'served {served}, {refunded}'


def await_told(phone: MiniProgram, order: dict[str, Any]) -> None:
    """Wait for the subscription message and for the shipping information at WeChat."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        books = phone.books()
        told = [item for item in books['messages'] if item['openid'] == phone.openid]
        shipped = [item for item in books['shipping'] if item['openid'] == phone.openid]
        if told and shipped:
            break
        if time.monotonic() > deadline:
            raise TimeoutError(f'{len(told)} messages, {len(shipped)} shipping records')
        time.sleep(0.5)
    assert len(told) == 1, f'{len(told)} messages'
    assert order['order_no'] in json.dumps(told[0]), 'the message names another order'


def count(books: dict[str, Any], openid: str, number: str) -> tuple[list[int], list[int], int]:
    """Return amounts paid, amounts refunded, and top-ups executed for a customer."""
    mine = [item for item in books['transactions'] if item.get('openid') == openid]
    paid = [
        item['amount']['total'] for item in mine if item['trade_state'] in ('SUCCESS', 'REFUND')
    ]
    numbers = {item['out_trade_no'] for item in mine}
    refunded = [
        item['amount']['refund']
        for item in books['refunds']
        if item['out_trade_no'] in numbers and item['status'] == 'SUCCESS'
    ]
    digits = number.lstrip('+')
    served = sum(
        1
        for item in books['topups']
        if item['status'] == 'SUCCESSFUL' and item['recipientPhone'].lstrip('+') == digits
    )
    return paid, refunded, served


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--shop', required=True)
    parser.add_argument('--sandbox', required=True)
    parser.add_argument('--fault', default='', choices=sorted(FAULTS))
    options = parser.parse_args()
    try:
        order = play(options.shop, options.sandbox, options.fault)
    except (AssertionError, TimeoutError, OSError, RuntimeError, KeyError) as error:
        sys.stderr.write(f'the main job failed: {type(error).__name__}: {error}\n')
        return 1
    except Exception as error:
        sys.stderr.write(f'the main job failed: {error}\n')
        raise
    sys.stdout.write(json.dumps(order, ensure_ascii=False) + '\n')
    return 0


if __name__ == '__main__':
    raise SystemExit(main())
