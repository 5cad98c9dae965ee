from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .. import canonical, const_log
from .log_common import CODE, GuardedCase, rbac_test_pay


@tagged('post_install', '-at_install')
class TestApprovalAsking(GuardedCase):
    def test_states_and_transitions_name_each_other(self):
        states = {state for state, _name in const_log.APPROVAL_STATES}
        self.assertEqual(set(const_log.APPROVAL_TRANSITIONS), states)
        for following in const_log.APPROVAL_TRANSITIONS.values():
            self.assertLessEqual(following, states)

    def test_without_approval_the_act_runs(self):
        self.assertIs(self.partner.with_user(self.anna).rbac_test_pay(5000), True)
        self.assertEqual(self.partner.ref, '1')

    def test_up_to_the_limit_the_act_runs_and_above_it_waits(self):
        self._limit(limit=1000)
        self.assertIs(self.partner.with_user(self.anna).rbac_test_pay(1000), True)
        action = self.partner.with_user(self.anna).rbac_test_pay(1001)
        self.assertEqual(action['type'], 'ir.actions.act_window')
        self.assertEqual(action['res_model'], 'rbac.approval')
        self.assertEqual(self.partner.ref, '1')
        approval = self.env['rbac.approval'].browse(action['res_id'])
        self.assertRecordValues(
            approval,
            [
                {
                    'state': 'pending',
                    'requester_id': self.anna.id,
                    'amount': 1001,
                    'asked_at': False,
                    'code': CODE,
                    'res_ids': f'[{self.partner.id}]',
                    'res_names': 'Payee',
                }
            ],
        )

    def test_an_act_that_tells_no_amount_waits(self):
        self._limit(limit=1000)
        self.assertEqual(
            self.partner.with_user(self.anna).rbac_test_pay(None)['res_model'], 'rbac.approval'
        )

    def test_a_negative_amount_does_not_slip_below_the_limit(self):
        self._limit(limit=1000)
        self.assertTrue(self._ask(-5000).id)

    def test_an_amount_that_is_no_whole_number_is_refused(self):
        self._limit(limit=1000)
        for amount in ('5', 5.0, True):
            with self.subTest(amount=amount), self.assertRaises(UserError):
                self.partner.with_user(self.anna).rbac_test_pay(amount)

    def test_the_reason_makes_to_dos_for_everybody_who_may_decide(self):
        self._limit()
        approval = self._ask(reason=None)
        self.assertFalse(approval.activity_ids)
        approval.with_user(self.anna).reason = 'Customer waits'
        approval.with_user(self.anna).action_submit()
        told = approval.activity_ids.user_id
        self.assertIn(self.ben, told)
        self.assertNotIn(self.anna, told)
        self.assertNotIn(self.clerk, told)

    def test_an_empty_reason_is_none(self):
        self._limit()
        approval = self._ask(reason='  ')
        with self.assertRaises(UserError):
            approval.with_user(self.anna).action_submit()
        with self.assertRaisesRegex(UserError, 'reason'):
            approval.with_user(self.ben).action_approve()

    def test_a_client_cannot_pretend_to_be_inside(self):
        self._limit()
        for pretended in (True, '<seal>', 'inside'):
            partner = self.partner.with_user(self.anna).with_context(rbac_inside=pretended)
            self.assertEqual(partner.rbac_test_pay(5000)['res_model'], 'rbac.approval')
        self.assertFalse(self.partner.ref)

    def test_what_a_guarded_act_calls_belongs_to_it(self):
        self._limit()
        self.assertIs(
            self.partner.with_user(self.anna).rbac_test_outer().get('res_id', 0) > 0, True
        )
        self._limit(approval='never')
        self.assertIs(self.partner.with_user(self.anna).rbac_test_outer(), True)

    def test_an_override_without_guard_does_not_go_on_as_if_it_were_done(self):
        self._limit()

        def override(records, amount):
            rbac_test_pay(records, amount)
            records.write({'ref': 'wrong'})

        with patch.object(self.registry['res.partner'], 'rbac_test_pay', override):
            with self.assertRaisesRegex(UserError, 'lacks its guard'):
                self.partner.with_user(self.anna).rbac_test_pay(5000)

    def test_what_cannot_be_stored_is_refused(self):
        self._limit()
        partner = self.partner.with_user(self.anna)
        unsaved = self.env['res.partner'].new({'name': 'x'})
        for arguments in (
            {'note': fields.Datetime.now()},
            {'note': b'bytes'},
            {'note': float('nan')},
            {'note': {1: 'one'}},
            {'note': {canonical.RECORDS: ['res.users', [1]]}},
            {'note': {'api_key': 'abc'}},
            {'partner': unsaved},
            {'password': 'abc'},
        ):
            with self.subTest(arguments=arguments), self.assertRaises(UserError):
                partner.rbac_test_pay(5000, **arguments)
        with self.assertRaises(UserError):
            partner.rbac_test_pay(5000, None, None, 'a secret by position')
        self.assertFalse(self.env['rbac.approval'].search([('code', '=', CODE)]))

    def test_arguments_come_back_as_they_were(self):
        arguments = {'a': [1, 2.5, None, {'b': 'ä'}], 'r': self.partner}
        text = canonical.encode(self.env, (True, 'x'), arguments)
        self.assertEqual(canonical.decode(self.env, text), ([True, 'x'], arguments))
        self.assertEqual(
            text, canonical.encode(self.env, (True, 'x'), dict(reversed(arguments.items())))
        )
