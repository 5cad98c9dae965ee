from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict, InvalidInput, OutcomeUnknown

from .common import WAY, RefundCommon

QUIET = (
    'odoo.addons.wx_base.models.wx_job_mixin',
    'odoo.addons.wx_payment.models.wx_payment_attempt_prepay',
    'odoo.addons.wx_payment.models.wx_payment_notification',
    'odoo.addons.wx_payment.models.wx_payment_refund',
    'odoo.addons.wx_payment.models.wx_payment_state_mixin',
)


@tagged('post_install', '-at_install')
class TestRepairDesk(RefundCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.finance = cls._create_staff('desk_finance', 'finance')

    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger(*QUIET))

    def _desk(self):
        self.env.flush_all()
        return self.env['wx.payment.trouble'].with_user(self.finance).search([])

    def _create_suspense(self):
        """Return a payment that came too late, and the refund that was opened for it."""
        order, late = self._create_pending()
        order._cancel('customer')
        self._deliver(self.wechat.pay(late.out_trade_no))
        self.assertEqual(late.state, 'suspense')
        refund = late.refund_ids
        self._run_jobs(refund)
        return late, refund

    def test_all_is_well_and_the_desk_is_empty(self):
        self._create_paid()
        self._create_pending()
        self.assertFalse(self._desk())

    # === SUSPENSE === #

    def test_money_in_suspense_is_there_once_nobody_is_at_it(self):
        attempt, refund = self._create_suspense()
        self.assertFalse(self._desk())
        self._finish(refund, 'CLOSED')
        self.assertRecordValues(
            self._desk(),
            [
                {
                    'kind': 'suspense',
                    'number': attempt.out_trade_no,
                    'order_id': attempt.order_id.id,
                    'amount_fen': 100,
                    'words': 'Paid after closing',
                }
            ],
        )

    def test_it_is_given_back_once(self):
        attempt, refund = self._create_suspense()
        self._finish(refund, 'CLOSED')
        action = self._desk().action_refund()
        wizards = [
            self.env[action['res_model']]
            .with_user(self.finance)
            .with_context(**action['context'])
            .create({'reason': 'Paid twice'})
            for _press in range(2)
        ]
        self.assertEqual(wizards[0].amount, 1.0)
        wizards[0].action_refund()
        self._expect(Conflict, wizards[1].action_refund)
        self.assertFalse(self._desk())
        new = attempt.refund_ids - refund
        self.assertEqual(len(new), 1)
        self._run_jobs(new)
        self._finish(new)
        self.assertEqual((new.state, attempt.refunded_fen), ('done', 100))

    def test_a_refund_of_the_console_is_only_asked_about(self):
        attempt, refund = self._create_suspense()
        self._finish(refund, 'CLOSED')
        sent = len(self._refund_calls())
        attempt.with_user(self.finance).action_refund_suspense(100, 'Console', 'CONSOLE1')
        new = attempt.refund_ids - refund
        self.assertRecordValues(
            new, [{'out_refund_no': 'CONSOLE1', 'outside': True, 'state': 'sent'}]
        )
        self._run_jobs(new)
        self.assertEqual(self._refund_calls()[sent:], ['refund_query'])

    def test_what_cannot_be_given_back_is_refused_in_words(self):
        attempt, refund = self._create_suspense()
        give = attempt.with_user(self.finance).action_refund_suspense
        self._expect(Conflict, give, 1, 'Under way')
        self._finish(refund, 'CLOSED')
        self._expect(Conflict, give, 101, 'Too much')
        for amount in (0, -1, 1.0, True, '1'):
            with self.subTest(amount=amount):
                self._expect(UserError, give, amount, 'No amount')
        self._expect(InvalidInput, give, 1, ' ')
        _order, paid = self._create_paid()
        self._expect(Conflict, paid.with_user(self.finance).action_refund_suspense, 1, 'Paid')
        self.assertEqual(attempt.refund_ids, refund)

    # === REFUNDS === #

    def test_a_dead_refund_is_pushed_and_goes_through(self):
        order, _attempt = self._create_paid()
        refund = self._request(order)
        self.wechat.faults = {'refund': [(403, 'USER_ACCOUNT_ABNORMAL')]}
        self._run_jobs(refund)
        self.assertRecordValues(self._desk(), [{'kind': 'refund', 'number': refund.out_refund_no}])
        self._desk().action_push()
        self.assertFalse(self._desk())
        self._run_jobs(refund)
        self._finish(refund)
        self.assertEqual(order.refunded_fen, 100)

    def test_an_abnormal_refund_is_there(self):
        order, _attempt = self._create_paid()
        refund = self._request(order)
        self._run_jobs(refund)
        self._finish(refund, 'ABNORMAL')
        self.assertEqual(self._desk().kind, 'abnormal')

    # === NOTICES === #

    def test_a_refused_notice_is_there_until_it_is_put_aside(self):
        _order, attempt = self._create_pending()
        resource = self.wechat.pay(attempt.out_trade_no)
        notice = self._deliver({**resource, 'out_trade_no': 'UNKNOWN1'})
        self.assertEqual(notice.state, 'refused')
        trouble = self._desk()
        self.assertRecordValues(trouble, [{'kind': 'notice', 'number': 'UNKNOWN1'}])
        trouble.action_put_aside()
        self.assertEqual(notice.put_aside_by_id, self.finance)
        self.assertFalse(self._desk())

    def test_a_dead_notice_is_pushed_twice_and_delivers_once(self):
        order, attempt = self._create_pending()
        headers, body = self.wechat.notice(self.wechat.pay(attempt.out_trade_no))
        self._receive(headers, body)
        notice = self.env['wx.payment.notification'].search([], limit=1)
        notice._job_bury('broken')
        trouble = self._desk()
        self.assertEqual(trouble.kind, 'notice')
        trouble.action_push()
        trouble.action_push()
        self._run_jobs(notice)
        self._run_jobs(notice)
        self.assertEqual(order.state, 'paid')
        self.assertEqual(self.hooks.calls, [('paid', order.res_id)])

    # === UNKNOWN === #

    def test_a_payment_of_unknown_outcome_is_queried(self):
        order = self._create_order()
        self.wechat.faults = {'prepay': [('after', OSError('lost'))]}
        self._expect(OutcomeUnknown, order._pay, WAY)
        attempt = order.attempt_ids
        self.assertEqual(attempt.state, 'draft')
        self.assertFalse(self._desk())
        self._age(attempt, create_date=300)
        self.assertEqual(self._desk().kind, 'unknown')
        self.wechat.pay(attempt.out_trade_no)
        self._desk().action_push()
        self._run_jobs(attempt)
        self.assertEqual(order.state, 'paid')
        self.assertFalse(self._desk())

    def test_an_order_that_cannot_be_closed_is_closed_from_the_desk(self):
        order, _attempt = self._create_pending()
        self._age(order, expires_at=3600)
        self.assertEqual(self._desk().kind, 'closing')
        self._desk().action_push()
        self.assertEqual(order.state, 'closed')
        self.assertFalse(self._desk())

    def _age(self, record, **seconds):
        for name, age in seconds.items():
            earlier = fields.Datetime.now() - timedelta(seconds=age)
            self.env.flush_all()
            self.env.cr.execute(
                f'UPDATE {record._table} SET {name} = %s WHERE id = %s', [earlier, record.id]
            )
        self.env.invalidate_all()

    # === WHO === #

    def test_who_looks_may_not_act(self):
        attempt, refund = self._create_suspense()
        self._finish(refund, 'CLOSED')
        auditor = self._create_staff('desk_auditor', 'auditor')
        support = self._create_staff('desk_support', 'support')
        trouble = self._desk()
        self.assertTrue(trouble.with_user(auditor).read(['number']))
        with self.assertRaises(AccessError):
            trouble.with_user(auditor).action_query()
        with self.assertRaises(AccessError):
            attempt.with_user(support).action_refund_suspense(100, 'x')
        trouble.with_user(support).action_query()

    def test_the_desk_is_of_the_own_companies(self):
        _attempt, refund = self._create_suspense()
        self._finish(refund, 'CLOSED')
        company = self.env['res.company'].create({'name': 'Other company'})
        user = self._create_staff(
            'desk_elsewhere', 'finance', company_id=company.id, company_ids=[(6, 0, company.ids)]
        )
        self.assertTrue(self._desk())
        self.assertFalse(self.env['wx.payment.trouble'].with_user(user).search_count([]))

    def test_each_opens_what_it_is_about(self):
        attempt, refund = self._create_suspense()
        self._finish(refund, 'CLOSED')
        action = self._desk().action_open()
        self.assertEqual(
            (action['res_model'], action['res_id']), ('wx.payment.attempt', attempt.id)
        )
