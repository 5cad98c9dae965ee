from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict
from odoo.addons.wx_base.tests.common import ConcurrencyCase

from .common import WalletMixin

APPID = 'wxconcurrencyWLT1x'.lower()
SENDERS = 20


@tagged('post_install', '-at_install', '-standard', 'wx_concurrency')
class TestTransferConcurrency(WalletMixin, ConcurrencyCase):
    """Several cursors at once. What the ledger has booked stays; the asset is put out of use."""

    def setUp(self):
        super().setUp()
        # Losing a race is what happens here; each loser leaves a line.
        self.enterContext(mute_logger('odoo.sql_db', 'odoo.service.model'))
        with self.environment() as env:
            type(self).env = env
            apps = env['wx.app'].with_context(active_test=False)
            app = apps.search([('appid', '=', APPID)]) or apps.create(
                {'name': 'Wallet races', 'appid': APPID}
            )
            app.active = True
            number = env['wx.ledger.asset'].with_context(active_test=False).search_count([])
            self.coin = type(self).coin = self._create_asset(
                code=f'WRACE{number}', name='Race', transferable=True
            )
            openids = [f'{self.coin.code}-{index}' for index in range(SENDERS + 1)]
            users = env['wx.user'].create([{'app_id': app.id, 'openid': name} for name in openids])
            self.ids = {'asset': self.coin.id, 'app': app.id, 'users': users.ids}
            self._fund(users[0], 1000)
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.environment() as env:
            env['wx.ledger.asset'].browse(self.ids['asset']).active = False
            env['wx.app'].browse(self.ids['app']).active = False

    def sender(self, sender, recipient, amount, key):
        """Return a request that sends from one user to another, both by their position."""

        def send(env):
            user_id = self.ids['users'][sender]
            customer = env(user=env.ref('wx_base.user_api'), su=False)
            customer = customer(context={'wx_user_id': user_id})
            recipient_no = env['wx.user'].browse(self.ids['users'][recipient]).wallet_no
            entry = customer['wx.wallet']._transfer(
                customer['wx.user'].browse(user_id),
                customer['wx.ledger.asset'].browse(self.ids['asset']),
                recipient_no,
                amount,
                key,
            )
            return entry.id

        return send

    def balances(self):
        """Return the balances of all users of the test by their position."""
        with self.environment() as env:
            type(self).env = env
            asset = env['wx.ledger.asset'].browse(self.ids['asset'])
            users = env['wx.user'].browse(self.ids['users'])
            return [self._balance(user, asset) for user in users]

    def test_one_wallet_is_never_overdrawn(self):
        requests = [self.sender(0, index + 1, 150, f'overdraw-{index}') for index in range(SENDERS)]
        results = self.run_parallel(requests)
        booked = [result for result in results if isinstance(result, int)]
        # Whoever met the others five times in a row gave up; nobody got more than there was.
        self.assertTrue(booked)
        self.assertLessEqual(len(booked), 6)
        balances = self.balances()
        self.assertEqual(balances[0], 1000 - 150 * len(booked))
        self.assertEqual(sorted(balances[1:]), [0] * (SENDERS - len(booked)) + [150] * len(booked))

    def test_daily_limit_holds_for_transfers_at_the_same_moment(self):
        with self.environment() as env:
            env['wx.ledger.asset'].browse(self.ids['asset']).transfer_day_max = 300
        requests = [self.sender(0, index + 1, 100, f'limit-{index}') for index in range(8)]
        results = self.run_parallel(requests)
        booked = [result for result in results if isinstance(result, int)]
        refused = [result for result in results if isinstance(result, Conflict)]
        self.assertLessEqual(len(booked), 3)
        self.assertTrue(booked and refused, results)
        self.assertEqual(self.balances()[0], 1000 - 100 * len(booked))

    def test_same_key_at_the_same_moment_books_once(self):
        results = self.run_parallel([self.sender(0, 1, 100, 'same-key')] * 6)
        booked = [result for result in results if isinstance(result, int)]
        self.assertEqual(len(set(booked)), 1, results)
        self.assertEqual(self.balances()[:2], [900, 100])

    def test_transfers_in_both_directions_do_not_lock_each_other_out(self):
        with self.environment() as env:
            type(self).env = env
            users = env['wx.user'].browse(self.ids['users'][:2])
            asset = env['wx.ledger.asset'].browse(self.ids['asset'])
            self._fund(users[1], 1000, asset)
        requests = [
            self.sender(index % 2, 1 - index % 2, 10, f'cross-{index}') for index in range(8)
        ]
        results = self.run_parallel(requests)
        forth = sum(isinstance(result, int) for result in results[::2])
        back = sum(isinstance(result, int) for result in results[1::2])
        self.assertTrue(forth and back, results)
        self.assertEqual(
            self.balances()[:2], [1000 - 10 * forth + 10 * back, 1000 + 10 * forth - 10 * back]
        )

    def test_first_transfers_to_a_newcomer_open_one_account(self):
        for index in range(1, 7):
            with self.environment() as env:
                type(self).env = env
                user = env['wx.user'].browse(self.ids['users'][index])
                self._fund(user, 50, env['wx.ledger.asset'].browse(self.ids['asset']))
        requests = [self.sender(index, 20, 50, f'open-{index}') for index in range(1, 7)]
        results = self.run_parallel(requests)
        booked = sum(isinstance(result, int) for result in results)
        self.assertTrue(booked, results)
        with self.environment() as env:
            accounts = env['wx.ledger.account'].search(
                [
                    ('asset_id', '=', self.ids['asset']),
                    ('owner_model', '=', 'wx.user'),
                    ('owner_res_id', '=', self.ids['users'][20]),
                ]
            )
            self.assertEqual(accounts.mapped('balance'), [50 * booked])
