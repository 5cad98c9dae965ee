from unittest.mock import patch

from odoo import SUPERUSER_ID
from odoo.exceptions import RedirectWarning
from odoo.tests import tagged

from ..permission import requires
from . import log_common
from .log_common import CODE, CODE_SETTLE, GuardedCase


@tagged('post_install', '-at_install')
class TestApprovalNested(GuardedCase):
    """A guarded act that calls another one, whose permission asks for consent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._limit(limit=1000)

    def _requests(self):
        return self.env['rbac.approval'].search([('code', 'in', (CODE, CODE_SETTLE))])

    def test_up_to_the_limit_the_called_act_runs(self):
        self.assertIs(self.partner.with_user(self.anna).rbac_test_settle(1000), True)
        self.assertEqual(self.partner.ref, '1')
        self.assertFalse(self._requests())

    def test_an_act_without_consent_is_no_way_round_that_of_another(self):
        roads = {
            'plain': lambda partner: partner.rbac_test_settle(1001),
            'sudo': lambda partner: partner.sudo().rbac_test_settle(1001),
            'pretended': lambda partner: partner.with_context(
                rbac_inside='<seal>', rbac_approved='<seal>'
            ).rbac_test_settle(1001),
            'pretended true': lambda partner: partner.with_context(
                rbac_inside=True, rbac_approved=True
            ).rbac_test_settle(1001),
        }
        for road, go in roads.items():
            with self.subTest(road=road):
                error = self._fail_as(self.anna, lambda env, go=go: go(self.partner.with_env(env)))
                self.assertIsInstance(error, RedirectWarning)
                self.assertEqual(error.args[1]['res_model'], 'rbac.approval')
                self.assertRecordValues(self.partner, [{'ref': False, 'comment': False}])

    def test_consent_to_an_act_covers_what_it_calls(self):
        self.settle.approval = 'always'
        asking = self.partner.with_user(self.anna).with_context(rbac_reason='due')
        action = asking.rbac_test_settle(5000)
        approval = self.env['rbac.approval'].browse(action['res_id'])
        self.assertFalse(self.partner.ref)
        self.assertIs(approval.with_user(self.ben).action_approve(), True)
        self.assertEqual(self.partner.ref, '1')
        self.assertEqual(self._requests(), approval)
        self.assertEqual(approval.code, CODE_SETTLE)

    def test_consent_ends_with_the_act(self):
        kept = []

        @requires(CODE_SETTLE)
        def rbac_test_keep(records):
            kept.append(records)
            return records

        self.settle.approval = 'always'
        with patch.object(
            self.registry['res.partner'], 'rbac_test_keep', rbac_test_keep, create=True
        ):
            asking = self.partner.with_user(self.anna).with_context(rbac_reason='due')
            approval = self.env['rbac.approval'].browse(asking.rbac_test_keep()['res_id'])
            approval.with_user(self.ben).action_approve()
            self.assertEqual(approval.state, 'executed')
            self.settle.approval = 'never'
            returned = asking.rbac_test_keep()
        self.assertTrue(kept[0].env.context['rbac_approved'])
        self.assertFalse(kept[1].env.context['rbac_approved'])
        self.assertNotIn('rbac_approved', returned.env.context)

    def test_the_superuser_needs_no_consent(self):
        partner = self.partner.with_user(SUPERUSER_ID)
        self.assertIs(partner.rbac_test_settle(5000), True)
        self.assertEqual(self.partner.ref, '1')
        self.assertFalse(self._requests())

    def test_what_an_act_does_as_the_superuser_needs_none(self):
        @requires(CODE_SETTLE)
        def by_the_system(records):
            return records.with_user(SUPERUSER_ID).rbac_test_pay(5000)

        with patch.object(
            self.registry['res.partner'], 'rbac_test_by_system', by_the_system, create=True
        ):
            self.assertIs(self.partner.with_user(self.anna).rbac_test_by_system(), True)

    def test_the_super_of_an_override_belongs_to_the_call_that_was_judged(self):
        base = requires(CODE)(log_common.rbac_test_pay._rbac_method)

        @requires(CODE, amount='amount')
        def rbac_test_pay(records, amount):
            return base(records, amount)

        with patch.object(self.registry['res.partner'], 'rbac_test_pay', rbac_test_pay):
            self.assertIs(self.partner.with_user(self.anna).rbac_test_pay(1000), True)
            action = self.partner.with_user(self.anna).rbac_test_pay(1001)
        self.assertEqual(action['res_model'], 'rbac.approval')
        self.assertEqual(self.partner.ref, '1')
