"""Processes that work on one database at the same moment, each with a connection of its own.

They are forked from a process that has Odoo's registry, so that each is ready at once.
"""

import multiprocessing
import time
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

import psycopg2.errors  # type: ignore[import-untyped]

Work = Callable[[Any], Any]
# What Odoo starts a request over for.
CONFLICTS = (psycopg2.errors.SerializationFailure, psycopg2.errors.LockNotAvailable)
_FORK = multiprocessing.get_context('fork')


class WorkFailed(Exception):
    """A process ended without an answer; the text says why."""


def run_at_once(registry: Any, works: Sequence[Work]) -> list[Any]:
    """Run each function in a process of its own, all from the same moment on.

    :param registry: of the database; the caller holds no locks in it
    :param works: called with an environment of the superuser, whose cursor they commit
    :return: what the functions return
    :raise WorkFailed: one of them has raised or its process has died
    """
    crew = start(registry, works)
    return [answer(member) for member in crew]


def start(registry: Any, works: Sequence[Work]) -> list[tuple[Any, Connection]]:
    """Start the processes of `run_at_once` and return each with the pipe of its answer."""
    # One place more for the caller: it returns when all are about to begin.
    barrier = _FORK.Barrier(len(works) + 1)
    crew = []
    for work in works:
        receiver, sender = _FORK.Pipe(duplex=False)
        process = _FORK.Process(
            target=_work, args=(registry.db_name, work, barrier, sender), daemon=True
        )
        process.start()
        sender.close()
        crew.append((process, receiver))
    barrier.wait(60)
    return crew


def answer(member: tuple[Any, Connection]) -> Any:
    """Wait for the end of a process and return what its function has returned.

    :raise WorkFailed: it has raised, or the process was killed
    """
    process, receiver = member
    try:
        succeeded, value = receiver.recv()
    except EOFError:
        succeeded, value = False, 'the process was killed'
    process.join()
    receiver.close()
    if not succeeded:
        raise WorkFailed(value)
    return value


def until_booked(env: Any, act: Callable[[], Any]) -> tuple[Any, int]:
    """Do something, commit, and start over when another transaction was in the way.

    :return: what it returns, and how often it was started over
    """
    again = 0
    while True:
        try:
            value = act()
            env.cr.commit()
        except CONFLICTS:
            env.cr.rollback()
            again += 1
        else:
            return value, again


def repeat(env: Any, seconds: float, act: Callable[[int], Any]) -> tuple[int, float, int]:
    """Do something again and again for a while, each time in a transaction of its own.

    :param act: called with 0, 1, 2 …
    :return: how often it was done, the seconds it took and how often it was started over
    """
    started = time.perf_counter()
    done = again = 0
    while (passed := time.perf_counter() - started) < seconds or not done:
        again += until_booked(env, partial(act, done))[1]
        done += 1
    return done, passed, again


def _work(name: str, work: Work, barrier: Any, sender: Connection) -> None:
    """Run one function in the forked process."""
    from odoo import SUPERUSER_ID, api, sql_db  # type: ignore[import-untyped]
    from odoo.modules.registry import Registry  # type: ignore[import-untyped]

    # The connections that came along belong to the parent: a pool of our own.
    registry = Registry(name)
    sql_db._Pool = None
    registry._db = sql_db.db_connect(name)
    try:
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            # As in a server that has answered before: connected, and its caches filled.
            cr.execute('SELECT 1')
            cr.commit()
            barrier.wait(60)
            found = (True, work(env))
            cr.commit()
    except Exception:  # noqa: BLE001  whatever it is, the parent shows it
        found = (False, traceback.format_exc())
    sender.send(found)
    sender.close()
