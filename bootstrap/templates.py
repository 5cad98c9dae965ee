"""Template databases: built once for a state of the sources, then copied in a second.

A template is made in two layers. The lower one holds the modules of Odoo that our addons
need and changes only with Odoo or the pinned packages; the upper one adds our addons and is
made anew from the lower one when their files change.
"""

import ast
import fcntl
import hashlib
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import database, odoo_process, odoo_source, paths, python_env
from .console import SetupError, step
from .postgres import Server

# With demo data: for the demo and end-to-end tests. Without: no addon's test may need any.
# The staff and the customers are Chinese; English is the source.
KINDS = {
    'demo': ('--with-demo', '--load-language=en_US,zh_CN'),
    'plain': ('--without-demo',),
}
LOWEST_MODULES = ('base', 'mail', 'portal', 'rpc', 'web')
LOG_LINES = 30
# What Odoo itself does before tests, and the bundle that the web client fetches when it first
# shows a graph, pivot or calendar.
STORE_BUNDLES = """
qweb = env['ir.qweb']
qweb._pregenerate_assets_bundles()
qweb._get_asset_bundle('web.assets_backend_lazy', css=False, js=True).js()
qweb._get_asset_bundle('web.assets_backend_lazy', css=True, js=False).css()
env.cr.commit()
"""
# Addons that hold tests only are not installed where people work.
TEST_ADDON_PREFIX = 'test_'


def ensure(server: Server, kind: str) -> str:
    """Return the name of the template for the sources as they are now, built if missing.

    :param kind: a key of `KINDS`
    """
    paths.CACHE.mkdir(parents=True, exist_ok=True)
    lower = _lower_name(kind)
    upper = _upper_name(kind)
    with _one_at_a_time():
        if not database.exists(server, lower):
            _build_lower(server, kind, lower)
        if not database.exists(server, upper):
            _build_upper(server, kind, lower, upper)
        _prune(server, kind, keep=(lower, upper))
    return upper


def install_log(kind: str) -> Path:
    """Return the log of our addons' installation into the current template."""
    return paths.LOGS / f'{_upper_name(kind)}.log'


def our_addons(kind: str = 'plain') -> list[str]:
    """Return the names of the addons in the checkout that a kind of template has."""
    names = sorted(path.parent.name for path in paths.ADDONS.glob('*/__manifest__.py'))
    if kind == 'plain':
        return names
    return [name for name in names if not name.startswith(TEST_ADDON_PREFIX)]


def needed_modules(kind: str = 'plain') -> list[str]:
    """Return the modules of Odoo that these addons name in their manifests."""
    ours = our_addons()
    needed = set(LOWEST_MODULES)
    for addon in our_addons(kind):
        manifest = ast.literal_eval((paths.ADDONS / addon / '__manifest__.py').read_text())
        needed.update(manifest.get('depends', ()))
    return sorted(needed - set(ours))


def tree_digest(folder: Path) -> str:
    """Return a digest of the addons' files that decide what is in a database.

    Python tests are left out: changing a test needs no new template.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob('*')):
        parts = path.relative_to(folder).parts
        if path.is_dir() or '__pycache__' in parts or parts[1:2] == ('tests',):
            continue
        digest.update('/'.join(parts).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


# === NAMES === #


def _lower_name(kind: str) -> str:
    state = (odoo_source.version(), python_env.fingerprint(), needed_modules(kind), KINDS[kind])
    return f'{database.PREFIX}{kind}_base_{_short(state)}'


def _upper_name(kind: str) -> str:
    return f'{database.PREFIX}{kind}_{_short((_lower_name(kind), tree_digest(paths.ADDONS)))}'


def _short(state: object) -> str:
    return hashlib.sha256(repr(state).encode()).hexdigest()[:10]


# === BUILDING === #


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    with (paths.CACHE / 'templates.lock').open('w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build_lower(server: Server, kind: str, name: str) -> None:
    unfinished = f'{name}_new'
    with step(f'Building a database with the modules of Odoo that we need ({kind})'):
        database.drop(server, unfinished)
        server.sql(f"CREATE DATABASE \"{unfinished}\" TEMPLATE template0 ENCODING 'UTF8'")
        _install(server, kind, unfinished, needed_modules(kind), name)
        database.rename(server, unfinished, name)


def _build_upper(server: Server, kind: str, lower: str, name: str) -> None:
    unfinished = f'{name}_new'
    with step(f'Installing our addons into a copy of it ({kind})'):
        database.copy(server, lower, unfinished)
        addons = our_addons(kind)
        if addons:
            _install(server, kind, unfinished, addons, name)
    with step('Building the web client\'s asset bundles'):
        _warm(server, unfinished)
        # Under its final name only when complete: a build that was stopped is not used.
        database.rename(server, unfinished, name)


def _install(server: Server, kind: str, name: str, modules: Iterable[str], log_name: str) -> None:
    options = ['-d', name, '-i', ','.join(modules), *KINDS[kind], '--no-http', '--stop-after-init']
    _run_odoo(server, log_name, [*options, '--max-cron-threads=0'])


def _warm(server: Server, name: str) -> None:
    _run_odoo(server, f'{name}-assets', ['shell', '-d', name, '--no-http'], STORE_BUNDLES)


def _run_odoo(server: Server, log_name: str, arguments: list[str], script: str = '') -> None:
    """Run Odoo to its end with a script as its input and its log in a file."""
    log = paths.LOGS / f'{log_name}.log'
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open('w') as file:
        done = subprocess.run(
            odoo_process.command(*arguments),
            env=odoo_process.environment(server),
            input=script,
            text=True,
            stdout=file,
            stderr=subprocess.STDOUT,
            cwd=paths.ROOT,
        )
    if done.returncode:
        lines = log.read_text(errors='replace').splitlines()[-LOG_LINES:]
        raise SetupError(
            '\n'.join((f'Odoo ended with code {done.returncode}; the end of its log:', *lines)),
            f'read {log}, mend the addon and try again',
        )


def _prune(server: Server, kind: str, keep: tuple[str, ...]) -> None:
    for name in database.names(server, f'{database.PREFIX}{kind}_'):
        if name not in keep:
            database.drop(server, name)
            (paths.LOGS / f'{name}.log').unlink(missing_ok=True)
