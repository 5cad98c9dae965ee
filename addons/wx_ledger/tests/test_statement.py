from datetime import date, datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models import wx_ledger_statement as statements
from ..models.wx_ledger_statement import AccountStatement, Filter, balances_at
from ..values import Transfer
from ..wizard import wx_ledger_statement as wizard
from .proof_common import ProofCase


@tagged('post_install', '-at_install')
class TestBalanceAt(ProofCase):
    def _now(self):
        return self.sql_value("SELECT clock_timestamp() AT TIME ZONE 'UTC'")

    def _at(self, account, moment):
        state = balances_at(self.env, [account.id], moment)[account.id]
        return state.balance, state.held, state.version

    def test_serial_account_at_each_moment(self):
        moments = [self._now()]
        for amount in (100, 20, 3):
            self.book((self.central, self.alice, amount), (self.central, self.alice, amount))
            moments.append(self._now())
        self.assertEqual(
            [self._at(self.alice, moment) for moment in moments],
            [(0, 0, 0), (200, 0, 2), (240, 0, 4), (246, 0, 6)],
        )

    def test_deferred_account_at_each_moment_with_and_without_checkpoints(self):
        moments = [self._now()]
        for amount in (100, 20):
            self.book((self.central, self.sales, amount), (self.sales, self.central, 1))
            moments.append(self._now())
        expected = [(0, 0, None), (99, 0, None), (118, 0, None)]
        self.assertEqual([self._at(self.sales, moment) for moment in moments], expected)
        day = moments[-1].date()
        self.env['wx.ledger.checkpoint']._make(day, day + timedelta(days=1))
        self.assertEqual([self._at(self.sales, moment) for moment in moments], expected)
        later = datetime.combine(day, datetime.min.time()) + timedelta(days=2)
        self.assertEqual(self._at(self.sales, later), (118, 0, None))

    def test_moment_of_the_booking_itself_is_before_it(self):
        posted = self.book((self.central, self.alice, 5))
        moment = self.env['wx.ledger.posting'].browse(posted.posting_id).posted_at
        moment = self.sql_value(
            'SELECT posted_at FROM wx_ledger_posting WHERE id = %s', posted.posting_id
        )
        self.assertEqual(self._at(self.alice, moment), (0, 0, 0))
        self.assertEqual(self._at(self.alice, moment + timedelta(microseconds=1)), (5, 0, 1))

    def test_what_was_held_at_each_moment(self):
        self.book((self.central, self.alice, 100))
        moments = [self._now()]
        hold = self.ledger.hold(self.alice.id, 60, key='at:hold', reason='300001')
        moments.append(self._now())
        self.ledger.release(hold.hold_id, 10)
        moments.append(self._now())
        self.ledger.release(hold.hold_id)
        moments.append(self._now())
        held = [self._at(self.alice, moment)[1] for moment in moments]
        self.assertEqual(held, [0, 60, 50, 0])

    def test_service_answers_for_the_past(self):
        self.book((self.central, self.alice, 100))
        moment = self._now()
        self.book((self.central, self.alice, 7))
        past = self.ledger.balance([self.alice.id, self.central.id], at=moment)
        self.assertEqual((past[self.alice.id].balance, past[self.central.id].balance), (100, -100))
        self.assertIsNone(past[self.alice.id].available)
        self.assertEqual(self.ledger.balance([self.alice.id])[self.alice.id].balance, 107)

    def test_cost_does_not_grow_with_the_number_of_accounts(self):
        self.book((self.central, self.alice, 100))
        ids = [self.alice.id, self.bob.id, self.central.id, self.sales.id]
        with self.assertQueryCount(1):
            balances_at(self.env, ids, self._now_without_query())

    def _now_without_query(self):
        return datetime(2100, 1, 1)  # noqa: DTZ001


