import psycopg2.errors

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .proof_common import ProofCase

# table → a column that an attacker would like to change
APPEND_ONLY = {
    'posting': 'note',
    'transfer': 'amount',
    'entry': 'amount',
    'hold_event': 'amount',
    'lot_move': 'amount',
    'block': 'sealed_at',
    'checkpoint': 'balance',
}
UPSERT = """INSERT INTO {name} OVERRIDING SYSTEM VALUE SELECT * FROM {name}
            ON CONFLICT (id) DO UPDATE SET {column} = EXCLUDED.{column}"""
REFUSED = psycopg2.errors.InsufficientPrivilege
# What may change of the rows of a table; everything else may not.
RESTRICTED = {
    'hold': {'captured', 'released', 'state', 'closed_at'},
    'lot': {'remaining'},
    'reversed': {'reversed'},
    'account': {
        *('balance', 'held', 'version', 'overdraft_limit', 'limit_watched'),
        *('state', 'state_note'),
    },
}
TABLES = (*APPEND_ONLY, *RESTRICTED, 'asset', 'delta', 'unsealed')


@tagged('post_install', '-at_install')
class TestAppendOnly(ProofCase):
    """Direct SQL as the application's own role, which owns the tables."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ids = cls.book_everything()
        cls.seal()
        cls.book((cls.central, cls.bob, 7))  # waits for its block
        cls.env.cr.execute(
            'INSERT INTO wx_ledger_checkpoint (account_id, day, balance)'
            " VALUES (%s, '2001-05-03', 0)",
            (cls.alice.id,),
        )

    def _content(self, table):
        """Return all rows of a table, as text."""
        self.env.cr.execute(
            SQL('SELECT t::text FROM %s t ORDER BY 1', SQL.identifier(f'wx_ledger_{table}'))
        )
        return self.env.cr.fetchall()

    @mute_logger('odoo.sql_db')
    def _assert_refused(self, table, statement, error=REFUSED, message='is append-only'):
        before = self._content(table)
        self.assertTrue(before, f'{table} has a row to attack')
        with self.subTest(statement=statement):
            with self.assertRaisesRegex(error, message), self.env.cr.savepoint():
                self.env.cr.execute(statement)
            self.assertEqual(self._content(table), before)

    def _change(self, statement):
        """Do what is allowed, tell how many rows it has reached, and take it back."""
        with self.env.cr.savepoint() as savepoint:
            self.env.cr.execute(statement)
            count = self.env.cr.rowcount
            savepoint.rollback()
        return count

    def test_no_way_leads_to_a_row_that_is_appended(self):
        for table, column in APPEND_ONLY.items():
            name = f'wx_ledger_{table}'
            others = 'res_users u ON u.id = 1 WHEN MATCHED THEN'
            for act, statement in (
                ('UPDATE', f'UPDATE {name} SET {column} = {column}'),
                ('UPDATE', f'UPDATE {name} t SET {column} = NULL FROM res_users u WHERE u.id = 1'),
                ('UPDATE', f'MERGE INTO {name} t USING {others} UPDATE SET {column} = t.{column}'),
                ('UPDATE', UPSERT.format(name=name, column=column)),
                ('DELETE', f'DELETE FROM {name}'),
                ('DELETE', f'DELETE FROM {name} t USING res_users u WHERE u.id = 1'),
                ('DELETE', f'WITH d AS (DELETE FROM {name} RETURNING *) SELECT count(*) FROM d'),
                ('DELETE', f'MERGE INTO {name} t USING {others} DELETE'),
            ):
                self._assert_refused(table, statement, message=f'{name} is append-only: {act}')

    def test_nothing_is_truncated_nor_by_way_of_what_it_refers_to(self):
        for table in TABLES:
            self._assert_refused(table, f'TRUNCATE wx_ledger_{table} CASCADE')
        # Tables without a guard of their own, which others refer to.
        self._assert_refused('transfer', 'TRUNCATE wx_ledger_reason CASCADE')
        self._assert_refused('posting', 'TRUNCATE wx_ledger_rate CASCADE')

    def test_rows_of_holds_lots_and_reversals_stay(self):
        for table in ('hold', 'lot', 'reversed'):
            self._assert_refused(table, f'DELETE FROM wx_ledger_{table}')

    def test_rows_of_queues_come_and_go(self):
        for table in ('delta', 'unsealed'):
            self.assertTrue(self._change(f'DELETE FROM wx_ledger_{table}'))
        self._assert_refused('delta', 'UPDATE wx_ledger_delta SET amount = amount + 1')

    def test_what_a_hold_a_lot_and_an_account_are_is_fixed(self):
        for table, changing in RESTRICTED.items():
            self.env.cr.execute(
                'SELECT column_name, data_type, identity_generation FROM information_schema.columns'
                ' WHERE table_name = %s',
                (f'wx_ledger_{table}',),
            )
            fixed = [row for row in self.env.cr.fetchall() if row[0] not in changing]
            self.assertTrue(fixed)
            for column, kind, identity in fixed:
                other = {
                    'bigint': f'COALESCE({column}, 0) + 1',
                    'integer': f'COALESCE({column}, 0) + 1',
                    'character varying': f"COALESCE({column}, '') || 'x'",
                    'bytea': "sha256('other')",
                    'timestamp without time zone': f"COALESCE({column}, now()) + interval '1 day'",
                }[kind]
                message = f'wx_ledger_{table}: '
                error = REFUSED
                if identity:
                    error, message = psycopg2.errors.GeneratedAlways, 'can only be updated to'
                self._assert_refused(
                    table, f'UPDATE wx_ledger_{table} SET {column} = {other}', error, message
                )

    def test_a_hold_moves_one_way(self):
        hold = self.ids['hold']
        self.assertEqual(
            self._change(f'UPDATE wx_ledger_hold SET captured = captured + 1 WHERE id = {hold}'), 1
        )
        for change in ('captured = captured - 1', 'released = released - 1'):
            self._assert_refused(
                'hold', f'UPDATE wx_ledger_hold SET {change} WHERE id = {hold}', message='grows'
            )
        self._assert_refused(
            'hold',
            f'UPDATE wx_ledger_hold SET released = amount WHERE id = {hold}',
            psycopg2.errors.CheckViolation,
            'wx_ledger_hold_check',
        )
        self.ledger.release(hold)
        for change in ("state = 'open', closed_at = NULL", 'closed_at = now()'):
            self._assert_refused(
                'hold', f'UPDATE wx_ledger_hold SET {change} WHERE id = {hold}', message='grows'
            )

    def test_a_lot_has_between_nothing_and_what_was_credited(self):
        self.assertEqual(
            self._change(f'UPDATE wx_ledger_lot SET remaining = 0 WHERE id = {self.ids["lot"]}'), 1
        )
        self._assert_refused(
            'lot', 'UPDATE wx_ledger_lot SET remaining = amount + 1', message='only what remains'
        )
        self._assert_refused(
            'lot',
            'UPDATE wx_ledger_lot SET remaining = -1',
            psycopg2.errors.CheckViolation,
            'remaining',
        )

    def test_a_reversal_is_not_taken_back(self):
        self._assert_refused(
            'reversed', 'UPDATE wx_ledger_reversed SET reversed = reversed - 1', message='stays'
        )
        self._assert_refused(
            'reversed',
            'UPDATE wx_ledger_reversed SET reversed = original + 1',
            psycopg2.errors.CheckViolation,
            'wx_ledger_reversed_check',
        )

    def test_an_account_keeps_its_limit_and_its_entries(self):
        update = f'UPDATE wx_ledger_account SET %s WHERE id = {self.alice.id}'
        for change, constraint in (
            ('balance = held - overdraft_limit - 1', 'available_enough'),
            ('held = balance + overdraft_limit + 1', 'available_enough'),
            ('held = -1', 'held_positive'),
            ('overdraft_limit = -1', 'limit_positive'),
        ):
            self._assert_refused(
                'account', update % change, psycopg2.errors.CheckViolation, constraint
            )
        for statement in (
            f'DELETE FROM wx_ledger_account WHERE id = {self.alice.id}',
            f'DELETE FROM wx_ledger_asset WHERE id = {self.money.id}',
        ):
            self._assert_refused(
                'account', statement, psycopg2.errors.ForeignKeyViolation, 'violates'
            )

    def test_what_an_assets_amounts_mean_is_fixed(self):
        update = f'UPDATE wx_ledger_asset SET %s WHERE id = {self.money.id}'
        for change in ('decimal_places = 0', "kind = 'points'", 'expiring = true'):
            self._assert_refused('asset', update % change, message='are fixed')
        self.assertEqual(self._change(update % "code = 'OTHER'"), 1)

    def test_a_session_does_not_switch_the_guards_off(self):
        self.env.cr.execute(
            """SELECT relname, tgname, tgenabled FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
                WHERE tgname IN ('rbac_append_only_row', 'rbac_append_only_statement',
                                 'wx_ledger_guard')
                  AND relname = ANY(%s)""",
            ([f'wx_ledger_{table}' for table in TABLES],),
        )
        guards = self.env.cr.fetchall()
        self.assertEqual({name for name, *_ in guards}, {f'wx_ledger_{table}' for table in TABLES})
        # Even for a role that may set it, as a superuser does.
        self.assertEqual({state for *_, state in guards}, {'A'}, 'fires in every session')
        self.env.cr.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        if self.env.cr.fetchone()[0]:
            self.env.cr.execute('SET LOCAL session_replication_role = replica')
            self._assert_refused('entry', 'DELETE FROM wx_ledger_entry')
        else:
            self._assert_refused(
                'entry', 'SET session_replication_role = replica', message='permission denied'
            )
