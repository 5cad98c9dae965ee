import contextlib
import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, api, fields
from odoo.modules.registry import Registry
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import ApiError
from odoo.addons.wx_base.tools import http as wx_http

from .common import SLUG, DocumentHooks, channel_values, patch_hooks
from .fake_wechat_pay import FakeWeChatPay

CONTEXT = {'tracking_disable': True, 'mail_create_nolog': True, 'mail_notrack': True}
QUIET = (
    'odoo.sql_db',
    'odoo.addons.wx_base.models.wx_job_mixin',
    'odoo.addons.wx_payment.models.wx_payment_leg',
    'odoo.addons.wx_payment.models.wx_payment_refund',
    'odoo.addons.wx_payment.models.wx_payment_state_mixin',
)


@tagged('-standard', '-at_install', 'post_install', 'wx_concurrency')
class TestPaymentConcurrency(BaseCase):
    """Several real cursors at one payment; everything is committed, and removed afterwards."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.addClassCleanup(cls._clean_up)
        with cls._transaction() as env:
            app = env['wx.app'].create({'name': 'Race app', 'appid': 'wxfeedfacecafe0777'})
            user = env['wx.user'].create({'app_id': app.id, 'openid': 'oRace0001'})
            # Away from the scheduled actions of a server on this database.
            channel = env['wx.payment.channel'].create(channel_values(app))
            cls.ids = {'app': app.id, 'wx_user': user.id, 'channel': channel.id}

    @classmethod
    def _clean_up(cls):
        """Remove what was committed; the evidence lets nobody but the database do it."""
        with cls._transaction() as env:
            channel = (cls.ids['channel'],)
            env.cr.execute('DELETE FROM wx_payment_notification WHERE channel_id = %s', channel)
            env.cr.execute('DELETE FROM wx_payment_refund WHERE channel_id = %s', channel)
            env.cr.execute('DELETE FROM wx_payment_leg WHERE channel_id = %s', channel)
            orders = env['wx.payment.order'].search([('wx_user_id', '=', cls.ids['wx_user'])])
            documents = env['res.partner'].browse(orders.mapped('res_id'))
            orders.unlink()
            documents.unlink()
            env['wx.payment.channel'].browse(cls.ids['channel']).unlink()
            env['wx.user'].browse(cls.ids['wx_user']).unlink()
            env['wx.app'].browse(cls.ids['app']).unlink()

    @classmethod
    @contextlib.contextmanager
    def _transaction(cls):
        with cls.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, CONTEXT)

    def setUp(self):
        super().setUp()
        self.wechat = FakeWeChatPay()
        self.hooks = DocumentHooks()
        self.enterContext(mute_logger(*QUIET))
        self.enterContext(patch.object(wx_http, 'send', autospec=True, side_effect=self.wechat))
        with self._transaction() as env:
            for patcher in patch_hooks(env, self.hooks):
                self.enterContext(patcher)

    # === HELPERS === #

    def _retry(self, function):
        """Run `function(env)` as a request runs: again from the start after a conflict."""
        for _attempt in range(60):
            try:
                with self._transaction() as env:
                    return function(env)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                time.sleep(random.uniform(0, 0.02))  # noqa: S311 - no secret
            except ApiError as error:
                return error
        return self.fail('no end of conflicts')

    def _together(self, *functions):
        """Run functions at once, each with its own cursor, and return what they returned."""
        with ThreadPoolExecutor(max_workers=len(functions)) as executor:
            return list(executor.map(self._retry, functions))

    def _create_pending(self, env, amount_fen=100):
        order = env['wx.payment.order']._create_for(
            env['res.partner'].create({'name': 'Race document'}),
            env['wx.user'].browse(self.ids['wx_user']),
            amount_fen,
            'Race',
            fields.Datetime.now() + timedelta(hours=1),
        )
        order._pay('wxpay_v3')
        return order.id, order.leg_ids.out_trade_no

    def _receive(self, notice):
        return lambda env: env['wx.payment.notification']._receive(SLUG, *notice).http_status

    def _process(self, env):
        """Process every stored notice, as two workers at once would."""
        notices = env['wx.payment.notification'].search(
            [('channel_id', '=', self.ids['channel'])]
        )
        for notice in notices:
            notice._job_run()
        return len(notices)

    def _read(self, model, record_id, *names):
        with self._transaction() as env:
            return env[model].browse(record_id).read(names)[0]

    def _count(self, table, order_id):
        with self._transaction() as env:
            env.cr.execute(f'SELECT count(*) FROM {table} WHERE order_id = %s', [order_id])
            return env.cr.fetchone()[0]

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
        order = self._read('wx.payment.order', order_id, 'state', 'paid_fen')
        self.assertEqual((order['state'], order['paid_fen']), ('paid', 100))
        self.assertEqual(len(self.hooks.calls), len(set(self.hooks.calls)) or 1)
        self.assertEqual(self._committed_hooks(order_id), 1)

    def _committed_hooks(self, order_id):
        """Count the moves to `paid` that lasted: the hook of a rolled back try does not count."""
        with self._transaction() as env:
            order = env['wx.payment.order'].browse(order_id)
            return sum(leg.paid_fen for leg in order.leg_ids) // order.amount_fen

    def test_notice_and_query_at_once_book_one_payment(self):
        order_id, number = self._retry(self._create_pending)
        self._retry(self._receive(self.wechat.notice(self.wechat.pay(number))))

        def query(env):
            leg = env['wx.payment.order'].browse(order_id).leg_ids
            leg._learn()

        self._together(query, self._process, query, self._process)
        order = self._read('wx.payment.order', order_id, 'state', 'paid_fen')
        self.assertEqual((order['state'], order['paid_fen']), ('paid', 100))

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
                return env['wx.payment.notification']._receive(SLUG, *notice).http_status

            self._together(cancel, pay, cancel)
            self._retry(self._process)
            ends.add(self._assert_one_end(order_id))
        self.assertLessEqual(ends, {'paid', 'closed'})

    def _assert_one_end(self, order_id):
        with self._transaction() as env:
            order = env['wx.payment.order'].browse(order_id)
            leg = order.leg_ids
            if order.state == 'paid':
                self.assertEqual((leg.state, order.paid_fen), ('paid', 100))
                self.assertFalse(leg.refund_ids)
            else:
                self.assertEqual((order.state, order.paid_fen), ('closed', 0))
                self.assertEqual((leg.state, leg.suspense_reason), ('suspense', 'late'))
                self.assertEqual(leg.refund_ids.mapped('amount_fen'), [100])
            return order.state

    def test_cancel_and_pay_at_once_leave_no_open_number_behind(self):
        for _round in range(4):
            with self._transaction() as env:
                order_id = env['wx.payment.order']._create_for(
                    env['res.partner'].create({'name': 'Race document'}),
                    env['wx.user'].browse(self.ids['wx_user']),
                    100,
                    'Race',
                    fields.Datetime.now() + timedelta(hours=1),
                ).id
            self._together(
                lambda env, order_id=order_id: env['wx.payment.order']
                .browse(order_id)
                ._cancel('race'),
                lambda env, order_id=order_id: env['wx.payment.order']
                .browse(order_id)
                ._pay('wxpay_v3'),
            )
            with self._transaction() as env:
                order = env['wx.payment.order'].browse(order_id)
                self.assertIn(order.state, ('closed', 'pending'))
                if order.state == 'closed':
                    self.assertNotIn('open', order.leg_ids.mapped('state'))
                    self.assertNotIn('draft', order.leg_ids.mapped('state'))

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
            *[lambda env: env['wx.payment.order'].browse(order_id)._pay('wxpay_v3')] * 4
        )
        self.assertEqual(self._count('wx_payment_leg', order_id), 1)
        self.assertTrue(all('invoke' in answer for answer in answers))

    # === REFUNDS === #

    def _create_paid(self, amount_fen):
        order_id, number = self._retry(lambda env: self._create_pending(env, amount_fen))
        self._retry(self._receive(self.wechat.notice(self.wechat.pay(number))))
        self._retry(self._process)
        return order_id

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
