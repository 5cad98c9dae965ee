from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict

from .common import RefundCommon

STATE = 'odoo.addons.wx_payment.models.wx_payment_state_mixin'


@tagged('post_install', '-at_install')
class TestRefundRules(RefundCommon):
    def test_the_time_ends_so_many_days_after_the_payment(self):
        order, _attempt = self._create_paid()
        self.env.company.wx_refund_days = 30
        self.assertEqual(order.refundable_until, order.paid_at + timedelta(days=30))
        with freeze_time(order.paid_at + timedelta(days=29, hours=23)):
            self.assertTrue(self._request(order, 10))
        with freeze_time(order.paid_at + timedelta(days=30, seconds=1)):
            error = self._expect(Conflict, self._request, order, 10)
        self.assertIn('within 30 days', str(error))
        self.assertIn(fields.Date.to_string(order.paid_at), str(error))
        self.assertEqual(order.refunding_fen, 10)

    def test_without_a_limit_there_is_none(self):
        order, _attempt = self._create_paid()
        self.env.company.wx_refund_days = 0
        self.assertFalse(order.refundable_until)
        with freeze_time(order.paid_at + timedelta(days=3650)):
            self.assertTrue(self._request(order, 10))

    def test_a_year_is_the_default(self):
        self.assertEqual(self.env['res.company'].create({'name': 'New'}).wx_refund_days, 365)

    def test_the_settings_change_the_company(self):
        settings = self.env['res.config.settings'].create({})
        settings.wx_refund_days = 90
        settings.wx_refund_first = 'wallet'
        settings.execute()
        self.assertEqual(self.env.company.wx_refund_days, 90)
        self.assertEqual(self.env.company.wx_refund_first, 'wallet')

    def test_a_new_refund_only_after_a_final_failure(self):
        order, _attempt = self._create_paid()
        refund = self._request(order, 100)
        self._run_jobs(refund)
        with mute_logger(STATE):
            for status in ('PROCESSING', 'ABNORMAL'):
                self.wechat.finish_refund(refund.out_refund_no, status)
                self._run_jobs(refund)
                self._expect(Conflict, self._request, order, 1)
            self.wechat.finish_refund(refund.out_refund_no, 'CLOSED')
            self._run_jobs(refund)
        self.assertEqual(refund.state, 'closed')
        again = self._request(order, 100)
        self.assertNotEqual(again.out_refund_no, refund.out_refund_no)
