"""Odoo processes that play a scene of `ledger_scenes` on a database of their own."""

import json
import subprocess

import pytest

from bootstrap import odoo_process, paths

MARK = 'ledger-scene:'
SCRIPT = """
import json, sys
sys.path[:0] = [{root!r}, {here!r}]
import {module}
print({mark!r} + json.dumps({module}.{scene}(env)))
"""
PATIENCE_SECONDS = 120


class SceneFailed(Exception):
    """A scene came to no end; the text is what Odoo has said."""


@pytest.fixture(scope='module')
def database(make_database):
    return make_database('plain')


@pytest.fixture
def play_on(postgres_server):
    """Play a scene on a database in an Odoo process and return what it returns."""

    def run(database, scene, module='ledger_scenes'):
        here = str(paths.ROOT / 'tests' / 'wx_ledger')
        done = subprocess.run(
            odoo_process.command(
                'shell', '-d', database, '--no-http', '--max-cron-threads=0', '--log-level=warn'
            ),
            env=odoo_process.environment(postgres_server),
            input=SCRIPT.format(
                root=str(paths.ROOT), here=here, mark=MARK, module=module, scene=scene
            ),
            capture_output=True,
            text=True,
            cwd=paths.ROOT,
            timeout=PATIENCE_SECONDS,
        )
        _, found, rest = done.stdout.rpartition(MARK)
        if not found:
            raise SceneFailed(done.stderr)
        return json.loads(rest.splitlines()[0])

    return run


@pytest.fixture
def play(play_on, database):
    """Play a scene on the database that the tests of a file share."""

    def run(scene, *module):
        return play_on(database, scene, *module)

    return run


@pytest.fixture
def scene_failed():
    """The error of a scene that came to no end."""
    return SceneFailed
