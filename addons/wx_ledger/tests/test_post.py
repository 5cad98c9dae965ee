from odoo.tests import tagged

from ..exceptions import (
    AssetMismatch,
    DuplicateKey,
    FrozenAccount,
    InsufficientFunds,
    InvalidPosting,
    NotReversible,
)
from ..values import Reversal, Transfer
from .common import CORRECTION, LedgerCase

MAX_INT8 = 2**63 - 1


@tagged('post_install', '-at_install')
class TestPost(LedgerCase):
    def test_a_transfer_moves_the_amount_and_answers_with_the_new_balances(self):
        posted = self._book((self.alice, self.bob, 300), key='t1')
        self.assertTrue(posted.is_new)
        self.assertEqual(self._balances(self.alice, self.bob), [700, 300])
        self.assertEqual(posted.balances[self.alice.id].available, 700)
        self.assertEqual(posted.balances[self.bob.id].version, 1)
        (transfer,) = posted.transfers
        self.assertEqual(posted.entries, (2 * transfer, 2 * transfer + 1))
        self.assertRecordValues(
            self.env['wx.ledger.entry'].browse(posted.entries),
            [
                {'account_id': self.alice.id, 'amount': -300, 'version': 2,
                 'balance_before': 1000, 'balance_after': 700},
                {'account_id': self.bob.id, 'amount': 300, 'version': 1,
                 'balance_before': 0, 'balance_after': 300},
            ],
        )  # fmt: skip
        self.assertProven()

    def test_fields_read_before_a_posting_are_read_again(self):
        self.assertEqual(self.alice.balance, 1000)
        self._book((self.alice, self.sales, 1), key='t1')
        self.assertEqual(self.alice.balance, 999)
        self.assertEqual(self.sales.current_balance, 1)
        self.assertEqual(self.sales.balance, 0, 'not folded yet')

    def test_the_sum_of_an_asset_is_zero(self):
        self._book((self.alice, self.bob, 300), (self.bob, self.sales, 20), key='t1')
        self.assertEqual(
            self._balances(self.central, self.alice, self.bob, self.sales), [-1000, 700, 280, 20]
        )

    def test_a_known_key_with_the_same_content_returns_the_first_result(self):
        first = self._book((self.alice, self.bob, 300), key='t1')
        counts = self._counts()
        second = self._book((self.alice, self.bob, 300), key='t1')
        self.assertFalse(second.is_new)
        self.assertEqual((second.posting_id, second.entries), (first.posting_id, first.entries))
        self.assertEqual(self._counts(), counts)
        self.assertEqual(self._balances(self.alice, self.bob), [700, 300])

    def test_a_known_key_with_other_content_is_refused(self):
        first = self._book((self.alice, self.bob, 300), key='t1')
        self.assertRefused(
            DuplicateKey,
            lambda: self._book((self.alice, self.bob, 301), key='t1'),
            first=first.posting_id,
        )

    def test_the_limit_of_an_account_holds(self):
        self.assertRefused(
            InsufficientFunds,
            lambda: self._book((self.alice, self.bob, 1001), key='t1'),
            account_id=self.alice.id,
        )
        self._book((self.alice, self.bob, 1000), key='t1')

    def test_an_overdraft_limit_is_used_and_not_exceeded(self):
        self.alice.overdraft_limit = 50
        self._book((self.alice, self.bob, 1050), key='t1')
        self.assertRefused(
            InsufficientFunds, lambda: self._book((self.alice, self.bob, 1), key='t2')
        )

    def test_all_transfers_are_booked_or_none(self):
        self.assertRefused(
            InsufficientFunds,
            lambda: self._book((self.alice, self.bob, 10), (self.bob, self.sales, 11), key='t1'),
            account_id=self.bob.id,
        )

    def test_a_refused_posting_leaves_its_key_free(self):
        with self.assertRaises(InsufficientFunds):
            self._book((self.alice, self.bob, 1001), key='t1')
        self.assertTrue(self._book((self.alice, self.bob, 1000), key='t1').is_new)

    def test_a_frozen_account_neither_pays_nor_receives(self):
        self.bob._set_state('frozen', 'test')
        for movement in ((self.alice, self.bob, 1), (self.bob, self.alice, 1)):
            self.assertRefused(FrozenAccount, lambda line=movement: self._book(line, key='t1'))

    def test_two_assets_are_not_mixed_in_a_transfer(self):
        other = self._create_account(self._create_asset('OTH'))
        self.assertRefused(
            AssetMismatch, lambda: self._book((self.alice, other, 1), key='t1'), line=1
        )

    def test_what_is_no_amount_is_refused(self):
        for amount in (0, -1, 1.0, True, '1', None, MAX_INT8 + 1):
            self.assertRefused(
                InvalidPosting, lambda a=amount: self._book((self.alice, self.bob, a), key='t1')
            )

    def test_an_account_does_not_pay_itself(self):
        self.assertRefused(
            InvalidPosting, lambda: self._book((self.alice, self.alice, 1), key='t1')
        )

    def test_a_key_is_short_and_not_empty(self):
        for key in ('', 'x' * 201, None, 7):
            self.assertRefused(
                InvalidPosting, lambda k=key: self._book((self.alice, self.bob, 1), key=k)
            )

    def test_unknown_accounts_and_reasons_are_refused(self):
        nobody = 2**31 - 1
        wrong = [
            ({'account_id': nobody}, Transfer(self.alice.id, nobody, 1, CORRECTION)),
            ({'line': 1}, Transfer(self.alice.id, self.bob.id, 1, '999999')),
            # gifts do not come from customers
            ({'line': 1}, Transfer(self.alice.id, self.bob.id, 1, '100002')),
        ]
        for details, transfer in wrong:
            self.assertRefused(
                InvalidPosting, lambda t=transfer: self.ledger.post([t], key='t1'), **details
            )

    def test_another_companys_account_is_unknown(self):
        company = self.env['res.company'].create({'name': 'Other'})
        foreign = self._create_account(self._create_asset('FRN', company_id=company.id))
        self.assertRefused(
            InvalidPosting,
            lambda: self._book((self.alice, foreign, 1), key='t1'),
            account_id=foreign.id,
        )

    def test_trillions_are_exact(self):
        amount = 10**18 + 1
        self._book((self.central, self.bob, amount), key='t1')
        self._book((self.bob, self.sales, amount - 1), key='t2')
        self.assertEqual(self._balances(self.bob, self.sales), [1, 10**18])
        self.assertEqual(self.sales.current_balance, 10**18)

    def test_a_balance_beyond_64_bits_is_refused(self):
        half = 2**62
        self._book((self.central, self.bob, half - 1000), key='t1')
        self.assertRefused(
            InvalidPosting,
            lambda: self._book((self.central, self.alice, 10**13), key='t2'),
            account_id=self.central.id,
        )
        self._book((self.sales, self.bob, half), key='t2')
        self._book((self.alice, self.bob, 999), key='t3')
        self.assertEqual(self._balances(self.bob), [MAX_INT8])
        self.assertRefused(
            InvalidPosting,
            lambda: self._book((self.alice, self.bob, 1), key='t4'),
            account_id=self.bob.id,
        )

    def test_the_number_of_statements_does_not_grow_with_the_posting(self):
        self._book((self.alice, self.bob, 1), key='warm')
        with self.assertQueryCount(1):
            self._book((self.alice, self.bob, 1), key='t1')
        with self.assertQueryCount(1):
            self._book(*[(self.alice, self.bob, 1)] * 500, key='t2')
        self.assertEqual(self._balances(self.alice, self.bob), [498, 502])

    def test_the_service_is_for_python_only(self):
        names = 'post hold capture release reverse convert balance prove'
        for name in names.split():
            self.assertTrue(getattr(self.ledger, name)._api_private, name)


