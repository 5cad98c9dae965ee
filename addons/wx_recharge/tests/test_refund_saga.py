from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict

from .sale_common import SaleCase

ORDER = 'odoo.addons.wx_recharge.models.wx_recharge_order_flow'
REFUND = 'odoo.addons.wx_recharge.models.wx_recharge_order_refund'


class Killed(Exception):
    """The process dies here: what its transaction wrote is gone."""


@tagged('post_install', '-at_install')
class TestRefundSaga(SaleCase):
    """A refund interrupted before every step comes to the same end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.package.write({'stock_limited': True, 'stock_qty': 3})

    def setUp(self):
        super().setUp()
        self.account = self._points()
        self.coupon = self._coupon()
        self.order = self._place_with([self.coupon])
        self.attempt = self._pay(self.order)

    def _resume(self):
        """Run the scheduled action as if the order had not moved for a while."""
        self.env.flush_all()
        self.env.cr.execute(
            'UPDATE wx_recharge_order SET write_date = %s WHERE id = %s',
            [fields.Datetime.now() - timedelta(hours=1), self.order.id],
        )
        self.env.invalidate_all()
        self.env['wx.recharge.order']._cron_resume_refunds()

    def _kill(self, function, model, method):
        """Call `function` and let the process die in `method`; its transaction is gone."""
        self.env.flush_all()
        with (
            patch.object(self.env.registry[model], method, side_effect=Killed),
            self.assertRaises(Killed),
            self.env.cr.savepoint(),
        ):
            function()
        self.env.invalidate_all()

    def _assert_all_is_back(self):
        payment = self.order.payment_order_id
        self.assertEqual((self.order.state, payment.state), ('refunded', 'refunded'))
        self.assertEqual((payment.refunded_fen, payment.refundable_fen), (2280, 0))
        self.assertEqual(payment.refund_ids.mapped('amount_fen'), [2280])
        self.assertEqual(self.coupon.state, 'issued')
        self.assertEqual(self.package.stock_qty, 3)
        self.account.invalidate_recordset()
        self.assertEqual(self.account.balance, 0)

    def test_killed_before_each_step_of_a_failure(self):
        def fail():
            self.order._set_failed('refused')

        def done():
            self._refund_done(self.order)

        for model, method in (
            ('wx.recharge.order', '_give_back_money'),
            ('wx.payment.order', '_request_refund'),
            ('wx.payment.order', '_open_refund'),
        ):
            with self.subTest(killed_in=method):
                self._kill(fail, model, method)
                self.assertEqual(self.order.state, 'fulfilling')
                self.assertFalse(self.order.payment_order_id.refund_ids)
        fail()
        for model, method in (
            ('wx.recharge.order', '_on_refunded'),
            ('wx.recharge.order', '_release_scarce'),
            ('wx.recharge.package', '_return_stock'),
            ('wx.coupon', '_give_back'),
        ):
            with self.subTest(killed_in=method):
                self._kill(done, model, method)
                self.assertEqual((self.order.state, self.coupon.state), ('refunding', 'held'))
                self.assertEqual(self.package.stock_qty, 2)
        done()
        self._assert_all_is_back()

    def test_an_order_left_failed_is_taken_up(self):
        self.order.write({'state': 'failed', 'failure': 'refused'})
        self._resume()
        self.assertEqual(self.order.state, 'refunding')
        self._refund_done(self.order)
        self._assert_all_is_back()

    def test_an_order_left_refunding_without_refunds_is_taken_up(self):
        self.order.write({'state': 'refunding', 'failure': 'refused'})
        self._resume()
        self.assertEqual(self.order.payment_order_id.refund_ids.amount_fen, 2280)
        self._resume()
        self._refund_done(self.order)
        self._assert_all_is_back()

    def test_an_order_that_missed_the_end_of_its_refund_is_taken_up(self):
        self.order._set_failed('refused')
        self._kill_hook_silently()
        self.assertEqual(self.order.state, 'refunding')
        self._resume()
        self._assert_all_is_back()

    def _kill_hook_silently(self):
        orders = self.env.registry['wx.recharge.order']
        with patch.object(orders, '_on_refunded', autospec=True):
            self._refund_done(self.order)

    def test_a_refund_under_way_is_left_alone(self):
        self.order._set_failed('refused')
        for _time in range(2):
            self._resume()
        self.assertEqual(len(self.order.payment_order_id.refund_ids), 1)
        self.assertFalse(self.order.anomaly_note)

    @mute_logger(ORDER)
    def test_a_refund_that_was_closed_calls_a_person_once(self):
        self.order._set_failed('refused')
        payment = self.order.payment_order_id
        payment.refund_ids.write({'state': 'closed', 'next_try_at': False})
        payment._settle_refund(payment.refund_ids, False)
        self.assertTrue(self.order.activity_ids)
        for _time in range(2):
            self._resume()
        self.assertEqual(len(payment.refund_ids), 1)
        self.assertTrue(self.order.anomaly_note)
        self.assertEqual(len(self.order.activity_ids), 1)

    @mute_logger(ORDER)
    def test_a_refund_that_the_payment_refuses_leaves_the_failure_and_calls_a_person(self):
        payments = self.env.registry['wx.payment.order']
        with patch.object(payments, '_request_refund', side_effect=Conflict('too late')):
            self.order._set_failed('refused')
            self.assertEqual(self.order.state, 'refunding')
            self.assertIn('too late', self.order.anomaly_note)
            self.assertEqual(len(self.order.activity_ids), 1)
            self._resume()
        self.assertEqual(self.order.state, 'refunding')
        self.assertEqual(len(self.order.activity_ids), 1)

    @mute_logger(REFUND)
    def test_one_bad_order_does_not_stop_the_others(self):
        other = self._place()
        self._pay(other)
        (self.order + other).write({'state': 'failed', 'failure': 'refused'})
        resume = self.env.registry['wx.recharge.order']._resume_refund

        def spoilt(order):
            if order.id == self.order.id:
                raise ValueError('spoilt')
            return resume(order)

        self.env.flush_all()
        with (
            patch.object(self.env.registry['wx.recharge.order'], '_resume_refund', spoilt),
            patch.object(self.env.cr, 'rollback'),
        ):
            self._resume()
            self.env.cr.execute(
                'UPDATE wx_recharge_order SET write_date = %s WHERE id = %s',
                ['2020-01-01', other.id],
            )
            self._resume()
        self.assertEqual((self.order.state, other.state), ('failed', 'refunding'))
