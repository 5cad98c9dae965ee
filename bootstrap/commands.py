"""What `python3 -m bootstrap <command>` and the Makefile's targets do."""

import fcntl
import os
import secrets
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress

from . import (
    browser,
    checks,
    database,
    odoo_process,
    odoo_source,
    paths,
    postgres,
    processes,
    python_env,
    templates,
)
from .console import SetupError, say
from .serve import Stack, choose_ports

# Names on a server of our own; on one that the environment names they get our prefix.
DEMO, RUN = 'demo', 'run'
# What the gate has a short sample of, and how much of it a soak plays.
SOAK_TESTS = ('tests/test_addons.py', 'tests/e2e', 'tests/wx_payment_bills', '-q')
SOAK_LENGTHS = {
    'WX_INTERLEAVING_STEPS': '20000',
    'WX_INTERLEAVING_SEED': '{seed}',
    'WX_CRASHES': 'all',
    'WX_SUPPLIERS': 'all',
    'WX_SUPPLIERS_SEED': '{seed}',
    'LEDGER_EXAMPLES': '300',
    'LEDGER_SEED': '{seed}',
}


def setup(arguments: Sequence[str] = ()) -> int:
    """Get Odoo, the Python packages and the browser; do nothing where they are there."""
    _ensure_programs()
    browser.ensure()
    with postgres.running():
        pass
    say('ready: make demo, make run, make test, make lint, make bench')
    return 0


def demo(arguments: Sequence[str] = ()) -> int:
    """Perform the main job once as a mini-program does, with the fault named by FAULT."""
    _ensure_programs()
    fault = os.environ.get('FAULT')
    with postgres.running() as server:
        name = _database_name(DEMO)
        database.copy(server, templates.ensure(server, 'demo'), name)
        with Stack(server, name, name='demo', ports=choose_ports()) as stack:
            say(f'    shop {stack.shop_url}, sandbox {stack.sandbox_url}')
            options = ['--fault', fault] if fault else []
            return _call_client('tests.client.main_job', stack, *options, *arguments)


def run(arguments: Sequence[str] = ()) -> int:
    """Serve the suite with demo data until Ctrl-C; its database stays for the next time."""
    _ensure_programs()
    with postgres.running() as server:
        name = _database_name(RUN)
        template = templates.ensure(server, 'demo')
        options = list(arguments)
        if not database.exists(server, name):
            database.copy(server, template, name)
        elif database.note(server, name) != template:
            say('    the addons have changed: updating the database')
            addons = ','.join(templates.our_addons('demo'))
            options += ['-i', addons, '-u', addons, '--with-demo']
        with Stack(server, name, name='run', options=options, ports=choose_ports()) as stack:
            database.set_note(server, name, template)
            _print_addresses(stack)
            with suppress(KeyboardInterrupt):
                _wait_for_end(stack)
    return 0


def bench(arguments: Sequence[str] = ()) -> int:
    """Measure the hot paths against bare routes; see BENCH_SECONDS in docs/benchmarks.md."""
    _ensure_programs()
    command = processes.python('-m', 'bench', *arguments)
    return subprocess.call(command, cwd=paths.ROOT, env=processes.plain_environment())


def test(arguments: Sequence[str] = ()) -> int:
    """Run every test in one pytest run; arguments go to pytest."""
    _ensure_programs()
    browser.ensure()
    command = processes.python('-m', 'pytest', *arguments)
    return subprocess.call(command, cwd=paths.ROOT)


def soak(arguments: Sequence[str] = ()) -> int:
    """Run the random, kill and load tests at length; SOAK_SEED chooses other courses."""
    seed = os.environ.get('SOAK_SEED') or str(secrets.randbelow(10**6))
    say(f'    SOAK_SEED={seed} repeats this run')
    os.environ.update({name: value.format(seed=seed) for name, value in SOAK_LENGTHS.items()})
    return test(arguments or SOAK_TESTS)


def lint(arguments: Sequence[str] = ()) -> int:
    """Check style, types and Odoo's conventions."""
    _ensure_programs()
    return checks.run()


def odoo(arguments: Sequence[str] = ()) -> int:
    """Run Odoo's own command line on our server, for developers."""
    _ensure_programs()
    with postgres.running() as server:
        environment = {**odoo_process.environment(server), 'PATH': browser.search_path()}
        return subprocess.call(odoo_process.command(*arguments), env=environment)


def psql(arguments: Sequence[str] = ()) -> int:
    """Run psql on our server, for developers."""
    _ensure_programs()
    with postgres.running() as server:
        environment = {'PGDATABASE': 'postgres', **server.env()}
        return subprocess.call([server.programs / 'psql', *arguments], env=environment)


def psql_url(arguments: Sequence[str] = ()) -> int:
    """Print the address of a database on our server."""
    _ensure_programs()
    with postgres.running() as server:
        say(server.url(arguments[0] if arguments else 'postgres'))
    return 0


def db_start(arguments: Sequence[str] = ()) -> int:
    """Start the embedded PostgreSQL and let it run until `db-stop`."""
    _ensure_programs()
    postgres.keep()
    return 0


def db_stop(arguments: Sequence[str] = ()) -> int:
    """Stop the embedded PostgreSQL when the last command that uses it has ended."""
    postgres.release()
    return 0


def db_copy(arguments: Sequence[str] = ()) -> int:
    """Copy a database with its files: SOURCE TARGET; `plain` and `demo` are the templates."""
    source, target = _names(arguments, 'db-copy SOURCE TARGET', 2)
    _ensure_programs()
    with postgres.running() as server:
        if source in templates.KINDS:
            source = templates.ensure(server, source)
        database.copy(server, source, target)
    return 0


def db_drop(arguments: Sequence[str] = ()) -> int:
    """Remove a database with its files: NAME."""
    (name,) = _names(arguments, 'db-drop NAME', 1)
    _ensure_programs()
    with postgres.running() as server:
        database.drop(server, name)
    return 0


def _names(arguments: Sequence[str], usage: str, count: int) -> Sequence[str]:
    if len(arguments) != count:
        raise SetupError('wrong arguments', f'python3 -m bootstrap {usage}')
    return arguments


def _ensure_programs() -> None:
    paths.CACHE.mkdir(exist_ok=True)
    with (paths.CACHE / 'setup.lock').open('w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        odoo_source.ensure()
        python_env.ensure()


def _call_client(module: str, stack: Stack, *options: str) -> int:
    """Run a module of ours that talks to the servers, and return its exit code."""
    addresses = ('--shop', stack.shop_url, '--sandbox', stack.sandbox_url)
    return subprocess.call(
        processes.python('-m', module, *addresses, *options),
        cwd=paths.ROOT,
        env=processes.plain_environment(),
    )


def _database_name(name: str) -> str:
    return f'{database.PREFIX}{name}' if postgres.named() else name


def _print_addresses(stack: Stack) -> None:
    say(f"""
    Back office     {stack.shop_url}/odoo
                    admin / admin, and one login for each staff group (login = password):
                    auditor, support, operator, finance
    Phone (sandbox) {stack.sandbox_url}/phone
    API document    {stack.shop_url}/api/mp/v1/openapi.json
    Logs            {stack.odoo.log}
                    {stack.sandbox.log}

    Ctrl-C ends it.
""")


def _wait_for_end(stack: Stack) -> None:
    while True:
        for process in (stack.odoo, stack.sandbox):
            if not process.is_alive():
                raise SetupError(
                    f'{process.name} has ended; the end of its log:\n{process.tail()}',
                    f'read {process.log}',
                )
        time.sleep(0.5)
