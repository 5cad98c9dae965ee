"""Choice of ports."""

import socket

import pytest

from bootstrap import ports
from bootstrap.console import SetupError


@pytest.fixture
def taken_port():
    with socket.socket() as server:
        server.bind(('127.0.0.1', 0))
        server.listen()
        yield server.getsockname()[1]


def test_port_that_was_asked_for_is_taken(monkeypatch):
    wanted = ports.any_free()
    monkeypatch.setenv('HTTP_PORT', str(wanted))
    assert ports.choose('HTTP_PORT', 8069) == wanted


def test_port_in_use_is_refused_when_it_was_asked_for(monkeypatch, taken_port):
    monkeypatch.setenv('HTTP_PORT', str(taken_port))
    with pytest.raises(SetupError, match='another program'):
        ports.choose('HTTP_PORT')


def test_customary_port_in_use_gives_way_to_a_free_one(monkeypatch, taken_port):
    monkeypatch.delenv('HTTP_PORT', raising=False)
    chosen = ports.choose('HTTP_PORT', taken_port)
    assert chosen != taken_port
    assert ports.is_free(chosen)


@pytest.mark.parametrize('value', ['0', '65536', '-1', 'http'])
def test_value_that_is_no_port_is_refused(monkeypatch, value):
    monkeypatch.setenv('HTTP_PORT', value)
    with pytest.raises(SetupError, match='no port'):
        ports.choose('HTTP_PORT')
