"""The life of an account, as an administrator and its owner see it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from bootstrap.serve import Stack
from tests.browser.back_office import APP, Desk, take_picture
from tests.browser.staff import (
    StaffDesk,
    choose,
    dialog,
    open_window,
    press,
    press_and_close,
    save,
    sign_in,
)

LOGIN = 'evening.shift'
NAME = 'Evening Shift'
GIVEN, OWN, LATER = 'Given once, 2026', 'Of my own choice 1', 'Of my own choice 2'
ROLE = 'Support'


@pytest.fixture
def owner(servers: Stack, make_context: Callable[..., BrowserContext]) -> StaffDesk:
    """Return the window of the person whose account it is."""
    return open_window(servers, make_context, LOGIN)


def test_an_account_is_added_used_disabled_and_restored(
    desk: Callable[[str], Desk], owner: StaffDesk
) -> None:
    admin = desk('admin')
    add_account(admin)
    give_first_password(admin)
    owner.log_in_first(GIVEN, OWN)
    assert owner.menus() == []
    give_role(admin)
    owner.visit('/odoo')
    assert APP in {menu.xmlid for menu in owner.menus()}
    owner.check()

    disable(admin)
    expect_refused(owner)

    restore(admin)
    owner.log_in_first(OWN, LATER)
    assert APP in {menu.xmlid for menu in owner.menus()}
    admin.check()


def add_account(admin: Desk) -> None:
    admin.open('rbac_ext.res_users_menu_account')
    press(admin, 'New')
    for field, value in (('name', NAME), ('login', LOGIN)):
        admin.page.locator(f'.o_form_view .o_field_widget[name={field}] input').fill(value)
    save(admin)


def give_first_password(admin: Desk) -> None:
    press(admin, 'Set a First Password')
    cell = dialog(admin).locator('.o_data_row td[name=new_passwd]')
    cell.click()
    cell.locator('input').fill(GIVEN)
    press_and_close(admin, 'Change Password')
    admin.visit(account_path(admin))
    expect(admin.page.locator('.o_form_view .alert-info')).to_contain_text(
        'Has to set a new password first'
    )


def give_role(admin: Desk) -> None:
    admin.visit(account_path(admin))
    admin.page.locator('.o_field_widget[name=role_line_ids]').get_by_text('Add a line').click()
    choose(admin, 'role_id', ROLE)
    save(admin)
    expect(role_lines(admin)).to_contain_text(ROLE)
    take_picture(admin.page, 'account')


def disable(admin: Desk) -> None:
    press(admin, 'Disable')
    dialog(admin).locator('.o_field_widget[name=reason] input').fill('Left the company')
    take_picture(admin.page, 'account_disable')
    press_and_close(admin, 'Disable')
    expect(admin.page.locator('.o_form_view .ribbon')).to_contain_text('Disabled')


def expect_refused(owner: StaffDesk) -> None:
    """Expect that neither the open session nor the password opens anything."""
    with pytest.raises(RuntimeError, match='SessionExpired'):
        owner.call('res.users', 'search_count', [])
    owner.page.goto('/odoo')
    owner.page.wait_for_url('**/web/login**')
    sign_in(owner.page, LOGIN, OWN)
    expect(owner.page.locator('.alert-danger')).to_contain_text('Wrong login/password')
    owner.problems.clear()


def restore(admin: Desk) -> None:
    press(admin, 'Restore')
    expect(dialog(admin).locator('.o_field_widget[name=role_ids]')).to_contain_text(ROLE)
    take_picture(admin.page, 'account_restore')
    press_and_close(admin, 'Restore')
    expect(admin.page.locator('.o_form_view .ribbon')).to_have_count(0)
    expect(role_lines(admin)).to_contain_text(ROLE)


def role_lines(admin: Desk) -> Locator:
    return admin.page.locator('.o_field_widget[name=role_line_ids] .o_data_row')


def account_path(admin: Desk) -> str:
    account = admin.call('res.users', 'search', [('login', '=', LOGIN)])[0]
    return f'/odoo/accounts/{account}'
