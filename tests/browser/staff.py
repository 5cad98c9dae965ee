"""What the tests of roles and accounts need besides: people with passwords of their own."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Locator, Page

from bootstrap.serve import Stack
from tests.browser.back_office import SCREEN, Desk

PASSWORD = 'Of my own choice 1'


class StaffDesk(Desk):
    """The window of somebody whose password is not his login."""

    def log_in_first(self, given: str, own: str = PASSWORD) -> None:
        """Sign in with a password that has to be replaced, and replace it."""
        sign_in(self.page, self.login, given)
        self.page.wait_for_url('**/rbac/first/password')
        for name, value in (('old', given), ('new', own), ('confirm', own)):
            self.page.fill(f'input[name={name}]', value)
        self.page.get_by_role('button', name='Set password').click()
        self.wait_for_client()


def open_window(
    servers: Stack, make_context: Callable[..., BrowserContext], login: str
) -> StaffDesk:
    """Return a window of a person's own, not signed in yet."""
    return StaffDesk(make_context(base_url=servers.shop_url, viewport=SCREEN), login)


def sign_in(page: Page, login: str, password: str) -> None:
    """Fill in the log-in page and send it; what comes next is for the caller to see."""
    page.goto('/web/login')
    page.fill('input[name=login]', login)
    page.fill('input[name=password]', password)
    page.click('.oe_login_form button[type=submit]')


def press(desk: Desk, name: str) -> None:
    """Press the button of that name on the screen below all dialogs."""
    desk.page.locator('.o_action_manager').get_by_role('button', name=name, exact=True).click()


def dialog(desk: Desk) -> Locator:
    """Return the dialog on top."""
    return desk.page.locator('.o_dialog').last


def press_and_close(desk: Desk, name: str) -> None:
    """Press the button of that name in the dialog, which closes it."""
    dialog(desk).get_by_role('button', name=name, exact=True).click()
    desk.page.wait_for_selector('.o_dialog', state='detached')
    desk.settle()


def choose(desk: Desk, field: str, text: str) -> None:
    """Choose a record in a field that points at one."""
    desk.page.locator(f'.o_field_widget[name={field}] input').last.fill(text)
    desk.page.locator('.o-autocomplete--dropdown-item', has_text=text).first.click()
    desk.settle()


def save(desk: Desk) -> None:
    desk.page.locator('.o_form_button_save').click()
    desk.page.wait_for_selector('.o_form_saved')
    desk.settle()


def create_account(admin: Desk, login: str, name: str, role: str, password: str) -> int:
    """Return a new account with a role; its password has to be replaced."""
    role_id = admin.call('res.users.role', 'search', [('name', '=', role)])[0]
    values = {'login': login, 'name': name, 'role_line_ids': [(0, 0, {'role_id': role_id})]}
    [account_id] = admin.call('res.users', 'create', [{**values, 'password': password}])
    return int(account_id)
