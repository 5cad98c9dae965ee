from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from .. import const_proof
from .proof_common import ERRORS, ProofRunCase


@tagged('post_install', '-at_install')
class TestProof(ProofRunCase):
    """Proofs that run slice by slice."""

    # === CHECKS AND SLICES === #

    def test_checks_of_sql_and_table_are_the_same(self):
        in_sql = [check for check, _first, _last in self.ledger._proof_bounds()]
        self.assertEqual(sorted([*in_sql, 'queue']), sorted(dict(const_proof.PROOF_CHECKS)))
        self.assertEqual(set(const_proof.PROOF_WIDTHS), set(in_sql))

    def test_problems_of_sql_and_table_are_the_same(self):
        self.env.cr.execute(
            r"SELECT string_agg(prosrc, ' ') FROM pg_proc WHERE proname LIKE 'wx\_ledger\_prove\_%'"
        )
        source = self.env.cr.fetchone()[0]
        for problem in set(dict(const_proof.PROOF_PROBLEMS)) - {'unsealed'}:
            self.assertIn(f"'{problem}'", source)

    def test_clean_proof_ends_with_all_checks_done(self):
        proof = self.proofs._start()
        self.assertEqual(proof.state, 'running')
        self._run(proof)
        self.assertEqual((proof.state, proof.finding_count, proof.progress), ('clean', 0, 100))
        self.assertTrue(proof.finished_at)
        self.assertEqual(
            proof.posting_count, self.sql_value('SELECT count(*) FROM wx_ledger_posting')
        )

    def test_slices_cover_every_id_once(self):
        proof = self.proofs._start()
        check = proof.check_ids.filtered(lambda check: check.code == 'transfers')
        check.write({'first': 1, 'position': 1, 'last': 10, 'width': 4})
        ranges = []

        def differences(_ledger, _check, first, last):
            ranges.append((first, last))
            return [], 0

        clock = iter([0, 1] * 9)
        with (
            patch.object(type(self.ledger), '_differences', differences),
            patch('odoo.addons.wx_ledger.models.wx_ledger_proof_check.time') as time,
        ):
            time.monotonic.side_effect = lambda: next(clock)
            while not check.is_done:
                check._run_slice()
        self.assertEqual(ranges, [(1, 4), (5, 8), (9, 10)])

    def test_width_of_slices_follows_their_time(self):
        check = self.proofs._start().check_ids[0]
        for seconds, width in ((0.1, 200), (1, 100), (5, 50)):
            check.write({'width': 100, 'position': 1, 'last': 10**6})
            with patch('odoo.addons.wx_ledger.models.wx_ledger_proof_check.time') as time:
                time.monotonic.side_effect = [0, seconds]
                with patch.object(type(self.ledger), '_differences', return_value=([], 0)):
                    check._run_slice()
            self.assertEqual(check.width, width)

    def test_difference_is_found_in_slices_of_one_id(self):
        self._break_balance(self.bob)
        proof = self.proofs._start()
        proof.check_ids.filtered(lambda check: check.code == 'serial').write(
            {'position': self.alice.id - 1, 'first': self.alice.id - 1, 'width': 1}
        )
        with self.assertLogs(ERRORS, 'ERROR'):
            self._run(proof)
        self.assertEqual(
            [
                (finding.problem, finding.subject_id)
                for finding in proof.finding_ids.sorted('problem')
            ],
            [('asset_sum', self.money.id), ('balance', self.bob.id)],
        )

    def test_proof_of_chosen_accounts_looks_at_no_other(self):
        self._break_balance(self.bob)
        self.assertEqual(self.found([self.alice.id, self.sales.id]), [])
        self.assertEqual(self.found([self.bob.id]), [('serial', 'balance', 'account', self.bob.id)])

    def test_postings_made_while_a_proof_runs_are_no_difference(self):
        proof = self.proofs._start()
        number = 0
        while proof._run_slice():
            number += 1
            self.book((self.central, self.alice, 5), (self.alice, self.bob, 2))
            if number % 3 == 0:
                self.seal()
        proof._finish()
        self.assertEqual(proof.state, 'clean')

    def test_many_differences_are_counted_but_not_all_written(self):
        self._break_balance(self.alice)
        self._break_balance(self.bob)
        self.patch(const_proof, 'MAX_FINDINGS', 1)
        with self.assertLogs(ERRORS, 'ERROR'):
            proof = self._prove()
        check = proof.check_ids.filtered(lambda check: check.code == 'serial')
        self.assertEqual(check.finding_count, 2)
        self.assertEqual(
            len(proof.finding_ids.filtered(lambda finding: finding.check_code == 'serial')), 1
        )

    # === RUNNING === #

    def test_nightly_action_starts_one_proof_and_works_it_off(self):
        self.proofs._cron_start()
        self.proofs._cron_start()
        proof = self.proofs.search([('state', '=', 'running')])
        self.assertEqual(len(proof), 1)
        with patch.object(
            self.env.registry['ir.cron'], '_commit_progress', lambda *args, **kwargs: 10
        ):
            self.proofs._cron_prove()
        self.assertEqual(proof.state, 'clean')

    def test_proof_goes_on_where_the_time_was_over(self):
        self.proofs._cron_start()
        proof = self.proofs.search([('state', '=', 'running')])
        with patch.object(
            self.env.registry['ir.cron'], '_commit_progress', lambda *args, **kwargs: 0
        ):
            self.proofs._cron_prove()
            done = proof.check_ids.filtered('is_done')
            self.assertEqual(proof.state, 'running')
            self.proofs._cron_prove()
        self.assertLess(sum(done.mapped('slice_count')), sum(proof.check_ids.mapped('slice_count')))

    def test_stopped_proof_waits_and_goes_on(self):
        action = self.proofs.action_prove_now()
        proof = self.proofs.browse(action['res_id'])
        proof.action_stop()
        with patch.object(
            self.env.registry['ir.cron'], '_commit_progress', lambda *args, **kwargs: 10
        ):
            self.proofs._cron_prove()
            self.assertEqual((proof.state, proof.progress < 100), ('stopped', True))
            proof.action_continue()
            self.proofs._cron_prove()
        self.assertEqual(proof.state, 'clean')

    def test_prove_now_wakes_the_scheduled_action_and_opens_what_runs(self):
        cron = self.env.ref('wx_ledger.ir_cron_prove')
        before = self.env['ir.cron.trigger'].search_count([('cron_id', '=', cron.id)])
        first = self.proofs.action_prove_now()
        self.assertEqual(self.proofs.action_prove_now()['res_id'], first['res_id'])
        after = self.env['ir.cron.trigger'].search_count([('cron_id', '=', cron.id)])
        self.assertGreater(after, before)

    def test_end_of_the_chain_is_written_down(self):
        block = self.env['wx.ledger.block'].search([], limit=1)
        proof = self.proofs._start()
        self.assertEqual((proof.last_block, proof.last_hash), (block.id, block.hash_hex))
        self.assertLess(fields.Datetime.now() - proof.started_at, timedelta(minutes=1))
