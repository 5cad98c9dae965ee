"""The matrix of roles, the rights explorer, and what staff see where there is nothing to see."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from bootstrap.serve import Stack
from tests.browser.back_office import SCREEN, Desk, take_picture
from tests.browser.staff import choose
from tests.browser.test_chinese import TEXTS, demo_texts, terms

MATRIX, EXPLORER = 'rbac_ext.rbac_matrix_menu', 'rbac_ext.rbac_explorer_question_menu'
# Screens of this addon that Chinese staff see; OCA's labels are most of the last two.
PATHS = (
    'role-matrix',
    'rights-explorer',
    'approvals',
    'accounts',
    'staff-roles',
    'accounts/new',
    'staff-roles/new',
)


@pytest.fixture
def chinese(
    desk: Callable[[str], Desk], servers: Stack, make_context: Callable[..., BrowserContext]
) -> Iterator[Desk]:
    """Return a window of the administrator, whose language is Chinese meanwhile."""
    admin = desk('admin')
    admin.call('res.users', 'write', [admin.user_id()], {'lang': 'zh_CN'})
    mine = Desk(make_context(base_url=servers.shop_url, viewport=SCREEN), 'admin')
    mine.log_in()
    yield mine
    admin.call('res.users', 'write', [admin.user_id()], {'lang': 'en_US'})


# === MATRIX === #


def test_the_matrix_is_searched_changed_and_left_as_it_was(desk: Callable[[str], Desk]) -> None:
    admin = desk('admin')
    page = admin.page
    admin.open(MATRIX)
    take_picture(page, 'roles_matrix')
    page.fill('.o_rbac_matrix_search', 'unlock accounts')
    expect(page.locator('.o_rbac_matrix_row')).to_have_count(1)
    box(admin, 'rbac.user.unlock', 'Support').check()
    expect(page.locator('.o_rbac_matrix_count')).to_contain_text('1')
    page.locator('.o_rbac_matrix_save').click()
    expect(page.locator('.o_rbac_matrix_preview')).to_contain_text('rbac.user.unlock')
    page.keyboard.press('Escape')
    page.locator('.o_rbac_matrix_discard').click()
    expect(box(admin, 'rbac.user.unlock', 'Support')).not_to_be_checked()
    page.fill('.o_rbac_matrix_search', 'no such permission')
    expect(page.locator('.o_rbac_matrix_empty')).to_be_visible()
    admin.check()


def test_who_may_not_see_the_matrix_is_told_so(desk: Callable[[str], Desk]) -> None:
    support = desk('support')
    support.page.goto('/odoo/role-matrix')
    error = support.page.locator('.o_error_dialog')
    expect(error).to_contain_text('not allowed')
    assert 'Traceback' not in error.inner_text()
    support.problems.clear()
    support.visit('/odoo')


def box(window: Desk, code: str, role: str) -> Locator:
    row = window.page.locator(f'.o_rbac_matrix_row[data-code="{code}"]')
    return row.locator(f'input[aria-label^="{role}:"]')


# === RIGHTS EXPLORER === #


def test_the_explorer_answers_why_who_and_what_if(desk: Callable[[str], Desk]) -> None:
    admin = desk('admin')
    page = admin.page
    admin.open(EXPLORER)
    answer = page.locator('.o_rbac_answer')
    choose(admin, 'user_id', 'Demo Operator')
    choose(admin, 'permission_id', 'rbac.emergency.take')
    expect(answer).to_contain_text('Operator')
    take_picture(page, 'rights_explorer')

    ask(admin, 'Who can do this?')
    choose(admin, 'permission_id', 'rbac.emergency.take')
    expect(answer).to_contain_text('Demo Finance')
    expect(answer).not_to_contain_text('Demo Support')

    ask(admin, 'What would change if')
    choose(admin, 'user_id', 'Demo Support')
    choose(admin, 'role_id', 'Finance')
    expect(answer).to_contain_text('rbac.emergency.take')
    admin.check()


def ask(window: Desk, question: str) -> None:
    window.page.locator('.o_field_widget[name=question]').get_by_text(question).click()
    window.settle()


# === EMPTY AND CHINESE === #


def test_an_empty_list_of_approvals_says_so(desk: Callable[[str], Desk]) -> None:
    finance = desk('finance')
    finance.visit('/odoo/approvals')
    expect(finance.page.locator('.o_nocontent_help')).to_contain_text(
        'Nothing waits for your decision'
    )
    expect(finance.page.locator('.o_rbac_approvals')).to_have_count(0)
    finance.check()


@pytest.mark.parametrize('path', PATHS)
def test_staff_screens_show_no_english_word_of_ours_or_of_the_oca(chinese: Desk, path: str) -> None:
    chinese.visit(f'/odoo/{path}')
    ours = {entry.msgid for entry in terms()} - demo_texts()
    assert ours.intersection(chinese.page.evaluate(TEXTS)) == set()
    if path == 'role-matrix':
        take_picture(chinese.page, 'roles_matrix_zh')
    chinese.check()
