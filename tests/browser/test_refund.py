"""The finance department gives part of the money back."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.browser.back_office import Desk, take_picture

PAYMENTS = 'wx_payment.menu_wx_payment_order'
REFUNDS = 'wx_payment.menu_wx_payment_refund'


def test_finance_refunds_a_part_and_sees_it_succeed(
    history: dict[str, dict[str, Any]], desk: Callable[[str], Desk]
) -> None:
    finance = desk('finance')
    page = finance.page
    number = history['delivered']['order_no']
    [payment] = finance.call(
        'wx.recharge.order', 'search_read', [('order_no', '=', number)], ['payment_order_id']
    )
    payment_id, payment_no = payment['payment_order_id']
    finance.open(PAYMENTS)
    page.locator('.o_data_row', has_text=payment_no).locator('td[name=name]').click()
    page.get_by_role('button', name='Refund', exact=True).click()
    dialog = page.locator('.modal')
    dialog.locator('[name=amount] input').fill('5.00')
    dialog.locator('[name=reason] input').fill('Half of the data was missing')
    take_picture(page, 'refund')
    dialog.get_by_role('button', name='Refund', exact=True).click()
    expect(dialog).to_be_hidden()
    done = [('order_id', '=', payment_id), ('state', '=', 'done')]
    finance.wait_for_record('wx.payment.refund', done)

    finance.open(REFUNDS)
    row = page.locator('.o_data_row', has_text='Half of the data was missing')
    expect(row.locator('td[name=state]')).to_have_text('Refunded')
    expect(row.locator('td[name=amount]')).to_contain_text('5.00')
    row.locator('td[name=order_id]').click()
    page.locator('.o_form_view [name=order_id] a').first.click()
    expect(page.locator('.o_form_view [name=amount_refunded]')).to_contain_text('5.00')
    expect(page.locator('.o_statusbar_status .o_arrow_button_current')).to_have_text('Paid')
    finance.settle()
    take_picture(page, 'payment')
    finance.check()
