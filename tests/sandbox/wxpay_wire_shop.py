"""Channels of the suite's own WeChat Pay clients, with the simulator as their other side."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Self

import httpx
from anyio.from_thread import BlockingPortal, start_blocking_portal
from cryptography.hazmat.primitives.asymmetric import rsa

from paywire.messages import Refund, Transaction
from paywire.orders import PrepayOrder, RefundOrder
from paywire.wxpay_v2 import client as v2
from paywire.wxpay_v2 import notify as v2_notify
from paywire.wxpay_v3 import client as v3
from paywire.wxpay_v3 import notify as v3_notify
from sandbox.app import create_app
from sandbox.state import Options, Sandbox
from tests.sandbox.billshop import BEIJING
from tests.sandbox.shop import (
    APIV3_KEY,
    APPID,
    MCHID,
    MERCHANT_KEY,
    NOTIFY_URL,
    OPENID,
    PUBLIC_KEY_ID,
    SERIAL,
    platform_keys,
)
from tests.sandbox.v2shop import API_KEY, OK

ADDRESS = 'http://127.0.0.1:8070'
MOBILE = 'wx6e7d8c9b0a1f2e3d'


class Http:
    """A way to the simulator for clients that wait: its loop runs in a thread of its own."""

    def __init__(self, sandbox: Sandbox) -> None:
        transport = httpx.ASGITransport(app=create_app(sandbox))
        self._client = httpx.AsyncClient(transport=transport, base_url=ADDRESS)
        self._sandbox = sandbox
        self._stack = ExitStack()
        self._portal: BlockingPortal | None = None

    def __enter__(self) -> Self:
        self._portal = self._stack.enter_context(start_blocking_portal())
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._portal is not None
        self._portal.call(self._client.aclose)
        self._portal.call(self._sandbox.close)
        self._stack.close()

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        """Send a request and wait for its answer."""
        assert self._portal is not None
        return self._portal.call(partial(self._client.request, method, url, **options))


class Shop:
    """One channel of the shop, of version `api`."""

    def __init__(self, api: str) -> None:
        self.api = api
        self.notices: list[httpx.Request] = []
        self.sandbox = Sandbox(Options(speed=0.0), transport=httpx.MockTransport(self._notify))
        self.http = Http(self.sandbox)
        self.appid = APPID

    async def _notify(self, request: httpx.Request) -> httpx.Response:
        self.notices.append(request)
        return httpx.Response(200, text=OK)

    def control(self, method: str, path: str, **body: Any) -> Any:
        """Call the control API; it must work."""
        answer = self.http.request(method, f'/control/{path}', json=body or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def client(self, **change: Any) -> Any:
        """Return the suite's client with some parts changed."""
        common: dict[str, Any] = {
            'base_url': ADDRESS,
            'send': self._send,
            'stream': self._stream,
            'clock': lambda: int(time.time()),
            'nonces': lambda: secrets.token_hex(16),
        }
        if self.api == 'v2':
            merchant = v2.Merchant(MCHID, self.appid, API_KEY)
            made: Any = v2.Client(merchant=merchant, send_with_certificate=self._send, **common)
        else:
            own = v3.Merchant(MCHID, SERIAL, MERCHANT_KEY)
            keys: Mapping[str, rsa.RSAPublicKey] = {PUBLIC_KEY_ID: platform_keys()[PUBLIC_KEY_ID]}
            made = v3.Client(
                merchant=own, keys=keys, public_key_id=PUBLIC_KEY_ID, appid=self.appid, **common
            )
        return replace(made, **change)

    def _send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> Any:
        return _Reply(self.http.request(method, url, headers=dict(headers), content=body))

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
        answer = self.http.request(method, url, headers=dict(headers), content=body)
        if answer.status_code == 200:
            write(answer.content)
        return _Reply(answer)

    def order(self, scene: str, **change: Any) -> PrepayOrder:
        """Return something to be paid in a scene."""
        given = {
            'scene': scene,
            'appid': self.appid,
            'out_trade_no': f'W{secrets.token_hex(10)}',
            'description': 'AIS 泰国 100 铢',
            'amount_fen': 2590,
            'notify_url': NOTIFY_URL,
            'expires_at': datetime.now(UTC) + timedelta(minutes=30),
            'payer': OPENID,
            'client_ip': '203.0.113.7',
            'return_url': 'https://shop.example.com/done',
        }
        return PrepayOrder(**(given | change))

    def placed(self, scene: str = 'miniprogram', **change: Any) -> tuple[PrepayOrder, str]:
        """Place an order and return it with its open session at the simulator."""
        self.control('POST', 'login-code', openid=OPENID)
        order, client = self.order(scene, **change), self.client()
        client.prepay(scene, client.prepare(order))
        query = f'prepays?out_trade_no={order.out_trade_no}'
        return order, self.control('GET', query)['items'][0]['prepay_id']

    def paid(self) -> Transaction:
        """Place an order, have it paid and told, return the payment."""
        order, prepay_id = self.placed()
        self.control('POST', f'prepays/{prepay_id}/pay')
        self.control('POST', 'clock', settle=True)
        found: Transaction = self.client().query(order.out_trade_no)
        return found

    def refund_of(self, paid: Transaction, number: str = 'R1') -> RefundOrder:
        """Return a refund of a part."""
        return RefundOrder(
            paid.out_trade_no, paid.transaction_id, number, 1000, 2590, '客户取消', NOTIFY_URL
        )

    def told(self) -> list[Transaction | Refund | None]:
        """Return what the notices say, each verified by the suite."""
        return [self._open(request) for request in self.notices]

    def _open(self, request: httpx.Request) -> Transaction | Refund | None:
        if self.api == 'v2':
            return v2_notify.accept(
                request.content, mchid=MCHID, api_key=API_KEY, sign_type='HMAC-SHA256'
            )
        envelope = v3_notify.accept(
            request.headers, request.content, keys=platform_keys(), now=int(time.time())
        )
        plain = v3_notify.open_resource(envelope, APIV3_KEY.encode())
        return v3_notify.parse_resource(envelope, plain)

    def until_tomorrow(self) -> date:
        """Move the clock on to 11:00 of the next day and return the day that is over then."""
        now = datetime.fromtimestamp(self.sandbox.clock.now(), BEIJING)
        then = (now + timedelta(days=1)).replace(hour=11, minute=0)
        self.control('POST', 'clock', advance=(then - now).total_seconds())
        return now.date()


class _Reply:
    """An answer as the clients want it."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.headers = answer.headers
        self.body = answer.content
