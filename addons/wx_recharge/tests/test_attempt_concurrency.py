import json

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict

from ..lib.topup import reloadly_webhook
from .common import STATUS
from .test_order_concurrency import TestOrderConcurrency as OrderConcurrency

HEALTH = 'odoo.addons.wx_recharge.models.wx_recharge_supplier_health'


@tagged('post_install', '-at_install', '-standard', 'wx_concurrency')
class TestAttemptConcurrency(OrderConcurrency):
    """Runners, callbacks, people and the watch at one attempt or supplier at once."""

    def _in_flight(self, **values):
        (attempt_id,) = self._paid(self.user_ids[:1])
        with self.environment() as env:
            attempt = env['wx.recharge.attempt'].browse(attempt_id)
            attempt.write(
                {
                    'state': 'accepted',
                    'supplier_ref': '4711',
                    'submitted_at': fields.Datetime.now(),
                    **values,
                }
            )
        return attempt_id

    def _attempt(self, env, attempt_id):
        return env['wx.recharge.attempt'].browse(attempt_id)

    def test_callback_and_query_at_once_deliver_once(self):
        attempt_id = self._in_flight()
        with self.environment() as env:
            attempt = self._attempt(env, attempt_id)
            callback_id = (
                env['wx.recharge.callback']
                .create(
                    {
                        'supplier_id': attempt.supplier_id.id,
                        'digest': 'concurrency',
                        'our_ref': attempt.reference,
                    }
                )
                .id
            )
        self.outside.on(STATUS, {'status': 'SUCCESSFUL'})

        def follow(env):
            env['wx.recharge.callback'].browse(callback_id)._job_run()

        def query(env):
            self._attempt(env, attempt_id)._query()

        self.run_parallel([follow, query, follow, query])
        with self.environment() as env:
            order = self._attempt(env, attempt_id).order_id
            self.assertEqual(order.state, 'delivered')
            shipped = env['wx.recharge.shipping'].search_count([('order_id', '=', order.id)])
            self.assertEqual(shipped, 1)
            self.assertFalse(order.anomaly_note)
            self.assertFalse(order.payment_order_id.refund_ids)
            env['wx.recharge.callback'].browse(callback_id).unlink()

    def test_a_callback_that_comes_twice_at_once_is_kept_once(self):
        attempt_id = self._in_flight()
        with self.environment() as env:
            attempt = self._attempt(env, attempt_id)
            slug, own = attempt.supplier_id.callback_slug, attempt.reference
        data = {'transactionId': 4711, 'customIdentifier': own, 'status': 'SUCCESSFUL'}
        body = json.dumps({'type': 'airtime_transaction.status', 'data': data}).encode()
        headers = {
            'X-Reloadly-Signature': reloadly_webhook.sign(body, '1700000000', 'whsec_test'),
            'X-Reloadly-Request-Timestamp': '1700000000',
        }

        def receive(env):
            return env['wx.recharge.callback'].sudo()._receive(slug, headers, body).status

        self.assertEqual(self.run_parallel([receive] * 4, overlapping=True), [200] * 4)
        with self.environment() as env:
            callback = env['wx.recharge.callback'].search([('our_ref', '=', own)])
            self.assertRecordValues(callback, [{'state': 'received'}])
            callback.unlink()

    def test_account_problem_is_never_lost_to_whoever_writes_the_supplier(self):
        """The attempt's outcome is written although the watch writes the supplier meanwhile."""
        attempt_id = self._in_flight()
        self.outside.on(
            STATUS,
            {'status': 'FAILED', 'code': 'INSUFFICIENT_BALANCE', 'message': 'no money'},
        )

        def query(env):
            attempt = self._attempt(env, attempt_id)
            attempt.supplier_id.mapped('paused')
            attempt._query()

        def pause(env):
            env['wx.recharge.supplier'].browse(self.ids['supplier'])._pause('no money')

        with mute_logger(HEALTH):
            self.run_parallel([query, pause, pause, query])
        with self.environment() as env:
            attempt = self._attempt(env, attempt_id)
            self.assertEqual((attempt.state, attempt.order_id.state), ('failed', 'refunding'))
            self.assertEqual(len(attempt.order_id.payment_order_id.refund_ids), 1)
            supplier = attempt.supplier_id
            self.assertRecordValues(supplier, [{'paused': True, 'pause_count': 1}])
            self.assertEqual(len(supplier.activity_ids), 1)

    def test_two_people_take_one_attempt_from_the_desk(self):
        with self.environment() as env:
            env['wx.recharge.supplier'].browse(self.ids['supplier']).adapter = 'manual'
        attempt_id = self._in_flight()
        with self.environment() as env:
            users = [env.ref('base.user_root').id, env.ref('base.user_admin').id]

        def take(user_id):
            def act(env):
                attempts = env(user=user_id)['wx.recharge.attempt']
                attempts.browse(attempt_id).action_hand_take()
                return user_id

            return act

        results = self.run_parallel([take(user_id) for user_id in users * 2])
        takers = {result for result in results if isinstance(result, int)}
        self.assertEqual(len(takers), 1, results)
        refused = [result for result in results if isinstance(result, Conflict)]
        self.assertEqual(len(refused), 2)
        with self.environment() as env:
            self.assertEqual(self._attempt(env, attempt_id).hand_user_id.id, takers.pop())
