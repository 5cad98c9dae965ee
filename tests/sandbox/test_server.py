"""The process itself: real connections, cut and held."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.sandbox.shop import OPENID, SECRET

ROOT = Path(__file__).parents[2]
TOKEN = {
    'client_id': 'sandbox-client',
    'client_secret': 'sandbox-secret',
    'grant_type': 'client_credentials',
}


@pytest.fixture(scope='module')
def address() -> Iterator[str]:
    """Start the simulator on a free port and end it afterwards."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    command = [sys.executable, '-m', 'sandbox', '--port', str(port), '--speed', '1000']
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            _wait_until_up(f'http://127.0.0.1:{port}')
            yield f'http://127.0.0.1:{port}'
        finally:
            process.terminate()


def _wait_until_up(url: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            httpx.get(f'{url}/control/health', trust_env=False).raise_for_status()
        except httpx.HTTPError:
            assert time.monotonic() < deadline, 'the sandbox does not start'
            time.sleep(0.05)
        else:
            return


@pytest.fixture
def client(address: str) -> Iterator[httpx.Client]:
    """Return a client of the running process."""
    with httpx.Client(base_url=address, trust_env=False, timeout=5) as made:
        yield made
        made.delete('/control/faults')


def _fault(client: httpx.Client, **body: object) -> None:
    assert client.post('/control/faults', json=body).status_code == 200


@pytest.mark.parametrize('name', ['reset', 'timeout_before'])
def test_the_connection_is_cut_without_a_byte(client: httpx.Client, name: str) -> None:
    _fault(client, fault=name, target='reloadly.token', seconds=0.05)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        client.post('/oauth/token', json={})
    assert client.get('/control/health').status_code == 200


def test_a_held_connection_ends_when_the_client_gives_up(client: httpx.Client) -> None:
    _fault(client, fault='timeout_after', target='reloadly.token')
    audience = str(client.base_url).rstrip('/')
    with pytest.raises(httpx.ReadTimeout):
        client.post('/oauth/token', json={**TOKEN, 'audience': audience}, timeout=0.2)
    calls = client.get('/control/books').json()['calls']
    assert calls[-1]['status'] == 'no answer'


def test_a_top_up_runs_on_the_fast_clock(client: httpx.Client) -> None:
    audience = str(client.base_url).rstrip('/')
    token = client.post('/oauth/token', json={**TOKEN, 'audience': audience}).json()
    headers = {'Authorization': f'Bearer {token["access_token"]}'}
    body = {
        'operatorId': 111,
        'amount': 2,
        'customIdentifier': 'SERVER0000000000000001',
        'recipientPhone': {'countryCode': 'VN', 'number': '961234567'},
    }
    number = client.post('/topups-async', json=body, headers=headers).json()['transactionId']
    deadline = time.monotonic() + 5
    while client.get(f'/topups/{number}/status', headers=headers).json()['status'] != 'SUCCESSFUL':
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_login_works_over_the_wire(client: httpx.Client) -> None:
    code = client.post('/control/login-code', json={'openid': OPENID}).json()['code']
    query = {'appid': 'wxd678efh567hg6787', 'secret': SECRET, 'js_code': code}
    answer = client.get('/sns/jscode2session', params={**query, 'grant_type': 'authorization_code'})
    assert re.fullmatch(r'[A-Za-z0-9+/]{22}==', answer.json()['session_key'])
