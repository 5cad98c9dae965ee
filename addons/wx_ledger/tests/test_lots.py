from datetime import timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.tests import new_test_user, tagged

from ..exceptions import InvalidPosting
from ..models.wx_ledger_cron import WxLedger
from ..values import Reversal, Transfer
from .common import CORRECTION, LedgerCase

DAY = timedelta(days=1)


@tagged('post_install', '-at_install')
class TestLots(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.asset = cls._create_asset('EXP', expiring=True, expiry_days=30, refund_grace_days=7)
        cls.central = cls.accounts._central(cls.asset)
        cls.sales = cls.accounts._of_purpose(cls.asset, 'sales')
        cls.expiry = cls.accounts._of_purpose(cls.asset, 'expiry')
        cls.alice = cls._create_account(cls.asset, 'Alice')
        cls.bob = cls._create_account(cls.asset, 'Bob')
        cls.now = fields.Datetime.now()

    def _give(self, amount, days, key):
        expires_at = self.now + days * DAY
        line = Transfer(self.central.id, self.alice.id, amount, CORRECTION, expires_at)
        return self.ledger.post([line], key=key)

    def _lots(self, account):
        """Return `(remaining, days until expiry)` of the lots of an account, used up or not."""
        lots = self.env['wx.ledger.lot'].search([('account_id', '=', account.id)], order='id')
        return [(lot.remaining, round((lot.expires_at - self.now) / DAY)) for lot in lots]

    def _expire(self):
        # The cursor of a test does not commit.
        with patch.object(WxLedger, '_go_on', autospec=True, return_value=True):
            self.ledger._cron_expire_lots()

    def test_a_credit_opens_a_lot_with_the_assets_period(self):
        self._book((self.central, self.alice, 10), key='g1')
        self.assertEqual(self._lots(self.alice), [(10, 30)])

    def test_the_oldest_expiry_is_spent_first(self):
        self._give(100, 20, 'g1')
        self._give(50, 5, 'g2')
        self._book((self.alice, self.sales, 70), key='t1')
        self.assertEqual(self._lots(self.alice), [(80, 20), (0, 5)])
        self.assertProven()

    def test_passing_on_does_not_prolong(self):
        self._give(100, 20, 'g1')
        self._give(50, 5, 'g2')
        self._book((self.alice, self.bob, 70), key='t1')
        self.assertEqual(self._lots(self.bob), [(50, 5), (20, 20)])
        self.assertProven()

    def test_a_transfer_may_spend_what_the_one_before_it_brought(self):
        self._book((self.central, self.alice, 10), (self.alice, self.sales, 10), key='t1')
        self.assertEqual(self._lots(self.alice), [(0, 30)])

    def test_a_refund_returns_to_the_same_lots_in_parts(self):
        self._give(50, 5, 'g1')
        self._give(100, 20, 'g2')
        spent = self._book((self.alice, self.sales, 70), key='t1').transfers[0]
        self.ledger.reverse([Reversal(spent, 60)], key='r1')
        self.assertEqual(self._lots(self.alice), [(50, 5), (90, 20)])
        self.ledger.reverse([Reversal(spent, 10)], key='r2')
        self.assertEqual(self._lots(self.alice), [(50, 5), (100, 20)])
        self.assertProven()

    def test_a_refund_of_what_has_expired_gets_the_days_of_grace(self):
        self._give(50, -1, 'g1')
        spent = self._book((self.alice, self.sales, 50), key='t1').transfers[0]
        self.ledger.reverse([Reversal(spent)], key='r1')
        self.assertEqual(self._lots(self.alice), [(0, -1), (50, 7)])
        self.assertProven()

    def test_taking_a_gift_back_takes_its_own_lot(self):
        self._give(50, 5, 'g1')
        gift = self._give(50, 20, 'g2').transfers[0]
        self.ledger.reverse([Reversal(gift, 30)], key='r1')
        self.assertEqual(self._lots(self.alice), [(50, 5), (20, 20)])

    def test_expiry_is_an_entry_and_happens_once(self):
        self._give(50, -1, 'g1')
        self._give(100, 20, 'g2')
        for _time in range(2):
            self._expire()
        self.assertEqual(self._balances(self.alice, self.expiry), [100, 50])
        self.assertEqual(self._lots(self.alice), [(0, -1), (100, 20)])
        self.assertProven()

    def test_what_is_held_does_not_expire(self):
        self._give(50, -1, 'g1')
        hold = self.ledger.hold(self.alice.id, 20, key='h1', reason='300001')
        self._expire()
        self.assertEqual(self._balances(self.alice, self.expiry), [20, 30])
        self.ledger.release(hold.hold_id)
        self._expire()
        self.assertEqual(self._balances(self.alice, self.expiry), [0, 50])
        self.assertProven()


@tagged('post_install', '-at_install')
class TestConvert(LedgerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.asset.convertible = True
        cls.money = cls._create_asset('MNY', convertible=True, kind='money', decimal_places=2)
        cls.wallet = cls._create_account(cls.money, 'Alice')
        cls.rate = cls.env['wx.ledger.rate'].create(
            {
                'source_asset_id': cls.asset.id,
                'target_asset_id': cls.money.id,
                'source_amount': 3,
                'target_amount': 2,
                'valid_from': fields.Datetime.now() - DAY,
            }
        )

    def _convert(self, amount, key='v1'):
        return self.ledger.convert(self.alice.id, self.wallet.id, amount, key=key)

    def _of(self, asset, purpose):
        return self.accounts._of_purpose(asset, purpose)

    def test_nothing_is_created_or_lost(self):
        self._convert(100)
        self.assertEqual(self._balances(self.alice, self.wallet), [900, 66])
        self.assertEqual(
            self._balances(
                self._of(self.asset, 'liquidity'),
                self._of(self.asset, 'rounding'),
                self._of(self.money, 'liquidity'),
            ),
            [99, 1, -66],
        )
        self.assertProven()

    def test_the_fee_is_a_transfer_of_its_own(self):
        self.rate.fee_permille = 15
        posted = self._convert(100)
        self.assertEqual(len(posted.transfers), 3)
        self.assertEqual(self._balances(self._of(self.asset, 'fee')), [2])
        self.assertEqual(self._balances(self.alice, self.wallet), [900, 65])
        self.assertProven()

    def test_the_same_conversion_twice_is_one_even_after_the_rate_has_changed(self):
        first = self._convert(100)
        self.rate.copy({'target_amount': 3, 'valid_from': fields.Datetime.now() - DAY / 2})
        self.assertEqual(self._convert(100).posting_id, first.posting_id)
        self.assertEqual(self._balances(self.alice, self.wallet), [900, 66])

    def test_without_a_rate_nothing_is_converted(self):
        self.assertRefused(
            InvalidPosting,
            lambda: self.ledger.convert(self.wallet.id, self.alice.id, 1, key='v1'),
        )

    def test_what_gives_no_whole_unit_is_not_converted(self):
        self.assertRefused(InvalidPosting, lambda: self._convert(1))


@tagged('post_install', '-at_install')
class TestFold(LedgerCase):
    def _fold(self):
        with patch.object(WxLedger, '_go_on', autospec=True, return_value=True):
            self.ledger._cron_fold()

    def test_folding_changes_the_row_and_not_the_balance(self):
        self._book((self.alice, self.sales, 30), (self.alice, self.sales, 12), key='t1')
        self.assertEqual((self.sales.balance, self.sales.current_balance), (0, 42))
        self._fold()
        self.assertEqual((self.sales.balance, self.sales.current_balance), (42, 42))
        self._fold()
        self.assertEqual(self._balances(self.sales, self.central), [42, -1000])
        self.assertProven()

    def test_an_account_below_its_limit_is_reported_once(self):
        role = self.env.ref('rbac_ext.role_finance')
        finance = new_test_user(self.env, 'fold_finance', 'base.group_user')
        finance.role_line_ids = [Command.create({'role_id': role.id})]
        fee = self.accounts._of_purpose(self.asset, 'fee')
        logger = 'odoo.addons.wx_ledger.models.wx_ledger_account'
        self._book((fee, self.bob, 5), key='t1')
        with self.assertLogs(logger, 'WARNING'):
            self._fold()
        self._book((fee, self.bob, 5), key='t2')
        with self.assertNoLogs(logger, 'WARNING'):
            self._fold()
        self.assertEqual(len(fee.activity_ids.filtered(lambda a: a.user_id == finance)), 1)
