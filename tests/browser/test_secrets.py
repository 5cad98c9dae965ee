"""Nobody sees a secret after it was entered: not on a page, not in an answer."""

from collections.abc import Callable

import pytest

from bootstrap.serve import Stack
from tests.browser.back_office import Desk
from tests.browser.demo_secrets import demo_secrets, secret_fields
from tests.browser.test_staff_menus import STAFF

MASK = '••••••••'


def test_the_demo_data_has_secrets_to_look_for() -> None:
    # AppSecret, APIv3 key, Reloadly's credentials and the lines of a private key.
    assert len(demo_secrets()) > 10


@pytest.mark.usefixtures('history')
@pytest.mark.parametrize('login', STAFF)
def test_no_model_of_ours_gives_a_secret_away(desk: Callable[[str], Desk], login: str) -> None:
    mine = desk(login)
    secrets = demo_secrets()
    readable = 0
    for model in desk('admin').our_models():
        try:
            fields = sorted(mine.call(model, 'fields_get', attributes=['type']))
            answer = mine.call(model, 'search_read', [], fields)
        except RuntimeError:
            # No right to read it, or an abstract model.
            continue
        readable += 1
        text = str(answer).replace('\\n', '\n')
        assert [secret for secret in secrets if secret in text] == [], model
    assert readable > 10


def test_only_the_system_group_knows_that_there_are_secrets(
    servers: Stack, desk: Callable[[str], Desk]
) -> None:
    for model, names in secret_fields().items():
        for login in STAFF:
            try:
                shown = names & set(desk(login).call(model, 'fields_get', attributes=['type']))
            except RuntimeError:
                shown = set()
            assert login == 'admin' or shown == set(), (login, model)
    # Suppliers by hand have none.
    wired = [('adapter', '!=', 'manual')]
    for model, domain in (
        ('wx.app', []),
        ('wx.payment.channel', []),
        ('wx.recharge.supplier', wired),
    ):
        names = sorted(secret_fields()[model])
        assert names
        for record in desk('admin').call(model, 'search_read', domain, names):
            assert {record[name] for name in names} <= {MASK, False}, model
            assert MASK in record.values(), model
