import base64
from pathlib import Path

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import file_path, mute_logger

from odoo.addons.wx_base.exceptions import Conflict, InvalidInput
from odoo.addons.wx_base.tools import http as wx_http

from .kind_common import KindCommon

STATES = 'odoo.addons.wx_payment.models.wx_payment_state_mixin'


class OfflineCommon(KindCommon):
    kind = 'offline'

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.teller = cls._create_staff('offline_teller', 'finance')
        cls.second = cls._create_staff('offline_second', 'finance')

    def _create_fake(self):
        def send(*args, **kwargs):
            raise AssertionError('An offline payment called the outside.')

        return send

    def _attach(self, user=None, name='receipt.pdf'):
        """Return a file as the upload field of the dialogue makes it."""
        return (
            self.env['ir.attachment']
            .with_user(user or self.teller)
            .create(
                {
                    'name': name,
                    'datas': base64.b64encode(b'paid in cash'),
                    'res_model': 'wx.payment.evidence.wizard',
                }
            )
        )

    def _press(self, confirmed, *, user=None, note='Cash, receipt 0815', attachments=None):
        """Have somebody press the button of the dialogue and return the request for consent."""
        user = user or self.teller
        name = 'attempt_id' if confirmed._name == 'wx.payment.attempt' else 'refund_id'
        evidence = self._attach(user) if attachments is None else attachments
        wizard = (
            self.env['wx.payment.evidence.wizard']
            .with_user(user)
            .create({name: confirmed.id, 'note': note, 'attachment_ids': [(6, 0, evidence.ids)]})
        )
        action = wizard.action_confirm()
        self.assertEqual(action['res_model'], 'rbac.approval')
        return self.env['rbac.approval'].browse(action['res_id'])

    def _confirm(self, confirmed):
        approval = self._press(confirmed)
        approval.with_user(self.second).action_approve()
        return approval

    def _paid_offline(self, amount_fen=100):
        order, attempt, _invoke = self._start('counter', amount_fen)
        self._confirm(attempt)
        self.assertEqual(order.state, 'paid')
        return order, attempt


@tagged('post_install', '-at_install')
class TestOfflinePayment(OfflineCommon):
    def test_one_file_brings_the_kind_and_the_machinery_knows_nothing_of_it(self):
        """A wire client and a model file are enough; dialogues for staff come on top."""
        folder = Path(file_path('wx_payment/models'))
        names = ('attempt', 'channel', 'leg', 'notification', 'provider', 'refund')
        machinery = [
            *(found for name in names for found in folder.glob(f'wx_payment_{name}*.py')),
            *folder.parent.glob('const*.py'),
            *folder.parent.glob('views/wx_payment_channel_views.xml'),
        ]
        knowing = {found.name for found in machinery if 'offline' in found.read_text()}
        self.assertEqual(knowing, {'wx_payment_provider_offline.py'})

    def test_nothing_is_opened_and_nobody_is_called(self):
        order, attempt, invoke = self._start('counter')
        self.assertEqual(invoke, {})
        self.assertEqual((order.state, attempt.state), ('pending', 'open'))
        self.assertFalse(self.channel.notify_url)

    def test_query_leaves_it_open(self):
        order, attempt, _invoke = self._start('counter')
        self._run_jobs(attempt)
        self.assertEqual((order.state, attempt.state), ('pending', 'open'))

    def test_cancelled_order_is_closed(self):
        order, attempt, _invoke = self._start('counter')
        order._cancel('customer')
        self.assertEqual((order.state, attempt.state), ('closed', 'closed'))

    def test_one_person_alone_books_nothing(self):
        order, attempt, _invoke = self._start('counter')
        approval = self._press(attempt)
        self.assertEqual((order.state, approval.state), ('pending', 'pending'))
        self.assertEqual(approval.reason, 'Cash, receipt 0815')
        with self.assertRaises(AccessError):
            approval.with_user(self.teller).action_approve()
        self.assertEqual(order.state, 'pending')

    def test_second_person_consents_and_it_is_booked(self):
        order, attempt, _invoke = self._start('counter')
        approval = self._confirm(attempt)
        self.assertRecordValues(approval, [{'state': 'executed', 'approver_id': self.second.id}])
        self._assert_paid(order, attempt)

    def test_evidence_stays_with_the_order(self):
        order, attempt, _invoke = self._start('counter')
        self._confirm(attempt)
        message = order.message_ids.filtered('attachment_ids')
        self.assertIn('Cash, receipt 0815', message.body)
        self.assertEqual(message.author_id, self.teller.partner_id)
        self.assertRecordValues(
            message.attachment_ids,
            [{'name': 'receipt.pdf', 'res_model': 'wx.payment.order', 'res_id': order.id}],
        )

    def test_evidence_outlives_the_dialogue(self):
        order, attempt, _invoke = self._start('counter')
        approval = self._press(attempt)
        self.env['wx.payment.evidence.wizard'].search([]).unlink()
        approval.with_user(self.second).action_approve()
        self.assertEqual(order.state, 'paid')

    def test_without_note_or_evidence_nothing_is_booked(self):
        order, attempt, _invoke = self._start('counter')
        evidence = self._attach()
        evidence.sudo().write({'res_model': order._name, 'res_id': order.id})
        for note, ids, error in (
            ('', evidence.ids, InvalidInput),
            ('Cash', [], InvalidInput),
            ('Cash', [evidence.id, 0], InvalidInput),
        ):
            with self.subTest(note=note, ids=ids):
                self._expect(error, attempt.action_confirm_offline, note, ids)
        self.assertEqual(order.state, 'pending')

    def test_foreign_files_are_no_evidence(self):
        order, attempt, _invoke = self._start('counter')
        foreign = self._attach(self.second)
        self._expect(InvalidInput, attempt.action_confirm_offline, 'Cash', foreign.ids)
        with self.assertRaises(UserError):
            self._press(attempt, attachments=foreign.sudo())
        self.assertEqual(
            (order.state, foreign.res_model), ('pending', 'wx.payment.evidence.wizard')
        )

    def test_confirmed_twice_is_booked_once(self):
        order, attempt, _invoke = self._start('counter')
        first, second = self._press(attempt), self._press(attempt)
        first.with_user(self.second).action_approve()
        second.with_user(self.second).action_approve()
        self.assertEqual((first.state, second.state), ('executed', 'failed'))
        evidence = order.message_ids.attachment_ids.ids
        self._expect(Conflict, attempt.action_confirm_offline, 'x', evidence)
        self._assert_paid(order, attempt)

    @mute_logger(STATES)
    def test_money_for_a_closed_order_is_to_be_handed_back(self):
        order, attempt, _invoke = self._start('counter')
        order._cancel('customer')
        self._confirm(attempt)
        self.assertRecordValues(attempt, [{'state': 'suspense', 'suspense_reason': 'late'}])
        self.assertRecordValues(attempt.refund_ids, [{'amount_fen': 100, 'state': 'queued'}])
        self.assertEqual(self.hooks.calls, [('closed', order.res_id)])

    def test_payment_of_a_provider_is_not_confirmed_by_hand(self):
        self.patch(wx_http, 'send', self.wechat)
        order, attempt = self._create_pending()
        with self.assertRaises(UserError):
            attempt.action_confirm_offline('x', [])
        self.assertEqual(order.state, 'pending')

    def test_who_may_ask(self):
        order, attempt, _invoke = self._start('counter')
        users = self._create_all_staff('offline')
        self._assert_allowed(
            users,
            ('support', 'finance', 'system'),
            lambda user: self._press(attempt, user=user),
        )
        self.assertEqual(order.state, 'pending')

    def test_connection_test_says_there_is_nobody_to_ask(self):
        told = self.channel.action_test_connection()['params']
        self.assertEqual(told['type'], 'success')
        self.assertIn('nobody to ask', told['message'])


