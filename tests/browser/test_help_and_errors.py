"""An empty shop explains itself, and what fails outside is told in words."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from bootstrap.serve import Stack
from tests.browser.back_office import SCREEN, Desk
from tests.client.mini_program import MiniProgram

# The sandbox's fault, and what the person who presses "Test Connection" reads.
FAULTS = {
    'refused': (
        {'fault': 'error', 'status': 200, 'code': 40125, 'message': 'invalid appsecret'},
        'WeChat refused: errcode 40125: invalid appsecret',
    ),
    'cut': ({'fault': 'reset'}, 'No answer: '),
    'broken': ({'fault': 'garbage'}, 'No answer: '),
    'crashed': ({'fault': 'error_500_before'}, 'No answer: '),
}


@pytest.fixture(scope='module')
def newcomer(
    make_servers: Callable[[], Stack], make_context: Callable[..., BrowserContext]
) -> Desk:
    """Return the window of an administrator in a shop where nobody has bought yet."""
    context = make_context(base_url=make_servers().shop_url, viewport=SCREEN)
    desk = Desk(context, 'admin')
    desk.log_in()
    desk.open_app()
    return desk


def test_every_empty_list_says_what_will_appear_in_it(newcomer: Desk) -> None:
    empty = []
    for menu in newcomer.menus():
        if not menu.opens:
            continue
        newcomer.open_menu(menu)
        # A question is asked in a form, and a client action has no list.
        if newcomer.close_dialog() or newcomer.view_types()[:1] in ([], ['form']):
            continue
        if newcomer.call(newcomer.model(), 'search_count', []):
            continue
        help_text = newcomer.page.locator('.o_view_nocontent')
        expect(help_text.locator('.o_view_nocontent_smiling_face')).not_to_be_empty()
        expect(help_text.locator('p').nth(1)).not_to_be_empty()
        empty.append(menu.xmlid)
    newcomer.check()
    assert 'wx_recharge.menu_wx_recharge_order' in empty
    assert len(empty) >= 8


def press_test_connection(desk: Desk) -> Locator:
    """Press the button on the app's form and return the notification."""
    desk.open('wx_base.menu_wx_app')
    desk.open_first()
    desk.page.get_by_role('button', name='Test Connection').click()
    return desk.page.locator('.o_notification')


def test_test_connection_tells_that_everything_is_right(
    fast_sandbox: Stack, desk: Callable[[str], Desk]
) -> None:
    admin = desk('admin')
    notice = press_test_connection(admin)
    expect(notice).to_contain_text('WeChat accepts the AppID and the AppSecret.')
    notice.locator('.o_notification_close').click()
    admin.check()


@pytest.mark.parametrize('name', FAULTS)
def test_test_connection_tells_what_is_wrong(
    fast_sandbox: Stack, desk: Callable[[str], Desk], name: str
) -> None:
    fault, text = FAULTS[name]
    world = MiniProgram(fast_sandbox.shop_url, fast_sandbox.sandbox_url)
    world.play('/control/faults', target='wechat.stable_token', **fault)
    admin = desk('admin')
    notice = press_test_connection(admin)
    expect(notice).to_contain_text(text)
    words = notice.inner_text()
    assert not any(sign in words for sign in ('Traceback', 'object at 0x', 'HTTPConnection')), words
    notice.locator('.o_notification_close').click()
    admin.check()
    world.play('/control/faults', method='DELETE')
