"""The suite's own supplier clients, with the simulator as their other side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import TracebackType
from typing import Any, Self

import httpx

from sandbox.state import Options, Sandbox
from tests.sandbox.wxpay_wire_shop import ADDRESS, Http
from topup import china, china_presets, ding, dtone, reloadly
from topup.adapter import Adapter
from topup.normalized import OrderRequest, Result

CALLBACK = 'http://127.0.0.1:8069/recharge/callback/token'
# What one customer buys at each supplier: sku, country, calling code, the number's beginning.
WISHES = {
    'reloadly': ('101:3.00', 'TH', '66', '812345'),
    'dtone': ('1001', 'TH', '66', '812345'),
    'ding': ('TH_AIS_1001', 'TH', '66', '812345'),
    'yrapi': ('7004', 'CN', '86', '13812345'),
    'juhe': ('50', 'CN', '86', '13812345'),
}


@dataclass(frozen=True)
class _Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


class TopupShop:
    """A simulated world in a hurry, and a client for each supplier in it."""

    def __init__(self) -> None:
        self.callbacks: list[httpx.Request] = []
        self.sandbox = Sandbox(Options(speed=1000.0), transport=httpx.MockTransport(self._take))
        for account in self.sandbox.suppliers.values():
            account.hold_seconds = 0.01
            account.balance = Decimal(100_000)
            account.callback_url = CALLBACK
        self.http = Http(self.sandbox)

    def __enter__(self) -> Self:
        self.http.__enter__()
        self.control('POST', 'clock', speed=1000)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.__exit__(kind, error, trace)

    async def _take(self, request: httpx.Request) -> httpx.Response:
        self.callbacks.append(request)
        return httpx.Response(200, text='success')

    def _send(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes, timeout: float
    ) -> _Reply:
        answer = self.http.request(method, url, headers=dict(headers), content=body)
        return _Reply(answer.status_code, dict(answer.headers), answer.content)

    def control(self, method: str, path: str, **body: Any) -> Any:
        """Call the control API; it must work."""
        answer = self.http.request(method, f'/control/{path}', json=body or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def client(self, supplier: str, **change: Any) -> Adapter:
        """Return the suite's client of a supplier."""
        if supplier == 'dtone':
            own = dtone.Config('dtone_key', 'dtone_secret', f'{ADDRESS}/dtone/v1')
            return dtone.DtOne(self._send, own)
        if supplier == 'ding':
            mine = ding.Config('ding_api_key', f'{ADDRESS}/ding/api/V1', **change)
            return ding.Ding(self._send, mine)
        if supplier == 'reloadly':
            known = reloadly.Config('sandbox-client', 'sandbox-secret', ADDRESS, ADDRESS)
            tokens = [reloadly.fetch_token(self._send, known).value]

            def token(rejected: str | None) -> str:
                if rejected == tokens[-1]:
                    tokens.append(reloadly.fetch_token(self._send, known).value)
                return tokens[-1]

            return reloadly.Reloadly(self._send, known, token)
        user, key, dialect = {
            'yrapi': ('10001', 'yrapi_key', china_presets.YRAPI),
            'juhe': ('JHopenid', 'juhe_key', china_presets.JUHE),
        }[supplier]
        account = china.Config(user, key, ADDRESS, dialect, ADDRESS)
        return china.China(self._send, account, clock=lambda: 1_700_000_000)

    def order(self, supplier: str, ending: str) -> OrderRequest:
        """Return the wish of a customer whose number ends so."""
        sku, country, code, begin = WISHES[supplier]
        return OrderRequest(
            our_ref=f'REF00000000000000000{ending}',
            sku=sku,
            e164=f'+{code}{begin}{ending}',
            country=country,
            callback_url=CALLBACK,
        )

    def books(self, supplier: str) -> Any:
        """Return the supplier's own books."""
        return self.control('GET', f'suppliers/{supplier}/books')

    def ask(self, client: Adapter, order: OrderRequest, first: Result) -> Result:
        """Query until two hours have passed, and return the last answer."""
        found = client.query(order.our_ref, first.supplier_ref)
        for _ in range(3):
            self.control('POST', 'clock', advance=2400)
            found = client.query(order.our_ref, first.supplier_ref or found.supplier_ref)
        return found
