"""A shop that speaks Alipay, for the simulator's tests: a small signer and verifier of its own."""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from sandbox.alipay.credentials import KEYS, apps
from tests.sandbox.shop import World

APP_ID, CERT_APP_ID = '2021000000000001', '2021000000000002'
SELLER_ID = '2088102146225135'
NUMBER = 'A20260101000001'
NOTIFY_URL = 'http://127.0.0.1:8069/payment/alipay/notify/1'
RETURN_URL = 'http://127.0.0.1:8069/back?order=1'
CODE = '28000000000000000'
BEIJING = timezone(timedelta(hours=8))


def _app_key(app_id: str) -> rsa.RSAPrivateKey:
    key = load_pem_private_key((KEYS / f'app_{app_id}.key.pem').read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key


def alipay_key(number: int = 1, *, certificate: bool = False) -> rsa.RSAPublicKey:
    """Return one of Alipay's keys."""
    if certificate:
        pem = (KEYS / f'alipay_certificate_{number}.crt.pem').read_bytes()
        key = x509.load_pem_x509_certificate(pem).public_key()
    else:
        pem = (KEYS / f'alipay_public_key_{number}.pub.pem').read_bytes()
        key = load_pem_public_key(pem)  # type: ignore[assignment]
    assert isinstance(key, rsa.RSAPublicKey)
    return key


def verified(text: bytes, sign: str, key: rsa.RSAPublicKey) -> bool:
    """Tell whether Alipay signed the text."""
    try:
        key.verify(base64.b64decode(sign), text, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def signed(app_id: str, method: str, content: Any, /, **change: Any) -> dict[str, str]:
    """Return the parameters of a request; `change` replaces or, with None, removes some."""
    parameters: dict[str, Any] = {
        'app_id': app_id,
        'method': f'alipay.{method}',
        'format': 'JSON',
        'charset': 'utf-8',
        'sign_type': 'RSA2',
        'timestamp': datetime.now(BEIJING).strftime('%Y-%m-%d %H:%M:%S'),
        'version': '1.0',
        'notify_url': NOTIFY_URL,
        'biz_content': json.dumps(content, ensure_ascii=False),
    }
    if app_id == CERT_APP_ID:
        app = apps()[app_id]
        parameters |= {'app_cert_sn': app.cert_sn, 'alipay_root_cert_sn': app.root_sn}
    parameters = {k: v for k, v in {**parameters, **change}.items() if v is not None}
    text = '&'.join(f'{k}={v}' for k, v in sorted(parameters.items()) if v and k != 'sign')
    parameters.pop('signed_by', None)
    raw = _app_key(change.get('signed_by', app_id)).sign(
        text.encode(parameters.get('charset', 'utf-8')), padding.PKCS1v15(), hashes.SHA256()
    )
    parameters.setdefault('sign', base64.b64encode(raw).decode())
    return parameters


def order(number: str = NUMBER, **change: Any) -> dict[str, Any]:
    """Return the content of an order."""
    return {
        'out_trade_no': number,
        'total_amount': '25.90',
        'subject': 'AIS 泰国 100 铢',
        'time_expire': (datetime.now(BEIJING) + timedelta(minutes=30)).strftime(
            '%Y-%m-%d %H:%M:%S'
        ),
        **change,
    }


@dataclass
class AlipayShop:
    """The shop's side; `replies` are the texts it answers notices with, then ``success``."""

    world: World
    replies: list[str] = field(default_factory=list)
    received: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Take the place of the shop that knows WeChat Pay only."""
        self.world.sandbox.client._transport = httpx.MockTransport(self._handle)

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        self.received.append(dict(parse_qsl(request.content.decode(), keep_blank_values=True)))
        return httpx.Response(200, text=self.replies.pop(0) if self.replies else 'success')

    async def raw(
        self, method: str, content: Any, app_id: str = APP_ID, /, **change: Any
    ) -> httpx.Response:
        """Send a signed request, the content in the form and the rest in the address."""
        parameters = signed(app_id, method, content, **change)
        body = {'biz_content': parameters.pop('biz_content', '')}
        return await self.world.client.post('/gateway.do', params=parameters, data=body)

    async def call(
        self, method: str, content: Any, app_id: str = APP_ID, /, **change: Any
    ) -> dict[str, Any]:
        """Send a signed request and return the node of its answer."""
        answer = await self.raw(method, content, app_id, **change)
        return node_of(answer, method)

    async def control(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """Call the control API of Alipay."""
        return await self.world.control(method, f'alipay/{path}', **body)

    async def act(self, action: str, number: str = NUMBER, **body: Any) -> dict[str, Any]:
        """Act as the payer and let the notices arrive."""
        answer = await self.control('POST', f'trades/{number}/{action}', **body)
        await self.world.sandbox.scheduler.settle()
        return answer

    async def fault(self, name: str, **body: Any) -> None:
        """Set a fault."""
        await self.world.control('POST', 'faults', fault=name, **body)

    async def paid(self, number: str = NUMBER, **change: Any) -> dict[str, Any]:
        """Have an order paid by a scanned code."""
        answer = await self.call(
            'trade.pay', order(number, scene='bar_code', auth_code=f'{CODE}00', **change)
        )
        await self.world.sandbox.scheduler.settle()
        return answer

    async def bill(self, day: str, kind: str = 'trade') -> list[dict[str, str]]:
        """Fetch a bill and return its lines."""
        content = {'bill_type': kind, 'bill_date': day}
        node = await self.call('data.dataservice.bill.downloadurl.query', content)
        answer = await self.world.client.get(node['bill_download_url'])
        assert answer.status_code == 200
        return read_bill(answer.content)

    def genuine(self, key: rsa.RSAPublicKey | None = None) -> list[bool]:
        """Tell for each notice whether its signature is good."""
        found = []
        for parameters in self.received:
            kept = {k: v for k, v in parameters.items() if k not in ('sign', 'sign_type')}
            text = '&'.join(f'{k}={v}' for k, v in sorted(kept.items()))
            found.append(verified(text.encode(), parameters['sign'], key or alipay_key()))
        return found


def node_text(answer: httpx.Response, root: str) -> str:
    """Return the node as it was received: from its brace to the one that matches it."""
    text = answer.text
    start = text.index('{', text.index(f'"{root}"'))
    depth, in_string, position = 0, False, start
    while True:
        char = text[position]
        if char == '\\':
            position += 2
            continue
        if char == '"':
            in_string = not in_string
        elif not in_string and char in '{}':
            depth += 1 if char == '{' else -1
            if not depth:
                return text[start : position + 1]
        position += 1


def node_of(answer: httpx.Response, method: str) -> dict[str, Any]:
    """Return the node of an answer, which is genuine when it is signed."""
    assert answer.status_code == 200, answer.text
    payload = answer.json()
    root = f'alipay_{method.replace(".", "_")}_response'
    if 'sign' in payload:
        by_certificate = 'alipay_cert_sn' in payload
        keys = [alipay_key(number, certificate=by_certificate) for number in (1, 2)]
        text = node_text(answer, root).encode(answer.encoding or 'utf-8')
        assert any(verified(text, payload['sign'], key) for key in keys)
    node: dict[str, Any] = payload[root]
    return node


def read_bill(raw: bytes) -> list[dict[str, str]]:
    """Return the lines of a bill's details by the names of the columns."""
    with zipfile.ZipFile(io.BytesIO(raw), metadata_encoding='gbk') as archive:
        (name,) = (name for name in archive.namelist() if '汇总' not in name)
        text = archive.read(name).decode('gbk')
    lines = [line for line in text.splitlines() if not line.startswith('#')]
    return [
        {key: value.strip() for key, value in row.items()}
        for row in csv.DictReader(lines, strict=True)
    ]


def button(page: str, action: str) -> bool:
    """Tell whether a page offers something to press."""
    return re.search(rf'value="{action}"', page) is not None
