"""One browser for all tests here, a window for each staff member, and a shop with a past."""

from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from bootstrap.serve import Stack
from tests.browser.back_office import SCREEN, Desk
from tests.browser.phone import Phone
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
PATIENCE_MS = 20_000
PHONE_SCREEN = {'width': 390, 'height': 844}
# State in which an order ends, country, kind, number (the sandbox decides by its end), paid or not.
HISTORY = (
    ('delivered', 'VN', 'data', '+84912345100', True),
    ('delivered', 'TH', 'airtime', '+66812340100', True),
    ('refunded', 'ID', 'airtime', '+628123456102', True),
    ('cancelled', 'MY', 'airtime', '+60123456100', False),
    ('awaiting_payment', 'PH', 'airtime', '+639171234100', False),
)
CUSTOMERS = ('小雨', 'Ananya', '李明')


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


@pytest.fixture
def make_phone(
    fast_sandbox: Stack, make_context: Callable[..., BrowserContext]
) -> Callable[..., Phone]:
    """Hand phones to new customers: `make_phone('zh')`."""

    def make(language: str = 'en') -> Phone:
        context = make_context(
            base_url=fast_sandbox.sandbox_url, viewport=PHONE_SCREEN, device_scale_factor=2
        )
        return Phone(context, language)

    return make


@pytest.fixture(scope='session')
def fast_sandbox(servers: Stack) -> Stack:
    """Return the running suite, whose sandbox has no faults, lets its time fly and calls back."""
    world = MiniProgram(servers.shop_url, servers.sandbox_url)
    world.play('/control/faults', method='DELETE')
    world.play('/control/clock', speed=20)
    world.play('/control/reloadly', webhook_url=webhook_url(servers))
    return servers


@pytest.fixture(scope='session')
def history(fast_sandbox: Stack) -> dict[str, dict[str, Any]]:
    """Return orders by the state in which they ended, so that no list is empty."""
    customers = [new_customer(fast_sandbox, name) for name in CUSTOMERS]
    bought = []
    for phone, (state, country, kind, number, pays) in zip(cycle(customers), HISTORY, strict=False):
        query = {'country': country, 'kind': kind}
        package = phone.call('GET', '/packages', params=query)['items'][0]
        order_no = phone.order(package['id'], number)['order_no']
        if pays:
            phone.press_pay(phone.request_payment(order_no))
        if state == 'cancelled':
            phone.call('POST', f'/recharge/orders/{order_no}/cancel')
        bought.append((phone, order_no, state))
    return {state: wait_for(phone, order_no, state) for phone, order_no, state in bought}


def new_customer(servers: Stack, name: str) -> MiniProgram:
    """Return the phone of somebody who has just registered under this name."""
    phone = MiniProgram(servers.shop_url, servers.sandbox_url)
    phone.login()
    phone.call('PUT', '/profile', json={'nickname': name})
    return phone


def wait_for(phone: MiniProgram, order_no: str, state: str) -> dict[str, Any]:
    """Return the order once it has come to this state."""
    return phone.wait_for(order_no, lambda order: order['state'] == state, PATIENCE_MS / 500)


def webhook_url(servers: Stack) -> str:
    """Return where the shop awaits callbacks of the demo's supplier."""
    slug = servers.server.sql(
        'SELECT callback_slug FROM wx_recharge_supplier ORDER BY id LIMIT 1', servers.database
    )[0]
    return f'{servers.shop_url}/recharge/callback/{slug}'
