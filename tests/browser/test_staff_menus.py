"""Every staff group opens every menu it sees, in every view; nothing may go wrong."""

from collections.abc import Callable

import pytest

from tests.browser.back_office import Desk

STAFF = ('auditor', 'support', 'operator', 'finance', 'admin')


def look_at(desk: Desk) -> list[str]:
    """Show every view of the action that is open, and its first record; return the views."""
    kinds = desk.view_types()
    for kind in kinds[1:]:
        desk.switch(kind)
    if kinds[-1] != 'list' and 'list' in kinds:
        desk.switch('list')
    if desk.open_first():
        kinds.append('form')
        for tab in desk.page.locator('.o_form_view .o_notebook_headers .nav-link').all():
            tab.click()
        desk.settle()
    return kinds


@pytest.mark.usefixtures('history')
@pytest.mark.parametrize('login', STAFF)
def test_every_menu_opens_in_every_view(desk: Callable[[str], Desk], login: str) -> None:
    mine = desk(login)
    for menu in mine.menus():
        if menu.opens:
            mine.open_menu(menu)
            look_at(mine)
    mine.check()
