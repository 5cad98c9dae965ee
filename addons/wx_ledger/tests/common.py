from odoo.tests import TransactionCase, tagged

from ..values import Transfer

CORRECTION = '900001'


class LedgerMixin:
    """Makes assets and accounts, and books corrections between them."""

    @classmethod
    def _create_asset(cls, code, **values):
        return cls.env['wx.ledger.asset'].create(
            {'code': code, 'name': code, 'kind': 'points', 'transferable': True, **values}
        )

    @classmethod
    def _create_account(cls, asset, name='Owner', **values):
        partner = cls.env['res.partner'].create({'name': name})
        account = cls.env['wx.ledger.account']._of_owner(asset, partner, 'customer')
        if values:
            account.write(values)
        return account

    def _book(self, *movements, key, **values):
        """Post `(source, target, amount)` movements."""
        transfers = [Transfer(s.id, t.id, amount, CORRECTION) for s, t, amount in movements]
        return self.env['wx.ledger'].post(transfers, key=key, **values)


@tagged('post_install', '-at_install')
class LedgerCase(LedgerMixin, TransactionCase):
    """An asset, its central account and two customers, the first of whom has 1,000."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ledger = cls.env['wx.ledger']
        cls.accounts = cls.env['wx.ledger.account']
        cls.asset = cls._create_asset('TST')
        cls.central = cls.accounts._central(cls.asset)
        cls.sales = cls.accounts._of_purpose(cls.asset, 'sales')
        cls.alice = cls._create_account(cls.asset, 'Alice')
        cls.bob = cls._create_account(cls.asset, 'Bob')
        cls.ledger.post([Transfer(cls.central.id, cls.alice.id, 1000, '900001')], key='opening')

    def _balances(self, *accounts):
        """Return the balance now of each account."""
        found = self.ledger.balance([account.id for account in accounts])
        return [found[account.id].balance for account in accounts]

    def _counts(self):
        """Return how many rows there are of what postings append."""
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT (SELECT count(*) FROM wx_ledger_posting),
                      (SELECT count(*) FROM wx_ledger_transfer),
                      (SELECT count(*) FROM wx_ledger_entry),
                      (SELECT count(*) FROM wx_ledger_hold_event),
                      (SELECT count(*) FROM wx_ledger_lot_move)"""
        )
        return self.env.cr.fetchone()

    def assertRefused(self, error, call, **details):
        """Assert that a call is refused with these details and has changed nothing."""
        before, balances = self._counts(), self._balances(self.alice, self.bob, self.sales)
        with self.assertRaises(error) as caught:
            call()
        for name, value in details.items():
            self.assertEqual(caught.exception.details.get(name), value)
        self.assertEqual(self._counts(), before)
        self.assertEqual(self._balances(self.alice, self.bob, self.sales), balances)

    def assertProven(self):
        self.assertEqual(list(self.ledger.prove()), [])
