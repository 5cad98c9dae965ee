"""The database server: role, sharing between commands, a server named by the environment."""

import subprocess
import sys

import pytest

from bootstrap import paths, postgres
from bootstrap.console import SetupError

HOLD = """
import sys
from bootstrap import postgres
with postgres.running() as server:
    print(*server.sql('SELECT 1'), flush=True)
    sys.stdin.read()
"""


def test_role_may_create_databases_and_is_no_superuser(postgres_server):
    statement = 'SELECT rolcreatedb, rolsuper FROM pg_roles WHERE rolname = current_user'
    assert postgres_server.sql(statement) == ['t|f']


def test_commits_reach_the_disk(postgres_server):
    assert postgres_server.sql('SHOW fsync') == ['on']


def test_wrong_statement_is_reported_with_the_servers_words(postgres_server):
    with pytest.raises(SetupError, match='syntax error'):
        postgres_server.sql('SELEKT 1')


def test_last_user_stops_the_server(private_server):
    with postgres.running() as outer:
        with postgres.running() as inner:
            assert inner.sql('SELECT 1') == ['1']
        assert outer.sql('SELECT 1') == ['1']
    with pytest.raises(SetupError):
        outer.sql('SELECT 1')


def test_kept_server_runs_on_until_it_is_released(private_server):
    postgres.keep()
    with postgres.running() as server:
        pass
    assert server.sql('SELECT 1') == ['1']
    postgres.release()
    with pytest.raises(SetupError):
        server.sql('SELECT 1')


def test_server_named_by_the_environment_is_used(private_server, monkeypatch):
    with postgres.running() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        with postgres.running() as named:
            assert named.sql('SELECT current_user') == ['odoo']
        monkeypatch.setenv('PGUSER', 'postgres')
        with pytest.raises(SetupError, match='role'), postgres.running():
            pass
        monkeypatch.delenv('PGHOST')
        monkeypatch.delenv('PGPORT')


def test_server_that_cannot_be_reached_names_the_variables(monkeypatch):
    monkeypatch.setenv('PGHOST', '127.0.0.1')
    monkeypatch.setenv('PGPORT', '1')
    with pytest.raises(SetupError) as caught, postgres.running():
        pass
    assert 'PGHOST' in caught.value.remedy


def test_another_process_keeps_the_server_alive(postgres_server):
    command = [sys.executable, '-c', HOLD]
    pipes = {'stdin': subprocess.PIPE, 'stdout': subprocess.PIPE, 'text': True}
    with subprocess.Popen(command, cwd=paths.ROOT, **pipes) as other:
        assert other.stdout.readline() == '1\n'
        other.communicate()
    assert other.returncode == 0
    assert postgres_server.sql('SELECT 1') == ['1']