@tagged('post_install', '-at_install')
class TestOfflineRefund(OfflineCommon):
    @mute_logger(STATES)
    def test_refund_waits_for_people(self):
        order, _attempt = self._paid_offline()
        refund = order._request_refund(40, 'Goodwill')
        self.assertTrue(
            order.activity_ids.filtered(lambda todo: refund.out_refund_no in todo.summary)
        )
        for _i in range(3):
            self._run_jobs(refund)
        self.assertEqual((refund.state, order.state), ('processing', 'refunding'))
        self.assertEqual(order.refunded_fen, 0)

    @mute_logger(STATES)
    def test_in_part_and_in_full(self):
        order, attempt = self._paid_offline()
        for part, state in ((40, 'paid'), (60, 'refunded')):
            refund = order._request_refund(part, 'Goodwill')
            self._run_jobs(refund)
            self._confirm(refund)
            self.assertRecordValues(refund, [{'state': 'done', 'next_try_at': False}])
            self.assertEqual(order.state, state)
            self.assertFalse(order.activity_ids)
        self.assertRecordValues(attempt, [{'refunded_fen': 100, 'refunding_fen': 0}])
        self._assert_clearing(0)
        self.assertIn(('refunded', order.res_id), self.hooks.calls)

    @mute_logger(STATES)
    def test_handed_back_before_the_job_came(self):
        order, _attempt = self._paid_offline()
        refund = order._request_refund(100, 'Goodwill')
        self._confirm(refund)
        self.assertEqual((refund.state, order.state), ('done', 'refunded'))
        self._run_jobs(refund)
        self.assertEqual(refund.state, 'done')

    @mute_logger(STATES)
    def test_one_person_alone_books_nothing(self):
        order, _attempt = self._paid_offline()
        refund = order._request_refund(100, 'Goodwill')
        approval = self._press(refund)
        with self.assertRaises(AccessError):
            approval.with_user(self.teller).action_approve()
        self.assertEqual((refund.state, order.state), ('queued', 'refunding'))

    @mute_logger(STATES)
    def test_confirmed_twice_is_booked_once(self):
        order, _attempt = self._paid_offline()
        refund = order._request_refund(100, 'Goodwill')
        first, second = self._press(refund), self._press(refund)
        first.with_user(self.second).action_approve()
        second.with_user(self.second).action_approve()
        self.assertEqual((first.state, second.state), ('executed', 'failed'))
        self.assertEqual(order.refunded_fen, 100)

    @mute_logger(STATES)
    def test_who_may_ask(self):
        order, _attempt = self._paid_offline()
        refund = order._request_refund(100, 'Goodwill')
        users = self._create_all_staff('offline')
        self._assert_allowed(
            users, ('finance', 'system'), lambda user: self._press(refund, user=user)
        )
        self.assertEqual(refund.state, 'queued')
