from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .log_common import CODE, GuardedCase


@tagged('post_install', '-at_install')
class TestApprovalDeciding(GuardedCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._limit()

    def test_the_approved_act_runs_once_as_the_requester_with_the_stored_arguments(self):
        approval = self._ask(5000, note='x', partner=self.partner)
        self.assertFalse(self.partner.ref)
        self.assertIs(approval.with_user(self.ben).action_approve(), True)
        self.assertEqual(self.partner.ref, '1')
        self.assertEqual(self.partner.function, f'anna paid 5000 x [{self.partner.id}]')
        self.assertRecordValues(
            approval, [{'state': 'executed', 'approver_id': self.ben.id, 'result': 'True'}]
        )
        self.assertFalse(approval.activity_ids)
        with self.assertRaises(UserError):
            approval.with_user(self.ben).action_approve()
        self.assertEqual(self.partner.ref, '1')

    def test_arguments_are_shown_by_name(self):
        approval = self._ask(5000, note='x', partner=self.partner)
        self.assertEqual(
            approval.with_user(self.ben).arguments_text, 'amount: 5000\nnote: x\npartner: Payee'
        )

    def test_an_own_request_is_refused_on_every_road(self):
        boss = self._create_user('boss', self.builtin['system'], self.payer_role)
        approval = self._ask(user=boss)
        roads = {
            'button': lambda: approval.with_user(boss).action_approve(),
            'sudo': lambda: approval.with_user(boss).sudo().action_approve(),
            'superuser': lambda: approval.with_user(SUPERUSER_ID).action_approve(),
            'write': lambda: approval.with_user(boss).write({'state': 'approved'}),
            'sudo write': lambda: approval.with_user(boss).sudo().write({'state': 'approved'}),
            'superuser write': lambda: approval.write({'approver_id': self.ben.id}),
            'requester': lambda: approval.sudo().write({'requester_id': self.ben.id}),
            'arguments': lambda: approval.sudo().write({'arguments': '{}'}),
            'reason later': lambda: approval.with_user(boss).write({'reason': 'other'}),
            'forged context': lambda: (
                approval.with_user(boss)
                .with_context(rbac_approval='<seal>')
                .write({'state': 'approved'})
            ),
            'create': lambda: approval.with_user(boss).sudo().create([{'code': CODE}]),
            'copy': lambda: approval.with_user(boss).sudo().copy(),
            'delete': lambda: approval.with_user(boss).sudo().unlink(),
            'server action': lambda: self._server_action('action_approve', boss, approval),
        }
        for road, go in roads.items():
            with self.subTest(road=road), self.assertRaises(UserError):
                go()
        loaded = (
            self.env['rbac.approval']
            .with_user(boss)
            .sudo()
            .load(['.id', 'state'], [[str(approval.id), 'approved']])
        )
        self.assertFalse(loaded['ids'])
        self.env.invalidate_all()
        self.assertEqual(approval.state, 'pending')
        self.assertFalse(self.partner.ref)

    def _server_action(self, method, user, approval):
        action = self.env['ir.actions.server'].create(
            {
                'name': 'Approve',
                'model_id': self.env['ir.model']._get_id('rbac.approval'),
                'state': 'code',
                'code': f'record.sudo().{method}()',
            }
        )
        context = {'active_model': 'rbac.approval', 'active_id': approval.id}
        return action.with_user(user).with_context(**context).sudo().run()

    def test_whoever_lacks_the_permission_decides_nothing(self):
        approval = self._ask()
        for user in (self.clerk, self.auditor):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    approval.with_user(user).action_approve()
                with self.assertRaises(AccessError):
                    approval.with_user(user).action_reject()

    def test_approver_roles_take_the_place_of_the_permission(self):
        self._limit(approver_role_ids=self.clerk_role.ids)
        approval = self._ask()
        with self.assertRaises(AccessError):
            approval.with_user(self.ben).action_approve()
        self.assertIs(approval.with_user(self.clerk).action_approve(), True)
        self.assertEqual(self.partner.ref, '1')

    def test_a_record_changed_since_is_refused(self):
        approval = self._ask()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = write_date + interval '1 ms' WHERE id = %s",
            (self.partner.id,),
        )
        answer = approval.with_user(self.ben).action_approve()
        self.assertEqual(answer['params']['type'], 'danger')
        self.assertEqual(approval.state, 'failed')
        self.assertIn('changed', approval.result)
        self.assertFalse(self.partner.ref)

    def test_fields_named_by_the_model_count_too(self):
        with patch.object(
            self.registry['res.partner'], '_rbac_fingerprint_fields', ('city',), create=True
        ):
            before = self.partner._rbac_fingerprint()
            self.env.cr.execute(
                "UPDATE res_partner SET city = 'Elsewhere' WHERE id = %s", (self.partner.id,)
            )
            self.assertNotEqual(self.partner._rbac_fingerprint(), before)

    def test_a_deleted_record_is_refused(self):
        approval = self._ask()
        self.partner.unlink()
        approval.with_user(self.ben).action_approve()
        self.assertEqual(approval.state, 'failed')

    def test_a_requester_without_the_permission_any_more_is_refused(self):
        approval = self._ask()
        self.anna.role_line_ids.unlink()
        self._give(self.anna, self.clerk_role)
        approval.with_user(self.ben).action_approve()
        self.assertEqual(approval.state, 'failed')
        self.assertFalse(self.partner.ref)

    def test_a_disabled_requester_is_refused(self):
        approval = self._ask()
        # By hand, for the hook of disabling would cancel the request at once.
        self.env.cr.execute('UPDATE res_users SET active = false WHERE id = %s', (self.anna.id,))
        self.env.invalidate_all()
        approval.with_user(self.ben).action_approve()
        self.assertEqual(approval.state, 'failed')
        self.assertFalse(self.partner.ref)

    def test_disabling_cancels_what_was_asked_for(self):
        mine, other = self._ask(), self._ask(user=self.ben)
        self.anna.active = False
        self.assertEqual(mine.state, 'cancelled')
        self.assertEqual(other.state, 'pending')

    def test_what_is_too_late_expires(self):
        approval = self._ask()
        late = fields.Datetime.now() + timedelta(hours=25)
        with patch.object(fields.Datetime, 'now', return_value=late):
            approval.with_user(self.ben).action_approve()
        self.assertEqual(approval.state, 'expired')
        self.assertFalse(self.partner.ref)

    def test_the_scheduled_action_expires_what_nobody_decided(self):
        old, new = self._ask(), self._ask()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE rbac_approval SET expires_at = now() - interval '2 days' WHERE id = %s",
            (old.id,),
        )
        self.env.invalidate_all()
        with self.enter_registry_test_mode():
            self.env.ref('rbac_ext.ir_cron_expire_approvals').method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(old.state, 'expired')
        self.assertEqual(new.state, 'pending')

    def test_rejecting_asks_for_a_reason_and_runs_nothing(self):
        approval = self._ask()
        self.assertEqual(approval.with_user(self.ben).action_reject()['target'], 'new')
        self.assertEqual(approval.state, 'pending')
        approval.with_user(self.ben).decision_note = 'Too much'
        approval.with_user(self.ben).action_reject()
        self.assertRecordValues(approval, [{'state': 'rejected', 'approver_id': self.ben.id}])
        self.assertFalse(self.partner.ref)
        with self.assertRaises(UserError):
            approval.with_user(self.ben).action_approve()

    def test_only_the_requester_withdraws(self):
        approval = self._ask()
        with self.assertRaises(AccessError):
            approval.with_user(self.ben).action_cancel()
        approval.with_user(self.anna).action_cancel()
        self.assertEqual(approval.state, 'cancelled')
        with self.assertRaises(UserError):
            approval.with_user(self.ben).action_approve()

    def test_people_see_what_they_ask_and_may_decide(self):
        approval = self._ask()
        approvals = self.env['rbac.approval']
        to_decide = [('can_decide', '=', True), ('id', '=', approval.id)]
        self.assertEqual(approvals.with_user(self.ben).search(to_decide), approval)
        self.assertFalse(approvals.with_user(self.anna).search(to_decide))
        self.assertEqual(
            approvals.with_user(self.anna).search([('id', '=', approval.id)]), approval
        )
        other = self._create_user('other', self._create_role('Other', self.take))
        self.assertFalse(approvals.with_user(other).search([('id', '=', approval.id)]))
        with self.assertRaises(AccessError):
            approvals.with_user(self.clerk).search([('id', '=', approval.id)])
        self.assertEqual(
            approvals.with_user(self.auditor).search([('id', '=', approval.id)]), approval
        )
        approval.with_user(self.ben).action_approve()
        self.assertEqual(approvals.with_user(self.ben).search([('id', '=', approval.id)]), approval)
        self.assertFalse(approvals.with_user(self.ben).search(to_decide))

    def test_a_failing_act_leaves_a_failed_request_and_nothing_else(self):
        approval = self._ask()
        with patch.object(
            self.registry['res.partner'], 'write', side_effect=UserError('disk is full')
        ):
            self._fail_as(self.ben, lambda env: approval.with_env(env).action_approve())
        self.assertRecordValues(
            approval,
            [{'state': 'failed', 'result': 'disk is full', 'approver_id': self.ben.id}],
        )
        self.assertFalse(self.partner.ref)
        results = self._lines().mapped('result')
        self.assertEqual(results.count('error'), 2, 'the act and the approval')

    def test_the_log_tells_who_asked_who_approved_and_what_was_done(self):
        approval = self._ask()
        approval.with_user(self.ben).action_approve()
        found = [
            (line.login, line.method, line.result, line.approval_id)
            for line in self._lines().sorted('id')
        ]
        self.assertEqual(
            found,
            [
                ('anna', 'rbac_test_pay', 'asked', approval),
                ('anna', 'rbac_test_pay', 'ok', approval),
                ('ben', 'action_approve', 'ok', approval),
            ],
        )

    @mute_logger('odoo.sql_db')
    def test_the_thread_tells_the_outcome(self):
        approval = self._ask()
        approval.with_user(self.ben).action_approve()
        self.assertIn('Done', ''.join(approval.message_ids.mapped('body')))
        self.assertIn(self.anna.partner_id, approval.message_partner_ids)
