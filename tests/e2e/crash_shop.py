"""A shop whose server is killed at commits, its customers, and the books when all is over."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

import requests

from bootstrap import paths
from bootstrap.serve import Stack
from tests.client.funding import fund
from tests.client.main_job import choose, count
from tests.client.mini_program import ApiFailure, MiniProgram

ADDONS = Path(__file__).parent / 'addons'
FUNDS, WALLET_PART = 1000, 300
# All crashes of an attempt to pay together; each restart takes some seconds.
PAY_SECONDS = 60
DEATH_SECONDS = 60
# What belongs to an order may come a little after its end.
SETTLE_SECONDS = 2
ADMIN = 2
FINAL_STATES = ('delivered', 'refunded')


@dataclass(frozen=True)
class Crash:
    """Where the server dies."""

    place: str
    moment: str
    number: int = 1

    def __str__(self) -> str:
        return f'{self.moment} {self.place} ({self.number})'


class CrashShop:
    """A running suite that can be told at which commit to die."""

    def __init__(self, make_servers: Callable[..., Stack]):
        self.folder = Path(tempfile.mkdtemp(prefix='wx_crash_'))
        self.stack = make_servers(
            options=(
                f'--addons-path={paths.addons_path()},{ADDONS}',
                '--load=base,rpc,web,wx_base,wx_crash',
            ),
            variables={'WX_RATE_LIMITS': 'off', 'WX_CRASH_FOLDER': str(self.folder)},
        )
        self.customers: list[Customer] = []
        self.is_restarted = False
        # WeChat repeats lost notices after seconds.
        phone = MiniProgram(self.stack.shop_url, self.stack.sandbox_url)
        phone.play('/control/clock', speed=10)

    def close(self) -> None:
        shutil.rmtree(self.folder)

    # === CRASHES === #

    def plan(self, crash: Crash) -> None:
        """Let the server die at the next commit of a place."""
        fresh = self.folder / 'fresh'
        fresh.write_text(f'{crash.place}\t{crash.moment}\t{crash.number}')
        (self.folder / 'done').unlink(missing_ok=True)
        self.is_restarted = False
        fresh.rename(self.folder / 'plan')

    def has_died(self) -> bool:
        """Tell whether the planned crash has been."""
        return (self.folder / 'done').exists()

    def restart(self) -> None:
        """Start the server again that has died as planned, or is just dying."""
        self.stack.odoo.wait(DEATH_SECONDS)
        assert self.has_died(), 'the server died by itself'
        self.stack.restart()
        self.is_restarted = True

    def withdraw(self) -> bool:
        """Take the plan back, unless it was carried out; tell whether that was in time."""
        try:
            (self.folder / 'plan').unlink()
        except FileNotFoundError:
            return False
        return True

    def persist(self, call: Callable[[], Any]) -> Any:
        """Call until there is an answer, as a customer does whose connection was cut."""
        deadline = time.monotonic() + PAY_SECONDS
        while True:
            try:
                return call()
            except requests.ConnectionError:
                self.restart()
            except ApiFailure as failure:
                # 8: the outcome is not known (yet), ask again.
                if failure.envelope.get('code') != 8 or time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    @contextmanager
    def watched(self) -> Iterator[list[str]]:
        """Yield a list that has, after the block, the places where commits were inside it."""
        file, places = self.folder / 'places', []
        before = len(file.read_text().splitlines()) if file.exists() else 0
        yield places
        places += file.read_text().splitlines()[before:]

    # === BOOKS === #

    def number(self, query: str) -> int:
        """Return the one number that a query has for an answer."""
        return int(self.stack.server.sql(query, self.stack.database)[0])

    def balance(self, purpose: str) -> int:
        """Return what the accounts of a purpose hold, from their entries."""
        return self.number(
            'SELECT coalesce(sum(e.amount), 0) FROM wx_ledger_entry e JOIN wx_ledger_account a '
            f"ON a.id = e.account_id WHERE a.purpose = '{purpose}'"
        )

    def prove(self) -> str:
        """Have the ledger proved and return what came of it."""
        odoo = ServerProxy(f'{self.stack.shop_url}/xmlrpc/2/object', allow_none=True)
        odoo.execute_kw(
            self.stack.database, ADMIN, 'admin', 'wx.ledger.proof', 'action_prove_now', [[]]
        )
        query = 'SELECT state FROM wx_ledger_proof ORDER BY id DESC LIMIT 1'
        deadline = time.monotonic() + 60
        state = 'running'
        while state == 'running' and time.monotonic() < deadline:
            time.sleep(0.2)
            (state,) = self.stack.server.sql(query, self.stack.database)
        return state

    def owed_by_the_provider(self) -> int:
        """Return what the provider owes us: paid less given back."""
        books = self.customers[0].phone.books()
        paid = sum(
            item['amount']['total']
            for item in books['transactions']
            if item['trade_state'] in ('SUCCESS', 'REFUND')
        )
        refunded = sum(
            item['amount']['refund'] for item in books['refunds'] if item['status'] == 'SUCCESS'
        )
        return int(paid - refunded)


class Customer:
    """Somebody who buys one top-up, with or without money in the wallet, served or refunded."""

    def __init__(self, shop: CrashShop, *, wallet: bool, served: bool):
        self.shop, self.wallet, self.served = shop, wallet, served
        self.phone = MiniProgram(shop.stack.shop_url, shop.stack.sandbox_url)
        self.phone.login()
        if wallet:
            fund(shop.stack, self.phone.openid, FUNDS)
        self.number, package = self._choose()
        self.price: int = package['price_fen']
        self.by_channel = self.price - (WALLET_PART if wallet else 0)
        if not served:
            target = self.number.lstrip('+')
            self.phone.play(
                '/control/faults', fault='topup_outcome', target=target, status='FAILED'
            )
        self.order_no: str = self.phone.order(package['id'], self.number)['order_no']
        shop.customers.append(self)

    def _choose(self) -> tuple[str, dict[str, Any]]:
        """Choose for a number that is nobody else's: by it the supplier's books are read."""
        taken = {customer.number for customer in self.shop.customers}
        while True:
            number, package = choose(self.phone)
            if number not in taken:
                return number, package

    def pay(self) -> None:
        """Pay, again and again until the server lives long enough to answer."""
        parts = [{'asset': 'CNY', 'units': WALLET_PART}] if self.wallet else []
        answer = self.shop.persist(
            lambda: self.phone.call(
                'POST',
                f'/recharge/orders/{self.order_no}/pay',
                json={'channel': 'wechat', 'wallets': parts},
            )
        )
        self.phone.press_pay(answer['invoke'])

    def survive(self, crash: Crash) -> bool:
        """Pay while the server dies, and tell whether it did: not every commit comes each time."""
        self.shop.plan(crash)
        self.pay()
        deadline = time.monotonic() + DEATH_SECONDS
        while not self.shop.has_died():
            if self.has_ended() or time.monotonic() > deadline:
                time.sleep(SETTLE_SECONDS)
                if self.shop.withdraw():
                    return False
            time.sleep(0.05)
        if not self.shop.is_restarted:  # it did not die while it was asked something
            self.shop.restart()
        return True

    def has_ended(self) -> bool:
        """Tell whether the order has come to its end; asks no server that may be dead."""
        states = ', '.join(f"'{state}'" for state in FINAL_STATES)
        return bool(
            self.shop.number(
                f"SELECT count(*) FROM wx_recharge_order WHERE order_no = '{self.order_no}' "
                f'AND state IN ({states})'
            )
        )

    def end(self, seconds: float) -> None:
        """Wait until the order has come to its end."""
        self.phone.wait_for(
            self.order_no, lambda order: order['state'] in FINAL_STATES, seconds=seconds
        )

    def found(self) -> dict[str, Any]:
        """Return the end of the order, as the shop, the provider and the supplier tell it."""
        paid, refunded, served = count(self.phone.books(), self.phone.openid, self.number)
        wallet = self.phone.wallets()['CNY'] if self.wallet else {'balance': 0, 'available': 0}
        return {
            'state': self.phone.see(self.order_no)['state'],
            'paid': paid,
            'refunded': refunded,
            'served': served,
            'wallet': (wallet['balance'], wallet['available']),
        }

    def expected(self) -> dict[str, Any]:
        """Return what `found` has to say."""
        paid = [self.by_channel]
        spent = WALLET_PART if self.wallet and self.served else 0
        left = FUNDS - spent if self.wallet else 0
        return {
            'state': 'delivered' if self.served else 'refunded',
            'paid': paid,
            'refunded': [] if self.served else paid,
            'served': int(self.served),
            'wallet': (left, left),
        }
