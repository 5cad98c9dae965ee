"""`python -m bench.rbac_log --database NAME`: what the logs of `rbac_ext` cost.

1,000 partners are written to, in interleaved rounds: without the hook, with the hook but no rule
for the model, with a rule, and as a guarded act with its line in the business log; a time runs
from the call to the end of the commit, as for the person who waits. Lines of logs stay for ever,
so take a database that is thrown away. What else the machine does only ever adds to a time, so
the quickest quarter of the rounds is compared. Exit code 1 when a ratio is above the limit.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from bootstrap import odoo_process, paths, postgres
from bootstrap.console import SetupError, fail, say

RECORDS = 1000
ROUNDS = 40
LIMIT = 0.05
MARK = 'rbac-log-bench:'
TITLES = {
    'bare': 'without the hook',
    'idle': 'model without a rule',
    'rule': 'model with a rule, one field',
    'line': 'guarded act, one line',
}


def main() -> int:
    """Measure in a database that has `rbac_ext` and return the exit code."""
    parser = argparse.ArgumentParser(description='Cost of the logs of rbac_ext.')
    parser.add_argument('--database', required=True)
    parser.add_argument('--rounds', type=int, default=ROUNDS)
    options = parser.parse_args()
    try:
        with postgres.running() as server:
            runs = _run(server, options.database, options.rounds)
    except SetupError as error:
        return fail(error)
    return report(runs)


def report(runs: dict[str, list[float]]) -> int:
    """Print times and ratios; return 1 when a ratio is above the limit."""
    bare = _quick(runs['bare'])
    say(f'Writing {RECORDS} records, quickest quarter of {len(runs["bare"])} interleaved rounds:')
    worst = 0.0
    for kind, times in runs.items():
        quick = _quick(times)
        say(f'    {TITLES[kind]:32} {quick * 1000:8.1f} ms   {(quick / bare - 1) * 100:+6.1f} %')
        worst = max(worst, quick / bare - 1)
    if worst > LIMIT:
        say(f'FAILED  the limit is {LIMIT:.0%}')
        return 1
    return 0


def _quick(times: list[float]) -> float:
    return statistics.mean(sorted(times)[: len(times) // 4 + 1])


def measure(env: Any, rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each round by kind; called inside Odoo.

    :param env: environment of the superuser
    """
    values = [{'name': f'bench {number}'} for number in range(RECORDS)]
    partners = env['res.partner'].create(values)
    env.cr.commit()
    kinds: dict[str, Callable[[Any], Any]] = {
        'bare': _without_hook,
        'idle': lambda _env: _with_rule(env, {}),
        'rule': lambda _env: _with_rule(env, {'res.partner': frozenset({'ref'})}),
        'line': lambda _env: _with_rule(env, {}),
    }
    runs: dict[str, list[float]] = {kind: [] for kind in kinds}
    try:
        for number in range(rounds + 1):
            for kind in kinds if number % 2 else reversed(kinds):
                with kinds[kind](env):
                    seconds = _write(partners, f'{kind} {number}', kind == 'line')
                # The first round warms up.
                if number:
                    runs[kind].append(seconds)
    finally:
        partners.unlink()
        env.cr.commit()
    return runs


def _write(partners: Any, value: str, logged: bool) -> float:
    env = partners.env
    env.invalidate_all()
    env.cr.execute('SELECT 1')
    started = time.perf_counter()
    if logged:
        log = env['rbac.log']
        line = log._prepare_line(partners, 'bench.log', 'write', {'ref': value})
        log._run_logged(line, lambda: partners.write({'ref': value}))
    else:
        partners.write({'ref': value})
    env.cr.commit()
    return time.perf_counter() - started


@contextmanager
def _without_hook(env: Any) -> Iterator[None]:
    """Take the hook out of the class it stands in, for the time of the block."""
    hook = next(
        parent
        for parent in type(env['res.partner']).__mro__
        if parent.__module__ == 'odoo.addons.rbac_ext.models.rbac_field_hook'
    )
    write = hook.__dict__['write']
    delattr(hook, 'write')
    try:
        yield
    finally:
        setattr(hook, 'write', write)  # noqa: B010


def _with_rule(env: Any, recorded: dict[str, frozenset[str]]) -> Any:
    """Replace what the rules say; the look-up in the cache still takes place."""
    rules = type(env['rbac.field.rule'])
    look_up = rules._recorded

    def replaced(self: Any) -> dict[str, frozenset[str]]:
        look_up(self)
        return recorded

    return patch.object(rules, '_recorded', replaced)


def _run(server: postgres.Server, database: str, rounds: int) -> dict[str, list[float]]:
    script = f"""
import json, sys
sys.path.insert(0, {str(paths.ROOT)!r})
from bench import rbac_log
print({MARK!r} + json.dumps(rbac_log.measure(env, {rounds})))
"""
    done = subprocess.run(
        odoo_process.command(
            'shell', '-d', database, '--no-http', '--max-cron-threads=0', '--log-level=warn'
        ),
        env={**os.environ, **odoo_process.environment(server)},
        input=script,
        text=True,
        stdout=subprocess.PIPE,
        cwd=paths.ROOT,
    )
    _, found, answer = done.stdout.rpartition(MARK)
    if done.returncode or not found:
        raise SetupError('the benchmark said nothing', f'install rbac_ext in {database} first')
    loaded: dict[str, list[float]] = json.loads(answer.splitlines()[0])
    return loaded


if __name__ == '__main__':
    sys.exit(main())
