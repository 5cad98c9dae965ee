import logging

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict, InvalidInput, NotFound
from odoo.addons.wx_payment.values import Way

from ..const.orders import ORDER_STATES, ORDER_TRANSITIONS
from .common import OTHER_PHONE, PHONE, RechargeCase

FLOW = 'odoo.addons.wx_payment.models.wx_payment_sale_mixin'


@tagged('post_install', '-at_install')
class TestOrder(RechargeCase):
    # === PLACING === #

    def test_quote_is_frozen_on_the_order(self):
        order = self._place()
        self.package.write({'name': 'Other', 'price_fen': 9999, 'face_value': 1})
        self.operator.name = 'Other'
        self.product.cost = 9
        self.assertRecordValues(
            order,
            [
                {
                    'state': 'awaiting_payment',
                    'phone': PHONE,
                    'package_name': 'Singtel 4 SGD',
                    'operator_name': 'Singtel',
                    'price_fen': 2380,
                    'amount': 23.8,
                    'face_value': 4,
                    'expected_cost': 3,
                    'kind': 'airtime',
                }
            ],
        )

    def test_payment_order_is_opened_with_the_price_of_the_shop(self):
        order = self._place()
        self.assertRecordValues(
            order.payment_order_id,
            [{'state': 'draft', 'amount_fen': 2380, 'wx_user_id': self.user_a.id}],
        )
        self.assertEqual(order.payment_order_id.expires_at, order.expires_at)

    def test_nothing_is_ordered_at_the_supplier_before_payment(self):
        order = self._place()
        self.assertFalse(self.outside.calls)
        self.assertFalse(order.attempt_ids)

    def test_unknown_and_archived_packages_are_not_found(self):
        with self.assertRaises(NotFound):
            self._as_customer(self.user_a)['wx.recharge.order']._place(self.user_a, 2**30, PHONE)
        self.package.active = False
        with self.assertRaises(NotFound):
            self._place()

    def test_package_of_an_archived_operator_is_not_found(self):
        self.operator.active = False
        with self.assertRaises(NotFound):
            self._place()

    def test_number_of_another_country_is_refused(self):
        with self.assertRaises(InvalidInput) as caught:
            self._place(phone='+66812345678')
        self.assertIn('phone', caught.exception.fields)
        self.assertFalse(self.env['wx.recharge.order'].search([('phone', '=', '+66812345678')]))

    def test_package_without_a_supplier_is_not_sold(self):
        self.supplier.paused = True
        with self.assertRaises(Conflict):
            self._place()

    # === STOCK === #

    def test_order_holds_a_piece_and_the_last_one_ends_the_sale(self):
        self.package.write({'stock_limited': True, 'stock_qty': 1})
        order = self._place()
        self.assertEqual((self.package.stock_qty, order.stock_held), (0, True))
        with self.assertRaises(Conflict), self.env.cr.savepoint():
            self._place(user=self.user_b)
        self.assertEqual(self.package.stock_qty, 0)

    def test_package_without_limit_holds_nothing(self):
        self.assertFalse(self._place().stock_held)
        self.assertEqual(self.package.stock_qty, 0)

    def test_cancelled_order_gives_the_piece_back_once(self):
        self.package.write({'stock_limited': True, 'stock_qty': 3})
        order = self._place()
        order._cancel('changed my mind')
        order._cancel('again')
        self.assertEqual((order.state, order.stock_held), ('cancelled', False))
        self.assertEqual(self.package.stock_qty, 3)

    def test_closed_order_gives_the_piece_back(self):
        self.package.write({'stock_limited': True, 'stock_qty': 3})
        order = self._place()
        order.payment_order_id._set_closed()
        self.assertEqual((order.state, self.package.stock_qty), ('closed', 3))

    def test_refunded_order_gives_the_piece_back_and_a_delivered_one_uses_it_up(self):
        self.package.write({'stock_limited': True, 'stock_qty': 3})
        order, _attempt = self.paid_order()
        order._set_failed('refused')
        self.assertEqual(self.package.stock_qty, 2)
        self._refund_done(order)
        self.assertEqual((order.state, self.package.stock_qty), ('refunded', 3))
        order, attempt = self.paid_order(phone=OTHER_PHONE)
        order._set_delivered(attempt)
        self.assertEqual((order.stock_held, self.package.stock_qty), (False, 2))

    # === CANCELLING === #

    def test_paid_order_cannot_be_cancelled(self):
        order, _attempt = self.paid_order()
        with self.assertRaises(Conflict):
            order._cancel('too late')
        self.assertEqual(order.state, 'fulfilling')

    def test_cancel_closes_the_payment(self):
        order = self._place()
        order._cancel('changed my mind')
        self.assertEqual(order.payment_order_id.state, 'closed')

    def test_support_cancels_and_auditors_do_not(self):
        order = self._place()
        auditor = self._create_staff('rc_auditor', 'auditor')
        support = self._create_staff('rc_support', 'support')
        with self.assertRaises(AccessError):
            order.with_user(auditor).action_cancel()
        self.assertEqual(order.state, 'awaiting_payment')
        order.with_user(support).action_cancel()
        self.assertEqual(order.state, 'cancelled')

    # === PAYING === #

    def test_order_that_is_over_cannot_be_paid(self):
        order = self._place()
        order._cancel('no')
        with self.assertRaises(Conflict):
            order._pay(Way('wechat'))

    # === STATES === #

    def test_paid_order_begins_one_attempt(self):
        order, attempt = self.paid_order()
        self.assertEqual(order.state, 'fulfilling')
        self.assertRecordValues(
            attempt, [{'state': 'draft', 'sku': '901:3.00', 'phone': PHONE, 'iso2': 'SG'}]
        )
        self.assertTrue(order.paid_at)
        self.assertFalse(self.outside.calls)

    def test_paid_order_without_a_supplier_is_refunded(self):
        order = self._place()
        self.supplier.paused = True
        self._pay(order)
        self.assertRecordValues(order, [{'state': 'refunding', 'failure': 'unavailable'}])
        self.assertEqual(order.payment_order_id.refund_ids.amount_fen, 2380)
        self.assertFalse(order.attempt_ids)

    @mute_logger(FLOW)
    def test_moves_outside_the_table_leave_the_row_untouched(self):
        order = self._place()
        states = [key for key, _label in ORDER_STATES]
        for state in states:
            for target in states:
                if target in ORDER_TRANSITIONS[state]:
                    continue
                order.state = state
                self.assertFalse(order._move(target), (state, target))
                self.assertEqual(order.state, state)

    def test_moves_inside_the_table_are_made(self):
        order = self._place()
        for state, targets in ORDER_TRANSITIONS.items():
            for target in targets:
                order.state = state
                self.assertTrue(order._move(target), (state, target))
                self.assertEqual(order.state, target)

    def test_repeat_is_an_information_and_an_illegal_move_a_warning(self):
        order = self._place()
        with self.assertLogs(FLOW, logging.INFO) as logs:
            order._set_awaiting_payment()
        self.assertEqual([record.levelname for record in logs.records], ['INFO'])
        with self.assertLogs(FLOW, logging.INFO) as logs:
            order._set_delivered()
        self.assertEqual([record.levelname for record in logs.records], ['WARNING'])

    def test_failure_asks_for_one_refund_of_the_whole_price(self):
        order, _attempt = self.paid_order()
        order._set_failed('refused', 'supplier said no')
        with mute_logger(FLOW):
            order._set_failed('refused', 'supplier said no')
        self.assertRecordValues(
            order,
            [{'state': 'refunding', 'failure': 'refused', 'failure_note': 'supplier said no'}],
        )
        self.assertEqual(order.payment_order_id.refund_ids.mapped('amount_fen'), [2380])

    @mute_logger(FLOW)
    def test_failure_after_a_part_was_given_back_asks_for_the_rest(self):
        order = self._place()
        self._pay(order)
        order.payment_order_id._request_refund(380, 'by hand')
        order._set_failed('refused', 'supplier said no')
        refunds = order.payment_order_id.refund_ids.sorted('id')
        self.assertEqual(refunds.mapped('amount_fen'), [380, 2000])
        self.assertEqual(order.state, 'refunding')

    def test_failure_while_all_is_being_given_back_asks_for_nothing_more(self):
        order = self._place()
        self._pay(order)
        order.payment_order_id._request_refund(2380, 'by hand')
        order._set_failed('refused', 'supplier said no')
        self.assertEqual(order.payment_order_id.refund_ids.mapped('amount_fen'), [2380])
        self._refund_done(order)
        self.assertEqual(order.state, 'refunded')

    def test_refund_behind_the_back_of_an_order_calls_a_person(self):
        order, _attempt = self.paid_order()
        order.payment_order_id._request_refund(2380, 'by hand')
        self._refund_done(order)
        self.assertEqual(order.state, 'anomaly')
        self.assertTrue(order.activity_ids)

    # === DELIVERY === #

    def _template(self):
        return self.env['wx.message.template'].create(
            {
                'name': 'Delivered',
                'app_id': self.app.id,
                'code': 'topup_delivered',
                'template_id': 'T',
                'line_ids': [
                    Command.create({'key': key, 'text': text})
                    for key, text in (
                        ('character_string1', '{order_no}'),
                        ('thing2', '{package}'),
                        ('phone_number3', '{phone}'),
                        ('amount4', '{amount}'),
                        ('time5', '{time}'),
                    )
                ],
            }
        )

    def test_delivery_writes_the_message_and_the_shipping_information(self):
        template = self._template()
        order, attempt = self.paid_order()
        order._set_delivered(attempt)
        message = self.env['wx.message'].search([('template_id', '=', template.id)])
        self.assertEqual(message.state, 'pending')
        self.assertIn(order.order_no, message.texts)
        self.assertIn('23.80', message.texts)
        self.assertEqual(message.res_id, order.id)
        shipping = self.env['wx.recharge.shipping'].search([('order_id', '=', order.id)])
        self.assertEqual(shipping.state, 'pending')

    def test_second_delivery_announces_nothing(self):
        self._template()
        order, attempt = self.paid_order()
        order._set_delivered(attempt)
        order._set_delivered(attempt)
        self.assertEqual(self.env['wx.message'].search_count([('res_id', '=', order.id)]), 1)

    def test_delivery_without_a_template_is_a_delivery(self):
        order, attempt = self.paid_order()
        order._set_delivered(attempt)
        self.assertEqual(order.state, 'delivered')

    def test_delivery_keeps_supplier_and_cost(self):
        order, attempt = self.paid_order()
        attempt.write({'cost': 2.9, 'cost_currency_id': self.env.ref('base.USD').id})
        order._set_delivered(attempt)
        self.assertRecordValues(order, [{'supplier_id': self.supplier.id, 'cost': 2.9}])
