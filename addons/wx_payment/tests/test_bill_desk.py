from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged

from ..lib.paywire.errors import Unfinished
from .bill_common import DAY, BillCommon
from .bill_text import TradeBill


@tagged('post_install', '-at_install')
class TestDifferenceDesk(BillCommon):
    """What people do with differences."""

    def _unpaid(self):
        """Return a difference: the provider has the money, here the payment is open."""
        _order, attempt = self._create_pending(100)
        self.wechat.pay(attempt.out_trade_no)
        bill = self._reconcile(self._add(attempt, fen=100).text())
        return bill.difference_ids

    def test_push_books_the_payment_once_and_the_difference_goes(self):
        difference = self._unpaid()
        order = difference.order_id
        self.assertEqual((difference.action, order.state), ('push', 'pending'))
        difference.action_push()
        self.assertEqual(order.state, 'paid')
        difference.action_push()
        self.assertEqual(order.paid_fen, 100)
        self.assertEqual([call for call, _id in self.hooks.calls], ['paid'])
        self._work(difference.bill_id)
        self.assertRecordValues(difference, [{'state': 'settled', 'resolution': 'gone'}])

    def test_query_notes_the_answer_and_wakes_the_job(self):
        difference = self._unpaid()
        difference.attempt_id.next_try_at = False
        difference.action_query()
        self.assertEqual(difference.answer, 'SUCCESS 1.00')
        self.assertTrue(difference.attempt_id.next_try_at)
        self.assertEqual(difference.order_id.state, 'pending')

    def test_query_of_what_the_provider_does_not_know(self):
        attempt = self._pay()
        del self.wechat.orders[attempt.out_trade_no]
        self.trade.payment('x', 'y', 1)
        bill = self._reconcile(self.trade.text())
        difference = bill.difference_ids.filtered('attempt_id')
        difference.action_query()
        self.assertIn('ORDER_NOT_EXIST', difference.answer)

    def test_query_of_a_refund(self):
        attempt = self._pay()
        refund = self._give_back(attempt)
        self._add(attempt)
        bill = self._reconcile(self.trade.text())
        bill.difference_ids.action_query()
        self.assertEqual(bill.difference_ids.refund_id, refund)
        self.assertEqual(bill.difference_ids.answer, 'SUCCESS 0.40')

    def test_many_are_not_queried_at_once(self):
        difference = self._unpaid()
        with patch('odoo.addons.wx_payment.const_bill.MAX_QUERIES', 0):
            with self.assertRaises(UserError):
                difference.action_query()
        self.assertFalse(difference.answer)

    def test_refund_opens_the_dialogue_of_the_order(self):
        attempt = self._pay(100)
        self._add(self._add(attempt) and attempt)
        difference = self._reconcile(self.trade.text()).difference_ids
        self.assertEqual((difference.action, difference.can_refund), ('refund', True))
        action = difference.action_refund()
        self.assertEqual(action['context'], {'default_order_id': attempt.order_id.id})

    def test_without_a_payment_there_is_nothing_to_refund(self):
        difference = self._reconcile(TradeBill().payment('x', 'y', 1).text()).difference_ids
        self.assertFalse(difference.can_refund or difference.can_query)
        with self.assertRaises(UserError):
            difference.action_refund()

    def test_settling_needs_words_and_ends_the_to_do(self):
        difference = self._unpaid()
        bill = difference.bill_id
        self.assertTrue(bill.activity_ids)
        for words in ('', '  ', None, 7):
            with self.assertRaises(UserError):
                difference.action_settle(words, difference._gap_fen())
        wizard = self.env['wx.payment.difference.settle'].create(
            {'difference_ids': difference.ids, 'note': ' Paid back by hand. '}
        )
        wizard.action_confirm()
        self.assertRecordValues(
            difference,
            [
                {
                    'state': 'settled',
                    'resolution': 'accepted',
                    'note': 'Paid back by hand.',
                    'settled_by_id': self.env.uid,
                }
            ],
        )
        self.assertFalse(bill.activity_ids)
        # Once is enough: a second one changes neither note nor person.
        difference.action_settle('Other words', 0)
        self.assertEqual(difference.note, 'Paid back by hand.')

    def test_much_money_needs_a_second_person(self):
        self.env.ref('wx_payment.perm_payment_difference_accept').approval_limit = 99
        difference = self._unpaid()
        finance, second = (
            self._create_staff(f'accept_{name}', 'finance') for name in ('finance', 'second')
        )
        wizard = (
            self.env['wx.payment.difference.settle']
            .with_user(finance)
            .create({'difference_ids': difference.ids, 'note': 'Paid in the old shop.'})
        )
        request_id = self.env['rbac.approval']._of_result(wizard.action_confirm())
        self.assertEqual(difference.state, 'open')
        request = self.env['rbac.approval'].browse(request_id)
        request.with_user(second).action_approve()
        difference.invalidate_recordset()
        self.assertRecordValues(
            difference, [{'state': 'settled', 'settled_by_id': finance.id, 'gap': 1.0}]
        )

    def test_what_is_accepted_is_what_was_seen(self):
        difference = self._unpaid()
        self.assertEqual(difference._gap_fen(), 100)
        for other in (0, 99, 101, -100):
            with self.assertRaises(UserError):
                difference.action_settle('Words', other)
        self.assertEqual(difference.state, 'open')
        difference.action_settle('Words', 100)
        self.assertEqual(difference.state, 'settled')

    def test_links_lead_to_order_line_and_posting(self):
        difference = self._unpaid()
        self.assertEqual(difference.action_open_subject()['res_id'], difference.order_id.id)
        line = self.env['wx.payment.bill.line'].search([('number', '=', difference.number)])
        self.assertEqual(difference.action_open_line()['res_id'], line.id)
        self.assertEqual(difference.bill_id.action_open_lines()['res_model'], line._name)
        self.assertIn(
            str(difference.bill_id.attachment_id.id), difference.bill_id.action_download()['url']
        )

    def test_order_shows_its_bill_lines(self):
        attempt = self._pay()
        self._add_refund(self._give_back(attempt), self._add(attempt))
        self._reconcile(self._add(self._pay()).text())
        order = attempt.order_id
        self.assertEqual(order.bill_line_ids.mapped('kind'), ['payment', 'refund'])

    def test_person_is_the_channels_or_whoever_takes_over(self):
        clerk = self._create_staff('bill_clerk', 'finance')
        self.channel.difference_user_id = clerk
        difference = self._unpaid()
        self.assertEqual(difference.user_id, clerk)
        other = self._create_staff('bill_other', 'finance')
        difference.with_user(other).action_take()
        self.assertEqual(difference.user_id, other)
        self._match_again(difference.bill_id)
        self.assertEqual(difference.user_id, other)

    # === RIGHTS === #

    def test_who_may_what(self):
        difference = self._unpaid()
        bill = difference.bill_id
        users = self._create_all_staff('bill')
        self._assert_allowed(
            users,
            ('auditor', 'finance', 'system'),
            lambda user: bill.with_user(user).read(['state']),
        )
        acts = {
            'take': lambda user: difference.with_user(user).action_take(),
            'query': lambda user: difference.with_user(user).action_query(),
            'run': lambda user: bill.with_user(user).action_job_retry(),
            'refetch': lambda user: bill.with_user(user).action_refetch(),
            'settle': lambda user: difference.with_user(user).action_settle(
                'x', difference._gap_fen()
            ),
        }
        for name, act in acts.items():
            with self.subTest(act=name):
                self._assert_allowed(users, ('finance', 'system'), act)

    def test_other_companies_see_and_settle_nothing(self):
        difference = self._unpaid()
        company = self.env['res.company'].create({'name': 'Other company'})
        user = self._create_staff(
            'bill_elsewhere',
            'finance',
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        for model in ('wx.payment.bill', 'wx.payment.bill.line', 'wx.payment.difference'):
            self.assertTrue(self.env[model].search_count([]))
            self.assertFalse(self.env[model].with_user(user).search_count([]), model)
        with self.assertRaises(AccessError):
            difference.with_user(user).action_settle('x', difference._gap_fen())
        self.assertEqual(difference.state, 'open')

    def test_file_is_for_those_who_may_see_bills(self):
        attachment = self._unpaid().bill_id.attachment_id
        users = self._create_all_staff('file')
        self._assert_allowed(
            users,
            ('auditor', 'finance', 'system'),
            lambda user: attachment.with_user(user).read(['raw']),
        )


@tagged('post_install', '-at_install')
class TestBillRun(BillCommon):
    """A month is reconciled anew."""

    def _start(self, month=date(2026, 1, 15), now='2026-01-04 03:00:00', **values):
        run = self.env['wx.payment.bill.run'].create(
            {'channel_id': self.channel.id, 'month': month, **values}
        )
        with freeze_time(now):
            run.action_start()
        return run

    def test_month_up_to_the_last_ready_day(self):
        run = self._start()
        self.assertEqual(
            sorted({bill.day for bill in run.bill_ids}),
            [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3)],
        )
        self.assertRecordValues(run, [{'bill_count': 6, 'done_count': 0, 'progress': 0.0}])

    def test_progress_grows_with_every_bill(self):
        run = self._start()
        seen = []
        for bill in run.bill_ids.sorted(lambda bill: (bill.day, bill.kind == 'fund')):
            self._work(bill)
            seen.append(round(run.progress))
        self.assertEqual(seen, [17, 33, 50, 67, 83, 100])
        self.assertEqual(run.open_count, 0)

    def test_whole_month_and_a_second_run_changes_nothing(self):
        attempt = self._pay()
        self.bills['trade', DAY] = self._add(attempt, fen=90).text()
        self.bills['fund', DAY] = self.fund.payment(attempt.transaction_id, 90).text()
        run = self._start(now='2026-02-20 03:00:00')
        self.assertEqual(run.bill_count, 62)
        self._work(run.bill_ids)
        self.assertEqual((run.progress, run.open_count), (100, 1))
        before = self.env['wx.payment.difference'].search([]).read()
        asked = len(self.asked)
        with freeze_time('2026-02-20 04:00:00'):
            run.action_start()
        self.assertLess(run.progress, 100)
        self._work(run.bill_ids)
        self.assertEqual(self.env['wx.payment.difference'].search([]).read(), before)
        # The one that is here is not fetched again, days without a bill are asked for.
        self.assertEqual(len(self.asked), asked + 60)

    def test_fetching_anew_asks_for_every_bill(self):
        self.bills['trade', DAY] = self._add(self._pay()).text()
        self._work(self._start().bill_ids)
        asked = self.asked.count(('trade', DAY))
        self._work(self._start(refetch=True).bill_ids)
        self.assertEqual(self.asked.count(('trade', DAY)), asked + 1)

    def test_bill_that_is_not_ready_keeps_the_run_open(self):
        self.bills['trade', DAY] = Unfinished('making')
        run = self._start()
        self._work(run.bill_ids)
        self.assertLess(run.progress, 100)

    def test_month_that_has_not_begun_is_refused(self):
        with self.assertRaises(UserError):
            self._start(date(2026, 2, 1))

    def test_form_proposes_last_month(self):
        with freeze_time('2026-03-05 03:00:00'), Form(self.env['wx.payment.bill.run']) as form:
            form.channel_id = self.channel
            self.assertEqual(form.month, date(2026, 2, 1))

    def test_kind_without_bills_is_refused(self):
        provider = type(self.env['wx.payment.provider.wxpay_v3'])
        with patch.object(provider, '_bill_readers', {}), self.assertRaises(ValidationError):
            self._start()

    def test_who_may_run(self):
        users = self._create_all_staff('run')

        def start(user):
            run = self.env['wx.payment.bill.run'].with_user(user)
            run = run.create({'channel_id': self.channel.id, 'month': DAY})
            with freeze_time('2026-01-04 03:00:00'):
                run.action_start()

        self._assert_allowed(users, ('finance', 'system'), start)
