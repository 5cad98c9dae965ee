from dataclasses import replace
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict
from odoo.addons.wx_base.tests.common import ConcurrencyCase

from ..const import imports
from .import_common import SOLD, Catalogue

PEOPLE = 4
PRODUCTS = 30


@tagged('post_install', '-at_install', '-standard', 'wx_concurrency')
class TestImportConcurrency(ConcurrencyCase):
    """Several cursors at once; what is committed here is removed at the end."""

    def setUp(self):
        super().setUp()
        # Losing a race is what happens here; each loser leaves a line.
        self.enterContext(mute_logger('odoo.sql_db', 'odoo.service.model'))
        products = [replace(SOLD, sku=f'901:{number}') for number in range(1, PRODUCTS + 1)]
        with self.environment() as env:
            self.supplier_id = (
                env['wx.recharge.supplier'].create({'name': 'Race', 'endpoint': 'simulator'}).id
            )
            model = type(env['wx.recharge.supplier'])
        self.startPatcher(
            patch.object(model, '_build_adapter', lambda *_args: Catalogue(*products))
        )
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.environment() as env:
            env.cr.execute('DELETE FROM wx_recharge_supplier WHERE id = %s', (self.supplier_id,))
            env['wx.recharge.supplier']._forget_catalogue()

    def _start(self, env):
        runs = env['wx.recharge.import']
        return runs._start(env['wx.recharge.supplier'].browse(self.supplier_id)).id

    def _run(self, env, run_id):
        run = env['wx.recharge.import'].browse(run_id)
        run.next_try_at = fields.Datetime.now()
        run._job_run()
        run._job_settle()

    def _reviewed(self):
        """Return the id of an import whose differences wait for people."""
        with self.environment() as env:
            run_id = self._start(env)
        with self.environment() as env:
            self._run(env, run_id)
        return run_id

    def test_of_imports_begun_at_once_one_runs(self):
        results = self.run_parallel([self._start] * PEOPLE, overlapping=True)
        begun = [result for result in results if isinstance(result, int)]
        self.assertEqual(len(begun), 1)
        refused = [result for result in results if isinstance(result, Conflict)]
        self.assertEqual(len(refused), PEOPLE - 1)
        with self.environment() as env:
            runs = env['wx.recharge.import'].search([('supplier_id', '=', self.supplier_id)])
            self.assertEqual(runs.ids, begun)

    def test_people_who_apply_at_once_apply_each_difference_once(self):
        run_id = self._reviewed()

        def decide(env):
            return env['wx.recharge.import'].browse(run_id).action_apply_all()['params']['type']

        results = self.run_parallel([decide] * PEOPLE, overlapping=True)
        self.assertEqual(sorted(results), ['success', *['warning'] * (PEOPLE - 1)])
        with self.environment() as env:
            run = env['wx.recharge.import'].browse(run_id)
            self.assertEqual((run.state, run.apply_count), ('applying', PRODUCTS))
        with self.environment() as env, patch.object(imports, 'APPLY_BATCH', 7):
            self._run(env, run_id)
        with self.environment() as env:
            run = env['wx.recharge.import'].browse(run_id)
            self.assertEqual((run.state, run.applied_count), ('done', PRODUCTS))
            self.assertEqual(run.supplier_id.product_count, PRODUCTS)

    def test_one_ignores_what_another_applies_and_each_is_decided_once(self):
        run_id = self._reviewed()

        def decide(name):
            def act(env):
                run = env['wx.recharge.import'].browse(run_id)
                getattr(run.difference_ids, name)()

            return act

        acts = [decide('action_apply'), decide('action_ignore')]
        results = self.run_parallel(acts, overlapping=True)
        self.assertEqual(results, [None, None])
        with self.environment() as env:
            run = env['wx.recharge.import'].browse(run_id)
            states = set(run.difference_ids.mapped('state'))
            self.assertEqual(len(states), 1)
            self.assertLessEqual(states, {'queued', 'ignored'})
            expected = 'applying' if states == {'queued'} else 'done'
            self.assertEqual(run.state, expected)
