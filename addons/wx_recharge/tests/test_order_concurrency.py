import threading

from odoo import fields
from odoo.tests import tagged

from odoo.addons.wx_base.exceptions import Conflict

from .common import SUBMIT, TOKEN
from .concurrency_common import RechargeConcurrencyCase


@tagged('post_install', '-at_install', '-standard', 'wx_concurrency')
class TestOrderConcurrency(RechargeConcurrencyCase):
    """Several buyers and workers at once."""

    def _stock(self, pieces):
        with self.environment() as env:
            package = env['wx.recharge.package'].browse(self.ids['package'])
            package.write({'stock_limited': True, 'stock_qty': pieces})

    def test_ten_buyers_of_the_last_piece_leave_one_order(self):
        self._stock(1)
        results = self.run_parallel([self.buyer(user_id) for user_id in self.user_ids])
        sold = [result for result in results if isinstance(result, int)]
        self.assertEqual(len(sold), 1, results)
        with self.environment() as env:
            package = env['wx.recharge.package'].browse(self.ids['package'])
            orders = env['wx.recharge.order'].search([('package_id', '=', package.id)])
            self.assertEqual(package.stock_qty, 0)
            self.assertEqual((orders.ids, orders.stock_held), (sold, True))
        refused = [result for result in results if isinstance(result, Conflict)]
        self.assertTrue(refused)

    def test_pieces_sold_and_left_always_add_up(self):
        self._stock(3)
        results = self.run_parallel([self.buyer(user_id) for user_id in self.user_ids])
        sold = [result for result in results if isinstance(result, int)]
        with self.environment() as env:
            package = env['wx.recharge.package'].browse(self.ids['package'])
            self.assertEqual(package.stock_qty + len(sold), 3)
            self.assertGreaterEqual(package.stock_qty, 0)

    def _paid(self, user_ids):
        """Commit paid orders, one a user, for the same number; return their attempts' ids."""
        attempts = []
        with self.environment() as env:
            type(self).env, type(self).app = env, env['wx.app'].browse(self.ids['app'])
            for user_id in user_ids:
                order = env['wx.recharge.order'].browse(self.buyer(user_id)(env))
                attempts += self._pay(order).ids
        return attempts

    def _slow_acceptance(self):
        """Let the supplier take its time, so that the others come in the meantime."""
        gate = threading.Event()
        threading.Timer(1.0, gate.set).start()
        self.outside.on(TOKEN, {'access_token': 'reloadly-token', 'expires_in': 86400})

        def answer(*request):
            gate.wait(10)
            return {'transactionId': 4711}

        self.outside.on(SUBMIT, answer)

    def test_one_attempt_run_by_many_workers_is_submitted_once(self):
        (attempt_id,) = self._paid(self.user_ids[:1])
        self._slow_acceptance()

        def work(env):
            attempt = env['wx.recharge.attempt'].browse(attempt_id)
            if attempt.state == 'draft':
                attempt._submit()

        self.run_parallel([work] * 6)
        self.assertEqual(self.outside.count(SUBMIT), 1)
        with self.environment() as env:
            attempt = env['wx.recharge.attempt'].browse(attempt_id)
            self.assertEqual((attempt.state, attempt.supplier_ref), ('accepted', '4711'))

    def test_many_runners_of_the_job_submit_once(self):
        (attempt_id,) = self._paid(self.user_ids[:1])
        self._slow_acceptance()

        def run(env):
            attempts = env['wx.recharge.attempt']._job_take(50)
            env.cr.commit()
            for attempt in attempts.filtered(lambda row: row.id == attempt_id):
                attempt._job_run()
            return len(attempts)

        self.run_parallel([run] * 4)
        self.assertEqual(self.outside.count(SUBMIT), 1)

    def test_orders_for_one_number_are_in_flight_one_at_a_time(self):
        attempt_ids = self._paid(self.user_ids[:4])
        self._slow_acceptance()

        def work(attempt_id):
            return lambda env: env['wx.recharge.attempt'].browse(attempt_id)._submit()

        self.run_parallel([work(attempt_id) for attempt_id in attempt_ids])
        self.assertEqual(self.outside.count(SUBMIT), 1)
        with self.environment() as env:
            states = env['wx.recharge.attempt'].browse(attempt_ids).mapped('state')
            self.assertEqual(sorted(states), ['accepted', 'draft', 'draft', 'draft'])

    def test_success_told_by_many_at_once_delivers_once(self):
        (attempt_id,) = self._paid(self.user_ids[:1])
        with self.environment() as env:
            attempt = env['wx.recharge.attempt'].browse(attempt_id)
            attempt.write(
                {
                    'state': 'accepted',
                    'supplier_ref': '4711',
                    'submitted_at': fields.Datetime.now(),
                }
            )
        self.outside.on('/topups/4711/status', {'status': 'SUCCESSFUL'})
        self.run_parallel([lambda env: env['wx.recharge.attempt'].browse(attempt_id)._query()] * 5)
        with self.environment() as env:
            order = env['wx.recharge.attempt'].browse(attempt_id).order_id
            self.assertEqual(order.state, 'delivered')
            self.assertEqual(
                env['wx.recharge.shipping'].search_count([('order_id', '=', order.id)]), 1
            )
            self.assertFalse(order.anomaly_note)

    def test_failure_told_by_many_at_once_refunds_once(self):
        (attempt_id,) = self._paid(self.user_ids[:1])
        with self.environment() as env:
            attempt = env['wx.recharge.attempt'].browse(attempt_id)
            attempt.write(
                {
                    'state': 'accepted',
                    'supplier_ref': '4711',
                    'submitted_at': fields.Datetime.now(),
                }
            )
        self.outside.on('/topups/4711/status', {'status': 'FAILED'})
        self.run_parallel([lambda env: env['wx.recharge.attempt'].browse(attempt_id)._query()] * 5)
        with self.environment() as env:
            order = env['wx.recharge.attempt'].browse(attempt_id).order_id
            self.assertEqual(order.state, 'refunding')
            self.assertEqual(order.payment_order_id.refund_ids.mapped('amount_fen'), [2380])
