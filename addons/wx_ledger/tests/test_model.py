"""Random acts on the ledger and on a model of it in plain Python: both must agree on each."""

import random

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ..exceptions import HoldClosed, InsufficientFunds, InvalidPosting, LedgerError, NotReversible
from ..values import Portion, Reversal, Transfer
from .common import CORRECTION, LedgerMixin

ACTS = 120
SEEDS = range(12)
# Source units give target units, of which a fee goes off first.
RATE, FEE_PERMILLE = (3, 2), 15
LONG_AGO = fields.Datetime.to_datetime('2020-01-01')


class Model:
    """Balances, holds and reversals as anybody would write them down.

    A refusal is the class of the error; then nothing has changed.
    """

    def __init__(self, limits):
        self.limits = limits  # by serial account
        self.balances = {}
        self.holds = {}  # id → [account, left]
        self.transfers = {}  # id → [source, target, left to reverse]

    def held(self, account):
        return sum(left for owner, left in self.holds.values() if owner == account)

    def move(self, lines, freed=0):
        """Book movements one after the other, or refuse them all."""
        balances = dict(self.balances)
        for source, target, amount in lines:
            balances[source] = balances.get(source, 0) - amount
            balances[target] = balances.get(target, 0) + amount
            free = balances[source] - self.held(source) + freed
            if source in self.limits and free < -self.limits[source]:
                return InsufficientFunds
        self.balances = balances
        return None

    def hold(self, account, amount):
        free = self.balances.get(account, 0) - self.held(account) + self.limits[account]
        return InsufficientFunds if amount > free else None

    def capture(self, hold, lines, keep_open):
        account, left = self.holds[hold]
        total = sum(amount for _source, _target, amount in lines)
        if not left:
            return HoldClosed
        if total > left:
            return InvalidPosting
        self.move(lines, freed=left)
        self.holds[hold] = [account, left - total if keep_open else 0]
        return None

    def release(self, hold, amount):
        account, left = self.holds[hold]
        if not left:
            return HoldClosed
        if (amount or left) > left:
            return InvalidPosting
        self.holds[hold] = [account, left - (amount or left)]
        return None

    def reverse(self, transfer, amount):
        source, target, left = self.transfers[transfer]
        if not left or amount > left:
            return NotReversible
        refusal = self.move([(target, source, amount)])
        if refusal is None:
            self.transfers[transfer][2] -= amount
        return refusal


