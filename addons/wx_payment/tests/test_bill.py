import gzip
import hashlib
from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..lib.paywire.errors import (
    Malformed,
    NotFound,
    Throttled,
    Unauthorized,
    Unfinished,
    UnknownOutcome,
)
from .bill_common import DAY, BillCommon
from .bill_text import TradeBill

to_datetime = fields.Datetime.to_datetime
MIXIN = 'odoo.addons.wx_base.models.wx_job_mixin'


@tagged('post_install', '-at_install')
class TestBillFetch(BillCommon):
    """From the provider to lines in the database."""

    def test_file_is_stored_as_it_came(self):
        text = self._add(self._pay()).text()
        bill = self._reconcile(text)
        stored = gzip.decompress(bill.attachment_id.raw)
        self.assertEqual(stored, text)
        self.assertEqual(bill.checksum, hashlib.sha256(text).hexdigest())
        self.assertEqual(bill.file_bytes, len(text))
        self.assertEqual(
            bill.attachment_id.checksum, hashlib.sha1(bill.attachment_id.raw).hexdigest()
        )
        self.assertEqual(bill.attachment_id.file_size, len(bill.attachment_id.raw))

    def test_file_is_stored_in_the_database_where_the_shop_wants_it(self):
        self.env['ir.config_parameter'].set_param('ir_attachment.location', 'db')
        text = self._add(self._pay()).text()
        bill = self._reconcile(text)
        self.assertFalse(bill.attachment_id.store_fname)
        self.assertEqual(gzip.decompress(bill.attachment_id.raw), text)
        self.assertEqual(bill.line_count, 1)

    def test_lines_are_those_of_the_file(self):
        attempt = self._pay(12345)
        refund = self._give_back(attempt, 45)
        self._add(attempt, fee=74)
        self._add_refund(refund)
        bill = self._reconcile(self.trade.text())
        lines = self.env['wx.payment.bill.line'].search([('bill_id', '=', bill.id)])
        self.assertRecordValues(
            lines,
            [
                {
                    'line_no': 1,
                    'kind': 'payment',
                    'number': attempt.out_trade_no,
                    'moment': to_datetime('2026-01-02 02:34:56'),
                    'transaction_id': attempt.transaction_id,
                    'out_refund_no': False,
                    'trade_state': 'SUCCESS',
                    'amount_fen': 12345,
                    'fee_fen': 74,
                    'currency': 'CNY',
                },
                {
                    'line_no': 2,
                    'kind': 'refund',
                    'number': refund.out_refund_no,
                    'moment': to_datetime('2026-01-02 03:00:00'),
                    'transaction_id': attempt.transaction_id,
                    'out_refund_no': refund.out_refund_no,
                    'trade_state': 'SUCCESS',
                    'amount_fen': 45,
                    'fee_fen': 0,
                    'currency': 'CNY',
                },
            ],
        )

    def test_lines_are_never_changed_by_hand(self):
        bill = self._reconcile(self._add(self._pay()).text())
        line = self.env['wx.payment.bill.line'].search([('bill_id', '=', bill.id)])
        for act in (lambda: line.write({'amount_fen': 1}), line.unlink, line.copy):
            with self.assertRaises(AccessError):
                act()
        with self.assertRaises(UserError):
            bill.unlink()

    def test_day_without_a_bill_is_matched_with_nothing(self):
        attempt = self._pay()
        bill = self._work(self._plan())
        self.assertRecordValues(bill, [{'state': 'none', 'attachment_id': False, 'dead': False}])
        self.assertEqual(
            self._facts(bill), [('missing_there', 'payment', attempt.out_trade_no, 'open', 'query')]
        )

    def test_bill_that_is_being_made_is_asked_for_in_half_an_hour(self):
        self.bills['trade', DAY] = Unfinished('making', code='STATEMENT_CREATING')
        with freeze_time('2026-01-03 02:10:00'):
            bill = self._work(self._plan())
        self.assertRecordValues(
            bill,
            [{'state': 'queued', 'next_try_at': to_datetime('2026-01-03 02:40:00')}],
        )
        self.assertFalse(bill.activity_ids)

    def test_bill_that_is_not_made_all_day_calls_a_person_and_goes_on(self):
        self.bills['trade', DAY] = Unfinished('making', code='STATEMENT_CREATING')
        bill = self._plan()
        bill.try_count = 15
        self._work(bill)
        self.assertEqual(
            bill.activity_ids.mapped('summary'), ['A bill is not ready at the end of the day']
        )
        self.assertTrue(bill.next_try_at)
        self.assertFalse(bill.dead)

    def test_altered_bill_is_fetched_again_and_nothing_of_it_is_kept(self):
        self.bills['trade', DAY] = UnknownOutcome('altered', code='BAD_SUM')
        bill = self._work(self._plan())
        self.assertRecordValues(
            bill, [{'state': 'queued', 'attachment_id': False, 'line_count': 0, 'dead': False}]
        )
        self.assertIn('BAD_SUM', bill.last_error)
        self.assertTrue(bill.next_try_at)

    def test_errors_that_no_waiting_mends_call_a_person_at_once(self):
        for error in (Unauthorized('no right', http_status=403, code='NO_AUTH'),):
            self.bills['trade', DAY] = error
            bill = self._plan()
            bill._run_again()
            with mute_logger(MIXIN):
                self._work(bill)
            self.assertRecordValues(bill, [{'state': 'queued', 'dead': True, 'next_try_at': False}])
            self.assertEqual(bill.activity_ids.mapped('summary'), ['A bill cannot be reconciled'])

    def test_busy_provider_is_asked_again(self):
        self.bills['trade', DAY] = Throttled('slowly', http_status=429, code='FREQUENCY_LIMITED')
        bill = self._work(self._plan())
        self.assertRecordValues(bill, [{'dead': False, 'state': 'queued'}])
        self.assertTrue(bill.next_try_at)

    def test_after_many_broken_answers_a_person_is_called(self):
        self.bills['trade', DAY] = Malformed('nonsense')
        bill = self._plan()
        bill.try_count = 11
        self._work(bill)
        self.assertTrue(bill.dead)

    def test_second_try_of_a_call_begins_a_new_file(self):
        text = self._add(self._pay()).text()
        self.bills['trade', DAY] = text
        answer = self._answer
        broken = [True]

        def once_broken(channel, kind, day, write):
            if broken:
                broken.pop()
                write(text[:500])
                raise UnknownOutcome('cut off', code='UNKNOWN_SERIAL')
            answer(channel, kind, day, write)

        provider = type(self.env['wx.payment.provider.wxpay_v3'])
        with (
            patch.object(provider, '_fetch_bill', lambda _self, *args: once_broken(*args)),
            patch.object(provider, '_repair', lambda *args: True),
            mute_logger('odoo.addons.wx_payment.models.wx_payment_channel_wire'),
        ):
            bill = self._work(self._plan())
        self.assertEqual(gzip.decompress(bill.attachment_id.raw), text)

    def test_unreadable_bill_leaves_no_line(self):
        good = self._add(self._pay()).text()
        self.bills['trade', DAY] = good.replace(b'`1.0,', b'`2.0,')
        bill = self._work(self._plan())
        self.assertTrue(bill.dead)
        self.assertEqual(bill.state, 'fetched')
        self.assertIn('Line 4', bill.last_error)
        self.assertFalse(self.env['wx.payment.bill.line'].search_count([('bill_id', '=', bill.id)]))
        # Once the provider has mended it, a person has it fetched anew.
        self.bills['trade', DAY] = good
        bill.action_refetch()
        self._work(bill)
        self.assertRecordValues(bill, [{'state': 'matched', 'dead': False, 'line_count': 1}])

    def test_damaged_file_is_not_read(self):
        bill = self._reconcile(self._add(self._pay()).text())
        bill.write({'state': 'fetched', 'checksum': 'f' * 64})
        bill._job_queue()
        self._work(bill)
        self.assertTrue(bill.dead)
        self.assertIn('not the one that was fetched', bill.last_error)
        self.assertEqual(
            self.env['wx.payment.bill.line'].search_count([('bill_id', '=', bill.id)]), 1
        )

    def test_bill_that_vanished_keeps_its_lines(self):
        bill = self._reconcile(self._add(self._pay()).text())
        self.bills['trade', DAY] = NotFound('gone')
        bill.action_refetch()
        self._work(bill)
        self.assertRecordValues(bill, [{'dead': True, 'line_count': 1}])
        self.assertTrue(bill.attachment_id)


