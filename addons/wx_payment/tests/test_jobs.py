from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import file_open, mute_logger

from .common import RefundCommon


@tagged('post_install', '-at_install')
class TestJobs(RefundCommon):
    """The scheduled actions do by themselves what the other tests do by hand."""

    def _trigger(self, name):
        with self.enter_registry_test_mode():
            self.env.ref(f'wx_payment.{name}').method_direct_trigger()
        self.env.invalidate_all()

    def test_notices_are_processed(self):
        order, attempt = self._create_pending()
        self._receive(*self.wechat.notice(self.wechat.pay(attempt.out_trade_no)))
        self._trigger('ir_cron_process_notifications')
        self.assertEqual((order.state, order.notification_ids.state), ('paid', 'done'))

    def test_one_bad_notice_does_not_stop_the_others(self):
        orders = self.env['wx.payment.order']
        for _i in range(3):
            order, attempt = self._create_pending()
            self._receive(*self.wechat.notice(self.wechat.pay(attempt.out_trade_no)))
            orders += order
        broken = orders[1].res_id

        def fail(document):
            if document.id == broken:
                raise ValueError('no stock')

        self.patch(type(self.env['res.partner']), '_on_paid', fail)
        with mute_logger('odoo.addons.wx_base.models.wx_job_mixin'):
            self._trigger('ir_cron_process_notifications')
        self.assertEqual(orders.mapped('state'), ['paid', 'pending', 'paid'])
        notice = self.env['wx.payment.notification'].search([('state', '=', 'received')])
        self.assertEqual(len(notice), 1)
        self.assertIn('no stock', notice.last_error)
        self.assertGreater(notice.next_try_at, fields.Datetime.now())

    def test_payments_without_a_notice_are_queried(self):
        order, attempt = self._create_pending()
        self.wechat.pay(attempt.out_trade_no)
        attempt.next_try_at = fields.Datetime.now() - timedelta(seconds=1)
        self._trigger('ir_cron_query_payments')
        self.assertEqual(order.state, 'paid')

    def test_expired_orders_are_closed(self):
        draft = self._create_order(minutes=-1)
        pending, attempt = self._create_pending()
        pending.next_try_at = fields.Datetime.now() - timedelta(seconds=1)
        later = self._create_order(minutes=5)
        self._trigger('ir_cron_close_orders')
        self.assertEqual((draft + pending).mapped('state'), ['closed', 'closed'])
        self.assertEqual(attempt.state, 'closed')
        self.assertEqual(later.state, 'draft')

    def test_refunds_are_sent_and_followed(self):
        order, _attempt = self._create_paid()
        refund = self._request(order)
        self._trigger('ir_cron_send_refunds')
        self.assertEqual(refund.state, 'processing')
        self.wechat.finish_refund(refund.out_refund_no)
        refund.next_try_at = fields.Datetime.now() - timedelta(seconds=1)
        self._trigger('ir_cron_send_refunds')
        self.assertEqual((refund.state, order.state), ('done', 'refunded'))

    def test_late_money_is_given_back_without_anybody(self):
        order, attempt = self._create_pending()
        order._cancel('customer')
        with mute_logger('odoo.addons.wx_payment.models.wx_payment_state_mixin'):
            self._receive(*self.wechat.notice(self.wechat.pay(attempt.out_trade_no)))
            self._trigger('ir_cron_process_notifications')
        self._trigger('ir_cron_send_refunds')
        self.assertEqual(attempt.refund_ids.state, 'processing')
        self.wechat.finish_refund(attempt.refund_ids.out_refund_no)
        self._receive(*self.wechat.refund_notice(attempt.refund_ids.out_refund_no))
        self._trigger('ir_cron_process_notifications')
        self.assertEqual((attempt.refund_ids.state, attempt.refunded_fen), ('done', 100))
        self.assertEqual(order.state, 'closed')

    def test_copy_of_a_production_database_moves_no_money(self):
        order, attempt = self._create_paid()
        refund = self._request(order)
        pending, open_attempt = self._create_pending()
        self.env.flush_all()
        with file_open('wx_payment/data/neutralize.sql') as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertFalse(self.channel.private_key or self.channel.apiv3_key)
        self.assertEqual(self.channel.endpoint, 'simulator')
        for record in (order, attempt, refund, pending, open_attempt):
            self.assertFalse(record.next_try_at)
