from datetime import date, datetime, timedelta
from unittest.mock import patch

from odoo.tests import tagged

from .proof_common import ProofCase


@tagged('post_install', '-at_install')
class TestCheckpoint(ProofCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.checkpoints = cls.env['wx.ledger.checkpoint']
        # Three days of the past in which nobody else has booked anything.
        cls.days = [date(2001, 5, day) for day in (3, 4, 6)]
        for day, amount in zip(cls.days, (100, 20, 3), strict=True):
            cls._book_on(day, (cls.central, cls.alice, amount), (cls.central, cls.sales, 1))

    @classmethod
    def _book_on(cls, day, *movements):
        posted = cls.book(*movements)
        moment = datetime.combine(day, datetime.min.time()) + timedelta(hours=23, minutes=59)
        case = cls('without_guards')
        with case.without_guards():
            for table, column in (('posting', 'id'), ('transfer', 'posting_id')):
                cls.env.cr.execute(
                    f'UPDATE wx_ledger_{table} SET posted_at = %s WHERE {column} = %s',
                    (moment, posted.posting_id),
                )
            cls.env.cr.execute(
                'UPDATE wx_ledger_entry SET posted_at = %s WHERE transfer_id = ANY(%s)',
                (moment, list(posted.transfers)),
            )

    def _rows(self, account):
        rows = self.checkpoints.search([('account_id', '=', account.id)], order='day')
        return [(row.day, row.balance) for row in rows]

    def test_each_day_with_entries_has_its_balance(self):
        self.checkpoints._make(date(2001, 5, 1), date(2001, 6, 1))
        first, second, third = self.days
        self.assertEqual(self._rows(self.central), [(first, -101), (second, -122), (third, -126)])
        self.assertEqual(self._rows(self.sales), [(first, 1), (second, 2), (third, 3)])
        self.assert_clean()

    def test_checkpoints_go_on_from_the_last_one(self):
        self.checkpoints._make(date(2001, 5, 1), date(2001, 5, 5))
        self.checkpoints._make(date(2001, 5, 5), date(2001, 5, 9))
        self.assertEqual(
            [balance for _day, balance in self._rows(self.central)], [-101, -122, -126]
        )

    def test_serial_accounts_need_none(self):
        self.checkpoints._make(date(2001, 5, 1), date(2001, 6, 1))
        self.assertEqual(self._rows(self.alice), [])

    def test_scheduled_action_does_days_that_are_settled_only(self):
        until = self.days[2]
        with (
            patch.object(type(self.checkpoints), '_settled_until', lambda _self: until),
            patch.object(type(self.checkpoints), '_next_day', lambda _self: date(2001, 5, 1)),
            patch.object(
                self.env.registry['ir.cron'], '_commit_progress', lambda *args, **kwargs: 10
            ),
        ):
            self.checkpoints._cron_checkpoint()
        self.assertEqual([day for day, _balance in self._rows(self.central)], self.days[:2])

    def test_next_day_follows_the_last_checkpoint(self):
        self.checkpoints._make(date(2001, 5, 1), date(2001, 6, 1))
        last = self.sql_value('SELECT max(day) FROM wx_ledger_checkpoint')
        self.assertEqual(self.checkpoints._next_day(), last + timedelta(days=1))

    def test_no_day_that_may_still_change_is_settled(self):
        now = self.sql_value("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
        self.assertLessEqual(self.checkpoints._settled_until(), (now - timedelta(hours=1)).date())

    def test_late_entry_in_a_settled_day_is_found(self):
        self.checkpoints._make(date(2001, 5, 1), date(2001, 6, 1))
        self._book_on(self.days[1], (self.central, self.bob, 5))
        self.assertEqual(
            self.found(),
            [
                ('deferred', 'balance', 'account', self.central.id),
                ('checkpoints', 'checkpoint', 'account', self.central.id),
            ],
        )
        differences = {d.check: (d.expected, d.found) for d in self.ledger.prove()}
        self.assertEqual(differences['checkpoints'], ('2001-05-04: -127', '2001-05-04: -122'))

    def test_changed_entry_before_a_checkpoint_is_found(self):
        self.checkpoints._make(date(2001, 5, 1), date(2001, 6, 1))
        self.tamper(
            'UPDATE wx_ledger_entry SET amount = amount + 1'
            f' WHERE account_id = {self.sales.id} AND amount > 0'
        )
        found = [(d.expected, d.found) for d in self.ledger.prove() if d.check == 'checkpoints']
        self.assertEqual(len(found), 3)
