"""Databases and servers of the benchmarks."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bootstrap import database, odoo_process, paths, postgres, templates
from bootstrap.console import SetupError, step
from bootstrap.postgres import Server
from bootstrap.serve import Stack

ADDONS = Path(__file__).parent / 'addons'
# The data set, and the copy of it that one server works on.
DATA, COPY = 'bench_data', 'bench'
MARK = 'bench-answer:'
LOG_LINES = 30
OPTIONS = (
    # Scheduled actions would take their share of the processors at times of their own.
    '--max-cron-threads=0',
    # As in config/odoo.conf.
    '--log-handler=werkzeug:WARNING',
    # `--database` alone names the database. With a filter each request without a session asks
    # PostgreSQL for its databases first, which makes the bare routes dearer than they are.
)


class Stage:
    """A database server with the data set.

    :param server: the PostgreSQL server
    """

    def __init__(self, server: Server):
        self.server = server
        self.data_name = _name(DATA)
        self.copy_name = _name(COPY)
        self.data: dict[str, Any] = {}

    def prepare(self, customers: int, payments: int) -> None:
        """Make the data set in a fresh database with demo data.

        :param customers: how many customers
        :param payments: open payments of each
        """
        template = templates.ensure(self.server, 'demo')
        with step(f'Preparing {customers} customers with {payments} open payments each'):
            database.copy(self.server, template, self.data_name)
            self._odoo('-d', self.data_name, '-i', 'wx_bench', '--stop-after-init')
            call = f'_prepare({self.copy_name!r}, {customers}, {payments})'
            self.data = self._call(self.data_name, call)

    @contextmanager
    def serving(self, mode: str, *options: str) -> Iterator[Stack]:
        """Serve a fresh copy of the data set for the time of the block."""
        database.copy(self.server, self.data_name, self.copy_name)
        with Stack(
            self.server,
            self.copy_name,
            name=f'bench-{mode}',
            options=[_addons_path(), *OPTIONS, *options],
            variables={'WX_RATE_LIMITS': 'off'},
        ) as stack:
            yield stack

    def settle(self) -> dict[str, Any]:
        """Run the job of the notices once on the copy and return what was found then."""
        return self._call(self.copy_name, '_settle()')

    def drop(self) -> None:
        """Remove the databases."""
        database.drop(self.server, self.copy_name)
        database.drop(self.server, self.data_name)

    def run_in_demo(self, function: str, install: str = '') -> dict[str, Any]:
        """Call a function of this package inside Odoo, on a database with demo data of its own.

        :param function: as Python calls it, e.g. `rbac_log.measure(env, 3)`
        :param install: modules of Odoo that it needs besides, separated by commas
        """
        database.copy(self.server, templates.ensure(self.server, 'demo'), self.copy_name)
        try:
            if install:
                self._odoo('-d', self.copy_name, '-i', install, '--stop-after-init')
            return self._evaluate(self.copy_name, function)
        finally:
            database.drop(self.server, self.copy_name)

    def _call(self, name: str, call: str) -> dict[str, Any]:
        """Call a method of `wx.bench.stage`, commit, and return what it returns."""
        return self._evaluate(name, f"env['wx.bench.stage'].{call}")

    def _evaluate(self, name: str, expression: str) -> dict[str, Any]:
        """Return the value of a Python expression inside Odoo, committed."""
        script = f"""
import json, sys
sys.path.insert(0, {str(paths.ROOT)!r})
from bench import bills_load, imports_load, ledger_load, rbac_log
answer = {expression}
env.cr.commit()
print({MARK!r} + json.dumps(answer))
"""
        output = self._odoo('shell', '-d', name, script=script)
        _, found, answer = output.rpartition(MARK)
        if not found:
            raise SetupError(f'{expression} said nothing:\n{output}', f'read {_log()}')
        loaded: dict[str, Any] = json.loads(answer.splitlines()[0])
        return loaded

    def _odoo(self, *arguments: str, script: str = '') -> str:
        """Run Odoo to its end and return its output."""
        _log().parent.mkdir(parents=True, exist_ok=True)
        options = (_addons_path(), '--no-http', '--max-cron-threads=0')
        with _log().open('w') as log:
            done = subprocess.run(
                odoo_process.command(*arguments, *options),
                env=odoo_process.environment(self.server),
                input=script,
                text=True,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=paths.ROOT,
            )
        if done.returncode:
            lines = _log().read_text(errors='replace').splitlines()[-LOG_LINES:]
            raise SetupError(
                '\n'.join((f'Odoo ended with code {done.returncode}:', *lines)), f'read {_log()}'
            )
        return done.stdout


def _name(name: str) -> str:
    """Return a database's name; on a server that others share it gets our prefix."""
    return f'{database.PREFIX}{name}' if postgres.named() else name


def _addons_path() -> str:
    return f'--addons-path={paths.addons_path()},{ADDONS}'


def _log() -> Path:
    return paths.LOGS / 'bench-stage.log'
