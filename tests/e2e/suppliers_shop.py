"""A shop with a package for each kind of supplier, its customers, the person who decides."""

import itertools
import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bootstrap.serve import Stack
from tests.client.main_job import count
from tests.client.mini_program import MiniProgram
from tests.client.staff import Staff
from tests.e2e.supplier_kinds import KINDS, Kind

FINAL = ('delivered', 'refunded')
PRICE = 9900
SPEED = 10
# Unanswered calls are held so long.
HOLD_SECONDS = 1
# The moment of a kill, counted from the first payment of the batch.
KILL_SECONDS = 8.0
# When nothing has moved for so long, time passes.
STILL_SECONDS = 4
# Steps of time; the later ones are for suppliers that may take days.
STEPS = (900,) * 8 + (6 * 3600,) * 24
AFTERMATH_SECONDS = 4000
PATIENCE_SECONDS = 300
JOB_TABLES = (
    'wx_payment_attempt',
    'wx_payment_notification',
    'wx_payment_refund',
    'wx_recharge_attempt',
    'wx_recharge_callback',
)
OPEN_STATES = "('draft', 'submitting', 'accepted', 'processing', 'unknown')"
PASS_TIME = """
UPDATE wx_recharge_attempt
   SET submitted_at = submitted_at - interval '{seconds} s',
       create_date = create_date - interval '{seconds} s',
       next_try_at = next_try_at - interval '{seconds} s',
       not_found_at = CASE WHEN jsonb_typeof(not_found_at) = 'array' THEN
           (SELECT jsonb_agg(at::bigint - {seconds})
              FROM jsonb_array_elements_text(not_found_at) at) END
 WHERE state IN {states} AND lease_until IS NULL
"""


@dataclass
class Row:
    """One customer: who sells, how the number ends, and what became of it."""

    kind: Kind
    ending: str
    number: str
    phone: MiniProgram
    order_no: str = ''
    invoke: dict[str, Any] = field(default_factory=dict)
    killed: bool = False
    by_person: bool = False

    def __str__(self) -> str:
        return f'{self.kind.name} {self.ending}{" (killed)" if self.killed else ""}'


