from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict, InvalidInput

from .common import RechargeCase

FLOW = 'odoo.addons.wx_recharge.models.wx_recharge_order_flow'


@tagged('post_install', '-at_install')
class TestSettle(RechargeCase):
    """A person decides what became of a stuck order."""

    def _settle(self, order, decision, reason='supplier support confirmed', user=None, **code):
        settle = self.env['wx.recharge.settle'].with_user(user or self.env.user)
        settle.create(
            {'order_id': order.id, 'decision': decision, 'reason': reason, **code}
        ).action_settle()

    @mute_logger(FLOW)
    def _stuck_order(self):
        order, attempt = self.paid_order()
        attempt.write({'state': 'unknown', 'submitted_at': order.create_date})
        order._set_anomaly('the supplier knows nothing')
        return order, attempt

    def test_person_settles_a_stuck_order_as_delivered(self):
        order, attempt = self._stuck_order()
        self._settle(order, 'delivered')
        self.assertEqual((order.state, attempt.state), ('delivered', 'succeeded'))
        self.assertFalse(order.payment_order_id.refund_ids)
        self.assertFalse(order.anomaly_note)
        self.assertFalse(order.activity_ids)

    def test_order_by_pin_is_delivered_with_its_code_only(self):
        self.product.redemption = 'pin'
        order, attempt = self._stuck_order()
        with self.assertRaisesRegex(InvalidInput, 'code that was bought'):
            self._settle(order, 'delivered')
        self.assertEqual((order.state, attempt.state), ('anomaly', 'unknown'))
        code = {'code': '4111-2222', 'serial': '', 'instructions': ''}
        self._settle(order, 'delivered', reason='4111-2222 by mail', code='4111-2222')
        self.assertEqual((order.state, order._voucher()), ('delivered', code))
        self.env.flush_all()
        self.env.cr.execute('SELECT t::text FROM wx_recharge_order t WHERE id = %s', [order.id])
        told = [*self.env.cr.fetchone(), *order.message_ids.mapped('body'), attempt.error_text]
        self.assertNotIn('4111-2222', ''.join(told))

    def test_code_that_the_supplier_sent_is_the_customers_once_it_is_settled(self):
        self.product.redemption = 'pin'
        order, attempt = self._stuck_order()
        attempt.voucher = '{"code": "4111-3333", "serial": "", "instructions": ""}'
        self._settle(order, 'delivered')
        self.assertEqual(order._voucher()['code'], '4111-3333')

    def test_person_settles_a_stuck_order_as_failed(self):
        order, attempt = self._stuck_order()
        self._settle(order, 'failed')
        self.assertEqual((order.state, attempt.state), ('refunding', 'failed'))
        self.assertEqual(len(order.payment_order_id.refund_ids), 1)
        self.assertIn('supplier support confirmed', order.message_ids[0].body)

    @mute_logger(FLOW)
    def test_delivery_that_was_doubted_is_announced_once(self):
        order, attempt = self.paid_order()
        attempt.write({'state': 'succeeded', 'submitted_at': order.create_date})
        order._set_delivered(attempt)
        order.delivered_at = delivered_at = fields.Datetime.now() - timedelta(days=1)
        messages = self.env['wx.message'].search_count([('wx_user_id', '=', order.wx_user_id.id)])
        order._set_anomaly('the supplier took it back')
        self._settle(order, 'delivered')
        self.env.flush_all()
        self.assertRecordValues(order, [{'state': 'delivered', 'delivered_at': delivered_at}])
        self.assertEqual(
            self.env['wx.recharge.shipping'].search_count([('order_id', '=', order.id)]), 1
        )
        self.assertEqual(
            self.env['wx.message'].search_count([('wx_user_id', '=', order.wx_user_id.id)]),
            messages,
        )

    def test_settling_needs_a_reason_and_a_stuck_order(self):
        order, _attempt = self._stuck_order()
        with self.assertRaises(InvalidInput):
            self._settle(order, 'failed', reason='  ?  ')
        with self.assertRaises(InvalidInput):
            order.action_settle('forgotten', 'supplier support confirmed')
        self._settle(order, 'failed')
        with self.assertRaises(Conflict):
            self._settle(order, 'delivered')
        self.assertEqual(order.state, 'refunding')

    def test_operators_settle_and_others_do_not(self):
        order, _attempt = self._stuck_order()
        support = self._create_staff('rc_support', 'support')
        operator = self._create_staff('rc_operator', 'operator')
        with self.assertRaises(AccessError):
            order.with_user(support).action_settle('failed', 'supplier support confirmed')
        with self.assertRaises(AccessError):
            self._settle(order, 'failed', user=support)
        self._settle(order, 'failed', user=operator)
        self.assertEqual(order.state, 'refunding')

    def test_settling_may_need_a_second_person_and_outlives_the_dialogue(self):
        order, attempt = self._stuck_order()
        self.env.ref('wx_recharge.perm_recharge_order_settle').approval = 'always'
        operator = self._create_staff('rc_operator', 'operator')
        second = self._create_staff('rc_second', 'operator')
        settle = self.env['wx.recharge.settle'].with_user(operator)
        wizard = settle.create(
            {'order_id': order.id, 'decision': 'delivered', 'reason': 'ticket 123'}
        )
        action = wizard.action_settle()
        wizard.sudo().unlink()
        self.assertEqual(order.state, 'anomaly')
        approval = self.env['rbac.approval'].browse(action['res_id'])
        with self.assertRaises(AccessError):
            approval.with_user(operator).action_approve()
        approval.with_user(second).action_approve()
        self.assertEqual(approval.state, 'executed')
        self.assertEqual((order.state, attempt.state), ('delivered', 'succeeded'))

    def test_an_order_settled_in_between_makes_the_approval_fail(self):
        order, _attempt = self._stuck_order()
        self.env.ref('wx_recharge.perm_recharge_order_settle').approval = 'always'
        operator = self._create_staff('rc_operator', 'operator')
        second = self._create_staff('rc_second', 'operator')
        action = (
            order.with_user(operator)
            .with_context(rbac_reason='ticket 123')
            .action_settle('delivered', 'ticket 123')
        )
        approval = self.env['rbac.approval'].browse(action['res_id'])
        order.action_settle('failed', 'ticket 124')
        approval.with_user(second).action_approve()
        self.assertEqual((approval.state, order.state), ('failed', 'refunding'))
