"""A second person's consent, as both people see it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from bootstrap.serve import Stack
from tests.browser.back_office import Desk, take_picture
from tests.browser.staff import StaffDesk, create_account, dialog, open_window, press

SECOND, GIVEN = 'second.person', 'Given once, 2026'
LEAVER = 'leaves.today'
ACT = 'action_rbac_disable'


@pytest.fixture
def guarded(desk: Callable[[str], Desk]) -> Iterator[Desk]:
    """Return the window of an administrator who needs consent to disable accounts."""
    admin = desk('admin')
    [permission] = admin.call('rbac.permission', 'search', [('code', '=', 'rbac.user.disable')])
    admin.call('rbac.permission', 'write', [permission], {'approval': 'always'})
    yield admin
    admin.call('rbac.permission', 'write', [permission], {'approval': 'never'})


@pytest.fixture
def second(
    desk: Callable[[str], Desk], servers: Stack, make_context: Callable[..., BrowserContext]
) -> StaffDesk:
    """Return the window of a second administrator, who is at work already."""
    create_account(desk('admin'), SECOND, 'Second Person', 'System', GIVEN)
    window = open_window(servers, make_context, SECOND)
    window.log_in_first(GIVEN)
    return window


def test_an_act_is_asked_for_decided_by_somebody_else_and_done_once(
    guarded: Desk, second: StaffDesk
) -> None:
    leaver = create_account(guarded, LEAVER, 'Leaves Today', 'Support', GIVEN)
    expect(counter(second)).to_have_count(0)
    ask(guarded, leaver)
    [request] = guarded.call(
        'rbac.approval', 'search', [('method', '=', ACT), ('state', '=', 'pending')]
    )
    assert guarded.call('res.users', 'read', [leaver], ['active'])[0]['active']
    expect_own_decision_refused(guarded, request)

    # The page of the second person was not loaded anew: the server has told it.
    expect(counter(second).locator('.badge')).to_have_text('1')
    approve(second)
    expect(counter(second)).to_have_count(0)
    with pytest.raises(RuntimeError, match='UserError'):
        second.call('rbac.approval', 'action_approve', [request])

    assert not guarded.call('res.users', 'read', [leaver], ['active'])[0]['active']
    assert acts(guarded, request) == ['asked', 'ok']
    guarded.open('rbac_ext.rbac_log_menu')
    expect(guarded.page.locator('.o_data_row', has_text='rbac.user.disable').first).to_be_visible()
    take_picture(guarded.page, 'business_log')
    guarded.check()
    second.check()


def ask(admin: Desk, leaver: int) -> None:
    """Disable an account; the form of the request opens in the place of it."""
    admin.visit(f'/odoo/accounts/{leaver}')
    press(admin, 'Disable')
    dialog(admin).locator('.o_field_widget[name=reason] input').fill('Left the company')
    dialog(admin).get_by_role('button', name='Disable', exact=True).click()
    reason = dialog(admin).locator('.o_field_widget[name=reason] textarea')
    reason.fill('Last day at work')
    take_picture(admin.page, 'approval_ask')
    dialog(admin).get_by_role('button', name='Ask for Approval').click()
    admin.page.wait_for_selector('.o_dialog', state='detached')
    admin.settle()


def expect_own_decision_refused(admin: Desk, request: int) -> None:
    """Expect that an administrator does not decide what he asked for, by no road."""
    admin.visit(f'/odoo/approvals/{request}')
    expect(admin.page.locator('.o_statusbar_buttons')).to_contain_text('Withdraw')
    expect(admin.page.get_by_role('button', name='Approve', exact=True)).to_have_count(0)
    expect(counter(admin)).to_have_count(0)
    with pytest.raises(RuntimeError, match='AccessError'):
        admin.call('rbac.approval', 'action_approve', [request])


def approve(second: StaffDesk) -> None:
    """Open the request from the counter, read it and consent."""
    counter(second).click()
    second.page.locator('.o_data_row', has_text='Leaves Today').click()
    expect(second.page.locator('[name=arguments_text]')).to_contain_text('Left the company')
    expect(second.page.locator('.o_form_view [name=reason]')).to_contain_text('Last day at work')
    second.settle()
    take_picture(second.page, 'approval')
    press(second, 'Approve')
    dialog(second).get_by_role('button', name='Ok').click()
    status = second.page.locator('.o_statusbar_status .o_arrow_button_current')
    expect(status).to_have_text('Done')
    second.settle()


def counter(window: Desk) -> Locator:
    return window.page.locator('.o_menu_systray .o_rbac_approvals')


def acts(admin: Desk, request: int) -> list[str]:
    """Return how the attempts at the act ended, oldest first."""
    domain = [('approval_id', '=', request), ('method', '=', ACT)]
    lines: list[dict[str, Any]] = admin.call(
        'rbac.log', 'search_read', domain, ['result'], order='id'
    )
    return [line['result'] for line in lines]
