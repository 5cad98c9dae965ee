"""One staff member at the back office: a browser window, and everything that goes wrong in it."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response

APP = 'rbac_ext.menu_root'
SCREEN = {'width': 1440, 'height': 900}
# What the browser complains of and why that is no fault of ours. Nothing is, at the moment.
ALLOWED: tuple[tuple[re.Pattern[str], str], ...] = ()

# Keeps what the server answers; the browser's own store of bodies is too small.
LISTEN = """
    window.answers = [];
    const keep = (url, text) => window.answers.push([url, text]);
    const { send } = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.send = function (...values) {
        this.addEventListener('load', () => keep(this.responseURL, String(this.response)));
        return send.apply(this, values);
    };
    const { fetch } = window;
    window.fetch = async (...values) => {
        const answer = await fetch(...values);
        if (/json|text/.test(answer.headers.get('Content-Type'))) {
            answer.clone().text().then((text) => keep(answer.url, text), () => {});
        }
        return answer;
    };
"""
# Counts what is under way, so that a test can wait for the page to come to rest.
WATCH = """() => {
    const modules = odoo.loader.modules;
    const { rpcBus } = modules.get('@web/core/network/rpc');
    const watch = (window.watch = { open: new Set(), shown: 0 });
    rpcBus.addEventListener('RPC:REQUEST', ({ detail }) => watch.open.add(detail.data.id));
    rpcBus.addEventListener('RPC:RESPONSE', ({ detail }) => watch.open.delete(detail.data.id));
    const { bus } = odoo.__WOWL_DEBUG__.root.env;
    bus.addEventListener('ACTION_MANAGER:UI-UPDATED', () => { watch.shown += 1; });
}"""
AT_REST = """(shown) => {
    if (document.querySelector('.o_error_dialog')) {
        return true;
    }
    const { App } = odoo.loader.modules.get('@odoo/owl');
    const waiting = [...App.apps].some((app) => app.scheduler.tasks.size);
    return !waiting && !window.watch.open.size && window.watch.shown >= shown;
}"""
MENUS = """(app) => {
    const { menu } = odoo.__WOWL_DEBUG__.root.env.services;
    const root = menu.getApps().find((item) => item.xmlid === app);
    const plain = (node) => ({
        xmlid: node.xmlid,
        name: node.name,
        action: node.actionID || 0,
        children: node.childrenTree.map(plain),
    });
    return root ? plain(menu.getMenuAsTree(root.id)) : null;
}"""
MODEL = '() => odoo.__WOWL_DEBUG__.root.env.services.action.currentController.action.res_model'
VIEW_TYPES = """() => {
    const { view, views } = odoo.__WOWL_DEBUG__.root.env.services.action.currentController;
    // A client action, such as the matrix of roles, has no views.
    if (!view) {
        return [];
    }
    const others = views.filter((item) => item.multiRecord && item.type !== view.type);
    return [view, ...others].map((item) => item.type);
}"""
HAS_FORM = """() =>
    odoo.__WOWL_DEBUG__.root.env.services.action.currentController.views.some(
        (item) => item.type === 'form')"""
# A promise would count as true, so the answer is looked at when the next look begins.
IS_THERE = """([model, domain]) => {
    const { orm } = odoo.__WOWL_DEBUG__.root.env.services;
    orm.searchCount(model, domain).then((count) => { window.watch.count = count; });
    return window.watch.count > 0;
}"""
# Charts grow for a second.
STILL = """() => {
    const drawn = [...document.querySelectorAll('canvas')].map((node) => node.toDataURL()).join();
    const same = window.drawn === drawn;
    window.drawn = drawn;
    return same && !document.querySelector('.o_loading_indicator');
}"""
OPEN_FORM = """(id) =>
    odoo.__WOWL_DEBUG__.root.env.services.action.switchView('form', { resId: id })"""


@dataclass(frozen=True)
class Menu:
    """A menu as one user sees it; `path` leads to it from the app, outermost first."""

    xmlid: str
    name: str
    path: tuple[str, ...]
    opens: bool


class Desk:
    """A staff member's window.

    :param context: a browser context of this user's own, whose base address is the shop's
    :param login: name and password at once, as the demo's users have them
    """

    def __init__(self, context: BrowserContext, login: str):
        self.login = login
        self.context = context
        self.page: Page = context.new_page()
        self.problems: list[str] = []
        self.page.add_init_script(LISTEN)
        self.page.on('console', self._on_console)
        self.page.on('pageerror', lambda error: self._note(f'uncaught: {error}'))
        self.page.on('requestfailed', self._on_request_failed)
        self.page.on('response', self._on_response)

    # === WHAT GOES WRONG === #

    def _note(self, problem: str) -> None:
        if not any(pattern.search(problem) for pattern, _reason in ALLOWED):
            self.problems.append(problem)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == 'error':
            self._note(f'console: {message.text}')

    def _on_request_failed(self, request: Request) -> None:
        # A page that is left gives up what it still waits for.
        if request.failure != 'net::ERR_ABORTED':
            self._note(f'{request.method} {request.url}: {request.failure}')

    def _on_response(self, response: Response) -> None:
        if response.status >= 400:
            self._note(f'{response.request.method} {response.url}: HTTP {response.status}')

    def read_answers(self) -> list[str]:
        """Return the texts that the server sent since the last call; an error is a problem."""
        answers = self.page.evaluate('() => window.answers.splice(0)')
        for url, text in answers:
            error = '"error"' in text and text.startswith('{') and json.loads(text).get('error')
            if error:
                self._note(f'{url}: {error}')
        return [text for _url, text in answers]

    def check(self) -> None:
        """Fail when anything went wrong in this window since the last check."""
        for dialog in self.page.locator('.o_error_dialog').all():
            self._note(f'error dialog: {dialog.inner_text()}')
        self.read_answers()
        problems, self.problems = self.problems, []
        assert not problems, f'{self.login} at {self.page.url}:\n' + '\n'.join(problems)

    # === MOVING ABOUT === #

    def log_in(self) -> None:
        self.page.goto('/web/login')
        self.page.fill('input[name=login]', self.login)
        self.page.fill('input[name=password]', self.login)
        self.page.click('.oe_login_form button[type=submit]')
        self.wait_for_client()

    def visit(self, path: str) -> None:
        """Load a page of the back office anew."""
        self.page.goto(path)
        self.wait_for_client()

    def wait_for_client(self) -> None:
        self.page.wait_for_selector('.o_web_client .o_action_manager > *', state='attached')
        self.page.evaluate(WATCH)
        self.settle()

    def settle(self, shown: int = 0) -> None:
        """Wait until nothing is under way and at least so many actions were shown."""
        self.page.wait_for_function(AT_REST, arg=shown)

    def menus(self) -> list[Menu]:
        """Return every menu that this user sees in our app, in their order."""
        tree = self.page.evaluate(MENUS, APP)
        return list(walk(tree)) if tree else []

    def open_app(self) -> None:
        self.page.click('.o_navbar_apps_menu button')
        self._click_and_wait(self.page.locator(f'.o_app[data-menu-xmlid="{APP}"]'))

    def open_menu(self, menu: Menu) -> None:
        """Open a menu of our app with the mouse."""
        sections = self.page.locator('.o_menu_sections')
        steps = menu.path[1:]
        if not sections.locator(f'[data-menu-xmlid="{steps[0]}"]').count():
            # The screen shown last, such as one's own profile, belongs to no app.
            self.open_app()
        if steps[:-1]:
            sections.locator(f'[data-menu-xmlid="{steps[0]}"]').click()
            item = self.page.locator(f'.o-dropdown--menu [data-menu-xmlid="{steps[-1]}"]')
        else:
            item = sections.locator(f'[data-menu-xmlid="{steps[0]}"]')
        self._click_and_wait(item)

    def close_dialog(self) -> bool:
        """Close the dialog that a menu has opened, if it was one."""
        if not self.page.locator('.o_dialog').count():
            return False
        self.page.keyboard.press('Escape')
        self.page.wait_for_selector('.o_dialog', state='detached')
        return True

    def open(self, xmlid: str) -> None:
        """Open the menu with this name."""
        self.open_menu(next(menu for menu in self.menus() if menu.xmlid == xmlid))

    def _click_and_wait(self, target: Locator) -> None:
        shown = self.page.evaluate('window.watch.shown')
        target.click()
        self.settle(shown + 1)

    def view_types(self) -> list[str]:
        """Return the kinds of views that can be switched to, the one that is shown first."""
        return list(self.page.evaluate(VIEW_TYPES))

    def model(self) -> str:
        """Return the model that is shown."""
        return str(self.page.evaluate(MODEL))

    def switch(self, kind: str) -> None:
        """Switch to a view of this kind."""
        self.page.locator(f'.o_cp_switch_buttons .o_switch_view.o_{kind}').click()
        self.page.wait_for_selector(f'.o_switch_view.o_{kind}.active')
        self.settle()

    def open_first(self) -> bool:
        """Open the first record of the list that is shown; false when there is none."""
        rows = self.page.locator('.o_list_view:not(:has(.o_view_sample_data)) .o_data_row')
        if not rows.count() or not self.page.evaluate(HAS_FORM):
            return False
        rows.first.locator('.o_data_cell:not(.o_handle_cell)').first.click()
        self.page.wait_for_selector('.o_form_view, .o_selected_row')
        if self.page.locator('.o_selected_row').count():
            # Edited in place; the form is for people who come from another record.
            self.page.keyboard.press('Escape')
            self.page.evaluate(OPEN_FORM, self.call(self.model(), 'search', [], limit=1)[0])
        self.page.wait_for_selector('.o_form_view')
        self.settle()
        return True

    # === ASKING THE SERVER === #

    def wait_for_record(self, model: str, domain: list[Any]) -> None:
        """Wait until there is a record that the domain describes."""
        self.page.evaluate('() => { window.watch.count = 0; }')
        self.page.wait_for_function(IS_THERE, arg=[model, domain], polling=300, timeout=60_000)

    def user_id(self) -> int:
        return int(self.call('res.users', 'search', [('login', '=', self.login)])[0])

    def our_models(self) -> list[str]:
        """Return the names of the suite's models; for administrators."""
        ours = ['|', ('model', '=like', 'wx.%'), ('model', '=like', 'rbac.%')]
        found = self.call('ir.model', 'search_read', ours, ['model'])
        return sorted(item['model'] for item in found)

    def call(self, model: str, method: str, *args: Any, **kwargs: Any) -> Any:
        """Call a method as this user over HTTP; raises RuntimeError when it is refused."""
        answer = self.context.request.post(
            f'/web/dataset/call_kw/{model}/{method}',
            data={'params': {'model': model, 'method': method, 'args': args, 'kwargs': kwargs}},
        )
        body = answer.json()
        if 'error' in body:
            raise RuntimeError(body['error']['data']['name'])
        return body['result']


def walk(node: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[Menu]:
    """Return a menu and all below it."""
    here = (*path, node['xmlid'])
    yield Menu(node['xmlid'], node['name'], here, bool(node['action'] and not node['children']))
    for child in node['children']:
        yield from walk(child, here)


def pictures_wanted() -> bool:
    return bool(os.environ.get('WX_SCREENSHOTS'))


def rest_mouse(page: Page) -> None:
    """Move the mouse away from what shows a tip under it, which would take the next click."""
    page.mouse.move(0, SCREEN['height'] - 1)


def take_picture(page: Page, name: str) -> None:
    """Write what is shown to `$WX_SCREENSHOTS/<name>.png`; nothing when no folder is named."""
    if pictures_wanted():
        folder = Path(os.environ['WX_SCREENSHOTS'])
        folder.mkdir(parents=True, exist_ok=True)
        rest_mouse(page)
        page.wait_for_function(STILL, polling=300)
        page.screenshot(path=folder / f'{name}.png', animations='disabled')
