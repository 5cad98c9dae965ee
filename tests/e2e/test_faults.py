"""Further faults of WeChat Pay and of the supplier; the books of both sides decide."""

import pytest

from tests.client.main_job import choose, count
from tests.client.mini_program import ApiFailure

PATIENCE_SECONDS = 90
FINAL = ('delivered', 'refunded')


def buy(phone, **fault):
    """Order, set a fault, pay; return the order's number, the phone number and the prepay."""
    number, package = choose(phone)
    order_no = phone.order(package['id'], number)['order_no']
    invoke = phone.request_payment(order_no)
    if fault:
        phone.play('/control/faults', **fault)
    phone.press_pay(invoke)
    return order_no, number


def finish(phone, order_no, number):
    """Wait for the end and return the order with what the books say."""
    order = phone.wait_for(order_no, lambda seen: seen['state'] in FINAL, PATIENCE_SECONDS)
    return order, count(phone.books(), phone.openid, number)


@pytest.mark.parametrize(
    'fault',
    [
        {'fault': 'notify_drop', 'times': 2},
        {'fault': 'notify_delay', 'seconds': 30},
        {'fault': 'notify_wrong_signature'},
        {'fault': 'notify_signtest'},
        {'fault': 'notify_altered_body'},
        {'fault': 'notify_old_timestamp'},
        {'fault': 'error_500_after', 'target': 'reloadly.topup'},
        {'fault': 'reset', 'target': 'reloadly.topup'},
        {'fault': 'garbage', 'target': 'reloadly.topup'},
        {'fault': 'error_500_before', 'target': 'wxpay.query', 'times': 2},
        {'fault': 'error_500_after', 'target': 'wechat.subscribe_send'},
    ],
    ids=lambda fault: f'{fault["fault"]}-{fault.get("target", "notice")}',
)
def test_a_fault_on_the_way_delays_but_serves_once(phone, fault):
    order, (paid, refunded, served) = finish(phone, *buy(phone, **fault))
    assert order['state'] == 'delivered'
    assert (paid, refunded, served) == ([order['amount_fen']], [], 1)


@pytest.mark.parametrize(
    'fault',
    [
        {'fault': 'error_500_after', 'target': 'wxpay.refund'},
        {'fault': 'reset', 'target': 'wxpay.refund'},
        {'fault': 'error', 'target': 'wxpay.refund', 'status': 429, 'code': 'FREQUENCY_LIMITED'},
        {'fault': 'notify_never', 'target': 'refund'},
        {'fault': 'notify_duplicate', 'target': 'refund', 'count': 3},
    ],
    ids=lambda fault: f'{fault["fault"]}-{fault["target"]}',
)
def test_a_fault_on_the_refund_still_refunds_once(phone, fault):
    phone.play('/control/faults', **fault)
    refused = {'fault': 'topup_outcome', 'target': 'reloadly.topup', 'status': 'FAILED'}
    order, (paid, refunded, served) = finish(phone, *buy(phone, **refused))
    assert order['state'] == 'refunded'
    assert (paid, refunded, served) == ([order['amount_fen']], [order['amount_fen']], 0)


def test_a_prepay_without_an_answer_is_repeated_with_the_same_number(phone):
    number, package = choose(phone)
    order_no = phone.order(package['id'], number)['order_no']
    phone.play('/control/faults', fault='error_500_after', target='wxpay.prepay')
    with pytest.raises(ApiFailure) as failure:
        phone.request_payment(order_no)
    assert (failure.value.status, failure.value.envelope['code']) == (202, 8)
    phone.press_pay(phone.request_payment(order_no))
    order, (paid, refunded, served) = finish(phone, order_no, number)
    assert order['state'] == 'delivered'
    assert (paid, refunded, served) == ([order['amount_fen']], [], 1)


def test_money_for_a_cancelled_order_goes_back(phone):
    number, package = choose(phone)
    order_no = phone.order(package['id'], number)['order_no']
    invoke = phone.request_payment(order_no)
    assert phone.call('POST', f'/recharge/orders/{order_no}/cancel')['state'] == 'cancelled'
    prepay_id = invoke['package'].removeprefix('prepay_id=')
    phone.play(f'/control/prepays/{prepay_id}/pay', openid=phone.openid, force=True)
    amount = package['price_fen']
    phone.wait_for(
        order_no,
        lambda _order: count(phone.books(), phone.openid, number) == ([amount], [amount], 0),
        PATIENCE_SECONDS,
    )
    assert phone.see(order_no)['state'] == 'cancelled'


def test_cancelling_while_the_password_is_typed_ends_with_the_payment(phone):
    number, package = choose(phone)
    order_no = phone.order(package['id'], number)['order_no']
    invoke = phone.request_payment(order_no)
    prepay_id = invoke['package'].removeprefix('prepay_id=')
    phone.play(f'/control/prepays/{prepay_id}/open')
    with pytest.raises(ApiFailure) as failure:
        phone.call('POST', f'/recharge/orders/{order_no}/cancel')
    assert failure.value.envelope['code'] in (5, 8)
    phone.press_pay(invoke)
    order, (paid, refunded, served) = finish(phone, order_no, number)
    assert order['state'] == 'delivered'
    assert (paid, refunded, served) == ([order['amount_fen']], [], 1)
