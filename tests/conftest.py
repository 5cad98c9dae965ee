"""What all tests share: their order, the database server and the running suite.

Order: pure tests, while Odoo runs the addons' tests in the background on processes of its
own; then these; then everything that needs the running suite, on an otherwise idle machine.
"""

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bootstrap import browser, database, postgres, templates
from bootstrap.serve import Stack
from tests import odoo_shards

HERE = Path(__file__).parent
ADDON_ITEMS = 'test_addons.py'
LAST_FOLDERS = ('api', 'e2e', 'browser')

_resources = ExitStack()
_started: dict[str, postgres.Server] = {}
_copies = itertools.count(len(odoo_shards.SHARDS))


def _postgres() -> postgres.Server:
    """Return the server for the time of this pytest run, started at the first call."""
    if 'server' not in _started:
        server = _resources.enter_context(postgres.running())
        database.drop_abandoned_copies(server)
        _started['server'] = server
    return _started['server']


# === ORDER AND BACKGROUND RUNS === #


def _rank(item: pytest.Item) -> int:
    part = item.path.relative_to(HERE).parts[0]
    if part == ADDON_ITEMS:
        return 1
    return 2 + LAST_FOLDERS.index(part) if part in LAST_FOLDERS else 0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=_rank)


def pytest_collection_finish(session: pytest.Session) -> None:
    names = {item.path.name for item in session.items}
    if ADDON_ITEMS not in names or session.config.option.collectonly:
        return
    capture = session.config.pluginmanager.getplugin('capturemanager')
    # Building a template takes a while: the person sees its progress.
    with capture.global_and_fixture_disabled():
        server = _postgres()
        _resources.callback(odoo_shards.stop_all, server)
        odoo_shards.start_all(server)


def pytest_unconfigure() -> None:
    _resources.close()


# === DATABASES AND SERVERS === #


@pytest.fixture(scope='session')
def postgres_server() -> postgres.Server:
    """The running PostgreSQL server."""
    return _postgres()


@pytest.fixture(scope='session')
def template(postgres_server: postgres.Server, pytestconfig: pytest.Config) -> Callable[[str], str]:
    """Return the name of the template of a kind (`demo` or `plain`), built if missing."""
    capture = pytestconfig.pluginmanager.getplugin('capturemanager')

    def ensure(kind: str) -> str:
        with capture.global_and_fixture_disabled():
            return templates.ensure(postgres_server, kind)

    return ensure


@pytest.fixture(scope='session')
def make_database(
    postgres_server: postgres.Server, template: Callable[[str], str]
) -> Iterator[Callable[..., str]]:
    """Make fresh databases: `make_database('demo')` returns a name; removed at the end."""
    made = []

    def make(kind: str = 'demo', **options: Any) -> str:
        name = database.copy_name(next(_copies))
        made.append(name)
        database.copy(postgres_server, template(kind), name, **options)
        return name

    yield make
    for name in made:
        database.drop(postgres_server, name)


@pytest.fixture
def new_database(make_database: Callable[..., str]) -> str:
    """Return a fresh database with demo data for one test."""
    return make_database()


@pytest.fixture(scope='session')
def make_servers(
    postgres_server: postgres.Server, make_database: Callable[..., str]
) -> Iterator[Callable[..., Stack]]:
    """Start further pairs of sandbox and Odoo, each on a fresh database with demo data.

    Keyword arguments are those of `bootstrap.serve.Stack`, e.g. `options=('--workers=2',)`.
    """
    with ExitStack() as running:

        def make(**options: Any) -> Stack:
            name = make_database()
            stack = Stack(postgres_server, name, name=name, **options)
            return running.enter_context(stack)

        yield make


@pytest.fixture(scope='session')
def servers(make_servers: Callable[..., Stack]) -> Stack:
    """Return the running suite: `.shop_url`, `.sandbox_url`, `.database`, `.server.sql(…)`.

    `.kill()` and `.restart()` are for Odoo; a test that kills it restarts it. All customers
    come from one address here, so the API's rate limits are off.
    """
    return make_servers(variables={'WX_RATE_LIMITS': 'off'})


@pytest.fixture(scope='session')
def chromium() -> Path:
    """Return the browser's program; without one the test is skipped, with `CI=true` it fails."""
    program = browser.find()
    if program is None:
        reason = f'there is no Chromium; {browser.REMEDY}'
        if os.environ.get('CI') == 'true':
            pytest.fail(reason)
        pytest.skip(reason)
    return program
