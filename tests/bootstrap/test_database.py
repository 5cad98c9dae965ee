"""Removing databases that somebody is connected to."""

import subprocess
import time

import pytest

from bootstrap import database, postgres
from bootstrap.console import SetupError

WHO = "SELECT usename FROM pg_stat_activity WHERE datname = 'busy' ORDER BY 1"


@pytest.fixture
def server(private_server):
    with postgres.running() as running:
        running.sql('CREATE DATABASE busy')
        yield running


@pytest.fixture
def connect(server):
    """Let a role stay in the database for so many seconds, or until it is ended."""
    sessions = []

    def stay(role, seconds):
        command = [server.programs / 'psql', '-d', 'busy', '-c', f'SELECT pg_sleep({seconds})']
        environment = {**server.env(), 'PGUSER': role}
        sessions.append(subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL))
        while len(server.sql(WHO)) < len(sessions):
            time.sleep(0.01)

    yield stay
    for session in sessions:
        session.kill()
        session.wait()


def test_sessions_of_our_role_are_ended(server, connect):
    connect(postgres.ROLE, 60)
    database.drop(server, 'busy')
    assert not database.exists(server, 'busy')


def test_who_may_not_be_ended_is_waited_for(server, connect):
    # Workers of the autovacuum run as the superuser, too.
    connect('postgres', 2)
    connect(postgres.ROLE, 60)
    assert server.sql(WHO) == [postgres.ROLE, 'postgres']
    with pytest.raises(SetupError, match='permission denied'):
        server.sql('DROP DATABASE busy WITH (FORCE)')
    database.drop(server, 'busy')
    assert not database.exists(server, 'busy')


def test_who_does_not_leave_keeps_the_database(server, connect):
    connect('postgres', 60)
    with pytest.raises(SetupError, match='being accessed'):
        database.drop(server, 'busy')
    assert database.exists(server, 'busy')
