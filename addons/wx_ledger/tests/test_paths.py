import random

from odoo.tests import tagged

from ..exceptions import LedgerError
from ..values import Portion, Reversal, Transfer
from .common import CORRECTION, LedgerCase
from .sabotage import plant

ACTS = 60
SEEDS = range(6)
HUGE = 2**62
TABLES = {
    'posting': 'company_id, key, user_id, document_model, document_id, note, rate_id',
    'transfer': 'asset_id, debit_account_id, credit_account_id, amount, reason_id,'
    ' reverses_id IS NULL, hold_id IS NULL',
    'entry': 'account_id, amount, version, balance_before, balance_after, id % 2',
    'delta': 'account_id, amount, entry_id % 2',
    'lot': 'account_id, amount, remaining, expires_at IS NULL',
    'lot_move': 'amount',
    'account': 'balance, held, version',
}


@tagged('post_install', '-at_install')
class TestPaths(LedgerCase):
    """A single transfer has a path of its own, which must do what the path of many does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.points = cls._create_asset('PTH', expiring=True, expiry_days=30)
        frozen = cls._create_account(cls.asset, 'Frozen')
        frozen._set_state('frozen', 'test')
        cls.sides = [
            *(cls.alice.id, cls.bob.id, cls.sales.id, cls.central.id, frozen.id, 2**31 - 1),
            *(cls._create_account(cls.points, name).id for name in ('Carol', 'Dave')),
            *(
                cls.accounts._of_purpose(cls.points, 'sales').id,
                cls.accounts._central(cls.points).id,
            ),
        ]

    def _take_the_path_of_many(self):
        for function in ('wx_ledger_check', 'wx_ledger_post'):
            plant(self.env.cr, function, r'cardinality\(p_debits\) = 1', 'false')

    def _play(self, seed):
        """Do random acts of one line each; return what is answered and all rows afterwards."""
        self.random = random.Random(seed)
        self.holds, self.transfers = [], []
        answers = []
        for number in range(ACTS):
            act = self.random.choice((self._post, self._post, self._post, self._hold, self._back))
            try:
                answers.append(act(f'{seed}:{number}'))
            except LedgerError as refusal:
                answers.append((type(refusal), *map(refusal.details.get, ('line', 'account_id'))))
        rows = {}
        for table, columns in TABLES.items():
            key = 'entry_id' if table == 'delta' else 'id'
            self.env.cr.execute(f'SELECT {columns} FROM wx_ledger_{table} ORDER BY {key}')
            rows[table] = self.env.cr.fetchall()
        return answers, rows

    def _post(self, key):
        source, target = self.random.sample(self.sides, 2)
        if self.random.random() < 0.7:  # most lines join accounts of one asset
            target = self.random.choice([s for s in self._like(source) if s != source])
        amount = self.random.choice((1, 30, 200, HUGE, 2**63 - 1))
        reason = self.random.choice((*[CORRECTION] * 8, '100001', '000000'))
        posted = self.ledger.post([Transfer(source, target, amount, reason)], key=key, note=key)
        self.transfers += posted.transfers
        return self._answer(posted)

    def _hold(self, key):
        if self.holds and self.random.random() < 0.6:
            hold = self.random.choice(self.holds)
            held = self.ledger.capture(
                hold,
                [Portion(self.sales.id, self.random.choice((None, 5, 50)))],
                key=key,
                keep_open=self.random.random() < 0.5,
            )
            return held.state, held.captured, held.released, self._answer(held.posted)
        held = self.ledger.hold(
            self.alice.id, self.random.randint(1, 90), key=key, reason=CORRECTION
        )
        self.holds.append(held.hold_id)
        return held.state

    def _back(self, key):
        if not self.transfers:
            return None
        reversal = Reversal(self.random.choice(self.transfers), self.random.choice((None, 1, 20)))
        return self._answer(self.ledger.reverse([reversal], key=key))

    def _like(self, source):
        return self.sides[:5] if source in self.sides[:6] else self.sides[6:]

    def _answer(self, posted):
        balances = sorted(posted.balances.items())
        return balances, len(posted.transfers), len(posted.entries), posted.is_new

    def test_both_paths_write_the_same_rows_and_give_the_same_answers(self):
        refused = 0
        for seed in SEEDS:
            found = []
            for prepare in (lambda: None, self._take_the_path_of_many):
                with self.env.cr.savepoint() as start:
                    prepare()
                    found.append(self._play(seed))
                    self.assertProven()
                    start.rollback()
                    self.env.invalidate_all()
            with self.subTest(seed=seed):
                self.assertEqual(found[0], found[1])
            refused += sum(isinstance(answer[0], type) for answer in found[0][0] if answer)
        self.assertGreater(refused, 20)
