from odoo.tests import tagged

from .proof_common import ProofCase


@tagged('post_install', '-at_install')
class TestProofTamper(ProofCase):
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

    def test_deleted_posting_before_it_is_sealed(self):
        posted = self.book((self.central, self.bob, 7))
        self._delete_posting(posted)
        found = self.found()
        self.assertIn(('sealed', 'posting_missing', 'posting', posted.posting_id), found)
        self.assertIn(('serial', 'balance', 'account', self.bob.id), found)
        self.assertIn(('deltas', 'delta', 'entry', posted.entries[0]), found)

    def test_deleted_posting_of_a_block(self):
        posted, _other = (self.book((self.central, self.bob, 7)) for _number in range(2))
        [block] = self.seal()
        self._delete_posting(posted)
        found = self.found()
        self.assertIn(('chain', 'block_count', 'block', block), found)
        self.assertIn(('chain', 'block_hash', 'block', block), found)
        self.assertIn(('sealed', 'posting_missing', 'posting', posted.posting_id), found)
        self.assert_verifier_tells(f'block {block}: its content was changed')

    def _delete_posting(self, posted):
        transfers = ', '.join(map(str, posted.transfers))
        self.tamper(
            f'DELETE FROM wx_ledger_entry WHERE transfer_id IN ({transfers})',
            f'DELETE FROM wx_ledger_transfer WHERE id IN ({transfers})',
            f'DELETE FROM wx_ledger_posting WHERE id = {posted.posting_id}',
        )

    def test_changed_reason(self):
        self.tamper(
            'UPDATE wx_ledger_transfer SET reason_id ='
            " (SELECT id FROM wx_ledger_reason WHERE code = '900004')"
            f' WHERE id = {self.transfer}'
        )
        self.assert_found(self.broken_block)
        self.assert_verifier_tells(f'block {self.blocks[-1]}: its content was changed')

    def test_changed_note_key_actor_and_time(self):
        for change in (
            "note = 'other'",
            "key = 'other'",
            'user_id = user_id + 1',
            "event_at = event_at - interval '1 day'",
            "document_model = 'res.partner', document_id = 1",
            'rate_id = NULL, note = NULL',
        ):
            with self.subTest(change), self.env.cr.savepoint() as savepoint:
                self.tamper(
                    f'UPDATE wx_ledger_posting SET {change}'
                    f' WHERE id = {self.ids["first"].posting_id}'
                )
                self.assert_found(self.broken_block)
                savepoint.rollback()

    def test_changed_time_of_a_posting(self):
        self.tamper(
            "UPDATE wx_ledger_posting SET posted_at = posted_at - interval '1 day'"
            f' WHERE id = {self.ids["first"].posting_id}'
        )
        self.assert_found(
            ('transfers', 'posting', 'transfer', self.ids['first'].transfers[0]),
            self.broken_block,
        )
        self.assert_verifier_tells('is not of its posting and time')

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

    def test_posting_made_by_sql_is_neither_sealed_nor_queued(self):
        self.tamper(
            'INSERT INTO wx_ledger_posting (company_id, key, digest, user_id, posted_at, event_at)'
            f" SELECT {self.env.company.id}, 'forged', sha256(''), 1, now(), now()"
        )
        posting = self.sql_value("SELECT id FROM wx_ledger_posting WHERE key = 'forged'")
        self.assert_found(
            ('sealed', 'posting_sealed', 'posting', posting),
            ('sealed', 'posting_empty', 'posting', posting),
        )

    def test_changed_held(self):
        self.tamper(f'UPDATE wx_ledger_account SET held = held + 1 WHERE id = {self.alice.id}')
        self.assert_found(('held', 'held', 'account', self.alice.id))
        self.assert_verifier_tells(f'account {self.alice.id}: held 301, by its history 300')

    def test_changed_hold(self):
        hold = self.ids['hold']
        self.tamper(f'UPDATE wx_ledger_hold SET captured = captured + 50 WHERE id = {hold}')
        self.assert_found(
            ('held', 'held', 'account', self.alice.id),
            ('holds', 'hold_events', 'hold', hold),
            ('holds', 'hold_transfers', 'hold', hold),
        )
        self.assert_verifier_tells(f'account {self.alice.id}: held 300, by its history 250')

    def test_changed_history_of_a_hold(self):
        hold = self.ids['hold']
        self.tamper(f"DELETE FROM wx_ledger_hold_event WHERE hold_id = {hold} AND kind = 'opened'")
        self.assert_found(('holds', 'hold_events', 'hold', hold))

    def test_changed_lot(self):
        lot = self.ids['lot']
        self.tamper(f'UPDATE wx_ledger_lot SET remaining = remaining - 1 WHERE id = {lot}')
        self.assert_found(
            ('lot_sums', 'lot_sum', 'account', self.collector.id),
            ('lots', 'lot_moves', 'lot', lot),
        )
        self.assert_verifier_tells(f'account {self.collector.id}: sum of lots 69')

    def test_lot_of_another_account(self):
        lot = self.ids['lot']
        self.tamper(f'UPDATE wx_ledger_lot SET account_id = {self.alice.id} WHERE id = {lot}')
        self.assert_found(
            ('lot_sums', 'lot_sum', 'account', self.collector.id),
            ('lots', 'lot_entry', 'lot', lot),
        )

    def test_changed_delta(self):
        entry = self.ids['first'].entries[0]
        self.tamper(f'UPDATE wx_ledger_delta SET amount = amount - 1 WHERE entry_id = {entry}')
        self.assert_found(
            ('assets', 'asset_sum', 'asset', self.money.id),
            ('deferred', 'balance', 'account', self.central.id),
            ('deltas', 'delta', 'entry', entry),
        )

    def test_deleted_delta(self):
        entry = self.ids['first'].entries[0]
        self.tamper(f'DELETE FROM wx_ledger_delta WHERE entry_id = {entry}')
        self.assert_found(
            ('assets', 'asset_sum', 'asset', self.money.id),
            ('deferred', 'balance', 'account', self.central.id),
        )

    def test_reversal_beyond_its_original(self):
        self.tamper(
            'ALTER TABLE wx_ledger_reversed DROP CONSTRAINT wx_ledger_reversed_check',
            f'UPDATE wx_ledger_reversed SET reversed = 301 WHERE transfer_id = {self.transfer}',
        )
        self.assert_found(('reversals', 'reversal_count', 'transfer', self.transfer))

    def test_reversal_of_something_else(self):
        reversal = self.sql_value(
            'SELECT id FROM wx_ledger_transfer WHERE reverses_id = %s', self.transfer
        )
        other = self.ids['first'].transfers[0]
        self.tamper(f'UPDATE wx_ledger_transfer SET reverses_id = {other} WHERE id = {reversal}')
        self.assert_found(
            ('reversals', 'reversal', 'transfer', reversal),
            ('reversals', 'reversal_count', 'transfer', self.transfer),
            ('reversals', 'reversal_count', 'transfer', other),
            self.broken_block,
        )

    def test_rewritten_block(self):
        self.book((self.central, self.bob, 7))
        self.seal()
        self.tamper(
            f"UPDATE wx_ledger_block SET hash = sha256('forged') WHERE id = {self.blocks[-1]}"
        )
        self.assert_found(self.broken_block, ('chain', 'block_link', 'block', self.blocks[-1] + 1))
        self.assert_verifier_tells(
            f'block {self.blocks[-1]}: its content was changed',
            f'block {self.blocks[-1] + 1}: names another hash for the block before it',
        )

    def test_deleted_block(self):
        self.book((self.central, self.bob, 7))
        self.seal()
        self.tamper(f'DELETE FROM wx_ledger_block WHERE id = {self.blocks[-1]}')
        found = self.found()
        self.assertIn(('chain', 'block_link', 'block', self.blocks[-1] + 1), found)
        self.assertIn(('sealed', 'posting_sealed', 'posting', self.posting), found)
        self.assert_verifier_tells(f'block {self.blocks[-1] + 1}: follows block')

    def test_chain_rewritten_to_the_end_is_betrayed_by_an_earlier_proof(self):
        proof = self.env['wx.ledger.proof']._start()
        self.assertEqual(proof.last_block, self.blocks[-1])
        self.tamper(
            f"UPDATE wx_ledger_posting SET note = 'other' WHERE id = {self.posting}",
            'UPDATE wx_ledger_block SET hash = wx_ledger_block_hash(previous_hash,'
            ' wx_ledger_block_postings(postings, posting_count))'
            f' WHERE id = {self.blocks[-1]}',
        )
        self.assert_found(('anchors', 'anchor', 'block', self.blocks[-1]))

    def test_block_with_endless_ranges_is_not_read(self):
        self.tamper(
            "UPDATE wx_ledger_block SET postings = '{[1,)}', posting_count = 2000000000"
            f' WHERE id = {self.blocks[-1]}'
        )
        found = self.found()
        self.assertIn(('chain', 'block_count', 'block', self.blocks[-1]), found)
        self.assertIn(self.broken_block, found)

    def test_changed_checkpoint(self):
        tomorrow = self.sql_value("SELECT (now() AT TIME ZONE 'UTC')::date + 1")
        self.env['wx.ledger.checkpoint']._make(tomorrow.replace(year=2000), tomorrow)
        self.env.flush_all()
        self.assert_clean()
        self.tamper(
            f'UPDATE wx_ledger_checkpoint SET balance = 1 WHERE account_id = {self.sales.id}'
        )
        self.assert_found(
            ('deferred', 'balance', 'account', self.sales.id),
            ('checkpoints', 'checkpoint', 'account', self.sales.id),
        )
