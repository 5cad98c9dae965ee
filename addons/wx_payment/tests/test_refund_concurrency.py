import time
from concurrent.futures import ThreadPoolExecutor

from odoo.tests import tagged

from .race import TAGS, PaymentRaceCase


@tagged(*TAGS)
class TestRefundConcurrency(PaymentRaceCase):
    # === REFUNDS === #

    def test_parallel_partial_refunds_never_exceed_the_payment(self):
        order_id = self._create_paid(100)

        def refund(env):
            return env['wx.payment.order'].browse(order_id)._request_refund(30, 'race').ids

        answers = self._together(*[refund] * 8)
        self.assertEqual(sum(isinstance(answer, list) for answer in answers), 3)
        order = self._read('wx.payment.order', order_id, 'refunding_fen', 'paid_fen')
        self.assertEqual((order['refunding_fen'], order['paid_fen']), (90, 100))

    def test_refund_notice_and_query_at_once_settle_once(self):
        order_id = self._create_paid(100)
        with self._transaction() as env:
            refund = env['wx.payment.order'].browse(order_id)._request_refund(100, 'race')
            refund_id, number = refund.id, refund.out_refund_no
        self._retry(lambda env: env['wx.payment.refund'].browse(refund_id)._job_run())
        self.wechat.finish_refund(number)
        self._retry(self._receive(self.wechat.refund_notice(number)))

        def query(env):
            env['wx.payment.refund'].browse(refund_id)._job_run()

        self._together(query, self._process, query, self._process)
        order = self._read('wx.payment.order', order_id, 'state', 'refunded_fen', 'refunding_fen')
        self.assertEqual(
            (order['state'], order['refunded_fen'], order['refunding_fen']), ('refunded', 100, 0)
        )

    # === NEGATIVE CONTROL === #

    def test_without_the_lock_the_race_is_lost(self):
        """Read, wait, write without a lock: the same race must then go wrong."""
        order_id = self._create_paid(100)
        with self._transaction() as env:
            env.cr.execute(
                'ALTER TABLE wx_payment_order DROP CONSTRAINT wx_payment_order_refunds_check'
            )
        try:
            taken = self._race_without_lock(order_id)
        finally:
            with self._transaction() as env:
                env.cr.execute(
                    'UPDATE wx_payment_order SET refunding_fen = 0 WHERE id = %s', [order_id]
                )
                env.cr.execute(
                    """ALTER TABLE wx_payment_order ADD CONSTRAINT wx_payment_order_refunds_check
                       CHECK (refunding_fen >= 0 AND refunded_fen >= 0
                              AND refunding_fen + refunded_fen <= paid_fen)"""
                )
        self.assertGreater(taken, 100)

    def _race_without_lock(self, order_id):
        def refund(_number):
            with self.registry.cursor() as cr:
                # What a program without lock and snapshot would do.
                cr._cnx.set_session(isolation_level='READ COMMITTED')
                cr.execute(
                    'SELECT paid_fen - refunding_fen FROM wx_payment_order WHERE id = %s',
                    [order_id],
                )
                left = cr.fetchone()[0]
                time.sleep(0.1)
                if left >= 60:
                    cr.execute(
                        """UPDATE wx_payment_order SET refunding_fen = refunding_fen + 60
                            WHERE id = %s""",
                        [order_id],
                    )
                    return 60
                return 0

        with ThreadPoolExecutor(max_workers=4) as executor:
            return sum(executor.map(refund, range(4)))
