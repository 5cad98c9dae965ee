from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import PaymentCommon

PAID = 200000
LIMIT = 50000


@tagged('post_install', '-at_install')
class TestRefundApproval(PaymentCommon):
    """Large refunds wait for a second person of finance."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.asker = cls._create_staff('refund_asker', 'finance')
        cls.second = cls._create_staff('refund_second', 'finance')
        cls.permission = cls.env.ref('wx_payment.perm_payment_order_refund')

    def setUp(self):
        super().setUp()
        self.order, _attempt = self._create_paid(PAID)

    def _refund(self, amount_fen, user=None, reason='Not delivered'):
        """Have somebody press the button of the dialogue and return what the client gets."""
        wizard = self.env['wx.payment.refund.wizard'].with_user(user or self.asker)
        wizard = wizard.create(
            {'order_id': self.order.id, 'amount': amount_fen / 100, 'reason': reason}
        )
        return wizard.action_refund()

    def _ask(self, amount_fen=LIMIT + 1):
        action = self._refund(amount_fen)
        self.assertEqual((action['res_model'], action['target']), ('rbac.approval', 'new'))
        return self.env['rbac.approval'].browse(action['res_id'])

    def test_the_limit_is_500_yuan_by_default(self):
        self.assertRecordValues(self.permission, [{'approval': 'above', 'approval_limit': LIMIT}])

    def test_up_to_the_limit_the_refund_is_made_at_once(self):
        self.assertEqual(self._refund(LIMIT)['type'], 'ir.actions.act_window_close')
        self.assertEqual(self.order.refund_ids.amount_fen, LIMIT)

    def test_above_the_limit_nothing_happens_yet(self):
        approval = self._ask()
        self.assertFalse(self.order.refund_ids)
        self.assertEqual(self.order.state, 'paid')
        self.assertRecordValues(
            approval,
            [
                {
                    'state': 'pending',
                    'code': 'payment.order.refund',
                    'amount': LIMIT + 1,
                    'reason': 'Not delivered',
                    'requester_id': self.asker.id,
                }
            ],
        )
        self.assertTrue(approval.asked_at)
        self.assertIn(self.second, approval.activity_ids.user_id)
        self.assertNotIn(self.asker, approval.activity_ids.user_id)

    def test_the_engines_own_refunds_ask_nobody(self):
        self.order.with_user(self.asker)._request_refund(PAID, 'Late')
        self.assertEqual(self.order.refund_ids.amount_fen, PAID)

    def test_nobody_approves_the_own_request(self):
        approval = self._ask()
        with self.assertRaises(AccessError):
            approval.with_user(self.asker).action_approve()
        self.assertFalse(self.order.refund_ids)

    def test_support_approves_nothing(self):
        approval = self._ask()
        with self.assertRaises(AccessError):
            approval.with_user(self._create_staff('refund_support', 'support')).action_approve()
        self.assertFalse(self.order.refund_ids)

    def test_a_second_person_approves_and_the_refund_is_made_once(self):
        approval = self._ask(60001)
        approval.with_user(self.second).action_approve()
        self.assertRecordValues(
            approval, [{'state': 'executed', 'approver_id': self.second.id, 'result': 'True'}]
        )
        self.assertRecordValues(
            self.order.refund_ids,
            [{'amount_fen': 60001, 'reason': 'Not delivered', 'create_uid': self.asker.id}],
        )
        with self.assertRaises(UserError):
            approval.with_user(self.second).action_approve()
        self.assertEqual(len(self.order.refund_ids), 1)

    def test_a_refund_made_in_between_makes_the_approval_fail(self):
        approval = self._ask()
        self._refund(100, user=self.second)
        answer = approval.with_user(self.second).action_approve()
        self.assertEqual(answer['params']['type'], 'danger')
        self.assertEqual(approval.state, 'failed')
        self.assertEqual(self.order.refund_ids.mapped('amount_fen'), [100])

    def test_a_refund_begun_and_ended_in_between_makes_the_approval_fail(self):
        approval = self._ask()
        refund = self.order._request_refund(100, 'x')
        self._run_jobs(refund)
        self.wechat.finish_refund(refund.out_refund_no, 'SUCCESS')
        self._deliver_raw(*self.wechat.refund_notice(refund.out_refund_no))
        self.assertEqual(self.order.state, 'paid')
        approval.with_user(self.second).action_approve()
        self.assertEqual(approval.state, 'failed')
        self.assertEqual(len(self.order.refund_ids), 1)

    def test_the_log_names_who_asked_and_who_approved(self):
        approval = self._ask()
        approval.with_user(self.second).action_approve()
        lines = self.env['rbac.log'].search([('approval_id', '=', approval.id)])
        self.assertEqual(
            sorted((line.user_id.login, line.method, line.result) for line in lines),
            [
                ('refund_asker', 'action_refund', 'asked'),
                ('refund_asker', 'action_refund', 'ok'),
                ('refund_second', 'action_approve', 'ok'),
            ],
        )
