import io
from contextlib import contextmanager

from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from ..tools.verify_ledger import Verifier
from ..values import Portion, Reversal, Transfer

TABLES = (
    'account', 'posting', 'transfer', 'entry', 'reversed', 'hold', 'hold_event', 'lot', 'lot_move',
    'block', 'checkpoint', 'delta',
)  # fmt: skip
ERRORS = 'odoo.addons.wx_ledger.models.wx_ledger_proof_finding'


@tagged('post_install', '-at_install')
class ProofCase(TransactionCase):
    """A small ledger with something of everything: money, points, holds, a reversal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ledger = cls.env['wx.ledger']
        accounts = cls.env['wx.ledger.account']
        cls.money = cls._create_asset('PRF', kind='money', decimal_places=2)
        cls.points = cls._create_asset('PRP', kind='points', expiring=True, expiry_days=30)
        cls.alice, cls.bob = (
            accounts._of_owner(cls.money, partner, 'customer')
            for partner in cls.env['res.partner'].create([{'name': 'Alice'}, {'name': 'Bob'}])
        )
        cls.collector = accounts._of_owner(cls.points, cls.env.user.partner_id, 'customer')
        cls.central = accounts._central(cls.money)
        cls.issuer = accounts._central(cls.points)
        cls.sales = accounts._of_purpose(cls.money, 'sales')
        cls.key = 0

    @classmethod
    def _create_asset(cls, code, **values):
        company = cls.env.company
        return cls.env['wx.ledger.asset'].create(
            {'code': code, 'name': code, 'company_id': company.id, 'transferable': True, **values}
        )

    @classmethod
    def book(cls, *movements, **values):
        """Post `(source, target, amount)` movements between accounts as a correction."""
        cls.key += 1
        transfers = [Transfer(s.id, t.id, amount, '900001') for s, t, amount in movements]
        return cls.ledger.post(transfers, key=f'proof-test:{cls.key}', **values)

    @classmethod
    def book_everything(cls):
        """Book the ledger that the tests look at and return some of its ids."""
        first = cls.book((cls.central, cls.alice, 10_000), note='=1+1 中文')
        second = cls.book((cls.alice, cls.bob, 300), (cls.bob, cls.sales, 50))
        cls.ledger.reverse(
            [Reversal(second.transfers[0], 100, '900002')], key='proof-test:reversal'
        )
        hold = cls.ledger.hold(cls.alice.id, 500, key='proof-test:hold', reason='300001')
        cls.ledger.capture(
            hold.hold_id, [Portion(cls.sales.id, 200)], key='proof-test:cap', keep_open=True
        )
        given = cls.book((cls.issuer, cls.collector, 90))
        cls.book((cls.collector, cls.issuer, 20))
        return {
            'first': first,
            'second': second,
            'hold': hold.hold_id,
            'given': given,
            'lot': cls.sql_value('SELECT id FROM wx_ledger_lot ORDER BY id DESC LIMIT 1'),
        }

    @classmethod
    def seal(cls):
        """Seal all that waits and return the ids of the new blocks."""
        blocks = []
        while block := cls.env['wx.ledger.block']._seal():
            blocks.append(block[0])
        return blocks

    # === SQL === #

    @classmethod
    def sql_value(cls, query, *arguments):
        cls.env.cr.execute(query, arguments)
        row = cls.env.cr.fetchone()
        return row and row[0]

    @classmethod
    def sql_run(cls, query):
        cls.env.cr.execute(query)

    def tamper(self, *statements):
        """Run SQL as one would who switches the triggers off."""
        with self.without_guards():
            for statement in statements:
                self.sql_run(statement)
        self.env.invalidate_all()

    @contextmanager
    def without_guards(self):
        self.env.flush_all()
        self.env.cr.execute('SET CONSTRAINTS ALL IMMEDIATE')
        for table in TABLES:
            self._switch_triggers(table, SQL('DISABLE'))
        yield
        self.env.cr.execute('SET CONSTRAINTS ALL IMMEDIATE')
        for table in TABLES:
            self._switch_triggers(table, SQL('ENABLE'))

    def _switch_triggers(self, table, how):
        name = SQL.identifier(f'wx_ledger_{table}')
        self.env.cr.execute(SQL('ALTER TABLE %s %s TRIGGER USER', name, how))

    # === PROOF === #

    def found(self, account_ids=None):
        """Return what the proof finds: `(check, problem, subject, id)` of each."""
        return [
            (d.check, d.problem, d.subject, d.subject_id) for d in self.ledger.prove(account_ids)
        ]

    def assert_clean(self):
        self.assertEqual(self.ledger.prove(), ())
        self.assertEqual(self.verified(), [])

    def verified(self):
        """Return what the stand-alone verifier finds in an export."""
        file = io.BytesIO()
        self.env['wx.ledger.export']._write(file)
        verifier = Verifier()
        verifier.verify(file.getvalue().splitlines(keepends=True))
        return verifier.problems


class ProofRunCase(ProofCase):
    """A sealed ledger whose proofs are run to their end."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ids = cls.book_everything()
        cls.seal()
        cls.proofs = cls.env['wx.ledger.proof']
        # What a person has running in this database is none of the tests' business.
        cls.proofs.search([('state', '=', 'running')]).state = 'stopped'

    def _run(self, proof):
        slices = 0
        while proof._run_slice():
            slices += 1
        proof._finish()
        return slices

    def _break_balance(self, account, amount=1):
        self.tamper(
            f'UPDATE wx_ledger_account SET balance = balance + {amount} WHERE id = {account.id}'
        )

    def _prove(self):
        proof = self.proofs._start()
        self._run(proof)
        self.env['wx.ledger.proof.finding']._freeze_accounts(self.env.flush_all)
        return proof


class TamperCase(ProofCase):
    """Direct SQL with the triggers off: the proof and the stand-alone verifier find each kind."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ids = cls.book_everything()
        cls.blocks = cls.seal()
        cls.posting = cls.ids['second'].posting_id
        cls.debit, cls.credit = cls.ids['second'].entries[:2]
        cls.transfer = cls.ids['second'].transfers[0]

    def setUp(self):
        super().setUp()
        self.assert_clean()

    def assert_found(self, *expected):
        """Check that the proof finds this and nothing else."""
        self.assertEqual(sorted(self.found()), sorted(expected))

    def assert_verifier_tells(self, *texts):
        problems = '\n'.join(self.verified())
        for text in texts:
            self.assertIn(text, problems)

    @property
    def broken_block(self):
        return ('chain', 'block_hash', 'block', self.blocks[-1])