class SuppliersShop:
    """The running suite with six suppliers, one package each."""

    def __init__(self, make_servers: Callable[..., Stack], chance: random.Random):
        self.stack = make_servers(variables={'WX_RATE_LIMITS': 'off'})
        self.chance = chance
        self.world = MiniProgram(self.stack.shop_url, self.stack.sandbox_url)
        self.world.play('/control/clock', speed=SPEED)
        self.admin, self.operator = (
            Staff(self.stack.shop_url, self.stack.database, login)
            for login in ('admin', 'operator')
        )
        self.packages = {}
        self.suppliers = {}
        self.rows: list[Row] = []
        self.numbers = itertools.count(chance.randrange(500))
        for kind in KINDS:
            self._open(kind)

    # === SETTING UP, AS STAFF DO === #

    def _open(self, kind: Kind) -> None:
        values = {'name': kind.name, 'endpoint': 'simulator', 'pause_after': 0, **kind.values}
        [supplier_id] = self.admin.call('wx.recharge.supplier', 'create', [values])
        [found] = self.admin.call('wx.recharge.supplier', 'read', [supplier_id], ['callback_url'])
        self.suppliers[kind.name] = supplier_id
        settings = {'hold_seconds': HOLD_SECONDS, 'balance': 100_000}
        if kind.name != 'ding-held':
            settings['callback_url'] = found['callback_url']
        self.world.play(f'/control/suppliers/{kind.account}/settings', **settings)
        [currency] = self.admin.read('res.currency', [('name', '=', kind.currency)])
        package = {
            'name': f'Matrix {kind.name}',
            'operator_id': self._operator(kind.country),
            'price_fen': PRICE,
        }
        [package_id] = self.admin.call('wx.recharge.package', 'create', [package])
        product = {
            'supplier_id': supplier_id,
            'package_id': package_id,
            'sku': kind.sku,
            'cost': kind.cost,
            'cost_currency_id': currency['id'],
        }
        self.admin.call('wx.recharge.supplier.product', 'create', [product])
        self.packages[kind.name] = package_id

    def _operator(self, iso2: str) -> int:
        """Return an operator of a country, which is put on sale when it is not."""
        domain = [('country_id.country_id.code', '=', iso2)]
        found = self.admin.read('wx.recharge.operator', domain)
        if found:
            return int(found[0]['id'])
        [place] = self.admin.read('res.country', [('code', '=', iso2)])
        values = {'country_id': place['id']}
        [country_id] = self.admin.call('wx.recharge.country', 'create', [values])
        values = {'name': 'Carrier', 'country_id': country_id}
        [operator_id] = self.admin.call('wx.recharge.operator', 'create', [values])
        return int(operator_id)

    # === CUSTOMERS === #

    def run(self, wanted: Sequence[tuple[Kind, str]], *, kill: bool) -> None:
        """Let customers pay at once, perhaps kill the server meanwhile, and wait for the ends."""
        for supplier_id in self.suppliers.values():
            self.admin.call('wx.recharge.supplier', 'action_resume', [supplier_id])
        rows = [self._order(kind, ending, kill) for kind, ending in wanted]
        self.rows += rows
        killer = threading.Thread(target=self._kill, args=(self.chance.uniform(0, KILL_SECONDS),))
        if kill:
            killer.start()
        for row in rows:
            row.phone.press_pay(row.invoke)
        if kill:
            killer.join()
            self._restart()
        self._bring_to_ends(rows)
        # What suppliers tell late, and take back.
        self.world.play('/control/clock', advance=AFTERMATH_SECONDS)
        self._bring_to_ends(rows)

    def _order(self, kind: Kind, ending: str, killed: bool) -> Row:
        phone = MiniProgram(self.stack.shop_url, self.stack.sandbox_url)
        phone.login()
        # 9 digits in Thailand, 11 in China; nobody else has this number.
        free = 3 if kind.country == 'TH' else 5
        number = f'{kind.prefix}{next(self.numbers):0{free}d}{ending}'
        row = Row(kind, ending, number, phone, killed=killed)
        row.order_no = phone.order(self.packages[kind.name], number)['order_no']
        row.invoke = phone.request_payment(row.order_no)
        return row

    # === KILLS AND TIME === #

    def _kill(self, seconds: float) -> None:
        time.sleep(seconds)
        self.stack.kill()

    def _restart(self) -> None:
        """Start the server again; the leases of the dead worker have run out meanwhile."""
        for table in JOB_TABLES:
            self._sql(
                f'UPDATE {table} SET lease_until = NULL, next_try_at = now() '
                'WHERE lease_until IS NOT NULL RETURNING id'
            )
        self.stack.restart()

    def pass_time(self, seconds: int) -> None:
        """Let time pass at the suppliers, and for the attempts that nobody works at."""
        self.world.play('/control/clock', advance=seconds)
        self._sql(f'{PASS_TIME.format(seconds=seconds, states=OPEN_STATES)} RETURNING id')
        waiting = self.admin.read(
            'wx.recharge.attempt',
            [
                ('finished_at', '=', False),
                ('lease_until', '=', False),
                ('next_try_at', '!=', False),
            ],
        )
        if waiting:
            ids = [attempt['id'] for attempt in waiting]
            self.admin.call('wx.recharge.attempt', 'action_job_retry', ids)

    # === ENDS === #

    def _bring_to_ends(self, rows: Sequence[Row]) -> None:
        """Wait for the ends; where a person has to decide, a person does."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        steps, before, since = iter(STEPS), {}, time.monotonic()
        while True:
            states = self._states(rows)
            self._decide([row for row in rows if states[row.order_no] == 'anomaly'])
            if set(states.values()) <= set(FINAL) and not self._unread():
                return
            if states != before:
                before, since = states, time.monotonic()
            elif time.monotonic() - since > STILL_SECONDS:
                assert time.monotonic() < deadline, self._describe(rows, states)
                self.pass_time(next(steps, STEPS[-1]))
                since = time.monotonic()
            time.sleep(0.5)

    def _states(self, rows: Sequence[Row]) -> dict[str, str]:
        numbers = ', '.join(f"'{row.order_no}'" for row in rows)
        query = (
            "SELECT coalesce(json_object_agg(order_no, state), '{}') FROM wx_recharge_order "
            f'WHERE order_no IN ({numbers})'
        )
        return json.loads(self._sql(query)[0])

    def _unread(self) -> int:
        """Return how many callbacks the shop has not looked into."""
        return self.number("SELECT count(*) FROM wx_recharge_callback WHERE state = 'received'")

    def _describe(self, rows: Sequence[Row], states: dict[str, str]) -> str:
        stuck = [f'{row}: {states[row.order_no]}' for row in rows]
        return '; '.join(text for text in stuck if not text.endswith(FINAL))

    def _decide(self, rows: Sequence[Row]) -> None:
        """Look into the supplier's portal and settle: delivered, or money back."""
        for row in rows:
            book = self.book(row)
            if any(order['state'] == 'processing' for order in book['orders']):
                continue
            decision = 'delivered' if served_now(book) else 'failed'
            [found] = self.operator.read('wx.recharge.order', [('order_no', '=', row.order_no)])
            self.operator.call(
                'wx.recharge.order',
                'action_settle',
                [found['id']],
                decision,
                "Seen at the supplier's portal",
            )
            row.by_person = True

    # === BOOKS === #

    def book(self, row: Row) -> dict[str, Any]:
        """Return what the supplier has done for a number."""
        path = f'/control/suppliers/{row.kind.account}/books?number={row.number.lstrip("+")}'
        return self.world.play(path, method='GET')

    def found(self, row: Row, books: dict[str, Any]) -> dict[str, Any]:
        """Return the end of a row as shop, payment provider and supplier tell it."""
        paid, refunded, _served = count(books, row.phone.openid, row.number)
        book = self.book(row)
        return {
            'state': self.phone_state(row),
            'paid': paid,
            'refunded': refunded,
            'has_it': served_now(book),
            'executed': sum(order['times_served'] for order in book['orders']),
        }

    def attempts(self, row: Row) -> list[dict[str, Any]]:
        """Return the attempts of a row, the first one first."""
        domain = [('order_id.order_no', '=', row.order_no)]
        return self.admin.read('wx.recharge.attempt', domain, 'state', 'reference', 'error_text')

    def phone_state(self, row: Row) -> str:
        """Return the state of an order as the customer sees it."""
        return str(row.phone.see(row.order_no)['state'])

    def prove(self) -> str:
        """Have the ledger proved and return what came of it."""
        proof_id = self.admin.call('wx.ledger.proof', 'action_prove_now', [])['res_id']
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            [proof] = self.admin.call('wx.ledger.proof', 'read', [proof_id], ['state'])
            if proof['state'] != 'running' or time.monotonic() > deadline:
                return str(proof['state'])
            time.sleep(0.2)

    def number(self, query: str) -> int:
        """Return the one number that a query has for an answer."""
        return int(self._sql(query)[0])

    def _sql(self, query: str) -> list[str]:
        return self.stack.server.sql(query, self.stack.database)


def served_now(book: dict[str, Any]) -> bool:
    """Tell whether the customer has the value, or a part of it."""
    return any(order['state'] in ('succeeded', 'partial') for order in book['orders'])
