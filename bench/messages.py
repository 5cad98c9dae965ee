"""Requests as bytes, ready to be sent."""

import base64
import itertools
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from . import notices, webhooks
from .notices import Notice, Payment

USER_AGENT = (
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) MicroMessenger/8.0.60 Language/zh_CN'
)
# Packages that are asked for at once; a country of the demo has more.
PAGE = 5
XENDIT_PATH = '/payment/xendit/webhook'


@dataclass(frozen=True)
class Customer:
    """One customer and the payments that wait for a notice."""

    token: str
    openid: str
    out_trade_nos: list[str]


class Messages:
    """Writes requests to one server with the data set of `wx.bench.stage`.

    :param host: host and port
    :param data: what `wx.bench.stage` returned
    """

    def __init__(self, host: str, data: Mapping[str, Any]):
        self.host = host
        self.package_id = data['package_id']
        self.middle_id = data['middle_id']
        self.notify_path = f'/payment/wechat/notify/{data["slug"]}'
        self.customers = [Customer(**values) for values in data['customers']]
        # One customer after the other, so that their requests mix.
        turns = zip(*(customer.out_trade_nos for customer in self.customers), strict=True)
        self.payments = (
            Payment(number, customer.openid, data['amount_fen'])
            for turn in turns
            for customer, number in zip(self.customers, turn, strict=True)
        )
        self.xendit = data['xendit']
        self.transactions = iter(self.xendit['references'])
        self.phones = itertools.count(1)
        self.arrived: list[Notice] = []

    # === KINDS OF REQUESTS === #

    def bare(self) -> Iterator[bytes]:
        """Bare route, JSON out."""
        return itertools.repeat(self._write('GET', '/bench/bare', self._headers()))

    def insert(self) -> Iterator[bytes]:
        """Bare route that inserts one row."""
        body = json.dumps({'name': 'one row of about forty characters, more or less'}).encode()
        return itertools.repeat(self._write('POST', '/bench/insert', self._headers(), body))

    def packages(self) -> Iterator[bytes]:
        """List of packages, by all customers in turn."""
        return self._read(f'/api/mp/v1/packages?country=TH&limit={PAGE}')

    def many_packages(self) -> Iterator[bytes]:
        """As many, from the middle of a long list."""
        cursor = base64.urlsafe_b64encode(str(self.middle_id).encode()).decode().rstrip('=')
        return self._read(f'/api/mp/v1/packages?country=VN&limit={PAGE}&cursor={cursor}')

    def _read(self, path: str) -> Iterator[bytes]:
        requests = [
            self._write('GET', path, self._headers(customer)) for customer in self.customers
        ]
        return itertools.cycle(requests)

    def orders(self, count: int) -> Iterator[bytes]:
        """Orders for different numbers, each with a key of its own."""
        customers = itertools.cycle(self.customers)
        requests = [self._order(customer) for customer in itertools.islice(customers, count)]
        return iter(requests)

    def first_notices(self, count: int) -> Iterator[bytes]:
        """Notices of payments that nobody has told of yet; fewer when the payments are used up."""
        fresh = [notices.announce(payment) for payment in itertools.islice(self.payments, count)]
        self.arrived += fresh[: len(self.customers)]
        return iter([self._notice(notice) for notice in fresh])

    def repeated_notices(self) -> Iterator[bytes]:
        """Notices that have arrived before, signed anew as WeChat Pay does."""
        known = self.arrived[: len(self.customers)]
        return itertools.cycle([self._notice(notice) for notice in known])

    def webhooks(self, count: int) -> Iterator[bytes]:
        """Webhooks to `payment_xendit`, each about another transaction of Odoo's own."""
        headers = webhooks.headers(self.xendit)
        fresh = itertools.islice(self.transactions, count)
        bodies = [webhooks.announce(reference, self.xendit) for reference in fresh]
        return iter([self._write('POST', XENDIT_PATH, headers, body) for body in bodies])

    # === WRITING === #

    def _order(self, customer: Customer) -> bytes:
        phone = f'+66813{next(self.phones):06d}'
        body = json.dumps({'package_id': self.package_id, 'phone': phone}).encode()
        headers = self._headers(customer) | {'Idempotency-Key': secrets.token_hex(16)}
        return self._write('POST', '/api/mp/v1/recharge/orders', headers, body)

    def _notice(self, notice: Notice) -> bytes:
        return self._write('POST', self.notify_path, notice.headers(), notice.body)

    def _headers(self, customer: Customer | None = None) -> dict[str, str]:
        headers = {
            'User-Agent': USER_AGENT,
            'Accept': '*/*',
            'Accept-Language': 'zh-CN,zh-Hans;q=0.9',
            'Content-Type': 'application/json',
        }
        if customer is not None:
            headers['Authorization'] = f'Bearer {customer.token}'
        return headers

    def _write(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b''
    ) -> bytes:
        lines = [f'{method} {path} HTTP/1.1', f'Host: {self.host}']
        lines += [f'{name}: {value}' for name, value in headers.items()]
        if method == 'POST':
            lines.append(f'Content-Length: {len(body)}')
        return '\r\n'.join((*lines, '', '')).encode() + body
