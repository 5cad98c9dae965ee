import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import WAY
from .race import TAGS, PaymentRaceCase


@tagged(*TAGS)
class TestPaymentConcurrency(PaymentRaceCase):
    # === NOTICES === #

    def test_hundred_copies_of_one_notice_book_one_payment(self):
        order_id, number = self._retry(self._create_pending)
        notice = self.wechat.notice(self.wechat.pay(number))
        with ThreadPoolExecutor(max_workers=8) as executor:
            answers = list(executor.map(self._retry, [self._receive(notice)] * 100))
        self.assertEqual(answers, [200] * 100)
        with self._transaction() as env:
            stored = env['wx.payment.notification'].search([('business_key', '=', number)])
            self.assertEqual(len(stored), 1)
        self._together(*[self._process] * 4)
        order = self._read('wx.payment.order', order_id, 'state', 'paid_fen', 'res_id')
        self.assertEqual((order['state'], order['paid_fen']), ('paid', 100))
        self.assertEqual(self.hooks.calls, [('paid', order['res_id'])])

    def test_notice_and_query_at_once_book_one_payment(self):
        order_id, number = self._retry(self._create_pending)
        self._retry(self._receive(self.wechat.notice(self.wechat.pay(number))))

        def query(env):
            attempt = env['wx.payment.order'].browse(order_id).attempt_ids
            attempt._learn()

        self._together(query, self._process, query, self._process)
        order = self._read('wx.payment.order', order_id, 'state', 'paid_fen', 'res_id')
        self.assertEqual((order['state'], order['paid_fen']), ('paid', 100))
        self.assertEqual(self.hooks.calls, [('paid', order['res_id'])])

    # === CANCELS === #

    def test_two_cancels_and_a_notice_end_in_one_of_two_ways(self):
        """Closed and the late money on its way back, or paid: never both, nothing lost."""
        ends = set()
        for round_number in range(6):
            order_id, number = self._retry(self._create_pending)

            def cancel(env, order_id=order_id):
                env['wx.payment.order'].browse(order_id)._cancel('race')

            def pay(env, number=number, wait=round_number % 3):
                time.sleep(wait * 0.01)
                notice = self.wechat.notice(self.wechat.pay(number))
                return (
                    env['wx.payment.notification']
                    ._receive('wechat', 'notify', self.slug, *notice)
                    .http_status
                )

            self._together(cancel, pay, cancel)
            self._retry(self._process)
            ends.add(self._assert_one_end(order_id))
        self.assertLessEqual(ends, {'paid', 'closed'})

    def _assert_one_end(self, order_id):
        with self._transaction() as env:
            order = env['wx.payment.order'].browse(order_id)
            attempt = order.attempt_ids
            if order.state == 'paid':
                self.assertEqual((attempt.state, order.paid_fen), ('paid', 100))
                self.assertFalse(attempt.refund_ids)
            else:
                self.assertEqual((order.state, order.paid_fen), ('closed', 0))
                self.assertEqual((attempt.state, attempt.suspense_reason), ('suspense', 'late'))
                self.assertEqual(attempt.refund_ids.mapped('amount_fen'), [100])
            return order.state

    def test_cancel_and_pay_at_once_leave_no_open_number_behind(self):
        for _round in range(4):
            with self._transaction() as env:
                order_id = (
                    env['wx.payment.order']
                    ._create_for(
                        env['res.partner'].create({'name': 'Race document'}),
                        env['wx.user'].browse(self.ids['wx_user']),
                        100,
                        'Race',
                        fields.Datetime.now() + timedelta(hours=1),
                    )
                    .id
                )
            self._together(
                lambda env, order_id=order_id: (
                    env['wx.payment.order'].browse(order_id)._cancel('race')
                ),
                lambda env, order_id=order_id: env['wx.payment.order'].browse(order_id)._pay(WAY),
            )
            with self._transaction() as env:
                order = env['wx.payment.order'].browse(order_id)
                self.assertIn(order.state, ('closed', 'pending'))
                if order.state == 'closed':
                    self.assertNotIn('open', order.attempt_ids.mapped('state'))
                    self.assertNotIn('draft', order.attempt_ids.mapped('state'))

    # === PAYING === #

    def test_pressing_pay_many_times_at_once_opens_one_number(self):
        with self._transaction() as env:
            order = env['wx.payment.order']._create_for(
                env['res.partner'].create({'name': 'Race document'}),
                env['wx.user'].browse(self.ids['wx_user']),
                100,
                'Race',
                fields.Datetime.now() + timedelta(hours=1),
            )
            order_id = order.id
        answers = self._together(
            *[lambda env: env['wx.payment.order'].browse(order_id)._pay(WAY)] * 4
        )
        self.assertEqual(self._count('wx_payment_attempt', order_id), 1)
        self.assertTrue(all('invoke' in answer for answer in answers))