@tagged('post_install', '-at_install')
class TestModel(LedgerMixin, TransactionCase):
    """Two assets, one of which expires; three customers with an account of each."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ledger = cls.env['wx.ledger']
        cls.money = cls._create_asset('MMY', convertible=True)
        cls.points = cls._create_asset(
            'MPT', convertible=True, expiring=True, expiry_days=30, refund_grace_days=0
        )
        cls.env['wx.ledger.rate'].create(
            {
                'source_asset_id': cls.money.id,
                'target_asset_id': cls.points.id,
                'valid_from': LONG_AGO,
                'source_amount': RATE[0],
                'target_amount': RATE[1],
                'fee_permille': FEE_PERMILLE,
            }
        )
        accounts = cls.env['wx.ledger.account']
        cls.users, cls.system = {}, {}
        for asset in (cls.money, cls.points):
            owners = [cls._create_account(asset, f'Owner {n}') for n in range(3)]
            cls.users[asset] = [account.id for account in owners]
            cls.system[asset] = {
                purpose: accounts._of_purpose(asset, purpose).id
                for purpose in ('sales', 'liquidity', 'rounding', 'fee', 'expiry')
            }
            cls.system[asset]['central'] = accounts._central(asset).id
        accounts.browse(cls.users[cls.money][0]).overdraft_limit = 40

    def test_the_ledger_agrees_with_the_model_on_every_act(self):
        for seed in SEEDS:
            with self.subTest(seed=seed), self.env.cr.savepoint() as start:
                self._play(seed)
                start.rollback()
                self.env.invalidate_all()

    def _play(self, seed):
        self.random = random.Random(seed)
        limits = {user: 0 for users in self.users.values() for user in users}
        limits[self.users[self.money][0]] = 40
        self.model = Model(limits)
        acts = (
            *(self._post, self._post, self._post, self._hold, self._capture),
            *(self._release, self._reverse, self._convert),
        )
        refused = 0
        for number in range(ACTS):
            act = self.random.choice(acts)
            self.key = f'model:{seed}:{number}'
            refused += act() or 0
            self._compare(act.__name__)
        self.assertGreater(refused, 5, 'some acts were refused')
        self._expire()
        self._compare('expire')
        self.assertFalse(self.ledger.prove())

    # === ACTS: each returns whether it was refused === #

    def _post(self):
        lines = []
        for _ in range(self.random.randint(1, 4)):
            asset = self.random.choice((self.money, self.points))
            users, system = self.users[asset], self.system[asset]
            pairs = (
                (system['central'], self.random.choice(users)),
                tuple(self.random.sample(users, 2)),
                (self.random.choice(users), system['sales']),
                (system['sales'], self.random.choice(users)),
            )
            lines.append((*self.random.choice(pairs), self.random.randint(1, 120)))
        expected = self.model.move(lines)
        transfers = [Transfer(*line, CORRECTION) for line in lines]
        posted = self._agree(expected, lambda: self.ledger.post(transfers, key=self.key))
        if posted:
            again = self.ledger.post(transfers, key=self.key)
            self.assertEqual((again.posting_id, again.is_new), (posted.posting_id, False))
            self._remember(posted, lines)
        return not posted

    def _hold(self):
        account = self.random.choice(self.users[self.random.choice((self.money, self.points))])
        amount = self.random.randint(1, 90)
        expires_at = LONG_AGO if self.random.random() < 0.1 else None
        held = self._agree(
            self.model.hold(account, amount),
            lambda: self.ledger.hold(
                account, amount, key=self.key, reason=CORRECTION, expires_at=expires_at
            ),
        )
        if not held:
            return True
        self.model.holds[held.hold_id] = [account, amount]
        if expires_at:
            self.env.cr.execute('SELECT wx_ledger_expire_holds(1, 100)')
            self.assertEqual(self.env.cr.fetchone()[0], 1)
            self.model.holds[held.hold_id][1] = 0
        return False

    def _capture(self):
        if not self.model.holds:
            return False
        hold = self.random.choice(list(self.model.holds))
        account, _left = self.model.holds[hold]
        asset = self._asset_of(account)
        targets = [self.system[asset]['sales'], *set(self.users[asset]).difference([account])]
        lines = [
            (account, target, self.random.randint(1, 60))
            for target in self.random.sample(targets, self.random.randint(1, 2))
        ]
        keep_open = self.random.random() < 0.5
        held = self._agree(
            self.model.capture(hold, lines, keep_open),
            lambda: self.ledger.capture(
                hold,
                [Portion(target, amount) for _source, target, amount in lines],
                key=self.key,
                keep_open=keep_open,
            ),
        )
        if held:
            self._remember(held.posted, lines)
        return not held

    def _release(self):
        if not self.model.holds:
            return False
        hold = self.random.choice(list(self.model.holds))
        amount = self.random.choice((None, self.random.randint(1, 60)))
        return not self._agree(
            self.model.release(hold, amount), lambda: self.ledger.release(hold, amount)
        )

    def _reverse(self):
        if not self.model.transfers:
            return False
        transfer = self.random.choice(list(self.model.transfers))
        amount = self.random.randint(1, 80)
        return not self._agree(
            self.model.reverse(transfer, amount),
            lambda: self.ledger.reverse([Reversal(transfer, amount)], key=self.key),
        )

    def _convert(self):
        number = self.random.randrange(3)
        source, target = self.users[self.money][number], self.users[self.points][number]
        amount = self.random.randint(1, 60)
        fee = -(-amount * FEE_PERMILLE // 1000)
        result = (amount - fee) * RATE[1] // RATE[0]
        used = -(-result * RATE[0] // RATE[1])
        money, points = self.system[self.money], self.system[self.points]
        lines = [
            (source, money['liquidity'], used),
            (source, money['rounding'], amount - fee - used),
            (source, money['fee'], fee),
            (points['liquidity'], target, result),
        ]
        lines = [line for line in lines if line[2]]
        expected = self.model.move(lines) if result else InvalidPosting
        converted = self._agree(
            expected, lambda: self.ledger.convert(source, target, amount, key=self.key)
        )
        if converted:
            self._remember(converted, lines)
        return not converted

    def _expire(self):
        """Let all lots of points expire: what is not held goes to the expiry account."""
        self.env.cr.execute(
            """SELECT id FROM wx_ledger_lot WHERE remaining > 0 AND account_id = ANY(%s)
                ORDER BY expires_at, id""",
            (self.users[self.points],),
        )
        for (lot_id,) in self.env.cr.fetchall():
            self.ledger._expire_lot(lot_id)
        for account in self.users[self.points]:
            free = self.model.balances.get(account, 0) - self.model.held(account)
            self.model.move([(account, self.system[self.points]['expiry'], free)])

    # === HELPERS === #

    def _agree(self, expected, call):
        """Do an act of the ledger; assert that it is refused as the model says, or done."""
        try:
            done = call()
        except LedgerError as error:
            self.assertIs(type(error), expected, self.key)
            return None
        self.assertIsNone(expected, self.key)
        return done

    def _remember(self, posted, lines):
        for transfer, (source, target, amount) in zip(posted.transfers, lines, strict=True):
            self.model.transfers[transfer] = [source, target, amount]

    def _compare(self, act):
        accounts = [
            *(user for users in self.users.values() for user in users),
            *(account for system in self.system.values() for account in system.values()),
        ]
        found = self.ledger.balance(accounts)
        self.assertEqual(
            {account: (found[account].balance, found[account].held) for account in accounts},
            {
                account: (self.model.balances.get(account, 0), self.model.held(account))
                for account in accounts
            },
            f'{self.key} {act}',
        )
        self.assertFalse(sum(balance.balance for balance in found.values()))

    def _asset_of(self, account):
        return self.money if account in self.users[self.money] else self.points
