import os
import secrets
from contextlib import contextmanager
from unittest.mock import patch

from odoo.addons.wx_base.tests.common import WxCase, WxHttpCase
from odoo.addons.wx_ledger.values import Transfer

COIN = 'WCOIN'
GEM = 'WGEM'
ISSUE = '900003'
BURN = '900004'
GIFT = '100002'


class WalletMixin:
    """Two assets of their own, so that tests see only what they have booked."""

    @classmethod
    def setUpWallet(cls):
        cls.coin = cls._create_asset(code=COIN, name='Coins', transferable=True, convertible=True)
        cls.gem = cls._create_asset(code=GEM, name='Gems', decimal_places=2)

    @classmethod
    def _create_asset(cls, **values):
        return cls.env['wx.ledger.asset'].create(
            {'kind': 'points', 'decimal_places': 0, 'company_id': cls.env.company.id, **values}
        )

    @classmethod
    def _wallet(cls, user, asset=None):
        """Return the customer's account, opened if it was not."""
        return cls.env['wx.ledger.account']._of_owner(asset or cls.coin, user, 'customer')

    @classmethod
    def _fund(cls, user, amount, asset=None, reason=ISSUE):
        """Issue units to a customer; return the account."""
        account = cls._wallet(user, asset)
        cls._post(cls._central(asset), account, amount, reason)
        return account

    @classmethod
    def _burn(cls, user, amount, asset=None):
        cls._post(cls._wallet(user, asset), cls._central(asset), amount, BURN)

    @classmethod
    def _central(cls, asset=None):
        return cls.env['wx.ledger.account']._central(asset or cls.coin)

    @classmethod
    def _post(cls, source, target, amount, reason, **values):
        key = f'test:{secrets.token_hex(8)}'
        transfers = [Transfer(source.id, target.id, amount, reason)]
        return cls.env['wx.ledger'].post(transfers, key=key, **values)

    @classmethod
    def _balance(cls, user, asset=None):
        account = cls._wallet(user, asset)
        return cls.env['wx.ledger'].balance([account.id])[account.id].balance


class WalletCase(WalletMixin, WxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpWallet()


class WalletHttpCase(WalletMixin, WxHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpWallet()
        cls.env.flush_all()
        # All tests count in one process; one of them is about the rate.
        cls.startClassPatcher(patch.dict(os.environ, {'WX_RATE_LIMITS': 'off'}))

    def api(self, method, path, *, headers=None, **values):
        """Override of `wx_base` to ask for English, whatever languages the database has."""
        headers = {'Accept-Language': 'en-US', **(headers or {})}
        return super().api(method, path, headers=headers, **values)

    def get(self, path, user=None):
        """Return `data` of a GET that must succeed."""
        status, envelope = self.api('GET', path, user=user or self.user_a)
        self.assertEqual((status, envelope['code']), (200, 0), envelope)
        return envelope['data']

    def post(self, path, body, *, user=None, key=None):
        """Return `(status, envelope)` of a POST with an idempotency key of its own."""
        return self.api(
            'POST',
            path,
            user=user or self.user_a,
            body=body,
            headers={'Idempotency-Key': key or secrets.token_hex(8)},
        )

    @contextmanager
    def assertNothingBooked(self, *users):
        """Assert that the block changes neither balances nor accounts nor the count of entries."""
        accounts = self.env['wx.ledger.account']
        entries = self.env['wx.ledger.entry']

        def state():
            self.env.invalidate_all()
            found = accounts.search([('owner_model', '=', 'wx.user')], order='id')
            return [(row.id, row.balance, row.version) for row in found], entries.search_count([])

        before = state()
        yield
        self.assertEqual(state(), before)

    def assertRefused(self, answer, status, code):
        """Assert status and code of `(status, envelope)` and return the envelope."""
        self.assertEqual((answer[0], answer[1]['code']), (status, code), answer[1])
        return answer[1]
