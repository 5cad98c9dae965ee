"""How Odoo is started here: its configuration file, environment and command."""

import os
import secrets
from pathlib import Path

from . import paths
from .postgres import Server

CONFIG = paths.CACHE / 'odoo.conf'
MASTER_KEY = paths.CACHE / 'master_key'


def command(*arguments: str) -> list[str]:
    """Return the command line that runs Odoo with `arguments`."""
    return [str(paths.VENV_PYTHON), '-m', 'odoo', *arguments]


def environment(server: Server, http_port: int | None = None) -> dict[str, str]:
    """Return the environment of an Odoo process.

    :param server: the PostgreSQL server to use
    :param http_port: port at which Odoo will answer; named to it as the public address
    """
    write_config()
    values = {
        **server.env(),
        'ODOO_RC': str(CONFIG),
        'PYTHONUNBUFFERED': '1',
        # Without it a job that asks to go on at once waits for the next poll, up to a minute.
        'ODOO_NOTIFY_CRON_CHANGES': '1',
        'WX_CRON_POLL_SECONDS': os.environ.get('WX_CRON_POLL_SECONDS', '1'),
        'WX_MASTER_KEY_FILE': str(master_key()),
    }
    if http_port:
        values['WX_PUBLIC_URL'] = f'http://127.0.0.1:{http_port}'
    return values


def master_key() -> Path:
    """Return the file of the key that encrypts secrets at rest, made once per checkout."""
    if not MASTER_KEY.exists():
        paths.CACHE.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(MASTER_KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, 'w') as file:
            file.write(secrets.token_urlsafe(32) + '\n')
    return MASTER_KEY


def write_config() -> None:
    """Write what every Odoo process of the checkout has in common.

    A file works for each of Odoo's sub-commands, and keeps a person's own `~/.odoorc` out.
    """
    modules = ['base', 'rpc', 'web']
    if (paths.ADDONS / 'wx_base' / '__manifest__.py').exists():
        modules.append('wx_base')
    options = {
        'addons_path': paths.addons_path(),
        'data_dir': paths.DATA_DIR,
        'server_wide_modules': ','.join(modules),
        'http_interface': '127.0.0.1',
        'max_cron_threads': 2,
        # Pictures of failed browser tests.
        'screenshots': paths.CACHE / 'screenshots',
        'db_sslmode': 'prefer',
    }
    lines = ['[options]', *(f'{key} = {value}' for key, value in options.items()), '']
    paths.DATA_DIR.mkdir(parents=True, exist_ok=True)
    text = '\n'.join(lines)
    if not CONFIG.exists() or CONFIG.read_text() != text:
        fresh = CONFIG.with_suffix('.new')
        fresh.write_text(text)
        fresh.replace(CONFIG)
