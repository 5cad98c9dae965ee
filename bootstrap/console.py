"""What the person at the terminal sees: steps with their time, and errors with their remedy."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class SetupError(Exception):
    """Something needed is not to be had; `remedy` says what the person can do."""

    def __init__(self, message: str, remedy: str):
        super().__init__(message)
        self.remedy = remedy


def say(text: str) -> None:
    """Print one line at once, also through a pipe."""
    sys.stdout.write(f'{text}\n')
    sys.stdout.flush()


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a long step and print how long it took."""
    say(f'==> {title} …')
    start = time.monotonic()
    yield
    say(f'    done in {time.monotonic() - start:.1f} s')


def fail(error: SetupError) -> int:
    """Print an error with its remedy and return the exit code."""
    sys.stderr.write(f'\nerror: {error}\nremedy: {error.remedy}\n')
    return 1
