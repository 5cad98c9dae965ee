from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .proof_common import ERRORS, ProofRunCase


@tagged('post_install', '-at_install')
class TestProofFinding(ProofRunCase):
    """What becomes of what a proof finds."""

    def test_difference_is_written_logged_told_and_the_account_frozen(self):
        holder = new_test_user(self.env, 'proof_holder', groups='base.group_user')
        self._break_balance(self.bob)
        self._break_balance(self.sales, -1)
        holders = self.env['res.users'].browse(holder.id)
        with (
            self.assertLogs(ERRORS, 'ERROR') as logs,
            patch.object(
                type(self.env['rbac.permission']), '_holders', lambda _self, _code: holders
            ),
        ):
            proof = self._prove()
        self.assertRecordValues(
            proof.finding_ids.sorted('id'),
            [
                {
                    'problem': 'balance',
                    'account_id': self.bob.id,
                    'state': 'open',
                    'is_frozen': True,
                    'expected': str(self.bob.balance - 1),
                    'found': str(self.bob.balance),
                },
                {
                    'problem': 'balance',
                    'account_id': self.sales.id,
                    'state': 'open',
                    'is_frozen': False,
                    'expected': '250',
                    'found': '249',
                },
            ],
        )
        self.assertEqual(proof.state, 'found')
        self.assertEqual((self.bob.state, self.sales.state), ('frozen', 'open'))
        self.assertTrue(self.bob.state_note)
        self.assertEqual(self.alice.state, 'open')
        self.assertEqual(proof.activity_ids.user_id, holder)
        self.assertIn(f'account {self.bob.id}: balance, expected', logs.output[0])

    def test_settled_difference_is_known_to_the_next_proof(self):
        self._break_balance(self.sales)
        with self.assertLogs(ERRORS, 'ERROR'):
            proof = self._prove()
        proof.finding_ids.action_resolve(' Corrected by posting 12. ')
        self.assertEqual(proof.open_count, 0)
        self.assertFalse(proof.activity_ids)
        finding = proof.finding_ids.filtered(lambda f: f.account_id == self.sales)
        self.assertEqual((finding.state, finding.note), ('resolved', 'Corrected by posting 12.'))
        self.assertEqual(finding.resolved_by_id, self.env.user)
        # The account moves on; the difference stays the same.
        self.book((self.central, self.sales, 40))
        with self.assertNoLogs(ERRORS, 'ERROR'):
            again = self._prove()
        known = again.finding_ids.filtered(lambda f: f.account_id == self.sales)
        self.assertEqual((known.state, known.settled_id), ('known', finding))
        self.assertNotEqual(known.found, finding.found)
        self.assertFalse(again.activity_ids)

    def test_opened_account_is_not_frozen_again_for_a_settled_difference(self):
        self._break_balance(self.bob)
        with self.assertLogs(ERRORS, 'ERROR'):
            self._prove().finding_ids.action_resolve('Known.')
        self.assertEqual(self.bob.state, 'frozen')
        self.bob._set_state('open')
        self._prove()
        self.assertEqual(self.bob.state, 'open')

    def test_larger_difference_than_the_settled_one_is_new(self):
        self._break_balance(self.bob)
        with self.assertLogs(ERRORS, 'ERROR'):
            self._prove().finding_ids.action_resolve('Known.')
        self._break_balance(self.bob)
        with self.assertLogs(ERRORS, 'ERROR'):
            again = self._prove()
        self.assertEqual(set(again.finding_ids.mapped('state')), {'open'})

    def test_settling_needs_words_and_the_permission(self):
        self._break_balance(self.bob)
        with self.assertLogs(ERRORS, 'ERROR'):
            finding = self._prove().finding_ids[:1]
        for note in ('', '  ', False, 7):
            with self.assertRaises(UserError):
                finding.action_resolve(note)
        stranger = new_test_user(self.env, 'proof_stranger', groups='base.group_user')
        with (
            mute_logger('odoo.addons.rbac_ext.models.rbac_gate'),
            self.assertRaises(AccessError),
        ):
            finding.with_user(stranger).sudo().with_env(
                self.env(user=stranger.id, su=True)
            ).action_resolve('Nothing.')
        self.assertEqual(finding.state, 'open')

    def test_wizard_settles_chosen_findings(self):
        self._break_balance(self.bob)
        with self.assertLogs(ERRORS, 'ERROR'):
            findings = self._prove().finding_ids
        wizard = self.env['wx.ledger.proof.resolve'].create(
            {'finding_ids': findings[:1].ids, 'note': 'Looked at.'}
        )
        wizard.action_confirm()
        self.assertEqual(findings.mapped('state'), ['resolved', 'open'])

    def test_findings_are_kept(self):
        self._break_balance(self.bob)
        with self.assertLogs(ERRORS, 'ERROR'):
            proof = self._prove()
        for records in (proof.finding_ids, proof):
            with self.assertRaises(UserError):
                records.unlink()
