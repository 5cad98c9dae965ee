from odoo.tests import tagged

from .proof_common import TamperCase


@tagged('post_install', '-at_install')
class TestProofTamperChain(TamperCase):
    """Postings and blocks changed by direct SQL."""

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
