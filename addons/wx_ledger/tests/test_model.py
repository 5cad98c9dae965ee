"""Random acts on the ledger and on a model of it in plain Python: both must agree on each.

The runs are the same every time. Other ones, and more: LEDGER_SEED=7 LEDGER_EXAMPLES=300 in the
environment of the tests. All examples of a seed share one transaction, which tables that fill with
what was rolled back make slower and slower: for still more take further seeds.
"""

import os
from collections import Counter

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ..exceptions import HoldClosed, InsufficientFunds, InvalidPosting, NotReversible
from .common import LedgerMixin
from .ledger_machine import FEE_PERMILLE, LONG_AGO, OVERDRAFT, RATE, LedgerMachine
from .sabotage import plant

EXAMPLES, ACTS = 60, 50
PROFILE = settings(
    max_examples=int(os.environ.get('LEDGER_EXAMPLES', EXAMPLES)),
    stateful_step_count=ACTS,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
# What the runs must have come to: done, or refused like this.
OUTCOMES = {
    'post': {None, InsufficientFunds},
    'hold': {None, InsufficientFunds},
    'capture': {None, HoldClosed, InvalidPosting},
    'release': {None, HoldClosed, InvalidPosting},
    'reverse': {None, InsufficientFunds, NotReversible},
    'convert': {None, InsufficientFunds, InvalidPosting},
    'expire_holds': {None},
    'expire_lot': {None},
}
NO_FUNDS = "THEN 'insufficient_funds'"
LIMITS = (
    ('wx_ledger_account', 'wx_ledger_account_available_enough'),
    ('wx_ledger_reversed', 'wx_ledger_reversed_check'),
)
# functions, what is right, what stands there instead
FAULTS = {
    'spending more than there is': ('wx_ledger_%', NO_FUNDS, 'THEN NULL'),
    'holding more than there is': ('wx_ledger_hold_open', NO_FUNDS, 'THEN NULL'),
    'newest lots first': (
        'wx_ledger_take_lots', 'l.expires_at NULLS LAST', 'l.expires_at DESC NULLS LAST',
    ),
    'reversing more than there was': (
        'wx_ledger_reverse', r'1\s+AND t\.amount - COALESCE\(r\.reversed, 0\)', '1 AND t.amount',
    ),
    'forgetting a delta': ('wx_ledger_%', 'WHERE version IS NULL', r'\g<0> AND n < 4'),
}  # fmt: skip


@tagged('post_install', '-at_install')
class TestModel(LedgerMixin, TransactionCase):
    """Two assets, one of which expires; three customers with an account of each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ledger = cls.env['wx.ledger']
        assets = {
            'money': cls._create_asset('MMY', convertible=True),
            'points': cls._create_asset(
                'MPT', convertible=True, expiring=True, expiry_days=30, refund_grace_days=0
            ),
        }
        cls.env['wx.ledger.rate'].create(
            {
                'source_asset_id': assets['money'].id,
                'target_asset_id': assets['points'].id,
                'valid_from': LONG_AGO,
                'source_amount': RATE[0],
                'target_amount': RATE[1],
                'fee_permille': FEE_PERMILLE,
            }
        )
        cls.asset_ids = [asset.id for asset in assets.values()]
        accounts = cls.env['wx.ledger.account']
        cls.users, cls.system = {}, {}
        for name, asset in assets.items():
            owners = [cls._create_account(asset, f'Owner {n}') for n in range(3)]
            cls.users[name] = [account.id for account in owners]
            cls.system[name] = {
                purpose: accounts._of_purpose(asset, purpose).id
                for purpose in ('sales', 'liquidity', 'rounding', 'fee', 'expiry')
            }
            cls.system[name]['central'] = accounts._central(asset).id
        accounts.browse(cls.users['money'][0]).overdraft_limit = OVERDRAFT
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.outcomes = Counter()

    def _play(self, profile):
        def machine():
            return LedgerMachine(self)

        if 'LEDGER_SEED' in os.environ:
            machine = seed(int(os.environ['LEDGER_SEED']))(machine)
        run_state_machine_as_test(machine, settings=profile)

    def test_the_ledger_agrees_with_the_model_on_every_act(self):
        self._play(PROFILE)
        for act, outcomes in OUTCOMES.items():
            self.assertEqual({found for name, found in self.outcomes if name == act}, outcomes, act)

    def test_planted_faults_are_found(self):
        profile = settings(PROFILE, max_examples=200, phases=[Phase.generate])
        for name, fault in FAULTS.items():
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                self._drop_limits()
                plant(self.env.cr, *fault)
                with self.assertRaises(AssertionError):
                    self._play(profile)
                savepoint.rollback()

    def _drop_limits(self):
        """Drop the constraints that would stop a fault before it shows in a balance."""
        for table, name in LIMITS:
            self.env.cr.execute(
                SQL(
                    'ALTER TABLE %s DROP CONSTRAINT %s', SQL.identifier(table), SQL.identifier(name)
                )
            )
