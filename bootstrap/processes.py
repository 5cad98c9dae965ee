"""Servers as child processes: start, wait until they answer, stop these and no other."""

import os
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request
from typing import NoReturn

from . import paths
from .console import SetupError

HEALTH_SECONDS = 120
STOP_SECONDS = 15
LOG_LINES = 25


class Process:
    """A server that runs in a process group of its own and writes its log to a file."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str]):
        self.name = name
        self.command = command
        self.environment = environment
        self.log = paths.LOGS / f'{name}.log'
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server; its log is appended to when it was started before."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        mode = 'wb' if self._child is None else 'ab'
        with self.log.open(mode) as log:
            self._child = subprocess.Popen(
                [*_bound_to_us(), *self.command],
                env=self.environment,
                cwd=paths.ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C reaches this process alone, which then ends its servers in order.
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Return the process id of the server that was started last."""
        return self._started().pid

    def is_alive(self) -> bool:
        """Tell whether the server runs."""
        return self._child is not None and self._child.poll() is None

    def wait_until_healthy(self, url: str, seconds: float = HEALTH_SECONDS) -> None:
        """Wait until a request to `url` is answered with 200.

        :raise SetupError: when the server ends or does not answer in time
        """
        deadline = time.monotonic() + seconds
        while not _answers(url):
            if not self.is_alive():
                self._complain(f'ended with code {self._started().returncode}')
            if time.monotonic() > deadline:
                self._complain(f'does not answer at {url} after {seconds:.0f} s')
            time.sleep(0.1)

    def wait(self, seconds: float | None = None) -> int:
        """Wait for the end of the process and return its exit code.

        :raise SetupError: when it still runs after so many seconds; it is ended then
        """
        try:
            return self._started().wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            self._complain(f'was ended because it ran longer than {seconds} s')

    def stop(self) -> None:
        """End the server in order, with force when it does not end by itself."""
        if not self.is_alive():
            return
        self._signal(signal.SIGTERM)
        try:
            self._started().wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the server at once, as a crash of the machine would."""
        if self.is_alive():
            self._signal(signal.SIGKILL)
            self._started().wait()

    def tail(self) -> str:
        """Return the last lines of the log."""
        lines = self.log.read_text(errors='replace').splitlines()
        return '\n'.join(lines[-LOG_LINES:])

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None:
            raise RuntimeError(f'{self.name} was not started')
        return self._child

    def _signal(self, number: signal.Signals) -> None:
        # The group holds the server's own children as well (workers, browsers).
        os.killpg(self._started().pid, number)

    def _complain(self, what: str) -> NoReturn:
        raise SetupError(
            f'{self.name} {what}; the end of its log:\n{self.tail()}',
            f'read {self.log}',
        )


def python(*arguments: str) -> list[str]:
    """Return the command line that runs the environment's Python."""
    return [str(paths.VENV_PYTHON), *arguments]


def plain_environment() -> dict[str, str]:
    """Return the environment for helpers of ours that run outside Odoo."""
    return {**os.environ, 'PYTHONUNBUFFERED': '1', 'PYTHONPATH': str(paths.ROOT)}


def _bound_to_us() -> list[str]:
    """Let the kernel end a server whose parent was killed without a chance to tidy up."""
    setpriv = shutil.which('setpriv')
    return [setpriv, '--pdeathsig', 'TERM', '--'] if setpriv else []


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
