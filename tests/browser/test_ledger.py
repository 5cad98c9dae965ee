"""Finance looks at an account, adjusts it with a second person's consent, and sees it proven."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.back_office import Desk, take_picture

OVERVIEW = 'wx_ledger.menu_wx_ledger_dashboard'
ACCOUNTS = 'wx_ledger.menu_wx_ledger_account'
TRANSFERS = 'wx_ledger.menu_wx_ledger_transfer'
PROOF = 'wx_ledger.menu_wx_ledger_proof'
APPROVALS = 'rbac_ext.rbac_approval_menu'
NOTE = 'The payment of 21 November was counted twice'
WALLETS = [('owner_kind', '=', 'customer'), ('asset_id.code', '=', 'CNY'), ('balance', '>', 10000)]


@pytest.fixture
def wallet(desk: Callable[[str], Desk]) -> dict[str, int]:
    """Return id and balance, in fen, of a demo customer's wallet."""
    [account] = desk('finance').call(
        'wx.ledger.account', 'search_read', WALLETS, ['balance'], order='id', limit=1
    )
    return {'id': account['id'], 'balance': account['balance']}


def yuan(fen: int) -> str:
    return f'{fen / 100:,.2f}'


def open_wallet(mine: Desk, account_id: int) -> Page:
    """Open the account's form and wait for the first page of its entries."""
    mine.visit(f'/odoo/ledger-accounts/{account_id}')
    mine.page.locator('.o_ledger_list .o_data_row').first.wait_for()
    mine.settle()
    return mine.page


def ask_for_adjustment(mine: Desk, account_id: int) -> None:
    page = open_wallet(mine, account_id)
    take_picture(page, 'ledger_account')
    page.get_by_role('button', name='Adjust', exact=True).click()
    dialog = page.locator('.modal')
    dialog.locator('[name=amount] input').fill('12.50')
    dialog.locator('[name=note] textarea').fill(NOTE)
    dialog.locator('[name=reason_id] input').fill('900001')
    page.locator('.o-autocomplete--dropdown-item', has_text='900001').first.click()
    expect(dialog.locator('.alert')).to_contain_text('A second person')
    take_picture(page, 'ledger_adjust')
    dialog.get_by_role('button', name='Ask for Approval').click()
    reason = page.locator('.modal [name=reason] textarea')
    reason.fill('The customer complained')
    page.locator('.modal').get_by_role('button', name='Ask for Approval').click()
    expect(page.locator('.modal')).to_be_hidden()
    mine.wait_for_record(
        'rbac.approval', [('code', '=', 'ledger.adjust'), ('asked_at', '!=', False)]
    )


def approve(boss: Desk) -> None:
    """Consent to the request, as a person does from the list of approvals."""
    boss.open(APPROVALS)
    page = boss.page
    page.locator('.o_data_row', has_text='Adjust accounts').first.locator('td').nth(1).click()
    page.locator('.o_form_view').wait_for()
    page.get_by_role('button', name='Approve', exact=True).click()
    page.locator('.modal').get_by_role('button', name='Ok').click()
    boss.wait_for_record(
        'rbac.approval', [('code', '=', 'ledger.adjust'), ('state', '=', 'executed')]
    )


def test_an_adjustment_is_booked_with_a_second_person_s_consent(
    desk: Callable[[str], Desk], wallet: dict[str, int]
) -> None:
    finance, boss = desk('finance'), desk('admin')
    ask_for_adjustment(finance, wallet['id'])
    page = open_wallet(finance, wallet['id'])
    expect(page.locator('[name=current_balance]')).to_have_text(yuan(wallet['balance']))

    approve(boss)
    page = open_wallet(finance, wallet['id'])
    expect(page.locator('[name=current_balance]')).to_have_text(yuan(wallet['balance'] + 1250))
    newest = page.locator('.o_ledger_list .o_data_row').first
    expect(newest.locator('td[name=amount]')).to_have_text('+12.50')
    expect(newest.locator('td[name=reason_id]')).to_contain_text('900001')
    finance.check()
    boss.check()


def test_finance_reads_a_statement(desk: Callable[[str], Desk], wallet: dict[str, int]) -> None:
    finance = desk('finance')
    page = open_wallet(finance, wallet['id'])
    page.get_by_role('button', name='Statement', exact=True).click()
    page.get_by_role('button', name='Show', exact=True).click()
    lines = page.locator('[name=line_ids] .o_data_row')
    expect(lines.first).to_be_visible()
    summary = page.locator('[name=summary_ids] .o_data_row')
    expect(summary.locator('td[name=closing]')).to_have_text(yuan(wallet['balance']))
    expect(lines.last.locator('td[name=balance]')).to_have_text(yuan(wallet['balance']))
    finance.settle()
    take_picture(page, 'ledger_statement')
    finance.check()


def test_finance_opens_the_proof(desk: Callable[[str], Desk]) -> None:
    finance = desk('finance')
    finance.open(PROOF)
    page = finance.page
    page.get_by_role('button', name='Prove Now').first.click()
    finance.wait_for_record('wx.ledger.proof', [('state', '=', 'clean')])
    finance.open(PROOF)
    page.locator('.o_data_row', has_text='No Difference').first.locator('td').nth(1).click()
    expect(page.locator('.o_form_view .alert-success')).to_contain_text('sums to zero')
    finance.settle()
    take_picture(page, 'ledger_proof')
    finance.check()


def test_the_overview_adds_up(desk: Callable[[str], Desk]) -> None:
    finance = desk('finance')
    finance.open(OVERVIEW)
    page = finance.page
    card = page.locator('[data-card=circulation] .o_ledger_amount')
    expect(card).to_have_text(re.compile(r'^[\d,]+\.\d\d$'))
    expect(page.locator('.o_ledger_chart canvas')).to_be_visible()
    top = page.locator('.o_ledger_top tr').first
    expect(top).to_contain_text('CNY')
    take_picture(page, 'ledger_overview')
    page.locator('.o_ledger_asset').select_option(label='POINTS Points')
    expect(card).to_have_text(re.compile(r'^[\d,]+$'))
    finance.check()


def test_sums_in_lists_and_pivots_are_in_the_asset_s_unit(desk: Callable[[str], Desk]) -> None:
    finance = desk('finance')
    finance.open(TRANSFERS)
    finance.switch('pivot')
    table = finance.page.locator('.o_pivot table')
    header = table.locator('thead').inner_text()
    assert 'CNY' in header
    assert 'POINTS' in header
    expect(table.locator('tbody tr', has_text='100001').locator('td').first).to_have_text(
        re.compile(r'^[\d,]+\.\d\d$')
    )
    take_picture(finance.page, 'ledger_pivot')
    finance.switch('list')
    finance.check()


def test_an_auditor_reads_and_is_offered_no_act(
    desk: Callable[[str], Desk], wallet: dict[str, int]
) -> None:
    auditor = desk('auditor')
    page = open_wallet(auditor, wallet['id'])
    for name in ('Adjust', 'Freeze', 'Overdraft Limit', 'Close'):
        expect(page.get_by_role('button', name=name, exact=True)).to_have_count(0)
    expect(page.get_by_role('button', name='Statement', exact=True)).to_be_visible()
    auditor.check()