@tagged('post_install', '-at_install')
class TestStatement(ProofCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for number in range(1, 8):
            cls.book((cls.central, cls.alice, 10 * number), (cls.alice, cls.sales, number))
        cls.begin, cls.end = datetime(2020, 1, 1), datetime(2100, 1, 1)  # noqa: DTZ001

    def _statement(self, account, begin=None, end=None, **filters):
        return AccountStatement(
            self.env, account.id, begin or self.begin, end or self.end, Filter(**filters)
        )

    def _numbers(self, lines):
        return [(line.amount, line.balance) for line in lines]

    def _create(self, **values):
        return self.env['wx.ledger.statement'].create(
            {
                'account_ids': self.alice.ids,
                'date_from': date(2020, 1, 1),
                'date_to': date(2099, 1, 1),
                **values,
            }
        )

    # === ONE ACCOUNT === #

    def test_lines_of_a_serial_account_bear_the_running_balance(self):
        lines = list(self._statement(self.alice).lines())
        expected, balance = [], 0
        for number in range(1, 8):
            for amount in (10 * number, -number):
                balance += amount
                expected.append((amount, balance))
        self.assertEqual(self._numbers(lines), expected)
        self.assertEqual([line.version for line in lines], list(range(1, 15)))
        self.assertEqual({line.counter_id for line in lines}, {self.central.id, self.sales.id})

    def test_lines_of_a_deferred_account_bear_the_running_balance(self):
        lines = list(self._statement(self.sales).lines())
        self.assertEqual(
            self._numbers(lines), [(1, 1), (2, 3), (3, 6), (4, 10), (5, 15), (6, 21), (7, 28)]
        )

    def test_opening_and_what_moved_make_the_closing_balance(self):
        middle = list(self._statement(self.alice).lines())[6].posted_at
        for account in (self.alice, self.sales, self.central):
            for begin, end in ((self.begin, middle), (middle, self.end), (self.begin, self.end)):
                statement = self._statement(account, begin, end)
                summary, lines = statement.summary(), list(statement.lines())
                self.assertEqual(
                    summary.opening + summary.credited - summary.debited, summary.closing
                )
                self.assertEqual(summary.entry_count, len(lines))
                self.assertEqual(lines[-1].balance, summary.closing)
        first = self._statement(self.alice, self.begin, middle).summary()
        self.assertEqual(first.closing, self._statement(self.alice, middle).summary().opening)

    def test_filters_leave_the_running_balance_alone(self):
        for account, direction in ((self.alice, 'debit'), (self.sales, 'credit')):
            everything = list(self._statement(account).lines())
            some = list(self._statement(account, direction=direction).lines())
            sign = -1 if direction == 'debit' else 1
            self.assertEqual(some, [line for line in everything if line.amount * sign > 0])
        reason = self.env['wx.ledger.reason'].search([('code', '=', '500001')])
        self.assertFalse(list(self._statement(self.alice, reason_ids=(reason.id,)).lines()))

    def test_filter_by_document(self):
        partner = self.env.user.partner_id
        self.ledger.post(
            [Transfer(self.central.id, self.alice.id, 9, '900001')],
            key='statement:document',
            document=partner,
        )
        lines = list(
            self._statement(
                self.alice, document_model='res.partner', document_id=partner.id
            ).lines()
        )
        self.assertEqual([line.amount for line in lines], [9])

    def test_pages_by_key_give_every_line_once(self):
        for account in (self.alice, self.sales):
            statement = self._statement(account)
            everything, pages, after = list(statement.lines()), [], None
            while page := list(statement.lines(after, 3)):
                pages += page
                after = page[-1]
            self.assertEqual(pages, everything)

    def test_long_statements_come_in_batches(self):
        self.patch(statements, 'FETCH', 4)
        for account, count in ((self.alice, 14), (self.sales, 7)):
            statement = self._statement(account)
            broken_off = statement.lines()
            first = next(broken_off)
            lines = list(statement.lines())
            self.assertEqual((len(lines), lines[0]), (count, first))
            # 14 lines: 4 + 4 + 4 + 2, then none; the ends of the period and the cursor besides.
            with self.assertQueryCount(4 + -(-count // 4) + 1):
                self.assertEqual(list(statement.lines()), lines)

    # === WIZARD === #

    def test_period_is_of_the_business_days(self):
        statement = self._create(date_from=date(2026, 3, 1), date_to=date(2026, 3, 31))
        self.assertEqual(statement.zone, 'Asia/Shanghai')
        self.assertEqual(
            statement._bounds(),
            (datetime(2026, 2, 28, 16), datetime(2026, 3, 31, 16)),  # noqa: DTZ001
        )
        statement.zone = 'America/New_York'  # summer time begins on 8 March
        self.assertEqual(
            statement._bounds(),
            (datetime(2026, 3, 1, 5), datetime(2026, 4, 1, 4)),  # noqa: DTZ001
        )

    def test_pages_on_the_screen_go_forth_and_back_over_accounts(self):
        self.patch(wizard, 'PAGE', 5)
        statement = self._create(account_ids=(self.alice | self.sales).ids)
        statement.action_show()
        pages = [statement.line_ids.mapped('entry_id')]
        while statement.has_next:
            statement.action_next()
            pages.append(statement.line_ids.mapped('entry_id'))
        self.assertEqual([len(page) for page in pages], [5, 5, 5, 5, 1])
        everything = [
            line.entry_id
            for account in (self.alice | self.sales).sorted('id')
            for line in self._statement(account).lines()
        ]
        self.assertEqual([entry for page in pages for entry in page], everything)
        statement.action_next()
        self.assertEqual(statement.page, 5)
        for page in reversed(pages[:-1]):
            statement.action_previous()
            self.assertEqual(statement.line_ids.mapped('entry_id'), page)
        statement.action_previous()
        self.assertEqual(statement.page, 1)

    def test_summaries_on_the_screen(self):
        statement = self._create(account_ids=(self.alice | self.sales).ids)
        statement.action_show()
        self.assertRecordValues(
            statement.summary_ids.sorted('account_id'),
            [
                {
                    'account_id': account.id,
                    'opening': 0,
                    'credited': credited,
                    'debited': debited,
                    'closing': credited - debited,
                    'entry_count': count,
                }
                for account, credited, debited, count in sorted(
                    [(self.alice, 280, 28, 14), (self.sales, 28, 0, 7)], key=lambda row: row[0].id
                )
            ],
        )

    def test_period_that_ends_before_it_begins_is_refused(self):
        with self.assertRaises(UserError):
            self._create(date_from=date(2026, 3, 2), date_to=date(2026, 3, 1))
        with self.assertRaises(UserError):
            self._create(account_ids=[]).action_show()

    def test_accounts_that_one_may_not_see_are_refused(self):
        stranger = new_test_user(self.env, 'statement_stranger', groups='base.group_user')
        statement = self._create().with_user(stranger)
        with self.assertRaises(AccessError):
            statement.action_show()

    def test_statement_begins_with_the_chosen_accounts(self):
        context = {'active_model': 'wx.ledger.account', 'active_ids': self.bob.ids}
        statement = self.env['wx.ledger.statement'].with_context(**context).create({})
        self.assertEqual(statement.account_ids, self.bob)
        self.assertEqual(
            statement.display_name, f'Statement {statement.date_from} to {statement.date_to}'
        )
        self.assertEqual(statement.date_from.day, 1)
