from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict

from .common import RechargeCase

FLOW = 'odoo.addons.wx_recharge.models.wx_recharge_order_flow'


@tagged('post_install', '-at_install')
class TestDesk(RechargeCase):
    """One screen of what suppliers leave to people."""

    def _counts(self):
        desks = self.env['wx.recharge.desk'].search([])
        desks.invalidate_recordset()
        return {desk.code: desk.count for desk in desks}

    def _grown(self, before):
        return {
            code: count - before[code]
            for code, count in self._counts().items()
            if count > before[code]
        }

    def test_every_list_opens_what_it_counts(self):
        for desk in self.env['wx.recharge.desk'].search([]):
            with self.subTest(desk=desk.code):
                action = desk.action_open()
                records = self.env[action['res_model']].search(action['domain'])
                self.assertEqual(len(records), desk.count)

    def test_attempts_that_wait_are_counted(self):
        before = self._counts()
        _order, attempt = self.paid_order()
        attempt.write({'state': 'unknown', 'submitted_at': fields.Datetime.now()})
        self.assertEqual(self._grown(before), {'unknown': 1})
        attempt.late_alerted = True
        self.assertEqual(self._grown(before), {'unknown': 1, 'late': 1})
        attempt.state = 'failed'
        self.assertEqual(self._grown(before), {})

    def test_what_people_deliver_is_counted_until_its_end(self):
        before = self._counts()
        self.supplier.adapter = 'manual'
        _order, attempt = self.paid_order()
        self.run_attempt(attempt)
        self.assertEqual(self._grown(before), {'hand': 1})
        attempt.state = 'succeeded'
        self.assertEqual(self._grown(before), {})

    def test_suppliers_that_need_somebody_are_counted(self):
        before = self._counts()
        self.supplier.action_pause()
        self.supplier.balance_min = 1000
        self.supplier._refresh_balance()
        with mute_logger('odoo.addons.wx_recharge.models.wx_recharge_supplier_rules'):
            self.supplier._count_refused('forged')
        self.assertEqual(self._grown(before), {'paused': 1, 'low': 1, 'refused': 1})
        self.supplier.refused_at = fields.Datetime.now() - timedelta(hours=25)
        self.assertEqual(self._grown(before), {'paused': 1, 'low': 1})

    @mute_logger(FLOW)
    def test_orders_are_counted_until_a_person_has_handled_them(self):
        before = self._counts()
        order, attempt = self.paid_order()
        attempt.write({'state': 'unknown', 'submitted_at': fields.Datetime.now()})
        order._set_anomaly('nobody knows')
        self.assertEqual(self._grown(before), {'unknown': 1, 'anomaly': 1})
        with self.assertRaises(Conflict):
            order.action_handled()
        order.action_settle('delivered', 'supplier support confirmed')
        order._flag_anomaly('delivered a second time')
        self.assertEqual(self._grown(before), {'odd': 1})
        support = self._create_staff('rc_desk_support', 'support')
        with self.assertRaises(AccessError):
            order.with_user(support).action_handled()
        order.action_handled()
        self.assertEqual(self._grown(before), {})
        self.assertEqual(order.state, 'delivered')
        self.assertIn('delivered a second time', order.message_ids[0].body)
        self.assertFalse(order.activity_ids)

    def test_lists_are_as_long_as_the_own_rights_let_them_be(self):
        order, attempt = self.paid_order()
        attempt.write({'state': 'unknown', 'submitted_at': fields.Datetime.now()})
        company = self.env['res.company'].create({'name': 'Elsewhere'})
        stranger = self._create_staff(
            'rc_desk_stranger', 'operator', company_id=company.id, company_ids=company.ids
        )
        desk = self.env.ref('wx_recharge.desk_unknown')
        self.assertGreaterEqual(desk.count, 1)
        own = desk.with_user(stranger)
        own.invalidate_recordset()
        self.assertEqual(own.count, 0)
        self.assertTrue(order)
