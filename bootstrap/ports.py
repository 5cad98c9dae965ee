"""Ports for the servers: the one that was asked for, a customary one, or any free one."""

import os
import socket

from .console import SetupError


def is_free(port: int) -> bool:
    """Tell whether a server could listen at `port` of the loopback address now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(('127.0.0.1', port))
        except OSError:
            return False
    return True


def any_free() -> int:
    """Return a port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return int(probe.getsockname()[1])


def choose(variable: str, customary: int | None = None) -> int:
    """Return the port named by an environment variable, else a free one.

    :param variable: e.g. `HTTP_PORT`
    :param customary: taken when it is free, so that addresses stay the same from run to run
    :raise SetupError: when the variable names no usable port
    """
    value = os.environ.get(variable)
    if not value:
        return customary if customary and is_free(customary) else any_free()
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise SetupError(f'{variable}={value} is no port', 'give a number from 1 to 65535')
    if not is_free(int(value)):
        raise SetupError(
            f'{variable}={value}: another program listens at this port',
            f'stop it, or choose another {variable}',
        )
    return int(value)
