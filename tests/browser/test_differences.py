"""Finance settles a difference between a provider's bill and the payments here."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from bootstrap.serve import Stack
from tests.browser.back_office import Desk, take_picture

DIFFERENCES = 'wx_payment.menu_wx_payment_difference'
BILLS = 'wx_payment.menu_wx_payment_bill'
MONTHS = 'wx_payment.menu_wx_payment_bill_run'
NUMBER = '261120093012000000000001-1'
NOTE = 'Paid in the old shop; booked there.'
# A matched bill of one line, whose payment nobody knows here.
BILL = f"""
    WITH bill AS (
        INSERT INTO wx_payment_bill (channel_id, company_id, currency_id, kind, day, state,
                    line_count, in_fen, out_fen, fee_fen, amount_in, amount_out, amount_fee,
                    fetched_at, matched_at)
        SELECT c.id, c.company_id, (SELECT id FROM res_currency WHERE name = 'CNY'), 'trade',
               '2026-01-02', 'matched', 1, 2990, 0, 18, 29.9, 0, 0.18, now(), now()
          FROM wx_payment_channel c ORDER BY c.id LIMIT 1 RETURNING *
    ), line AS (
        INSERT INTO wx_payment_bill_line (bill_id, line_no, kind, number, moment, out_trade_no,
                    transaction_id, trade_state, amount_fen, fee_fen, currency)
        SELECT id, 1, 'payment', '{NUMBER}', '2026-01-02 02:34:56', '{NUMBER}', '420000000001',
               'SUCCESS', 2990, 18, 'CNY' FROM bill
    )
    INSERT INTO wx_payment_difference (bill_id, channel_id, company_id, kind, day, type, subject,
                number, bill_fen, gap, bill_state, action, state, user_id)
    SELECT id, channel_id, company_id, kind, day, 'missing_here', 'payment', '{NUMBER}', 2990, 29.9,
           'SUCCESS', 'look', 'open', (SELECT id FROM res_users WHERE login = 'finance')
      FROM bill RETURNING id
"""


@pytest.fixture
def difference(servers: Stack) -> int:
    """Return the id of an open difference."""
    [found] = servers.server.sql(BILL, servers.database)
    return int(found)


def test_finance_settles_a_difference(difference: int, desk: Callable[[str], Desk]) -> None:
    finance = desk('finance')
    page = finance.page
    finance.open(DIFFERENCES)
    row = page.locator('.o_data_row', has_text=NUMBER)
    expect(row.locator('td[name=type]')).to_have_text('Missing Here')
    take_picture(page, 'differences')
    row.locator('td[name=number]').click()
    expect(page.locator('.o_form_view [name=bill_amount]')).to_contain_text('29.90')
    expect(page.locator('.o_form_view [name=advice]')).to_contain_text('merchant console')
    page.get_by_role('button', name='Settle', exact=True).click()
    dialog = page.locator('.modal')
    dialog.locator('[name=note] textarea').fill(NOTE)
    take_picture(page, 'difference_settle')
    dialog.get_by_role('button', name='Settle', exact=True).click()
    settled = [('id', '=', difference), ('state', '=', 'settled'), ('note', '=', NOTE)]
    finance.wait_for_record('wx.payment.difference', settled)
    expect(page.locator('.o_statusbar_status .o_arrow_button_current')).to_have_text('Settled')
    expect(page.locator('.o_form_view [name=note]')).to_contain_text(NOTE)
    finance.settle()

    # The list shows what is open, so there is nothing left; the bill has all.
    finance.open(DIFFERENCES)
    expect(page.locator('.o_data_row', has_text=NUMBER)).to_have_count(0)
    finance.open(BILLS)
    page.locator('.o_data_row', has_text='29.90').locator('td[name=day]').click()
    expect(page.locator('.o_form_view [name=difference_ids]')).to_contain_text('Settled')
    take_picture(page, 'bill')
    finance.check()
