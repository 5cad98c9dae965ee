from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict, InvalidInput

from .sale_common import SaleCase

FLOW = 'odoo.addons.wx_recharge.models.wx_recharge_order_flow'


@tagged('post_install', '-at_install')
class TestRefundRequest(SaleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.support = cls._create_staff('refund_support', 'support')

    def _delivered(self, **values):
        order, attempt = self.paid_order(**values)
        order._set_delivered(attempt)
        return order

    def _asked(self):
        order = self._delivered()
        order._ask_refund('not_received', 'Nothing came')
        return order, order.refund_request_ids

    def _age(self, order, days):
        order.delivered_at = fields.Datetime.now() - timedelta(days=days)

    # === ASKING === #

    def test_a_request_is_a_to_do_for_who_decides(self):
        order, request = self._asked()
        self.assertRecordValues(
            request,
            [
                {
                    'state': 'open',
                    'reason': 'not_received',
                    'note': 'Nothing came',
                    'wx_user_id': self.user_a.id,
                    'company_id': order.company_id.id,
                }
            ],
        )
        self.assertEqual(order.state, 'delivered')
        self.assertFalse(order.payment_order_id.refund_ids)
        [activity] = order.activity_ids
        self.assertTrue(activity.user_id._has_permission('recharge.refund.decide'))

    def test_asking_twice_changes_nothing(self):
        order, request = self._asked()
        order._ask_refund('other')
        self.assertEqual(order.refund_request_ids, request)
        self.assertEqual(len(order.activity_ids), 1)

    def test_only_certain_states_may_ask(self):
        order = self._place()
        allowed = ('fulfilling', 'anomaly', 'delivered')
        for state in dict(order._fields['state'].selection):
            order.state = state
            with self.subTest(state=state):
                self.assertEqual(order._refund_refusal() is None, state in allowed)

    def test_the_time_to_ask_is_the_companys(self):
        order = self._delivered()
        self.env.company.wx_recharge_refund_days = 3
        self._age(order, 2)
        self.assertIsNone(order._refund_refusal())
        self._age(order, 4)
        with self.assertRaises(Conflict) as caught:
            order._ask_refund('not_received')
        self.assertIn('3 days', str(caught.exception))
        self._age(order, 0)
        self.env.company.wx_recharge_refund_days = 0
        with self.assertRaises(Conflict):
            order._ask_refund('not_received')
        self.assertFalse(order.refund_request_ids)

    def test_who_has_confirmed_cannot_ask(self):
        order = self._delivered()
        order._confirm_receipt()
        with self.assertRaises(Conflict):
            order._ask_refund('not_received')

    # === DECIDING === #

    def test_a_granted_request_gives_all_the_money_back(self):
        order, request = self._asked()
        request.with_user(self.support).action_grant(2380, 'Sorry')
        self.assertEqual(order.state, 'refunding')
        self.assertRecordValues(
            request,
            [{'state': 'granted', 'answer': 'Sorry', 'decided_by_id': self.support.id}],
        )
        self.assertEqual(order.payment_order_id.refund_ids.mapped('amount_fen'), [2380])
        self.assertFalse(order.activity_ids)
        self._refund_done(order)
        self.assertEqual(order.state, 'refunded')
        self.assertEqual(order.profit_fen, -2160)

    def test_a_request_is_decided_once(self):
        order, request = self._asked()
        request.action_grant(2380)
        for decide in (lambda: request.action_grant(2380), lambda: request.action_refuse('No way')):
            with self.assertRaises(Conflict):
                decide()
        self.assertEqual(len(order.payment_order_id.refund_ids), 1)

    def test_another_amount_than_is_left_is_refused(self):
        order, request = self._asked()
        order.payment_order_id._request_refund(380, 'by hand')
        with self.assertRaises(Conflict):
            request.action_grant(2380)
        self.assertEqual((order.state, request.state), ('delivered', 'open'))
        request.action_grant(2000)
        refunds = order.payment_order_id.refund_ids.sorted('id')
        self.assertEqual(refunds.mapped('amount_fen'), [380, 2000])

    def test_what_is_under_way_cannot_be_granted_and_is_refunded_with_its_failure(self):
        order, _attempt = self.paid_order()
        order._ask_refund('not_received')
        request = order.refund_request_ids
        with self.assertRaises(Conflict):
            request.action_grant(2380)
        order._set_failed('refused')
        self.assertRecordValues(request, [{'state': 'granted', 'decided_by_id': False}])
        self.assertEqual(order.payment_order_id.refund_ids.mapped('amount_fen'), [2380])
        self.assertFalse(order.activity_ids)

    def test_a_refusal_has_an_answer_and_is_told(self):
        order, request = self._asked()
        for answer in ('', 'no', None):
            with self.subTest(answer=answer), self.assertRaises(InvalidInput):
                request.action_refuse(answer)
        self.env['wx.message.template'].create(
            {
                'name': 'Refused',
                'app_id': self.app.id,
                'code': 'topup_refund_refused',
                'template_id': 'T',
                'inbox_text': '{order_no}: {answer}',
            }
        )
        request.with_user(self.support).action_refuse('It arrived at 14:05.')
        self.assertRecordValues(request, [{'state': 'refused', 'decided_by_id': self.support.id}])
        message = self.env['wx.message'].search([('res_id', '=', order.id)])
        self.assertEqual(message.inbox_text, f'{order.order_no}: It arrived at 14:05.')
        self.assertEqual((order.state, len(order.activity_ids)), ('delivered', 0))
        with self.assertRaises(Conflict):
            order._ask_refund('other')

    def test_only_who_has_the_permission_decides(self):
        _order, request = self._asked()
        for name in ('auditor', 'operator'):
            user = self._create_staff(f'refund_{name}', name)
            with self.assertRaises(AccessError):
                request.with_user(user).action_grant(2380)
            with self.assertRaises(AccessError):
                request.with_user(user).action_refuse('Because I say so')
        self.assertEqual(request.state, 'open')

    def test_large_amounts_need_a_second_person(self):
        self.package.price_fen = 60000
        order, request = self._asked()
        result = request.with_user(self.support).with_context(rbac_reason='why').action_grant(60000)
        self.assertTrue(self.env['rbac.approval']._of_result(result))
        self.assertEqual((order.state, request.state), ('delivered', 'open'))

    def test_the_dialogue_decides(self):
        for decision, state in (('grant', 'granted'), ('refuse', 'refused')):
            _order, request = self._asked()
            dialogue = self.env['wx.recharge.refund.decision'].with_user(self.support)
            dialogue = dialogue.create(
                {'request_id': request.id, 'decision': decision, 'answer': 'As you see'}
            )
            self.assertEqual(dialogue.action_decide()['type'], 'ir.actions.act_window_close')
            self.assertEqual(request.state, state)

    # === WHAT COMES BACK === #

    def test_coupons_and_points_come_back_and_a_delivered_piece_does_not(self):
        self.package.write({'stock_limited': True, 'stock_qty': 3})
        account = self._points()
        coupon = self._coupon()
        order = self._place_with([coupon])
        attempt = self._pay(order)
        order._set_delivered(attempt)
        self.assertEqual((coupon.state, account.balance > 0), ('used', True))
        order._ask_refund('too_little')
        order.refund_request_ids.action_grant(2280)
        self._refund_done(order)
        account.invalidate_recordset()
        self.assertEqual((coupon.state, account.balance), ('issued', 0))
        self.assertEqual(self.package.stock_qty, 2)

    # === RECEIPT === #

    def test_a_confirmed_receipt_withdraws_the_request(self):
        order, request = self._asked()
        order._confirm_receipt()
        first = order.confirmed_at
        order._confirm_receipt()
        self.assertRecordValues(order, [{'confirmed_by': 'customer', 'confirmed_at': first}])
        self.assertEqual(request.state, 'withdrawn')
        self.assertFalse(order.activity_ids)

    def test_only_a_delivered_order_is_confirmed(self):
        order, _attempt = self.paid_order()
        with self.assertRaises(Conflict):
            order._confirm_receipt()
        self.assertFalse(order.confirmed_at)

    def test_time_confirms_what_nobody_complains_of(self):
        self.env.company.wx_recharge_confirm_days = 5
        old, fresh = self._delivered(), self._delivered()
        asked, _request = self._asked()
        waiting, _attempt = self.paid_order()
        for order in (old, asked):
            self._age(order, 6)
        self._age(fresh, 4)
        self._confirm_old()
        self.assertRecordValues(old, [{'confirmed_by': 'time', 'state': 'delivered'}])
        for order in (fresh, asked, waiting):
            self.assertFalse(order.confirmed_at)

    def _confirm_old(self):
        self.env.flush_all()
        self.env['wx.recharge.order']._cron_confirm_receipts()

    def test_without_days_time_confirms_nothing(self):
        self.env.company.wx_recharge_confirm_days = 0
        old = self._delivered()
        self._age(old, 400)
        self._confirm_old()
        self.assertFalse(old.confirmed_at)

    @mute_logger(FLOW)
    def test_a_confirmed_order_may_still_be_taken_back_by_the_supplier(self):
        order = self._delivered()
        order._confirm_receipt()
        order._set_anomaly('The supplier took it back.')
        self.assertEqual(order.state, 'anomaly')
