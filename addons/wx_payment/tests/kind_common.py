"""What every kind of channel must do, whoever the provider is."""

import contextlib
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict
from odoo.addons.wx_base.tools import http as wx_http

from ..values import Way
from .common import SLUG, PaymentCommon

QUERY = 'odoo.addons.wx_payment.models.wx_payment_attempt_query'
PREPAY = 'odoo.addons.wx_payment.models.wx_payment_attempt_prepay'
PAGE = 'https://shop.example/back'
KIND_SLUG = 'kind-channel'


class KindCommon(PaymentCommon):
    """A channel of the kind under test, and its provider behind the one exit."""

    kind = None
    word = 'wechat'
    auth_code = '134567890123456789'

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel.slug = f'{SLUG}-other'
        cls.v3_channel = cls.channel
        cls.channel = cls.env['wx.payment.channel'].create(cls._channel_values())

    @classmethod
    def _channel_values(cls, **values):
        """Return the values of a working channel of this kind."""
        return {
            'name': f'Test {cls.kind}',
            'kind': cls.kind,
            'app_id': cls.app.id,
            'endpoint': 'production',
            'slug': KIND_SLUG,
        } | values

    def setUp(self):
        super().setUp()
        self.fake = self._create_fake()
        self.patch(wx_http, 'send', self.fake)

    def _way(self, scene):
        return Way(
            self.kind,
            scene,
            client_ip='203.0.113.7',
            return_url=PAGE,
            auth_code=self.auth_code if scene == 'code' else '',
        )

    # === OUR SIDE === #

    def _start(self, scene, amount_fen=100):
        """Return an order whose payment was started, its attempt, and what the caller got."""
        order = self._create_order(amount_fen)
        answer = order._pay(self._way(scene))
        self.assertEqual((answer['channel'], answer['scene']), (self.kind, scene))
        return order, order.attempt_ids, answer['invoke']

    def _start_paid(self, scene, amount_fen=100):
        """Return an order that the customer has paid at the provider, and nobody told us."""
        order, attempt, invoke = self._start(scene, amount_fen)
        if order.state != 'paid':
            self._pay_there(attempt, invoke)
        return order, attempt

    def _create_paid_by(self, scene, amount_fen=100):
        order, attempt = self._start_paid(scene, amount_fen)
        if order.state != 'paid':
            self._deliver_raw(*self.fake.notice(attempt.out_trade_no))
        self.assertEqual((order.state, attempt.state), ('paid', 'paid'))
        return order, attempt

    def _names(self):
        return [name for name, _number in self.fake.calls]

    # === THEIR SIDE === #

    def _pay_there(self, attempt, invoke):
        self.fake.pay(attempt.out_trade_no)

    def _receive(self, headers, body, slug=KIND_SLUG, topic='notify'):
        notifications = self.env['wx.payment.notification']
        return notifications._receive(self.word, topic, slug, headers, body)

    def _assert_paid(self, order, attempt, amount_fen=100):
        self.assertRecordValues(order, [{'state': 'paid', 'paid_fen': amount_fen}])
        self.assertRecordValues(
            attempt, [{'state': 'paid', 'paid_fen': amount_fen, 'next_try_at': False}]
        )
        self.assertTrue(attempt.transaction_id)
        self.assertEqual(self.hooks.calls, [('paid', order.res_id)])
        self._assert_clearing(-amount_fen)

    def _assert_clearing(self, balance):
        """The clearing account is below zero by what the provider owes us."""
        account = self.env['wx.ledger.account']._of_purpose(
            self.env['wx.ledger.asset']._money_of(
                self.channel.company_id, self.env.ref('base.CNY')
            ),
            'clearing',
            self.channel,
        )
        found = self.env['wx.ledger'].balance([account.id])[account.id]
        self.assertEqual(found.balance, balance)


