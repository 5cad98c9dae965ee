"""Finance looks at the day's payments, follows one of them to the end, and gives a part back."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.back_office import Desk, rest_mouse, take_picture
from tests.browser.test_refund import payment_of

OVERVIEW = 'wx_payment.menu_wx_payment_dashboard'
DESK = 'wx_payment.menu_wx_payment_trouble'
PAYMENTS = 'wx_payment.menu_wx_payment_order'
CHANNELS = 'wx_payment.menu_wx_payment_channel'
REASON = 'A tenth of the data was missing'
AMOUNT = re.compile(r'^¥ [\d,]+\.\d\d$')


@pytest.fixture
def purchase(history: dict[str, dict[str, Any]], desk: Callable[[str], Desk]) -> dict[str, Any]:
    """Return a delivered order that no other test gives back."""
    delivered = [('state', '=', 'delivered'), ('order_no', '!=', history['delivered']['order_no'])]
    found = desk('finance').call(
        'wx.recharge.order', 'search_read', delivered, ['order_no'], order='id', limit=1
    )
    assert found
    return dict(found[0])


@pytest.fixture
def judged(history: dict[str, dict[str, Any]], desk: Callable[[str], Desk]) -> None:
    """Have the channels judged by the calls of these orders, which is done once a minute."""
    admin = desk('admin')
    judging = [('code', '=', 'model._cron_watch_channels()')]
    admin.call('ir.cron', 'method_direct_trigger', admin.call('ir.cron', 'search', judging))


def open_overview(mine: Desk) -> Page:
    """Open the dashboard and wait for its figures."""
    mine.open(OVERVIEW)
    mine.page.locator('.o_payment_figures:not(.opacity-50)').wait_for()
    return mine.page


@pytest.mark.usefixtures('judged')
def test_the_overview_adds_up_and_opens_what_it_counts(desk: Callable[[str], Desk]) -> None:
    finance = desk('finance')
    page = open_overview(finance)
    today = page.locator('[data-card=today] .o_payment_amount')
    expect(today).to_have_text(AMOUNT)
    expect(today).not_to_have_text('¥ 0.00')
    expect(page.locator('.o_payment_chart canvas')).to_be_visible()
    channel = page.locator('.o_payment_channels tr').first
    expect(channel.locator('.badge')).to_have_text('Works')
    expect(channel).to_contain_text(re.compile(r'\d+ % · \d+ ms'))
    expect(page.locator('.o_payment_ways tbody tr').first).to_contain_text('Mini-program')
    take_picture(page, 'payment_overview')

    text = page.locator('[data-card=today] .small').inner_text()
    orders = int(text.split()[0].replace(',', ''))
    page.locator('[data-card=today]').click()
    expect(page.locator('.o_data_row')).to_have_count(orders)
    finance.settle()
    finance.check()


@pytest.mark.usefixtures('history')
def test_the_period_is_chosen_and_an_error_is_told(desk: Callable[[str], Desk]) -> None:
    finance = desk('finance')
    page = open_overview(finance)
    page.get_by_role('button', name='30 days', exact=True).click()
    expect(page.locator('.btn-group .active')).to_have_text('30 days')
    expect(page.locator('.o_payment_figures:not(.opacity-50)')).to_be_visible()

    def refuse(route: Route) -> None:
        route.abort()

    address = '**/wx.payment.dashboard/load_dashboard'
    page.route(address, refuse)
    page.get_by_role('button', name='7 days', exact=True).click()
    expect(page.locator('.o_payment_error')).to_contain_text('cannot be reached')
    take_picture(page, 'payment_overview_error')
    page.unroute(address)
    page.locator('.o_payment_error').get_by_role('button', name='Try Again').click()
    expect(page.locator('.o_payment_error')).to_have_count(0)
    expect(page.locator('.o_payment_figures:not(.opacity-50)')).to_be_visible()
    # The error was ours.
    finance.problems.clear()


def open_by(mine: Desk, number: str) -> Page:
    """Type a number into the search box of the payments and open what it finds."""
    page = mine.page
    mine.open(PAYMENTS)
    box = page.locator('.o_searchview_input')
    box.fill(number)
    page.locator('.o_searchview_autocomplete .o-dropdown-item').first.wait_for()
    box.press('Enter')
    expect(page.locator('.o_data_row')).to_have_count(1)
    rest_mouse(page)
    page.locator('.o_data_row td[name=name]').click()
    page.locator('.o_form_view').wait_for()
    mine.settle()
    return page


def open_tab(page: Page, name: str) -> None:
    page.locator('.o_notebook_headers').get_by_role('tab', name=name, exact=True).click()


def test_finance_follows_the_thread_of_a_payment_and_gives_a_part_back(
    purchase: dict[str, Any], desk: Callable[[str], Desk]
) -> None:
    finance = desk('finance')
    payment_id, payment_no = payment_of(finance, purchase)
    [attempt] = finance.call(
        'wx.payment.attempt',
        'search_read',
        [('order_id', '=', payment_id)],
        ['out_trade_no', 'transaction_id'],
    )
    page = open_by(finance, attempt['transaction_id'])
    expect(page.locator('.o_form_view h1')).to_contain_text(payment_no)

    page.get_by_role('button', name='Refund', exact=True).click()
    dialog = page.locator('.modal')
    dialog.locator('[name=amount] input').fill('1.00')
    dialog.locator('[name=reason] input').fill(REASON)
    dialog.get_by_role('button', name='Refund', exact=True).click()
    expect(dialog).to_be_hidden()
    refund = [('order_id', '=', payment_id), ('reason', '=', REASON)]
    finance.wait_for_record('wx.payment.refund', [*refund, ('state', '=', 'done')])
    [number] = finance.call('wx.payment.refund', 'search_read', refund, ['out_refund_no'])

    page = open_by(finance, number['out_refund_no'])
    open_tab(page, 'Parts')
    expect(page.locator('[name=leg_ids] .o_data_row')).to_contain_text('Confirmed')
    take_picture(page, 'payment_thread')
    open_tab(page, 'Payments')
    expect(page.locator('[name=attempt_ids] .o_data_row')).to_contain_text(attempt['out_trade_no'])
    open_tab(page, 'Refunds')
    expect(page.locator('[name=refund_ids]')).to_contain_text(REASON)
    open_tab(page, 'Ledger')
    expect(page.locator('[name=transfer_ids] .o_data_row').first).to_be_visible()
    expect(page.locator('[name=transfer_ids]')).to_contain_text('1.00')
    take_picture(page, 'payment_thread_ledger')
    open_tab(page, 'Notices')
    page.locator('[name=notification_ids] .o_data_row').first.locator('td').first.click()
    notice = page.locator('.modal [name=text]')
    expect(notice).to_contain_text('ciphertext')
    expect(notice).not_to_contain_text('***')
    take_picture(page, 'payment_thread_notice')
    finance.close_dialog()
    finance.settle()
    finance.check()


def test_support_sees_notices_masked(purchase: dict[str, Any], desk: Callable[[str], Desk]) -> None:
    _payment_id, payment_no = payment_of(desk('finance'), purchase)
    support = desk('support')
    page = open_by(support, payment_no)
    open_tab(page, 'Notices')
    page.locator('[name=notification_ids] .o_data_row').first.locator('td').first.click()
    expect(page.locator('.modal [name=text]')).to_contain_text('***')
    support.close_dialog()
    expect(page.get_by_role('tab', name='Ledger', exact=True)).to_have_count(0)
    support.check()


@pytest.mark.usefixtures('history')
def test_nothing_waits_at_the_repair_desk(desk: Callable[[str], Desk]) -> None:
    finance = desk('finance')
    finance.open(DESK)
    expect(finance.page.locator('.o_view_nocontent')).to_contain_text('Nothing needs you')
    take_picture(finance.page, 'payment_repair_empty')
    finance.check()


@pytest.mark.usefixtures('judged')
def test_finance_sees_how_well_a_channel_works(desk: Callable[[str], Desk]) -> None:
    finance = desk('finance')
    finance.open(CHANNELS)
    page = finance.page
    row = page.locator('.o_data_row').first
    expect(row.locator('td[name=health]')).to_have_text('Works')
    row.locator('td[name=name]').click()
    page.locator('.o_form_view').wait_for()
    open_tab(page, 'Choice and Health')
    # Other journeys have the provider fail now and then.
    share = float(page.locator('[name=success_share]').inner_text())
    assert 90 <= share <= 100
    finance.settle()
    take_picture(page, 'payment_channel_health')
    finance.check()
