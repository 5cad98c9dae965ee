from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..models.rbac_approval_waiting import NOTIFICATION
from .log_common import GuardedCase


@tagged('post_install', '-at_install')
class TestApprovalWaiting(GuardedCase):
    """The counter in the web client's bar."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._limit()

    def _counts(self):
        approvals = self.env['rbac.approval']
        people = (self.anna, self.ben, self.clerk, self.auditor)
        return [approvals.with_user(person).count_waiting() for person in people]

    def _told(self, function):
        """Return the users whose counters `function` has asked anew."""
        with patch.object(
            self.registry['bus.bus'], '_sendone', autospec=True, side_effect=lambda *_args: None
        ) as send:
            function()
        partners = [
            channel
            for _bus, channel, kind, _message in (call.args for call in send.mock_calls)
            if kind == NOTIFICATION
        ]
        return {partner.user_ids for partner in partners}

    def test_it_counts_what_one_may_decide_oneself(self):
        self.assertEqual(self._counts(), [0, 0, 0, 0])
        approval = self._ask(reason=None)
        self.assertEqual(self._counts(), [0, 0, 0, 0], 'the reason is missing')
        approval.with_user(self.anna).reason = 'due'
        approval.with_user(self.anna).action_submit()
        self._ask(user=self.ben)
        self.assertEqual(self._counts(), [1, 1, 0, 0])
        approval.with_user(self.ben).action_approve()
        self.assertEqual(self._counts(), [1, 0, 0, 0])

    def test_customers_ask_in_vain(self):
        customer = new_test_user(self.env, 'customer', 'base.group_portal')
        with self.assertRaises(AccessError):
            self.env['rbac.approval'].with_user(customer).count_waiting()

    def test_approvers_are_told_when_a_request_comes_and_when_it_goes(self):
        approval = self._ask(reason=None)
        approval.with_user(self.anna).reason = 'due'
        endings = {
            'action_approve': self.ben,
            'action_cancel': self.anna,
        }
        told = self._told(approval.with_user(self.anna).action_submit)
        self.assertIn(self.ben, told)
        self.assertNotIn(self.anna, told)
        self.assertNotIn(self.clerk, told)
        for method, user in endings.items():
            with self.subTest(method=method):
                told = self._told(getattr(self._ask().with_user(user), method))
                self.assertIn(self.ben, told)
                self.assertNotIn(self.clerk, told)
