"""A channel of the suite's own Alipay client, and the notify route beside it, over real HTTP."""

from __future__ import annotations

import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx

from paywire.alipay import bills, keys, notify
from paywire.alipay.client import Client, Merchant
from paywire.alipay.writing import BEIJING
from paywire.bills import split_lines
from paywire.orders import PrepayOrder, RefundOrder

ROOT = Path(__file__).parents[2]
KEYS = ROOT / 'sandbox' / 'alipay' / 'keys'
CODE = '2800000000'
MODES = {'public_key': '2021000000000001', 'certificate': '2021000000000002'}


def read_key(name: str) -> str:
    """Return a key file of the simulator."""
    return (KEYS / name).read_text()


@contextmanager
def running_sandbox() -> Iterator[httpx.Client]:
    """Start the simulator on a free port and end it; its clock moves only when told to."""
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        port = probe.getsockname()[1]
    command = [sys.executable, '-m', 'sandbox', '--port', str(port), '--speed', '0']
    address = f'http://127.0.0.1:{port}'
    with (
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process,
        httpx.Client(base_url=address, trust_env=False, timeout=30) as client,
    ):
        try:
            _wait_until_up(client)
            yield client
        finally:
            process.terminate()


def _wait_until_up(client: httpx.Client) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            client.get('/control/health').raise_for_status()
        except httpx.HTTPError:
            assert time.monotonic() < deadline, 'the sandbox does not start'
            time.sleep(0.05)
        else:
            return


class Inbox(HTTPServer):
    """The shop's notify route."""

    def __init__(self) -> None:
        super().__init__(('127.0.0.1', 0), _Handler)
        self.received: list[tuple[dict[str, str], bytes]] = []

    @contextmanager
    def served(self) -> Iterator[None]:
        """Answer until the end of the block."""
        thread = threading.Thread(target=self.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield
        finally:
            self.shutdown()
            thread.join()

    @property
    def url(self) -> str:
        """Return the address of the route."""
        return f'http://127.0.0.1:{self.server_port}/payment/alipay/notify/x'


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        """Take a notice."""
        body = self.rfile.read(int(self.headers['Content-Length']))
        assert isinstance(self.server, Inbox)
        self.server.received.append((dict(self.headers), body))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(notify.ACCEPTED)

    def log_message(self, format: str, *args: Any) -> None:
        """Override of the base to stay silent."""


class Shop:
    """One channel of the shop."""

    def __init__(self, sandbox: httpx.Client, inbox: Inbox, mode: str) -> None:
        self.sandbox, self.inbox, self.mode = sandbox, inbox, mode
        sandbox.post('/control/reset')
        self.app_id = MODES[mode]
        self.seller_id = '2088102146225135' if mode == 'public_key' else '2088102146225136'
        self.keys = {'': keys.load_public_key(read_key('alipay_public_key_1.pub.pem'))}
        serials = {}
        if mode == 'certificate':
            known = keys.load_certificate(read_key('alipay_certificate_1.crt.pem'))
            own = keys.load_certificate(read_key(f'app_{self.app_id}.crt.pem'))
            self.keys = {known.serial_no: known.public_key}
            serials['app_cert_sn'] = own.serial_no
            serials['root_cert_sn'] = keys.root_serial_number(read_key('alipay_root.crt.pem'))
        self.client = Client(
            base_url=f'{str(sandbox.base_url).rstrip("/")}/gateway.do',
            merchant=Merchant(
                self.app_id,
                self.seller_id,
                keys.load_private_key(read_key(f'app_{self.app_id}.key.pem')),
                **serials,
            ),
            keys=self.keys,
            send=self._send,
            stream=self._stream,
            clock=lambda: int(self.now().timestamp()),
        )

    def _send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> Any:
        try:
            answer = self.sandbox.request(
                method, url, headers=dict(headers), content=body, timeout=timeout
            )
        except httpx.TransportError as error:
            raise ConnectionError from error
        return Reply(answer.status_code, answer.headers, answer.content)

    def _stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        timeout: float,
        write: Callable[[bytes], None],
        body: bytes = b'',
    ) -> Any:
        with self.sandbox.stream(method, url, headers=dict(headers), timeout=timeout) as answer:
            if answer.status_code != 200:
                return Reply(answer.status_code, answer.headers, answer.read())
            for piece in answer.iter_raw(100):
                write(piece)
            return Reply(200, answer.headers, b'')

    def now(self) -> datetime:
        """Return the simulator's time."""
        return datetime.fromtimestamp(self.control('GET', 'health')['clock']['now'], UTC)

    def control(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """Call the control API."""
        answer = self.sandbox.request(method, f'/control/{path}', json=body or None)
        assert answer.status_code == 200, answer.text
        payload: dict[str, Any] = answer.json()
        return payload

    def fault(self, name: str, **body: Any) -> None:
        """Set a fault."""
        self.control('POST', 'faults', fault=name, **body)

    def advance(self, seconds: float = 0.0) -> None:
        """Move the clock on and let the notices arrive."""
        self.control('POST', 'clock', advance=seconds)

    def order(self, scene: str, **change: Any) -> PrepayOrder:
        """Return a new order."""
        values: dict[str, Any] = {
            'scene': scene,
            'appid': self.app_id,
            'out_trade_no': f'W{secrets.token_hex(12)}',
            'description': '泰国 AIS 100 铢 "a+b"',
            'amount_fen': 2590,
            'notify_url': self.inbox.url,
            'expires_at': datetime.now(UTC) + timedelta(hours=1),
            'return_url': 'http://127.0.0.1:1/back?order=1' if scene in ('page', 'h5') else '',
            'auth_code': f'{CODE}{secrets.randbelow(10**6):06d}00' if scene == 'code' else '',
        }
        return PrepayOrder(**(values | change))

    def charge(self, ending: str = '00', **change: Any) -> tuple[str, Any]:
        """Charge a new order by a code with this ending."""
        code = f'{CODE}{secrets.randbelow(10**6):06d}{ending}'
        order = self.order('code', auth_code=code, **change)
        return order.out_trade_no, self.client.charge(self.client.prepare(order))

    def bill(self, kind: str, day: date | None = None) -> list[Any]:
        """Return the lines of a bill, that of the machine's day by default."""
        pieces: list[bytes] = []
        wanted = day or datetime.now(BEIJING).date()
        self.client.fetch_bill(kind, wanted, pieces.append)
        lines = split_lines(pieces, encoding=bills.ENCODING)
        read = bills.read_trade_bill if kind == 'trade' else bills.read_fund_bill
        return list(read(lines))

    def notices(self) -> list[notify.Notice]:
        """Return what the shop was told, verified."""
        self.advance()
        return [
            notify.accept(headers, body, keys=self.keys) for headers, body in self.inbox.received
        ]


class Reply:
    """An answer as the client wants it."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body


def refund_of(number: str, amount_fen: int = 1000, out_refund_no: str = 'R1') -> RefundOrder:
    """Return a refund of an order of 25.90."""
    return RefundOrder(number, '', f'{number}{out_refund_no}', amount_fen, 2590, '没有到账', '')
