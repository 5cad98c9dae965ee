"""A supplier's catalogue is imported inside Odoo: called by the stage on a database of its own.

The products are made while they are fetched, so what counts is the memory of the import. The
floor is what PostgreSQL takes for the bare rows: one COPY into a table without indexes.
"""

import csv
import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from importlib import import_module
from typing import Any
from unittest.mock import patch

from .memory import watched

COUNTRIES = ('TH', 'VN', 'PH', 'ID', 'MY', 'SG', 'IN', 'PK', 'BD', 'NG')
OPERATORS = 40
# One of so many products has another cost in the third import.
DEARER_EVERY = 100
FLOOR_ROUNDS = 3
Answer = dict[str, Any]


class Catalogue:
    """An adapter that tells so many products.

    :param dearer: whether some have another cost than the first time
    """

    def __init__(self, size: int, *, dearer: bool = False):
        self.size = size
        self.dearer = dearer

    def fetch_catalogue(self) -> Iterator[Any]:
        """Yield the products, none of which is kept."""
        products = import_module('odoo.addons.wx_recharge.lib.topup.products')

        for number in range(self.size):
            cost = Decimal(100 + number % 5000) / 100
            if self.dearer and number % DEARER_EVERY == 0:
                cost += Decimal('0.5')
            operator = number % OPERATORS
            yield products.Product(
                sku=f'{operator}:{number}',
                operator_ref=str(operator),
                operator_name=f'Operator {operator}',
                country=COUNTRIES[operator % len(COUNTRIES)],
                kind=products.Kind.DATA if number % 3 else products.Kind.AIRTIME,
                denomination=products.Denomination.FIXED,
                cost_currency='USD',
                cost_amount=cost,
                cost_min=None,
                cost_max=None,
                receive_currency='USD',
                receive_amount=cost,
                receive_min=None,
                receive_max=None,
                discount_percent=Decimal(2),
                validity='P30D',
                description=f'Product number {number}, valid for thirty days in its country',
                active=True,
                name=f'Product {number}',
                logo_url=f'https://cdn.example/operators/{operator}.png',
            )


class Load:
    """A supplier of its own, whose catalogue has so many products.

    :param env: environment of the superuser
    """

    def __init__(self, env: Any, size: int):
        self.env = env
        self.size = size
        self.supplier = env['wx.recharge.supplier'].create(
            {'name': f'Bench {size}', 'endpoint': 'simulator'}
        )
        env.cr.commit()

    def perform(self) -> Answer:
        """Import the catalogue three times; return seconds by step, memory and what was found."""
        floor = self._time_floor()
        with watched(self.env.cr.connection.get_backend_pid()) as peaks:
            first, found = self._import(Catalogue(self.size))
            before = self._versions()
            second, again = self._import(Catalogue(self.size))
            changed = self._versions() - before
            third, dearer = self._import(Catalogue(self.size, dearer=True))
        return {
            **found,
            **peaks,
            'floor': floor,
            'again': again['fetch'] + again['compare'],
            'dearer': dearer['compare'] + dearer['apply'],
            'products': self._count(),
            'new': first.new_count,
            'second_differences': second.difference_count,
            'third_prices': third.price_count,
            'changed': changed,
        }

    def _import(self, catalogue: Catalogue) -> tuple[Any, Answer]:
        """Import a catalogue and apply everything; return the import and seconds by step."""
        run = self.env['wx.recharge.import']._start(self.supplier)
        self.env.cr.commit()
        model = type(self.supplier)
        with patch.object(model, '_build_adapter', lambda *_args, **_values: catalogue):
            seconds = {'fetch': self._time(run._run_fetch)}
        seconds['compare'] = self._time(run._run_compare)
        seconds['apply'] = 0.0
        if run.state == 'review':
            run.action_apply_all()
            self.env.cr.commit()
            seconds['apply'] = self._time(lambda: self._apply(run))
        return run, seconds

    def _apply(self, run: Any) -> None:
        while run._run_apply():
            self.env.flush_all()
            self.env.cr.commit()
            self.env.invalidate_all()

    def _time(self, step: Callable[[], Any]) -> float:
        started = time.perf_counter()
        step()
        self.env.flush_all()
        self.env.cr.commit()
        return time.perf_counter() - started

    # === FLOOR === #

    def _time_floor(self) -> float:
        """Return the seconds of a bare COPY of the same rows, the best of some."""
        fetch = import_module('odoo.addons.wx_recharge.models.wx_recharge_import_fetch')

        currencies = {'USD': self.env.ref('base.USD').id}
        text = io.StringIO()
        csv.writer(text, lineterminator='\n').writerows(
            fetch._prepare_row(0, number, product, currencies)
            for number, product in enumerate(Catalogue(self.size).fetch_catalogue())
        )
        with self._floor_table():
            return min(self._copy(text, fetch.COLUMNS) for _ in range(FLOOR_ROUNDS))

    @contextmanager
    def _floor_table(self) -> Iterator[None]:
        cr = self.env.cr
        cr.execute('CREATE TABLE bench_floor (LIKE wx_recharge_import_line)')
        cr.execute('ALTER TABLE bench_floor ALTER COLUMN id DROP NOT NULL')
        cr.commit()
        yield
        cr.execute('DROP TABLE bench_floor')
        cr.commit()

    def _copy(self, text: io.StringIO, columns: tuple[str, ...]) -> float:
        text.seek(0)
        started = time.perf_counter()
        self.env.cr.copy_expert(
            f'COPY bench_floor ({", ".join(columns)}) FROM STDIN (FORMAT csv)', text
        )
        self.env.cr.commit()
        return time.perf_counter() - started

    # === WHAT IS THERE === #

    def _versions(self) -> int:
        """Return the sum of the versions of all products: it grows with every write."""
        self.env.cr.execute(
            'SELECT COALESCE(sum(xmin::text::bigint), 0) FROM wx_recharge_supplier_product'
        )
        return int(self.env.cr.fetchone()[0])

    def _count(self) -> int:
        self.env.cr.execute(
            'SELECT count(*) FROM wx_recharge_supplier_product WHERE supplier_id = %s',
            (self.supplier.id,),
        )
        return int(self.env.cr.fetchone()[0])


def measure(env: Any, sizes: list[int]) -> Answer:
    """Return the figures by size; called inside Odoo on a database with demo data."""
    return {str(size): Load(env, size).perform() for size in sizes}
