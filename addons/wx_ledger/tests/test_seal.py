import hashlib
import logging

from odoo.tests import tagged

from .. import const, const_proof
from .proof_common import ProofCase


@tagged('post_install', '-at_install')
class TestSeal(ProofCase):
    def setUp(self):
        super().setUp()
        self.seal()

    def _block(self, number):
        self.env.cr.execute(
            'SELECT previous_hash, hash, postings::text, posting_count FROM wx_ledger_block'
            ' WHERE id = %s',
            (number,),
        )
        previous, digest, postings, count = self.env.cr.fetchone()
        return bytes(previous), bytes(digest), postings, count

    def _lines(self, posting_ids):
        self.env.cr.execute('SELECT line FROM wx_ledger_lines(%s)', (posting_ids,))
        return [line for (line,) in self.env.cr.fetchall()]

    def test_canonical_bytes_of_a_posting(self):
        posted = self.book((self.central, self.alice, 10**15), note='"=1"\n中文')
        posting, [transfer] = posted.posting_id, posted.transfers
        digest, time = self._posting_row(posting)
        reason = self.env['wx.ledger.reason'].search([('code', '=', '900001')]).id
        # PostgreSQL writes no zeros at the end of a fraction of a second.
        at = time.isoformat().rstrip('0') if time.microsecond else time.isoformat()
        company, user = self.env.company.id, self.env.uid
        hashed = f'"{digest}", {user}, "{at}", "{at}", null, null, "\\"=1\\"\\n中文", null'
        moved = f'{self.central.id}, {self.alice.id}, {10**15}, {reason}, "{at}", null, null'
        debit = f'{transfer}, {self.central.id}, {-(10**15)}'
        credit = f'{transfer}, {self.alice.id}, {10**15}'
        self.assertEqual(
            self._lines([posting]),
            [
                f'["P", {posting}, {company}, "proof-test:{self.key}", {hashed}]',
                f'["T", {transfer}, {posting}, {self.money.id}, {moved}]',
                f'["E", {2 * transfer}, {debit}, null, null, null, "{at}"]',
                f'["E", {2 * transfer + 1}, {credit}, 1, 0, {10**15}, "{at}"]',
            ],
        )

    def _posting_row(self, posting_id):
        self.env.cr.execute(
            "SELECT encode(digest, 'hex'), posted_at FROM wx_ledger_posting WHERE id = %s",
            (posting_id,),
        )
        return self.env.cr.fetchone()

    def test_block_hashes_the_one_before_it_and_the_lines(self):
        posted = [self.book((self.central, self.alice, amount)) for amount in (5, 6)]
        ids = [each.posting_id for each in posted]
        [number] = self.seal()
        previous, digest, postings, count = self._block(number)
        content = ''.join(f'{line}\n' for line in self._lines(ids)).encode()
        self.assertEqual(digest, hashlib.sha256(previous + content).digest())
        self.assertEqual(previous, self._block(number - 1)[1] if number > 1 else bytes(32))
        self.assertEqual((postings, count), (f'{{[{ids[0]},{ids[1] + 1})}}', 2))

    def test_sealed_postings_leave_the_queue(self):
        self.book((self.central, self.alice, 5))
        self.assertEqual(self.env['wx.ledger.block']._count_waiting(), 1)
        self.seal()
        self.assertEqual(self.env['wx.ledger.block']._count_waiting(), 0)
        self.assertIsNone(self.env['wx.ledger.block']._seal())

    def test_posting_that_comes_late_is_in_a_later_block(self):
        late, early = (self.book((self.central, self.alice, 5)) for _number in range(2))
        self.env.cr.execute(
            'DELETE FROM wx_ledger_unsealed WHERE posting_id = %s', (late.posting_id,)
        )
        [first] = self.seal()
        self.env.cr.execute('INSERT INTO wx_ledger_unsealed VALUES (%s, now())', (late.posting_id,))
        [second] = self.seal()
        self.assertEqual(second, first + 1)
        self.assertEqual(self._block(first)[2], f'{{[{early.posting_id},{early.posting_id + 1})}}')
        self.assertEqual(self._block(second)[2], f'{{[{late.posting_id},{late.posting_id + 1})}}')
        self.assert_clean()

    def test_blocks_are_bounded_by_postings(self):
        self.patch(const, 'SEAL_BATCH', 2)
        for _number in range(5):
            self.book((self.central, self.alice, 5))
        self.assertEqual([self._block(number)[3] for number in self.seal()], [2, 2, 1])
        self.assert_clean()

    def test_blocks_are_bounded_by_transfers(self):
        self.patch(const_proof, 'SEAL_TRANSFERS', 3)
        for count in (2, 2, 5, 1):
            self.book(*[(self.central, self.alice, 5)] * count)
        self.assertEqual([self._block(number)[3] for number in self.seal()], [2, 1, 1])
        self.assert_clean()

    def test_scheduled_action_seals_all_and_logs_the_hashes(self):
        self.patch(const, 'SEAL_BATCH', 2)
        self.patch(self.env.registry['ir.cron'], '_commit_progress', lambda *args, **kwargs: 10)
        for _number in range(3):
            self.book((self.central, self.alice, 5))
        logger = 'odoo.addons.wx_ledger.models.wx_ledger_seal'
        with self.assertLogs(logger, logging.INFO) as logs:
            self.env['wx.ledger.block']._cron_seal()
        blocks = self.env['wx.ledger.block'].search([], limit=2).sorted('id')
        self.assertEqual(
            [record.getMessage() for record in logs.records],
            [
                f'block {block.id} seals {block.posting_count} postings: {block.hash_hex}'
                for block in blocks
            ],
        )
        self.assertEqual(blocks.mapped('posting_count'), [2, 1])

    def test_old_queue_raises_one_to_do(self):
        posted = self.book((self.central, self.alice, 5))
        self.env['wx.ledger.block']._cron_watch()
        findings = self.env['wx.ledger.proof.finding'].search([('problem', '=', 'unsealed')])
        self.assertFalse(findings)
        self.env.cr.execute(
            "UPDATE wx_ledger_unsealed SET queued_at = queued_at - interval '16 minutes'"
        )
        logger = 'odoo.addons.wx_ledger.models.wx_ledger_proof_finding'
        with self.assertLogs(logger, 'ERROR'):
            self.env['wx.ledger.block']._cron_watch()
        finding = findings.search([('problem', '=', 'unsealed')])
        self.assertEqual((finding.subject, finding.subject_id), ('posting', posted.posting_id))
        self.assertTrue(finding.proof_id.activity_ids)
        self.assertEqual(finding.proof_id.finding_count, 1)
        self.env['wx.ledger.block']._cron_watch()
        self.assertEqual(findings.search_count([('problem', '=', 'unsealed')]), 1)
