from odoo.tests import tagged

from .proof_common import TamperCase


@tagged('post_install', '-at_install')
class TestProofTamper(TamperCase):
    """Entries and accounts changed by direct SQL."""

    def test_changed_amount_of_an_entry(self):
        self.tamper(
            'ALTER TABLE wx_ledger_entry DROP CONSTRAINT wx_ledger_entry_check1',
            f'UPDATE wx_ledger_entry SET amount = -299 WHERE id = {self.debit}',
        )
        self.assert_found(
            ('serial', 'running_balance', 'account', self.alice.id),
            ('serial', 'balance', 'account', self.alice.id),
            ('transfers', 'entry', 'transfer', self.transfer),
            self.broken_block,
        )
        self.assert_verifier_tells(
            f'posting {self.posting}: transfer {self.transfer}: its entries are not what it says',
            f'block {self.blocks[-1]}: its content was changed',
        )

    def test_changed_amount_of_transfer_and_entries_alike(self):
        self.tamper(
            f'UPDATE wx_ledger_transfer SET amount = 301 WHERE id = {self.transfer}',
            f'UPDATE wx_ledger_entry SET amount = -301, balance_after = balance_after - 1'
            f' WHERE id = {self.debit}',
            f'UPDATE wx_ledger_entry SET amount = 301, balance_after = balance_after + 1'
            f' WHERE id = {self.credit}',
        )
        self.assert_found(
            ('serial', 'running_balance', 'account', self.alice.id),
            ('serial', 'balance', 'account', self.alice.id),
            ('serial', 'running_balance', 'account', self.bob.id),
            ('serial', 'balance', 'account', self.bob.id),
            ('reversals', 'reversal_count', 'transfer', self.transfer),
            self.broken_block,
        )
        self.assert_verifier_tells('its content was changed')

    def test_deleted_entry(self):
        self.tamper(f'DELETE FROM wx_ledger_entry WHERE id = {self.debit}')
        self.assert_found(
            ('serial', 'version_gap', 'account', self.alice.id),
            ('serial', 'running_balance', 'account', self.alice.id),
            ('serial', 'balance', 'account', self.alice.id),
            ('transfers', 'entry', 'transfer', self.transfer),
            self.broken_block,
        )
        self.assert_verifier_tells(
            f'account {self.alice.id}: version 2 is missing',
            f'block {self.blocks[-1]}: its content was changed',
        )

    def test_deleted_last_entry_with_version_and_balance_put_right(self):
        entry = self.sql_value(
            'SELECT id FROM wx_ledger_entry WHERE account_id = %s ORDER BY version DESC LIMIT 1',
            self.bob.id,
        )
        self.tamper(
            'UPDATE wx_ledger_account SET version = version - 1, balance = balance -'
            f' (SELECT amount FROM wx_ledger_entry WHERE id = {entry}) WHERE id = {self.bob.id}',
            f'DELETE FROM wx_ledger_entry WHERE id = {entry}',
        )
        self.assert_found(
            ('assets', 'asset_sum', 'asset', self.money.id),
            ('transfers', 'entry', 'transfer', entry >> 1),
            self.broken_block,
        )
        self.assert_verifier_tells(f'asset {self.money.id}: sums to', 'its content was changed')

    def test_swapped_balances(self):
        alice, bob = self.alice.balance, self.bob.balance
        self.tamper(
            f'UPDATE wx_ledger_account SET balance = {bob}, held = 0 WHERE id = {self.alice.id}',
            f'UPDATE wx_ledger_account SET balance = {alice} WHERE id = {self.bob.id}',
        )
        self.assert_found(
            ('serial', 'balance', 'account', self.alice.id),
            ('serial', 'balance', 'account', self.bob.id),
            ('held', 'held', 'account', self.alice.id),
        )
        self.assert_verifier_tells(
            f'account {self.alice.id}: balance {bob}, by its history {alice}'
        )

    def test_swapped_balance_names_what_was_expected(self):
        right = self.bob.balance
        self.tamper(f'UPDATE wx_ledger_account SET balance = 77777 WHERE id = {self.bob.id}')
        [difference] = self.ledger.prove([self.bob.id])
        self.assertEqual((difference.expected, difference.found), (str(right), '77777'))
        self.assertEqual(difference.account_id, self.bob.id)

    def test_changed_balance_of_a_deferred_account(self):
        self.tamper(f'UPDATE wx_ledger_account SET balance = 5 WHERE id = {self.sales.id}')
        self.assert_found(
            ('assets', 'asset_sum', 'asset', self.money.id),
            ('deferred', 'balance', 'account', self.sales.id),
        )
        self.assert_verifier_tells(f'asset {self.money.id}: sums to 5', f'account {self.sales.id}')

    def test_changed_version_of_an_account(self):
        self.tamper(f'UPDATE wx_ledger_account SET version = 9 WHERE id = {self.bob.id}')
        self.assert_found(('serial', 'last_version', 'account', self.bob.id))
        self.assert_verifier_tells(f'account {self.bob.id}: version 9')

    def test_changed_version_of_an_entry(self):
        self.tamper(f'UPDATE wx_ledger_entry SET version = 50 WHERE id = {self.debit}')
        found = self.found()
        self.assertIn(('serial', 'version_gap', 'account', self.alice.id), found)
        self.assertIn(self.broken_block, found)
        self.assert_verifier_tells(f'account {self.alice.id}: version 2 is missing')

    def test_extra_entry(self):
        self.tamper(
            'ALTER TABLE wx_ledger_entry DROP CONSTRAINT wx_ledger_entry_check',
            'INSERT INTO wx_ledger_entry (id, transfer_id, account_id, amount, posted_at)'
            f' SELECT 2 * max(id) + 9, {self.transfer}, {self.sales.id}, 5, now()'
            '  FROM wx_ledger_transfer',
        )
        extra = self.sql_value('SELECT max(id) FROM wx_ledger_entry')
        self.assert_found(
            ('deferred', 'balance', 'account', self.sales.id),
            ('transfers', 'entry', 'entry', extra),
        )

    def test_extra_entry_on_a_serial_account(self):
        self.tamper(
            'ALTER TABLE wx_ledger_entry DROP CONSTRAINT wx_ledger_entry_check',
            'INSERT INTO wx_ledger_entry (id, transfer_id, account_id, amount, version,'
            ' balance_before, balance_after, posted_at)'
            f' SELECT 2 * (SELECT max(id) FROM wx_ledger_transfer) + 9, {self.transfer}, id, 5,'
            f' version + 1, balance, balance + 5, now() FROM wx_ledger_account'
            f' WHERE id = {self.bob.id}',
        )
        found = self.found()
        self.assertIn(('serial', 'last_version', 'account', self.bob.id), found)
        self.assertIn(('serial', 'balance', 'account', self.bob.id), found)
