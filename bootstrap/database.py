"""Databases of a checkout: names, copies with their filestore, removal."""

import hashlib
import os
import shutil
from pathlib import Path

from . import paths
from .console import SetupError
from .postgres import Server

FILESTORE = paths.DATA_DIR / 'filestore'
# Two checkouts may share one server that the environment names.
PREFIX = f'wx_{hashlib.sha256(str(paths.ROOT).encode()).hexdigest()[:6]}_'


def names(server: Server, prefix: str = PREFIX) -> list[str]:
    """Return the names of the databases that begin with `prefix`."""
    rows = server.sql('SELECT datname FROM pg_database ORDER BY datname')
    return [name for name in rows if name.startswith(prefix)]


def exists(server: Server, name: str) -> bool:
    """Tell whether the server has a database called `name`."""
    return name in names(server, name)


def copy(server: Server, source: str, target: str, *, relaxed: bool = False) -> None:
    """Make `target` a copy of `source`, replacing what is called so.

    :param source: a database that nobody is connected to
    :param relaxed: do not wait for the disk at each commit; not for tests of crashes
    """
    drop(server, target)
    server.sql(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
    if relaxed:
        server.sql(f'ALTER DATABASE "{target}" SET synchronous_commit = off')
    if (FILESTORE / source).exists():
        # Odoo never changes a stored file, it only adds and removes: links are copies.
        shutil.copytree(FILESTORE / source, FILESTORE / target, copy_function=_link)


def rename(server: Server, source: str, target: str) -> None:
    """Give a database that nobody is connected to another name."""
    drop(server, target)
    if (FILESTORE / source).exists():
        (FILESTORE / source).rename(FILESTORE / target)
    server.sql(f'ALTER DATABASE "{source}" RENAME TO "{target}"')


def drop(server: Server, name: str) -> None:
    """Remove a database and its filestore, if there are any, whoever is connected."""
    try:
        server.sql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    except SetupError:
        # FORCE ends nobody when it may not end one, such as a worker of the autovacuum. Without
        # it PostgreSQL sends those away itself and waits some seconds for all to leave.
        server.sql(
            'SELECT pg_terminate_backend(pid) FROM pg_stat_activity '
            f"WHERE datname = '{name}' AND usename = current_user"
        )
        server.sql(f'DROP DATABASE IF EXISTS "{name}"')
    shutil.rmtree(FILESTORE / name, ignore_errors=True)


def note(server: Server, name: str) -> str:
    """Return the note that `set_note` left at a database."""
    statement = (
        "SELECT coalesce(shobj_description(oid, 'pg_database'), '') "
        f"FROM pg_database WHERE datname = '{name}'"
    )
    return ''.join(server.sql(statement))


def set_note(server: Server, name: str, text: str) -> None:
    """Leave a note (letters, digits and underscores) at a database."""
    server.sql(f'COMMENT ON DATABASE "{name}" IS \'{text}\'')


def copy_name(number: int) -> str:
    """Return the name of a short-lived copy that belongs to this process."""
    return f'{PREFIX}copy_{os.getpid()}_{number}'


def drop_abandoned_copies(server: Server) -> None:
    """Remove the copies of processes that were killed before they could tidy up."""
    for name in names(server, f'{PREFIX}copy_'):
        owner = name.split('_')[-2]
        if not Path('/proc', owner).exists():
            drop(server, name)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
