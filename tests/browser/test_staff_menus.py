"""Every staff group opens every menu it sees, in every view; nothing may go wrong."""

import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest

from tests.browser.back_office import Desk, take_picture
from tests.browser.demo_secrets import ADDONS, demo_secrets

STAFF = ('auditor', 'support', 'operator', 'finance', 'admin')
# What a group must not be offered, by the beginning of the menu's name. Only the system group
# enters secrets, and nobody needs to see what they cannot use.
FORBIDDEN = {
    'auditor': (),
    'support': (
        'wx_base.menu_wx_app',
        'wx_base.menu_wx_message_template',
        'wx_payment.menu_wx_payment_channel',
        'wx_recharge.menu_wx_recharge_supplier',
        'wx_ledger.menu_wx_ledger',
        'rbac_ext.menu_configuration',
    ),
    'operator': ('wx_payment.menu_wx_payment_channel', 'wx_ledger.menu_wx_ledger'),
    'finance': ('wx_base.menu_wx_message', 'wx_recharge.menu_wx_recharge_callback'),
    'admin': (),
}
# Views for the README: who shows which view of which menu.
PICTURES = {
    ('operator', 'wx_recharge.menu_wx_recharge_order', 'list'): 'orders',
    ('operator', 'wx_recharge.menu_wx_recharge_order', 'kanban'): 'orders_kanban',
    ('operator', 'wx_recharge.menu_wx_recharge_order_report', 'graph'): 'orders_graph',
    ('operator', 'wx_recharge.menu_wx_recharge_order_report', 'pivot'): 'orders_pivot',
    ('operator', 'wx_recharge.menu_wx_recharge_package', 'list'): 'packages',
}


def look_at(desk: Desk, xmlid: str) -> list[str]:
    """Show every view of the action that is open, and its first record; return the views."""
    if desk.close_dialog():
        return []
    kinds = desk.view_types()
    if not kinds:
        return []
    for kind in [*kinds[1:], *kinds[:1]]:
        if len(kinds) > 1:
            desk.switch(kind)
        if (desk.login, xmlid, kind) in PICTURES:
            take_picture(desk.page, PICTURES[desk.login, xmlid, kind])
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
    secrets = demo_secrets()
    seen = []
    for menu in mine.menus():
        if menu.opens:
            mine.open_menu(menu)
            seen += look_at(mine, menu.xmlid)
            shown = '\n'.join((mine.page.content(), *mine.read_answers()))
            assert [secret for secret in secrets if secret in shown] == [], menu.xmlid
    mine.check()
    assert {'list', 'kanban', 'form', 'graph', 'pivot'} <= set(seen)


@pytest.mark.parametrize('login', STAFF)
def test_nobody_is_offered_a_menu_of_others(desk: Callable[[str], Desk], login: str) -> None:
    names = [menu.xmlid for menu in desk(login).menus()]
    assert names
    assert [name for name in names if name.startswith(FORBIDDEN[login])] == []


def test_the_system_group_sees_every_menu(desk: Callable[[str], Desk]) -> None:
    ours = {
        f'{path.parts[-3]}.{item.get("id")}'
        for path in ADDONS.glob('*/views/*.xml')
        for item in ET.parse(path).iter('menuitem')
    }
    assert {menu.xmlid for menu in desk('admin').menus()} == ours
