from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from .bill_common import DAY
from .bill_text import TradeBill
from .race import TAGS, PaymentRaceCase


@tagged(*TAGS)
class TestBillConcurrency(PaymentRaceCase):
    """Two workers at the same bill, committed."""

    def setUp(self):
        super().setUp()
        text = TradeBill()
        for number in range(50):
            text.payment(f'race-{number}', f'42000{number:05d}', 100 + number, fee=1)
        self.text = text.text()
        self.enterContext(
            patch.object(
                self.registry['wx.payment.provider.wxpay_v3'],
                '_fetch_bill',
                lambda _self, _channel, _kind, _day, write: write(self.text),
            )
        )
        self.addCleanup(self._remove)

    def _remove(self):
        """Remove what was committed; bills let nobody but the database do it."""
        with self._transaction() as env:
            channel = (self.ids['channel'],)
            bills = env['wx.payment.bill'].search([('channel_id', '=', channel[0])])
            todos = [('res_model', '=', bills._name), ('res_id', 'in', bills.ids)]
            env['mail.activity'].search(todos).unlink()
            attachments = bills.attachment_id.ids
            env.cr.execute('DELETE FROM wx_payment_difference WHERE channel_id = %s', channel)
            env.cr.execute('DELETE FROM wx_payment_bill_line WHERE bill_id = ANY(%s)', [bills.ids])
            env.cr.execute('DELETE FROM wx_payment_bill WHERE channel_id = %s', channel)
            env['ir.attachment'].browse(attachments).unlink()

    def _plan(self, env):
        channel = env['wx.payment.channel'].browse(self.ids['channel'])
        bills = env['wx.payment.bill']._plan(channel, DAY, DAY)
        return bills.filtered(lambda bill: bill.kind == 'trade').id

    def _run(self, env):
        """Do the next step of the bill, as a worker would that took it at this moment."""
        bill = env['wx.payment.bill'].browse(self.bill_id)
        bill._job_run()
        return bill.state

    def _books(self):
        with self._transaction() as env:
            env.cr.execute(
                """SELECT (SELECT count(*) FROM wx_payment_difference WHERE bill_id = %(bill)s),
                          (SELECT count(*) FROM wx_payment_bill_line WHERE bill_id = %(bill)s),
                          (SELECT count(*) FROM wx_ledger_posting
                            WHERE document_model = 'wx.payment.bill' AND document_id = %(bill)s)""",
                {'bill': self.bill_id},
            )
            return env.cr.fetchone()

    def test_two_who_plan_a_day_make_one_bill(self):
        ids = self._together(*[self._plan] * 6)
        self.assertEqual(len(set(ids)), 1)

    @mute_logger('odoo.addons.wx_payment.models.wx_payment_bill_match')
    def test_two_runs_at_once_load_book_and_find_once(self):
        self.bill_id = self._retry(self._plan)
        for state in ('fetched', 'parsed', 'matched', 'matched'):
            with self.subTest(state=state):
                self._together(*[self._run] * 4)
        self.assertEqual(self._read('wx.payment.bill', self.bill_id, 'state')['state'], 'matched')
        self.assertEqual(self._books(), (50, 50, 1))
