import time
from unittest.mock import patch

import psycopg2.errors

from odoo import fields
from odoo.tests import tagged

from odoo.addons.rbac_ext.tests.common import ConcurrencyCase

from ..models.wx_ledger_cron import WxLedger
from ..values import Portion, Reversal, Transfer

CORRECTION = '900001'
LONG_AGO = fields.Datetime.to_datetime('2020-01-01')


@tagged('post_install', '-at_install', '-standard', 'wx_concurrency')
class TestWaitingConcurrency(ConcurrencyCase):
    """Two transactions side by side: who waits, who does not, and who goes on without the other.

    What is booked cannot be taken back, so the ledger keeps the postings of these tests.
    """

    def setUp(self):
        super().setUp()
        self.prefix = f'wait:{time.time_ns()}'
        with self.environment() as env:
            asset = env['wx.ledger.asset'].create(
                {
                    'code': f'W{time.time_ns()}',
                    'name': 'Wait',
                    'expiring': True,
                    'company_id': env.company.id,
                }
            )
            accounts = env['wx.ledger.account']
            partners = env['res.partner'].create([{'name': f'Wait {n}'} for n in range(3)])
            self.users = [accounts._of_owner(asset, p, 'customer').id for p in partners]
            self.sales = accounts._of_purpose(asset, 'sales').id
            self.expiry = accounts._of_purpose(asset, 'expiry').id
            self.central = accounts._central(asset).id
            # What other tests have left behind is not counted here.
            env['wx.ledger']._cron_expire_holds()
            env['wx.ledger']._cron_expire_lots()

    def _post(self, env, source, target, amount, key, expires_at=None):
        line = Transfer(source, target, amount, CORRECTION, expires_at)
        return env['wx.ledger'].post([line], key=f'{self.prefix}:{key}')

    def _give(self, amount, expires_at=None):
        with self.environment() as env:
            for user in self.users:
                self._post(env, self.central, user, amount, f'give:{user}', expires_at)

    def _hold_all(self, **values):
        with self.environment() as env:
            return [
                env['wx.ledger']
                .hold(user, 10, key=f'{self.prefix}:{user}', reason=CORRECTION, **values)
                .hold_id
                for user in self.users
            ]

    def _spend(self, user, key='spend'):
        with self.environment() as env:
            self._post(env, user, self.sales, 1, key)

    def _state(self):
        with self.environment() as env:
            self.assertEqual(list(env['wx.ledger'].prove(self.users)), [])
            found = env['wx.ledger'].balance(self.users)
            return [(found[user].balance, found[user].held) for user in self.users]

    def _run_cron(self, env, name):
        """Run a scheduled action and return how much each of its steps has done."""
        steps = []

        def go_on(ledger, count):
            ledger.env.cr.commit()
            steps.append((count, self._state()))
            return True

        with patch.object(WxLedger, '_go_on', autospec=True, side_effect=go_on):
            getattr(env['wx.ledger'], name)()
        return steps

    # === EXPIRY === #

    def test_a_conflict_on_one_account_does_not_keep_other_holds(self):
        self._give(100)
        self._hold_all(expires_at=LONG_AGO)
        with self.environment() as env:
            env.cr.execute('SELECT 1')  # its view of the data begins here
            self._spend(self.users[0])
            steps = self._run_cron(env, '_cron_expire_holds')
        # The others at once; the one with the next view.
        self.assertEqual(
            steps, [(2, [(99, 10), (100, 0), (100, 0)]), (1, [(99, 0), (100, 0), (100, 0)])]
        )

    def test_a_hold_that_somebody_is_at_is_left_for_the_next_time(self):
        self._give(100)
        holds = self._hold_all(expires_at=LONG_AGO)
        with self.environment() as other:
            other['wx.ledger'].capture(
                holds[0], [Portion(self.sales)], key=f'{self.prefix}:capture'
            )
            with self.environment() as env:
                steps = self._run_cron(env, '_cron_expire_holds')
            self.assertEqual(steps, [(2, [(100, 10), (100, 0), (100, 0)])])
        self.assertEqual(self._state(), [(90, 0), (100, 0), (100, 0)])

    def test_a_conflict_on_one_account_does_not_keep_other_lots(self):
        self._give(100, LONG_AGO)
        with self.environment() as env:
            env.cr.execute('SELECT 1')
            self._spend(self.users[0])
            steps = self._run_cron(env, '_cron_expire_lots')
            self.assertEqual(len(steps), 3)
            self.assertEqual(self._state(), [(99, 0), (0, 0), (0, 0)])
            steps = self._run_cron(env, '_cron_expire_lots')
        self.assertEqual(steps, [(1, [(0, 0), (0, 0), (0, 0)])])

    def test_lots_that_cannot_be_booked_do_not_keep_the_others(self):
        self._give(100, LONG_AGO)
        with self.environment() as env:
            frozen = env['wx.ledger.account'].browse(self.expiry)
            frozen._set_state('frozen', 'test')
            env.cr.commit()
            with self.assertLogs('odoo.addons.wx_ledger.models.wx_ledger_cron') as log:
                steps = self._run_cron(env, '_cron_expire_lots')
            self.assertEqual((len(steps), len(log.output)), (3, 3))
            self.assertEqual(self._state(), [(100, 0)] * 3)
            frozen._set_state('open')
            env.cr.commit()
            self._run_cron(env, '_cron_expire_lots')
        self.assertEqual(self._state(), [(0, 0)] * 3)

    # === ORDER OF LOCKS === #

    def _assert_not_waiting(self, env, act):
        """Assert that the act gives up at once instead of waiting for another transaction."""
        env.cr.execute("SET LOCAL lock_timeout = '20s'")
        started = time.monotonic()
        with self.assertRaises(psycopg2.errors.LockNotAvailable):
            act()
        self.assertLess(time.monotonic() - started, 10)
        env.cr.rollback()

    def test_a_hold_is_not_waited_for_with_an_account_in_hand(self):
        self._give(100)
        hold, *_others = self._hold_all()
        portions = [Portion(self.sales)]
        for number, act in enumerate(
            (
                lambda env: env['wx.ledger'].release(hold),
                lambda env: env['wx.ledger'].capture(hold, portions, key=f'{self.prefix}:c'),
            )
        ):
            with self.environment() as other, self.environment() as env:
                other.cr.execute('SELECT FROM wx_ledger_hold WHERE id = %s FOR UPDATE', (hold,))
                self._post(env, self.users[2], self.sales, 1, f'first:{number}')
                self._assert_not_waiting(env, lambda act=act, env=env: act(env))

    def test_a_reversal_is_not_waited_for_with_an_account_in_hand(self):
        self._give(100)
        with self.environment() as env:
            original = self._post(env, self.users[0], self.sales, 50, 'original').transfers[0]
            env['wx.ledger'].reverse([Reversal(original, 1)], key=f'{self.prefix}:r')
        with self.environment() as other, self.environment() as env:
            other.cr.execute(
                'SELECT FROM wx_ledger_reversed WHERE transfer_id = %s FOR UPDATE', (original,)
            )
            self._post(env, self.users[2], self.sales, 1, 'first')
            self._assert_not_waiting(
                env,
                lambda: env['wx.ledger'].reverse([Reversal(original, 1)], key=f'{self.prefix}:s'),
            )
