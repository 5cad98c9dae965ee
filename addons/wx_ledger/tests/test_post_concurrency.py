import time

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.rbac_ext.tests.common import ConcurrencyCase

from ..exceptions import HoldClosed, InsufficientFunds, NotReversible
from ..values import Portion, Reversal, Transfer

CORRECTION = '900001'


@tagged('post_install', '-at_install', '-standard', 'wx_concurrency')
class TestPostConcurrency(ConcurrencyCase):
    """Several transactions on the same accounts, committed.

    What is booked cannot be taken back, so the ledger keeps the postings of these tests.
    """

    def setUp(self):
        super().setUp()
        self.prefix = f'race:{time.time_ns()}'
        with self.environment() as env:
            self.asset_id = (
                env['wx.ledger.asset']
                .create({'code': f'P{time.time_ns()}', 'name': 'Race', 'kind': 'points'})
                .id
            )
            accounts = env['wx.ledger.account']
            asset = env['wx.ledger.asset'].browse(self.asset_id)
            partners = env['res.partner'].create([{'name': f'Race {n}'} for n in range(2)])
            self.alice, self.bob = (accounts._of_owner(asset, p, 'customer').id for p in partners)
            self.sales = accounts._of_purpose(asset, 'sales').id
            self.central = accounts._central(asset).id
            for account in (self.alice, self.bob):
                self._post(env, self.central, account, 100, f'open:{account}')

    def _post(self, env, source, target, amount, key):
        line = Transfer(source, target, amount, CORRECTION)
        return env['wx.ledger'].post([line], key=f'{self.prefix}:{key}')

    def _race(self, functions):
        # Losing against another transaction is what these tests are about.
        with mute_logger('odoo.sql_db', 'odoo.service.model'):
            return self.run_parallel(functions)

    def _balances(self, *accounts):
        with self.environment() as env:
            found = env['wx.ledger'].balance(accounts)
            self.assertEqual(list(env['wx.ledger'].prove(list(accounts))), [])
            return [found[account].balance for account in accounts]

    def test_the_same_key_at_once_books_once(self):
        results = self._race(
            [lambda env: self._post(env, self.alice, self.bob, 10, 'same')] * 8,
        )
        self.assertEqual(len({posted.posting_id for posted in results}), 1)
        self.assertEqual(sum(posted.is_new for posted in results), 1)
        self.assertEqual(self._balances(self.alice, self.bob), [90, 110])

    def test_one_account_is_never_overdrawn(self):
        results = self._race(
            [
                lambda env, n=n: self._post(env, self.alice, self.sales, 30, f'spend:{n}')
                for n in range(8)
            ]
        )
        refused = [result for result in results if isinstance(result, InsufficientFunds)]
        self.assertEqual(len(refused), 5)
        self.assertEqual(self._balances(self.alice, self.sales), [10, 90])

    def test_opposite_directions_never_hang(self):
        def both_ways(number):
            source, target = (self.alice, self.bob)[:: 1 if number % 2 else -1]

            def post(env):
                # One after the other in a transaction: the wrong order of locks on purpose.
                self._post(env, source, self.sales, 1, f'a:{number}')
                self._post(env, target, self.sales, 1, f'b:{number}')

            return post

        self.assertEqual(self._race([both_ways(number) for number in range(6)]), [None] * 6)
        self.assertEqual(self._balances(self.alice, self.bob, self.sales), [94, 94, 12])

    def test_a_hold_is_captured_or_released_once(self):
        with self.environment() as env:
            hold = env['wx.ledger'].hold(self.alice, 60, key=f'{self.prefix}:hold', reason='300001')

        def capture(number):
            return lambda env: env['wx.ledger'].capture(
                hold.hold_id, [Portion(self.sales)], key=f'{self.prefix}:capture:{number}'
            )

        results = self._race(
            [capture(1), lambda env: env['wx.ledger'].release(hold.hold_id), capture(2)]
        )
        closed = [result for result in results if isinstance(result, HoldClosed)]
        self.assertEqual(len(closed), 2, results)
        alice, sales = self._balances(self.alice, self.sales)
        self.assertIn((alice, sales), {(40, 60), (100, 0)})
        with self.environment() as env:
            self.assertEqual(env['wx.ledger'].balance([self.alice])[self.alice].held, 0)

    def test_reversals_at_once_never_exceed_the_original(self):
        with self.environment() as env:
            original = self._post(env, self.alice, self.sales, 50, 'original').transfers[0]
        results = self._race(
            [
                lambda env, n=n: env['wx.ledger'].reverse(
                    [Reversal(original, 20)], key=f'{self.prefix}:reverse:{n}'
                )
                for n in range(5)
            ]
        )
        refused = [result for result in results if isinstance(result, NotReversible)]
        self.assertEqual(len(refused), 3, results)
        self.assertEqual(self._balances(self.alice, self.sales), [90, 10])

    def test_an_account_is_opened_once(self):
        with self.environment() as env:
            partner_id = env['res.partner'].create({'name': 'Opened once'}).id

        def find(env):
            asset = env['wx.ledger.asset'].browse(self.asset_id)
            partner = env['res.partner'].browse(partner_id)
            return env['wx.ledger.account']._of_owner(asset, partner, 'customer').id

        self.assertEqual(len(set(self._race([find] * 6))), 1)

    def test_folding_loses_nothing_that_is_being_booked(self):
        def post(number):
            return lambda env: self._post(env, self.alice, self.sales, 1, f'fold:{number}')

        def fold(env):
            env.cr.execute('SELECT wx_ledger_fold(1000)')

        self._race([*(post(number) for number in range(6)), fold, fold])
        with self.environment() as env:
            fold(env)
        self.assertEqual(self._balances(self.alice, self.sales), [94, 6])
