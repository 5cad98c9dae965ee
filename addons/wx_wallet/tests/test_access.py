from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import WalletCase

READABLE = ('asset', 'account', 'entry', 'transfer', 'reason', 'rate')
HIDDEN = ('posting', 'hold', 'hold.event', 'lot', 'lot.move', 'checkpoint', 'block')


@tagged('post_install', '-at_install')
class TestAccess(WalletCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account_a = cls._fund(cls.user_a, 1000)
        cls.account_b = cls._fund(cls.user_b, 500)

    def customer(self, user, model):
        return self._as_customer(user)[f'wx.ledger.{model}']

    def test_customers_write_nothing(self):
        for model in (*READABLE, *HIDDEN):
            records = self.customer(self.user_a, model)
            for operation in ('write', 'create', 'unlink'):
                with self.subTest(model=model, operation=operation):
                    self.assertFalse(records.has_access(operation))

    def test_customers_read_what_wallets_show_and_no_more(self):
        for model in READABLE:
            self.assertTrue(self.customer(self.user_a, model).has_access('read'), model)
        for model in HIDDEN:
            self.assertFalse(self.customer(self.user_a, model).has_access('read'), model)

    def test_customer_finds_only_the_own_accounts(self):
        for user, account in ((self.user_a, self.account_a), (self.user_b, self.account_b)):
            self.assertEqual(self.customer(user, 'account').search([]), account)
        with self.assertRaises(AccessError):
            self.customer(self.user_a, 'account').browse(self.account_b.id).read(['balance'])

    def test_customer_finds_only_the_own_entries(self):
        entries = self.customer(self.user_a, 'entry').search([])
        self.assertEqual(entries.account_id, self.account_a)
        others = self.env['wx.ledger.entry'].search([('account_id', '!=', self.account_a.id)])
        self.assertGreaterEqual(len(others), 3)
        for entry in others:
            with self.assertRaises(AccessError):
                self.customer(self.user_a, 'entry').browse(entry.id).read(['amount'])

    def test_customer_finds_only_transfers_of_the_own_accounts(self):
        transfers = self.customer(self.user_a, 'transfer').search([])
        self.assertEqual(transfers.credit_account_id.ids, self.account_a.ids)
        with self.assertRaises(AccessError):
            theirs = self.env['wx.ledger.transfer'].search(
                [('credit_account_id', '=', self.account_b.id)]
            )
            transfers.browse(theirs.ids).read(['amount'])

    def test_both_sides_see_a_transfer_between_them(self):
        self._post(self.account_a, self.account_b, 7, '500003')
        for user, amount in ((self.user_a, -7), (self.user_b, 7)):
            [entry] = self.customer(user, 'entry').search([('transfer_id.amount', '=', 7)])
            self.assertEqual(entry.amount, amount)

    def test_account_of_another_owner_with_the_same_id_is_not_a_customers(self):
        partner = self.env['res.partner'].browse(self.user_a.id)
        account = self.env['wx.ledger.account']._of_owner(self.coin, partner, 'merchant')
        self.assertEqual(self.customer(self.user_a, 'account').search([]), self.account_a)
        self.assertNotEqual(account, self.account_a)

    def test_without_a_customer_nothing_is_found(self):
        env = self.env(user=self.env.ref('wx_base.user_api'), su=False, context={})
        for model in ('account', 'entry', 'transfer'):
            self.assertFalse(env[f'wx.ledger.{model}'].search([]), model)

    def test_assets_out_of_use_and_their_rates_are_not_found(self):
        self.gem.convertible = True
        rate = self.env['wx.ledger.rate'].create(
            {
                'source_asset_id': self.coin.id,
                'target_asset_id': self.gem.id,
                'source_amount': 1,
                'target_amount': 1,
            }
        )
        rates = self.customer(self.user_a, 'rate')
        assets = self.customer(self.user_a, 'asset').with_context(active_test=False)
        self.assertIn(rate, rates.search([]))
        self.gem.active = False
        self.assertNotIn(rate, rates.search([]))
        self.assertNotIn(self.gem, assets.search([]))