@tagged('post_install', '-at_install')
class TestReverse(LedgerCase):
    def setUp(self):
        super().setUp()
        self.transfer = self._book((self.alice, self.bob, 300), key='original').transfers[0]

    def _reverse(self, amount=None, key='r1'):
        return self.ledger.reverse([Reversal(self.transfer, amount)], key=key)

    def test_a_reversal_names_its_original_and_takes_all_of_it(self):
        posted = self._reverse()
        reversal = self.env['wx.ledger.transfer'].browse(posted.transfers)
        self.assertEqual(reversal.reverses_id.id, self.transfer)
        self.assertEqual(self._balances(self.alice, self.bob), [1000, 0])
        self.assertProven()

    def test_reversals_never_exceed_the_original(self):
        self._reverse(100, 'r1')
        self._reverse(150, 'r2')
        self.assertRefused(
            NotReversible, lambda: self._reverse(51, 'r3'), transfer_id=self.transfer
        )
        self._reverse(None, 'r3')
        self.assertEqual(self._balances(self.alice, self.bob), [1000, 0])
        self.assertRefused(NotReversible, lambda: self._reverse(None, 'r4'))
        self.assertProven()

    def test_the_same_reversal_twice_is_one(self):
        first = self._reverse()
        self.assertEqual(self._reverse().posting_id, first.posting_id)
        self.assertEqual(self._balances(self.alice, self.bob), [1000, 0])

    def test_a_reversal_is_not_reversed(self):
        self.transfer = self._reverse().transfers[0]
        self.assertRefused(NotReversible, lambda: self._reverse(key='r2'))

    def test_spent_money_is_not_reversed(self):
        self._book((self.bob, self.sales, 300), key='spent')
        self.assertRefused(InsufficientFunds, self._reverse)
        self._book((self.sales, self.bob, 300), key='back')
        self._reverse()

    def test_a_transfer_is_named_once(self):
        line = Reversal(self.transfer, 1)
        self.assertRefused(InvalidPosting, lambda: self.ledger.reverse([line, line], key='r1'))
