from odoo.tests import tagged

from .race import TAGS, PaymentRaceCase


@tagged(*TAGS)
class TestRepairConcurrency(PaymentRaceCase):
    """Two people and the provider at one thing at once: it happens once."""

    def _push(self, kind):
        def press(env):
            troubles = env['wx.payment.trouble'].search(
                [('kind', '=', kind), ('channel_id', '=', self.ids['channel'])]
            )
            troubles.action_push()
            return len(troubles)

        return press

    def test_two_presses_and_the_real_notice_deliver_once(self):
        for _round in range(5):
            self.hooks.calls.clear()
            order_id, number = self._retry(self._create_pending)
            notice = self.wechat.notice(self.wechat.pay(number))
            self._retry(self._receive(notice))
            self._retry(self._bury)
            self._together(self._push('notice'), self._push('notice'), self._receive(notice))
            self._together(self._process, self._process, self._query(order_id))
            self.assertEqual(self._read('wx.payment.order', order_id, 'state')['state'], 'paid')
            self.assertEqual([what for what, _document in self.hooks.calls], ['paid'])
            self.assertEqual(self._count('wx_payment_leg', order_id), 1)

    def test_two_people_give_suspense_back_once(self):
        order_id = self._create_paid(100)
        attempt_id = self._retry(lambda env: self._make_suspense(env, order_id))

        def press(env):
            return env['wx.payment.attempt'].browse(attempt_id).action_refund_suspense(100, 'x')

        answers = self._together(press, press, press)
        self.assertEqual([answer for answer in answers if answer is True], [True])
        self.assertEqual(self._count('wx_payment_refund', order_id), 1)
        attempt = self._read('wx.payment.attempt', attempt_id, 'refunding_fen', 'paid_fen')
        self.assertEqual((attempt['refunding_fen'], attempt['paid_fen']), (100, 100))

    # === HELPERS === #

    def _bury(self, env):
        notices = env['wx.payment.notification'].search(
            [('channel_id', '=', self.ids['channel']), ('state', '=', 'received')]
        )
        notices.write({'dead': True, 'next_try_at': False})

    def _query(self, order_id):
        def query(env):
            for attempt in env['wx.payment.order'].browse(order_id).attempt_ids:
                attempt._job_run()

        return query

    def _make_suspense(self, env, order_id):
        """Return a second payment of the order that pays for nothing and has no refund."""
        order = env['wx.payment.order'].browse(order_id)
        attempt = order.attempt_ids.copy(
            {
                'out_trade_no': f'{order.name}_9',
                'state': 'suspense',
                'suspense_reason': 'outside',
            }
        )
        attempt.write({'paid_fen': 100, 'transaction_id': f'T{order.name}'})
        order._book_suspense(attempt)
        return attempt.id
