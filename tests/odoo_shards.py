"""The addons' own tests: run by Odoo in the background, read back from its log.

Odoo's command line is the gate for them: it knows the modules' order, tags and the web server
that HttpCase needs. Each shard gets a process, a port and a copy of the template database.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bootstrap import browser, database, odoo_process, paths, ports, templates
from bootstrap.console import SetupError
from bootstrap.postgres import Server
from bootstrap.processes import Process

# Tests that commit (two cursors, real threads) carry this tag and `-standard`.
CONCURRENCY_TAG = 'wx_concurrency'
TIMEOUT_SECONDS = 900
LINE = re.compile(
    r'^(?P<time>\S+ \S+) \d+ (?P<level>[A-Z]+) (?P<database>\S+) (?P<logger>[\w.]+): (?P<text>.*)'
)
STARTED = re.compile(r'^Starting (\w+\.\w+)')
RESULT = re.compile(r'(\d+) failed, (\d+) error\(s\) of (\d+) tests')
SKIPPED = re.compile(r'^skipped (.*)')
BAD_LEVELS = ('WARNING', 'ERROR', 'CRITICAL')
# Lines that come from the machine, not from the addons.
TOLERATED = (
    # The embedded PostgreSQL brings no extensions; trigram indexes are left out.
    ('odoo.sql_db', 'CREATE EXTENSION IF NOT EXISTS pg_trgm'),
    ('odoo.service.db', 'Unable to create PostgreSQL extensions'),
)


@dataclass(frozen=True)
class LogLine:
    """One record of Odoo's log with the lines that belong to it."""

    level: str
    logger: str
    text: str

    def __str__(self) -> str:
        return f'{self.level} {self.logger}: {self.text}'


@dataclass
class Shard:
    """Addons whose tests run together in one Odoo process.

    :param extra_tags: further tests as `--test-tags` spells them
    """

    name: str
    addons: tuple[str, ...]
    extra_tags: tuple[str, ...] = ()
    process: Process | None = field(default=None, init=False)
    problem: SetupError | None = field(default=None, init=False)

    def tags(self) -> str:
        """Return the value of Odoo's `--test-tags`."""
        standard = [f'/{addon}' for addon in self.addons]
        committing = [f'{CONCURRENCY_TAG}/{addon}' for addon in self.addons]
        return ','.join((*standard, *committing, *self.extra_tags))

    def start(self, server: Server, copy: str) -> None:
        """Start the tests on a database made for them.

        Call it from the main thread: the process ends with the thread that started it.
        """
        port = ports.any_free()
        options = ['-d', copy, '--test-tags', self.tags(), f'--http-port={port}']
        environment = {
            **odoo_process.environment(server, port),
            'PATH': browser.search_path(),
        }
        command = odoo_process.command(*options, '--stop-after-init', '--max-cron-threads=0')
        self.process = Process(f'tests-{self.name}', command, environment)
        self.process.start()

    def finish(self) -> list[LogLine]:
        """Wait for the end of the tests and return the log.

        :raise SetupError: when there was no database to run them on
        """
        if self.problem is not None:
            raise self.problem
        assert self.process is not None, 'the shard was not started'
        self.process.wait(TIMEOUT_SECONDS)
        return read_log(self.process.log)


# Odoo's own tests that run on our addons (test_lint, click-everywhere) are in `test_wx_suite`.
SHARDS = (
    Shard('base', ('rbac_ext', 'wx_base', 'test_wx_suite')),
    Shard('shop', ('wx_payment', 'wx_member', 'wx_coupon', 'wx_recharge')),
    Shard('ledger', ('wx_ledger', 'wx_wallet')),
)


def start_all(server: Server) -> None:
    """Start the shards, each on a copy of the template without demo data.

    A template that cannot be built is the shards' failure: all other tests still run.
    """
    try:
        template = templates.ensure(server, 'plain')
    except SetupError as error:
        for shard in SHARDS:
            shard.problem = error
        return
    for number, shard in enumerate(SHARDS):
        copy = database.copy_name(number)
        database.copy(server, template, copy, relaxed=True)
        shard.start(server, copy)


def stop_all(server: Server) -> None:
    """End what still runs and remove the copies."""
    for number, shard in enumerate(SHARDS):
        if shard.process is not None:
            shard.process.stop()
            database.drop(server, database.copy_name(number))


# === READING THE LOG === #


def read_log(path: Path) -> list[LogLine]:
    """Split a log into records; lines without a head belong to the record before them."""
    records: list[LogLine] = []
    for line in path.read_text(errors='replace').splitlines():
        head = LINE.match(line)
        if head:
            records.append(LogLine(head['level'], head['logger'], head['text']))
        elif records:
            last = records[-1]
            records[-1] = LogLine(last.level, last.logger, f'{last.text}\n{line}')
    return records


def complaints(log: Iterable[LogLine]) -> list[LogLine]:
    """Return the warnings and errors that come from what is tested."""
    return [line for line in log if line.level in BAD_LEVELS and not _is_tolerated(line)]


def _is_tolerated(line: LogLine) -> bool:
    return any(line.logger == logger and text in line.text for logger, text in TOLERATED)


def started_tests(log: Iterable[LogLine]) -> set[str]:
    """Return the tests that ran, as `Class.method`."""
    return {match[1] for line in log if (match := STARTED.match(line.text))}


def skipped_tests(log: Iterable[LogLine]) -> list[str]:
    """Return the tests that were skipped, with the reason."""
    return [match[1] for line in log if (match := SKIPPED.match(line.text))]


def result(log: Iterable[LogLine]) -> tuple[int, int, int]:
    """Return how many tests failed, ended by an error and ran."""
    for line in reversed(list(log)):
        match = RESULT.search(line.text)
        if match and line.logger == 'odoo.tests.result':
            return int(match[1]), int(match[2]), int(match[3])
    return 0, 0, 0


# === WHAT SHOULD HAVE RUN === #


def missing_tests(addon: str, started: set[str], addons: Path = paths.ADDONS) -> list[str]:
    """Return the tests in the addon's source that no class of it has run.

    Odoo passes over a file that `tests/__init__.py` forgets, a class that is no test case of
    Odoo and a test without a fitting tag, all in silence.
    """
    classes = list(_test_classes(addons / addon / 'tests'))
    heirs: dict[str, set[str]] = {}
    for name, bases, _methods in classes:
        for base in bases:
            heirs.setdefault(base, set()).add(name)
    missing = []
    for name, _bases, methods in classes:
        family = _family(name, heirs)
        for method in methods:
            if not any(f'{member}.{method}' in started for member in family):
                missing.append(f'{addon}: {name}.{method}')
    return missing


def _family(name: str, heirs: dict[str, set[str]]) -> set[str]:
    family: set[str] = set()
    waiting = {name}
    while waiting:
        member = waiting.pop()
        family.add(member)
        waiting |= heirs.get(member, set()) - family
    return family


def _test_classes(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
    for path in sorted(folder.rglob('*.py')):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                bases = [ast.unparse(base).rpartition('.')[2] for base in node.bases]
                functions = [part.name for part in node.body if isinstance(part, ast.FunctionDef)]
                tests = [function for function in functions if function.startswith('test_')]
                yield node.name, bases, tests