class SceneCases:
    """One order through each scene: paid, closed and refunded, also when a notice is lost.

    Mixed into a `KindCommon`; each case is run for every scene of `scenes`.
    """

    # Odoo leaves out inherited tests otherwise.
    allow_inherited_tests_method = True
    scenes = ()

    @contextlib.contextmanager
    def _alone(self, scene):
        """Run a case for one scene, and take back what it wrote."""
        self.hooks.calls.clear()
        self.fake = self._create_fake()
        with patch.object(wx_http, 'send', self.fake):
            savepoint = self.env.cr.savepoint(flush=True)
            try:
                with self.subTest(scene=scene):
                    yield
            finally:
                self.env.invalidate_all(flush=False)
                savepoint.close(rollback=True)

    def test_kind_serves_these_scenes(self):
        served = self.channel._provider()._scenes
        self.assertLessEqual(set(self.scenes), served)

    def test_paid_by_its_notice(self):
        for scene in self.scenes:
            with self._alone(scene):
                order, attempt = self._start_paid(scene)
                self.assertEqual(order.state, 'pending')
                notice = self._deliver_raw(*self.fake.notice(attempt.out_trade_no))
                self.assertRecordValues(
                    notice,
                    [{'state': 'done', 'business_key': attempt.out_trade_no, 'order_id': order.id}],
                )
                self._assert_paid(order, attempt)

    def test_paid_by_a_query_when_the_notice_is_lost(self):
        for scene in self.scenes:
            with self._alone(scene):
                order, attempt = self._start_paid(scene)
                self._run_jobs(attempt)
                self._assert_paid(order, attempt)

    def test_unpaid_stays_open(self):
        for scene in self.scenes:
            with self._alone(scene):
                order, attempt, _invoke = self._start(scene)
                self._run_jobs(attempt)
                self.assertEqual((order.state, attempt.state), ('pending', 'open'))
                self.assertTrue(attempt.next_try_at)

    def test_closed_when_it_expires(self):
        for scene in self.scenes:
            with self._alone(scene):
                order, attempt, _invoke = self._start(scene)
                order.expires_at = fields.Datetime.now() - timedelta(minutes=1)
                self._run_jobs(order)
                self.assertEqual((order.state, attempt.state), ('closed', 'closed'))
                self._expect(Conflict, order._pay, self._way(scene))

    @mute_logger(QUERY, PREPAY)
    def test_close_meets_a_payment_that_nobody_told_of(self):
        for scene in self.scenes:
            with self._alone(scene):
                order, attempt = self._start_paid(scene)
                self._run_jobs(order)
                self._assert_paid(order, attempt)

    def test_refunded_in_full(self):
        for scene in self.scenes:
            with self._alone(scene):
                order, attempt = self._create_paid_by(scene)
                refund = order._request_refund(100, 'Not delivered')
                self._run_jobs(refund)
                self._finish_refund(refund)
                self.assertRecordValues(refund, [{'state': 'done', 'next_try_at': False}])
                self.assertRecordValues(order, [{'state': 'refunded', 'refunded_fen': 100}])
                self.assertRecordValues(attempt, [{'refunded_fen': 100, 'refunding_fen': 0}])
                self._assert_clearing(0)

    def test_refunded_in_parts_that_are_told_apart(self):
        for scene in self.scenes:
            with self._alone(scene):
                order, _attempt = self._create_paid_by(scene)
                for part, state in ((30, 'paid'), (45, 'paid'), (25, 'refunded')):
                    refund = order._request_refund(part, 'Not delivered')
                    self._run_jobs(refund)
                    self._finish_refund(refund)
                    self.assertRecordValues(refund, [{'state': 'done', 'amount_fen': part}])
                    self.assertEqual(order.state, state)
                self.assertEqual(order.refunded_fen, 100)
                self._assert_clearing(0)

    def test_refunded_when_the_notice_is_lost(self):
        for scene in self.scenes:
            with self._alone(scene):
                order, _attempt = self._create_paid_by(scene)
                refund = order._request_refund(40, 'Not delivered')
                self._run_jobs(refund)
                self.fake.finish_refund(refund.out_refund_no)
                if refund.is_open:
                    self._run_jobs(refund)
                self.assertRecordValues(refund, [{'state': 'done'}])
                self.assertRecordValues(order, [{'state': 'paid', 'refunded_fen': 40}])

    def _finish_refund(self, refund):
        """Have the provider settle the refund, and its notice processed."""
        self.fake.finish_refund(refund.out_refund_no)
        self._deliver_raw(*self.fake.refund_notice(refund.out_refund_no))


class NotifyHttpCommon(KindCommon):
    """Truly signed bodies through the route; mixed with `HttpCase`."""

    scene = None

    def setUp(self):
        super().setUp()
        self.order, self.attempt = self._start_paid(self.scene)

    def _post(self, headers, body, slug=KIND_SLUG, topic='notify'):
        path = f'/payment/{self.word}/{topic}/{slug}'
        return self.url_open(path, data=body, headers=headers, method='POST')

    def _notices(self):
        return self.env['wx.payment.notification'].search([])

    def _assert_not_proven(self, *notice, topic='notify'):
        """Nothing was stored or booked, it was counted, and the provider is to come again."""
        before = self._refused_count()
        response = self._post(*notice, topic=topic)
        self.assertEqual(response.status_code, 401)
        self._assert_answer(response, accepted=False)
        self.assertFalse(self._notices())
        self.assertEqual(self.order.state, 'pending')
        self.assertEqual(self._refused_count(), before + 1)

    def _assert_stored(self, *notice, topic='notify'):
        response = self._post(*notice, topic=topic)
        self.assertEqual(response.status_code, 200)
        self._assert_answer(response, accepted=True)

    def _assert_processed_as(self, state, *notice):
        """The notice was stored and ends in this state; return it."""
        before = self._notices()
        self._assert_stored(*notice)
        stored = self._notices() - before
        self._run_jobs(stored)
        self.assertEqual(stored.state, state)
        return stored

    def _refused_count(self):
        self.channel.invalidate_recordset()
        by_hour = self.env['wx.payment.refusal'].search([('channel_id', '=', self.channel.id)])
        by_hour.invalidate_recordset()
        self.assertEqual(sum(by_hour.mapped('count')), self.channel.refused_count)
        return self.channel.refused_count