@tagged('post_install', '-at_install')
class TestBillPlan(BillCommon):
    """Which bills are asked for, and when."""

    def _days(self):
        bills = self.env['wx.payment.bill'].search([('channel_id', '=', self.channel.id)])
        return sorted((bill.day, bill.kind) for bill in bills)

    def test_before_ten_the_bill_of_yesterday_is_not_asked_for(self):
        with freeze_time('2026-01-03 01:59:00'):
            self.env['wx.payment.bill']._cron_plan_bills()
        self.assertEqual(self._days(), [(date(2026, 1, 1), 'fund'), (date(2026, 1, 1), 'trade')])

    def test_from_ten_on_it_is_and_once_only(self):
        with freeze_time('2026-01-03 02:00:00'):
            self.env['wx.payment.bill']._cron_plan_bills()
            self.env['wx.payment.bill']._cron_plan_bills()
        self.assertEqual(self._days(), [(DAY, 'fund'), (DAY, 'trade')])

    def test_missed_days_are_made_up_for(self):
        self.channel.bill_from = date(2025, 12, 31)
        with freeze_time('2026-01-03 02:00:00'):
            self.env['wx.payment.bill']._cron_plan_bills()
        self.assertEqual(
            [day for day, kind in self._days() if kind == 'trade'],
            [date(2025, 12, 31), date(2026, 1, 1), DAY],
        )

    def test_but_not_without_end(self):
        self.channel.bill_from = date(2020, 1, 1)
        with freeze_time('2026-01-03 02:00:00'):
            self.env['wx.payment.bill']._cron_plan_bills()
        self.assertEqual(len(self._days()), 60)
        self.assertEqual(self._days()[0][0], DAY - timedelta(days=29))

    def test_new_bills_are_due_at_once(self):
        bill = self._plan()
        self.assertLessEqual(bill.next_try_at, fields.Datetime.now())

    def test_trade_bill_without_anything_is_a_bill(self):
        bill = self._reconcile(TradeBill().text())
        self.assertRecordValues(bill, [{'state': 'matched', 'line_count': 0}])
