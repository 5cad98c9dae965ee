"""With Chinese as the user's language no English label of ours is left."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator

import polib
import pytest
from playwright.sync_api import BrowserContext

from bootstrap.serve import Stack
from tests.browser.back_office import SCREEN, Desk, take_picture
from tests.browser.demo_secrets import ADDONS
from tests.browser.test_purchase import expect_status, open_order

# Every text that a person reads, between tags or when the mouse rests on something, but for
# what was said in the past: the chatter keeps the words of then.
TEXTS = """() => {
    const found = new Set();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        if (walker.currentNode.parentElement.closest('.o-mail-Message')) {
            continue;
        }
        found.add(walker.currentNode.data.replace(/\\s+/g, ' ').trim());
    }
    for (const name of ['placeholder', 'title', 'aria-label', 'data-tooltip']) {
        for (const node of document.querySelectorAll(`[${name}]`)) {
            found.add(node.getAttribute(name).trim());
        }
    }
    return [...found];
}"""


@pytest.fixture(scope='module')
def chinese(
    desk: Callable[[str], Desk], servers: Stack, make_context: Callable[..., BrowserContext]
) -> Iterator[Desk]:
    """Return a window of the administrator, whose language is Chinese meanwhile."""
    admin = desk('admin')
    admin.call('res.users', 'write', [admin.user_id()], {'lang': 'zh_CN'})
    mine = Desk(make_context(base_url=servers.shop_url, viewport=SCREEN), 'admin')
    mine.log_in()
    mine.open_app()
    yield mine
    admin.call('res.users', 'write', [admin.user_id()], {'lang': 'en_US'})


def terms() -> Iterator[polib.POEntry]:
    """Return the terms of ours whose translation differs."""
    for path in ADDONS.glob('*/i18n/zh_CN.po'):
        yield from (entry for entry in polib.pofile(str(path)) if entry.msgid != entry.msgstr)


def demo_texts() -> set[str]:
    """Return the texts of the demo data: people enter them, in whatever language they like."""
    return {
        (field.text or '').strip()
        for path in ADDONS.glob('*/demo/*.xml')
        for field in ET.parse(path).iter('field')
    }


def written_texts(desk: Desk) -> set[str]:
    """Return the texts that records keep in the language of the moment: reasons, notes, errors."""
    texts: set[str] = set()
    for model in desk.our_models():
        try:
            known = desk.call(model, 'fields_get', attributes=['type', 'store', 'translate'])
            names = [
                name
                for name, field in known.items()
                if field['type'] in ('char', 'text') and field['store'] and not field['translate']
            ]
            for record in desk.call(model, 'search_read', [], names):
                texts.update(value for value in record.values() if isinstance(value, str))
        except RuntimeError:
            # Nobody may read it, or it is abstract.
            continue
    # The service user's name is a name, though its group is called the same.
    texts.update(user['name'] for user in desk.call('res.users', 'search_read', [], ['name']))
    return texts


def english_left(desk: Desk) -> set[str]:
    """Return what the page shows word for word as it is written in our sources."""
    ours = {entry.msgid for entry in terms()} - demo_texts()
    return ours.intersection(desk.page.evaluate(TEXTS))


def test_every_addon_has_chinese_terms_to_compare_with() -> None:
    addons = {path.parent.name for path in ADDONS.glob('*/views') if any(path.iterdir())}
    assert {path.parts[-3] for path in ADDONS.glob('*/i18n/zh_CN.po')} >= addons


def test_menus_are_chinese(chinese: Desk) -> None:
    names = {menu.xmlid: menu.name for menu in chinese.menus()}
    english = [name for name in names.items() if not re.search('[\u4e00-\u9fff]', name[1])]
    assert english == []


@pytest.mark.usefixtures('history')
def test_no_list_form_or_search_shows_an_english_term_of_ours(chinese: Desk) -> None:
    written = written_texts(chinese)
    left = {}
    for menu in chinese.menus():
        if menu.opens:
            chinese.open_menu(menu)
            if chinese.close_dialog() or chinese.view_types()[:1] in ([], ['form']):
                left[menu.xmlid, 'screen'] = english_left(chinese) - written
                continue
            chinese.page.locator('.o_searchview_dropdown_toggler').click()
            chinese.page.locator('.o_search_bar_menu').wait_for()
            left[menu.xmlid, 'list'] = english_left(chinese) - written
            chinese.page.keyboard.press('Escape')
            if chinese.open_first():
                left[menu.xmlid, 'form'] = english_left(chinese) - written
    assert {place: texts for place, texts in left.items() if texts} == {}
    chinese.check()


def test_the_order_form_is_chinese(chinese: Desk, history: dict[str, dict[str, str]]) -> None:
    open_order(chinese, history['delivered']['order_no'])
    states = {entry.msgid: entry.msgstr for entry in terms()}
    expect_status(chinese, states['Delivered'])
    labels = chinese.page.locator('.o_form_view label.o_form_label').all_inner_texts()
    english = [text for text in labels if not re.search('[\u4e00-\u9fff]', text)]
    # SKU is what suppliers call it everywhere.
    assert [text for text in english if text not in ('', 'SKU')] == []
    assert english_left(chinese) == set()
    take_picture(chinese.page, 'order_zh')
    chinese.check()
