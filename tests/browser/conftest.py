"""One browser for all tests here, a window for each staff member, and a shop with a past."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bootstrap.serve import Stack
from tests.browser.back_office import Desk
from tests.client.mini_program import MiniProgram

FLAGS = (
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
)
SCREEN = {'width': 1440, 'height': 900}
PATIENCE_MS = 20_000
# How an order ends: the number to top up (the sandbox decides by its end) and whether it is paid.
HISTORY = {
    'delivered': ('+66812340100', True),
    'refunded': ('+66812341102', True),
    'cancelled': ('+66812342100', False),
    'awaiting_payment': ('+66812343100', False),
}


@pytest.fixture(scope='session')
def browser(chromium: Path) -> Iterator[Browser]:
    """Return the browser."""
    with sync_playwright() as play:
        program = play.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield program
        program.close()


@pytest.fixture(scope='session')
def make_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Open windows that share no cookies: `make_context(base_url=…, viewport=…)`."""
    made = []

    def make(**options: object) -> BrowserContext:
        context = browser.new_context(locale='en-US', **options)
        context.set_default_timeout(PATIENCE_MS)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture(scope='session')
def desk(servers: Stack, make_context: Callable[..., BrowserContext]) -> Callable[[str], Desk]:
    """Return the window of a staff member, logged in at the first call: `desk('finance')`."""
    open_desks: dict[str, Desk] = {}

    def find(login: str) -> Desk:
        if login not in open_desks:
            context = make_context(base_url=servers.shop_url, viewport=SCREEN)
            open_desks[login] = Desk(context, login)
            open_desks[login].log_in()
            open_desks[login].open_app()
        return open_desks[login]

    return find


@pytest.fixture(scope='session')
def history(servers: Stack) -> dict[str, dict[str, Any]]:
    """Return orders of one customer by how they ended, so that no list is empty."""
    phone = MiniProgram(servers.shop_url, servers.sandbox_url)
    phone.play('/control/faults', method='DELETE')
    phone.play('/control/clock', speed=20)
    phone.play('/control/reloadly', webhook_url=webhook_url(servers))
    phone.login()
    packages = phone.call('GET', '/packages', params={'country': 'TH', 'kind': 'airtime'})['items']
    orders = {}
    for ending, (number, pays) in HISTORY.items():
        orders[ending] = phone.order(packages[0]['id'], number)['order_no']
        if pays:
            phone.press_pay(phone.request_payment(orders[ending]))
    phone.call('POST', f'/recharge/orders/{orders["cancelled"]}/cancel')
    return {
        ending: phone.wait_for(number, lambda order, end=ending: order['state'] == end, 60)
        for ending, number in orders.items()
    }


def webhook_url(servers: Stack) -> str:
    """Return where the shop awaits callbacks of the demo's supplier."""
    slug = servers.server.sql(
        'SELECT callback_slug FROM wx_recharge_supplier ORDER BY id LIMIT 1', servers.database
    )[0]
    return f'{servers.shop_url}/recharge/callback/{slug}'
