"""The finance department gives part of the money back; much of it only with a second person."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.back_office import Desk, take_picture

PAYMENTS = 'wx_payment.menu_wx_payment_order'
REFUNDS = 'wx_payment.menu_wx_payment_refund'
APPROVALS = 'rbac_ext.rbac_approval_menu'


def payment_of(finance: Desk, order: dict[str, Any]) -> tuple[int, str]:
    """Return id and number of the payment of a recharge order."""
    [found] = finance.call(
        'wx.recharge.order',
        'search_read',
        [('order_no', '=', order['order_no'])],
        ['payment_order_id'],
    )
    payment_id, payment_no = found['payment_order_id']
    return payment_id, payment_no


def ask_for_refund(finance: Desk, payment_no: str, amount: str, reason: str) -> None:
    """Fill in the refund dialogue of a payment and press its button."""
    page = finance.page
    finance.open(PAYMENTS)
    page.locator('.o_data_row', has_text=payment_no).locator('td[name=name]').click()
    page.get_by_role('button', name='Refund', exact=True).click()
    dialog = page.locator('.modal')
    dialog.locator('[name=amount] input').fill(amount)
    dialog.locator('[name=reason] input').fill(reason)
    take_picture(page, 'refund')
    dialog.get_by_role('button', name='Refund', exact=True).click()
    finance.settle()


def test_finance_refunds_a_part_and_sees_it_succeed(
    history: dict[str, dict[str, Any]], desk: Callable[[str], Desk]
) -> None:
    finance = desk('finance')
    page = finance.page
    payment_id, payment_no = payment_of(finance, history['delivered'])
    ask_for_refund(finance, payment_no, '5.00', 'Half of the data was missing')
    expect(page.locator('.modal')).to_be_hidden()
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


@pytest.fixture
def low_limit(desk: Callable[[str], Desk]) -> Iterator[None]:
    """Have every refund of more than one yuan approved: the demo sells nothing for 500."""
    admin = desk('admin')
    [permission] = admin.call(
        'rbac.permission',
        'search_read',
        [('code', '=', 'payment.order.refund')],
        ['approval', 'approval_limit'],
    )
    assert (permission['approval'], permission['approval_limit']) == ('above', 50000)
    admin.call('rbac.permission', 'write', [permission['id']], {'approval_limit': 100})
    yield
    admin.call('rbac.permission', 'write', [permission['id']], {'approval_limit': 50000})


@pytest.mark.usefixtures('low_limit')
def test_a_large_refund_waits_for_a_second_person(
    history: dict[str, dict[str, Any]], desk: Callable[[str], Desk]
) -> None:
    finance, second = desk('finance'), desk('admin')
    reason = 'Delivered far too late'
    payment_id, payment_no = payment_of(finance, history['delivered'])
    refund = [('order_id', '=', payment_id), ('reason', '=', reason)]
    ask_for_refund(finance, payment_no, '2.00', reason)
    dialog = finance.page.locator('.modal')
    expect(dialog.locator('.modal-title')).to_have_text('Approval Needed', timeout=20_000)
    expect(dialog.locator('[name=reason]')).to_have_text(reason)
    finance.settle()
    take_picture(finance.page, 'refund_approval_needed')
    assert finance.call('wx.payment.refund', 'search_count', refund) == 0
    finance.close_dialog()

    second.open(APPROVALS)
    page = second.page
    page.locator('.o_data_row', has_text=reason).locator('td[name=reason]').click()
    page.get_by_role('button', name='Approve', exact=True).click()
    take_picture(page, 'refund_approval')
    page.locator('.modal').get_by_role('button', name='Ok', exact=True).click()
    second.wait_for_record('wx.payment.refund', [*refund, ('state', '=', 'done')])
    expect(page.locator('.o_statusbar_status .o_arrow_button_current')).to_have_text('Done')
    second.settle()
    second.check()
    finance.check()
