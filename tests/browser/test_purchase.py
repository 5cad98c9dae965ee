"""A customer buys at the phone page; staff see it and act upon it in the back office."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.back_office import Desk, take_picture
from tests.browser.phone import Phone

ORDERS = 'wx_recharge.menu_wx_recharge_order'


def open_order(desk: Desk, order_no: str) -> None:
    """Open an order from the list, as a person does."""
    desk.open(ORDERS)
    desk.page.locator('.o_data_row', has_text=order_no).locator('td[name=order_no]').click()
    expect(desk.page.locator('.o_form_view [name=order_no]').last).to_have_text(order_no)
    desk.settle()


def expect_status(desk: Desk, label: str) -> None:
    status = desk.page.locator('.o_statusbar_status .o_arrow_button_current')
    expect(status).to_have_text(label)


def test_a_customer_buys_and_staff_see_the_delivered_order(
    make_phone: Callable[..., Phone], desk: Callable[[str], Desk]
) -> None:
    phone = make_phone()
    phone.choose('812345100')
    phone.take_picture('phone')
    order_no = phone.order()
    phone.take_picture('phone_pay')
    phone.at('pay-confirm').click()
    phone.expect_state(order_no, 'delivered')
    phone.take_picture('phone_orders')
    phone.at('tab-messages').click()
    expect(phone.at('message').first).to_contain_text(order_no)
    phone.take_picture('phone_message')
    assert phone.problems == []

    operator = desk('operator')
    open_order(operator, order_no)
    expect_status(operator, 'Delivered')
    take_picture(operator.page, 'order')
    page = operator.page
    expect(page.locator('.o-mail-Chatter .o-mail-Message').first).to_be_visible()
    expect(page.locator('.oe_stat_button', has_text='Payment')).to_contain_text('Paid')
    attempts = page.locator('.oe_stat_button', has_text='Attempts')
    expect(attempts).to_contain_text('1')
    attempts.click()
    expect(page.locator('.o_list_view .o_data_row')).to_have_count(1)
    expect(page.locator('.o_list_view .o_data_row td[name=state]')).to_have_text('Succeeded')
    page.locator('.o_breadcrumb a', has_text=order_no).click()
    page.locator('.oe_stat_button', has_text='Payment').click()
    page.locator('.o_notebook_headers').get_by_role('tab', name='Payments', exact=True).click()
    expect(page.locator('.o_form_view [name=transaction_id]').first).to_have_text(
        re.compile(r'\d{20,}')
    )
    expect_status(operator, 'Paid')
    operator.check()


def test_a_payment_that_is_cancelled_leaves_an_order_that_can_be_cancelled(
    make_phone: Callable[..., Phone], desk: Callable[[str], Desk]
) -> None:
    phone = make_phone('zh')
    phone.choose('812346100')
    phone.take_picture('phone_zh')
    order_no = phone.order()
    phone.at('pay-cancel').click()
    expect(phone.at('pay-sheet')).to_be_hidden()
    phone.expect_state(order_no, 'awaiting_payment')
    phone.at(f'order-cancel-{order_no}').click()
    phone.expect_state(order_no, 'cancelled')
    assert phone.problems == []

    auditor = desk('auditor')
    open_order(auditor, order_no)
    expect_status(auditor, 'Cancelled')
    expect(auditor.page.locator('.oe_stat_button', has_text='Payment')).to_contain_text('Closed')
    auditor.check()


def test_support_cancels_an_unpaid_order(
    make_phone: Callable[..., Phone], desk: Callable[[str], Desk]
) -> None:
    phone = make_phone()
    phone.choose('812347100')
    order_no = phone.order()
    phone.at('pay-cancel').click()
    support = desk('support')
    open_order(support, order_no)
    support.page.get_by_role('button', name='Cancel Order').click()
    support.page.locator('.modal-footer .btn-primary').click()
    expect_status(support, 'Cancelled')
    support.check()
    phone.at('orders-refresh').click()
    phone.expect_state(order_no, 'cancelled')


def test_an_auditor_is_offered_no_way_to_change_an_order(
    history: dict[str, dict[str, str]], desk: Callable[[str], Desk]
) -> None:
    auditor = desk('auditor')
    open_order(auditor, history['awaiting_payment']['order_no'])
    expect(auditor.page.locator('.o_statusbar_buttons button')).to_have_count(0)
    auditor.check()


def test_support_is_told_in_words_why_a_paid_order_cannot_be_cancelled(
    make_phone: Callable[..., Phone], desk: Callable[[str], Desk]
) -> None:
    phone = make_phone()
    phone.choose('812348100')
    order_no = phone.order()
    support = desk('support')
    open_order(support, order_no)
    phone.at('pay-confirm').click()
    phone.expect_state(order_no, 'delivered')
    support.page.get_by_role('button', name='Cancel Order').click()
    support.page.locator('.modal-footer .btn-primary').click()
    dialog = support.page.locator('.modal')
    expect(dialog).to_contain_text('The order cannot be cancelled any more.')
    expect(dialog).not_to_contain_text('technical details')
    dialog.get_by_role('button', name='Close').first.click()
    # The refusal is an error of the call, as it should be.
    refusals = [text for text in support.read_answers() if '"error"' in text]
    assert len(refusals) == 1
    support.problems.clear()
