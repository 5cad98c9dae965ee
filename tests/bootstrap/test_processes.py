"""The supervisor of servers."""

import os
import sys
import time

import pytest

from bootstrap import paths, ports, processes
from bootstrap.console import SetupError

WEB_SERVER = ('-m', 'http.server', '--bind', '127.0.0.1')
# Ignores the polite signal and starts a child of its own, whose id it prints.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def start(monkeypatch, tmp_path):
    monkeypatch.setattr(paths, 'LOGS', tmp_path)
    started = []

    def start(*arguments):
        command = [sys.executable, *arguments]
        process = processes.Process('test-server', command, dict(os.environ))
        process.start()
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()


def _runs(pid):
    try:
        state = open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()[0]
    except FileNotFoundError:
        return False
    return state != 'Z'


def test_server_is_healthy_once_it_answers(start):
    port = ports.any_free()
    process = start(*WEB_SERVER, str(port))
    process.wait_until_healthy(f'http://127.0.0.1:{port}/', 20)
    assert process.is_alive()
    process.stop()
    assert not process.is_alive()


def test_server_that_ends_early_is_reported_with_its_log(start):
    process = start('-c', 'import sys; sys.exit("no database")')
    with pytest.raises(SetupError, match='no database'):
        process.wait_until_healthy(f'http://127.0.0.1:{ports.any_free()}/', 20)


def test_server_that_never_answers_is_reported(start):
    process = start('-c', 'import time; time.sleep(600)')
    with pytest.raises(SetupError, match='does not answer'):
        process.wait_until_healthy(f'http://127.0.0.1:{ports.any_free()}/', 0.3)


def test_stopping_ends_a_stubborn_server_with_its_children(start, monkeypatch):
    monkeypatch.setattr(processes, 'STOP_SECONDS', 0.3)
    process = start('-c', STUBBORN)
    while not process.log.read_text().endswith('\n'):
        time.sleep(0.01)
    child = int(process.log.read_text())
    assert _runs(child)
    process.stop()
    assert not process.is_alive()
    # The kernel takes a moment to take an orphan out of its table.
    deadline = time.monotonic() + 10
    while _runs(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not _runs(child)


def test_a_process_that_runs_too_long_is_ended(start):
    process = start('-c', 'import time; time.sleep(600)')
    with pytest.raises(SetupError, match='longer than'):
        process.wait(0.2)
    assert not process.is_alive()


def test_second_start_appends_to_the_log(start):
    process = start('-c', 'print("once")')
    process.wait(20)
    process.start()
    process.wait(20)
    assert process.log.read_text() == 'once\nonce\n'
