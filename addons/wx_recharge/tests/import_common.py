from dataclasses import replace
from decimal import Decimal
from unittest.mock import patch

from odoo import fields
from odoo.tools import SQL

from ..lib.topup.products import Denomination, Kind, Product, Side

SOLD = Product(
    sku='901:5.00',
    operator_ref='901',
    operator_name='Singtel',
    country='SG',
    kind=Kind.AIRTIME,
    denomination=Denomination.FIXED,
    cost_currency='USD',
    cost_amount=Decimal('5'),
    cost_min=None,
    cost_max=None,
    receive_currency='SGD',
    receive_amount=Decimal('6.5'),
    receive_min=None,
    receive_max=None,
    discount_percent=None,
    validity='P30D',
    description='',
    active=True,
    name='Singtel 6.50',
)
RANGE = replace(
    SOLD,
    sku='905',
    denomination=Denomination.RANGE,
    cost_amount=None,
    cost_min=Decimal('2'),
    cost_max=Decimal('42'),
    receive_amount=None,
    receive_min=Decimal('3'),
    receive_max=Decimal('53'),
    sides=(Side.RECEIVE,),
    name='Singtel any amount',
)


class Catalogue:
    """A supplier's adapter that tells these products, and may break off after some."""

    def __init__(self, *products, error=None):
        self.products = products
        self.error = error

    def fetch_catalogue(self):
        yield from self.products
        if self.error:
            raise self.error


class ImportMixin:
    """Catalogues of the suppliers, told without a wire; imports run in the test's transaction."""

    def tell(self, *products, error=None, supplier=None):
        """Let a supplier have this catalogue from now on."""
        self.catalogues[supplier or self.supplier] = Catalogue(*products, error=error)

    def start_telling(self):
        self.catalogues = {}
        model = type(self.env['wx.recharge.supplier'])
        catalogues = self.catalogues

        def build(supplier, timeout=None):
            return catalogues[supplier.browse(supplier.id).with_env(self.env)]

        self.startPatcher(patch.object(model, '_build_adapter', build))

    def start_import(self, supplier=None):
        return self.env['wx.recharge.import']._start(supplier or self.supplier)

    def run_import(self, *products, supplier=None):
        """Import these products up to the review; return the import."""
        self.tell(*products, supplier=supplier)
        run = self.start_import(supplier)
        self.run_due(run)
        return run

    def run_due(self, job):
        """Run a job's steps now, whenever it is due."""
        job.next_try_at = fields.Datetime.now()
        self.env.flush_all()
        job._job_take(10)
        job._job_run()
        job._job_settle()
        self.env.flush_all()

    def apply_all(self, run):
        run.action_apply_all()
        if run.state == 'applying':
            self.run_due(run)

    def differences(self, run, **values):
        """Return kind, sku and state of the differences, sorted."""
        return sorted((one.kind, one.sku, one.state) for one in run.difference_ids)

    def products_of(self, supplier=None):
        products = self.env['wx.recharge.supplier.product'].with_context(active_test=False)
        return products.search([('supplier_id', '=', (supplier or self.supplier).id)], order='sku')

    def versions(self, *tables):
        """Return the versions of all rows: a write of any kind changes them."""
        self.env.flush_all()
        found = {}
        for table in tables:
            found[table] = self.env.execute_query(
                SQL('SELECT id, xmin::text, ctid::text FROM %s ORDER BY id', SQL.identifier(table))
            )
        return found
