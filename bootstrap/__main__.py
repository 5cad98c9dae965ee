"""Set-up and day-to-day commands: `python3 -m bootstrap <command>`; see the Makefile.

Standard library only: this package runs before the virtual environment exists.
"""

import signal
import sys
from types import FrameType

from . import commands
from .console import SetupError, fail, say

COMMANDS = {
    'setup': commands.setup,
    'demo': commands.demo,
    'run': commands.run,
    'test': commands.test,
    'soak': commands.soak,
    'lint': commands.lint,
    'bench': commands.bench,
    'odoo': commands.odoo,
    'psql': commands.psql,
    'psql-url': commands.psql_url,
    'db-start': commands.db_start,
    'db-stop': commands.db_stop,
    'db-copy': commands.db_copy,
    'db-drop': commands.db_drop,
}
INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    """Run one command and return the exit code.

    :param arguments: the command's name and its own arguments, which may follow a `--`
    """
    if not arguments or arguments[0] not in COMMANDS:
        _print_usage()
        return 2
    rest = arguments[1:]
    if rest[:1] == ['--']:
        rest = rest[1:]
    # SIGINT as well: a shell may have told its background jobs to ignore it.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        return COMMANDS[arguments[0]](rest)
    except SetupError as error:
        return fail(error)
    except KeyboardInterrupt:
        return INTERRUPTED


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Leave as after Ctrl-C, so that the servers that were started end as well."""
    raise KeyboardInterrupt


def _print_usage() -> None:
    say('usage: python3 -m bootstrap <command> [-- arguments]\n')
    for name, function in COMMANDS.items():
        say(f'  {name:9} {(function.__doc__ or "").splitlines()[0]}')


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
