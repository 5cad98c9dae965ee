from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from odoo.addons.wx_base.exceptions import Conflict, InvalidInput

from .common import MemberCase

REASON = 'Sorry for the delay'


@tagged('post_install', '-at_install')
class TestGrant(MemberCase):
    """Memberships that staff give away and take back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.staff = cls._create_all_staff('mg')

    def _grant(self, plan=None, role='support', reason=REASON, worth=None):
        plan = (plan or self.plan_silver).with_user(self.staff[role])
        return plan.action_grant(self.user_a.id, plan.price_fen if worth is None else worth, reason)

    def test_granted_plan_is_booked_at_once_for_nothing(self):
        order = self.env['wx.membership.order'].browse(self._grant())
        self.assertRecordValues(
            order,
            [
                {
                    'state': 'active',
                    'origin': 'grant',
                    'price_fen': 0,
                    'reason': REASON,
                    'payment_order_id': False,
                    'create_uid': self.staff['support'].id,
                }
            ],
        )
        self.assertEqual(self.user_a.member_level_id, self.silver)

    def test_granted_trial_leaves_the_customer_the_own_one(self):
        self._grant(self.plan_trial)
        self.assertEqual(self._buy(self.plan_trial).state, 'active')

    def test_reason_is_told(self):
        for reason in ('', '    ', 'ok', None):
            with self.subTest(reason=reason), self.assertRaises(InvalidInput):
                self._grant(reason=reason)
        self.assertFalse(self.user_a.member_level_id)

    def test_worth_is_what_the_plan_costs(self):
        with self.assertRaises(Conflict):
            self._grant(worth=1)
        self.assertFalse(self.user_a.member_level_id)

    def test_plan_of_another_company_is_not_granted(self):
        company = self.env['res.company'].create({'name': 'Elsewhere'})
        self.plan_silver.company_id = company
        self.staff['support'].company_ids += company
        with self.assertRaises(Conflict):
            self._grant()

    def test_dear_plan_needs_a_second_person(self):
        dear = self._create_plan(name='Gold for Good', level_id=self.gold.id, price_fen=10_001)
        result = self._grant(dear)
        approval = self.env['rbac.approval'].browse(self.env['rbac.approval']._of_result(result))
        self.assertFalse(self.user_a.member_level_id)
        approval = approval.with_user(self.staff['support'])
        approval.reason = REASON
        approval.action_submit()
        approval.with_user(self.staff['operator']).action_approve()
        self.assertEqual(self.user_a.member_level_id, self.gold)
        order = self.user_a.membership_ids.order_ids
        self.assertEqual((order.state, order.reason), ('active', REASON))

    def test_dialogue_grants(self):
        wizards = self.env['wx.member.grant.wizard'].with_user(self.staff['operator'])
        form = Form(wizards.with_context(default_wx_user_id=self.user_a.id))
        form.plan_id = self.plan_gold
        form.reason = REASON
        action = form.save().action_grant()
        order = self.env[action['res_model']].browse(action['res_id'])
        self.assertEqual((order.plan_id, order.state), (self.plan_gold, 'active'))

    # === TAKING BACK === #

    def test_what_was_granted_is_taken_back(self):
        order = self.env['wx.membership.order'].browse(self._grant())
        wizard = self.env['wx.membership.revoke.wizard'].with_user(self.staff['operator'])
        wizard.create({'order_id': order.id, 'reason': 'Wrong customer'}).action_revoke()
        self.assertEqual(order.state, 'cancelled')
        self.assertFalse(self.user_a.member_level_id)
        self.assertIn('Wrong customer', ' '.join(order.message_ids.mapped('body')))
        with self.assertRaises(Conflict):
            order.with_user(self.staff['operator']).action_revoke('Wrong customer')

    def test_what_was_paid_is_refunded_not_taken(self):
        order = self._buy()
        with self.assertRaises(Conflict):
            order.with_user(self.staff['operator']).action_revoke('Wrong customer')
        self.assertEqual((order.state, self.user_a.member_level_id), ('active', self.silver))

    # === WHO MAY === #

    def test_who_may_grant_take_back_and_cancel(self):
        def grant(user):
            self.plan_silver.with_user(user).action_grant(self.user_a.id, 990, REASON)

        def revoke(user):
            order = self.env['wx.membership.order'].browse(self._grant())
            order.with_user(user).action_revoke('Wrong customer')

        def cancel(user):
            self._place().with_user(user).action_cancel()

        self._assert_allowed(self.staff, ('support', 'operator', 'system'), grant)
        self._assert_allowed(self.staff, ('operator', 'system'), revoke)
        self._assert_allowed(self.staff, ('support', 'operator', 'system'), cancel)

    def test_customer_whom_nobody_may_see_is_not_given_anything(self):
        clerk = self._create_clerk('mg_clerk', 'member.view', 'member.grant')
        with self.assertRaises(AccessError):
            self.plan_silver.with_user(clerk).action_grant(self.user_a.id, 990, REASON)
