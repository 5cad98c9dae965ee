import logging

from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.wx_base.exceptions import Conflict, InvalidInput

from .common import RechargeCase

CODE = {'code': '4111-2222-3333', 'serial': 'SN-9', 'instructions': 'Dial *123*code#'}
EVIDENCE = 'screenshot of the web shop, ticket 7'


@tagged('post_install', '-at_install')
class TestAttemptHand(RechargeCase):
    """People deliver what lies on the desk."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk = cls._create_supplier(name='Desk', adapter='manual')
        cls.product.write({'supplier_id': cls.desk.id, 'sku': 'web shop'})
        cls.operator = cls._create_staff('rc_hand', 'operator')
        cls.second = cls._create_staff('rc_second', 'operator')

    def _on_desk(self):
        order, attempt = self.paid_order()
        self.run_attempt(attempt)
        self.assertEqual(attempt.state, 'accepted')
        return order, attempt

    def _done(self, attempt, user=None, price_fen=2380, **values):
        values = {
            'reference': 'WEB-77',
            'cost': '3.10',
            'currency': 'USD',
            'evidence': EVIDENCE,
            **values,
        }
        return attempt.with_user(user or self.operator).action_hand_done(price_fen, **values)

    # === ONE AT A TIME === #

    def test_nobody_is_called_and_nothing_ends_by_itself(self):
        order, attempt = self._on_desk()
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, order.state), ('processing', 'fulfilling'))
        self.assertFalse(self.outside.calls)

    def test_one_person_takes_it_and_another_may_not(self):
        _order, attempt = self._on_desk()
        attempt.with_user(self.operator).action_hand_take()
        self.assertEqual(attempt.hand_user_id, self.operator)
        with self.assertRaisesRegex(Conflict, 'rc_hand'):
            attempt.with_user(self.second).action_hand_take()
        with self.assertRaisesRegex(Conflict, 'Take the attempt'):
            self._done(attempt, self.second)
        attempt.with_user(self.second).action_hand_release()
        attempt.with_user(self.second).action_hand_take()
        self.assertEqual(attempt.hand_user_id, self.second)

    def test_what_a_supplier_delivers_is_not_taken(self):
        self.product.write({'supplier_id': self.supplier.id, 'sku': '901:3.00'})
        _order, attempt = self.paid_order()
        self.run_attempt(attempt)
        with self.assertRaises(Conflict):
            attempt.action_hand_take()
        self.assertFalse(attempt.hand_user_id)

    # === THE END === #

    def test_delivery_keeps_reference_cost_and_evidence(self):
        order, attempt = self._on_desk()
        attempt.with_user(self.operator).action_hand_take()
        self._done(attempt)
        self.assertRecordValues(
            attempt,
            [
                {
                    'state': 'succeeded',
                    'supplier_ref': 'WEB-77',
                    'cost': 3.1,
                    'evidence': EVIDENCE,
                    'next_try_at': False,
                }
            ],
        )
        self.assertRecordValues(order, [{'state': 'delivered', 'supplier_id': self.desk.id}])
        self.assertFalse(order.payment_order_id.refund_ids)
        self.assertIn(EVIDENCE, ''.join(order.message_ids.mapped('body')))

    def test_second_telling_changes_nothing(self):
        order, attempt = self._on_desk()
        attempt.with_user(self.operator).action_hand_take()
        self._done(attempt)
        with self.assertRaises(Conflict):
            attempt.with_user(self.operator).action_hand_failed(2380, 'it was not')
        self.assertEqual((attempt.state, order.state), ('succeeded', 'delivered'))
        self.assertFalse(order.payment_order_id.refund_ids)

    def test_failure_by_hand_refunds_when_nobody_else_delivers(self):
        order, attempt = self._on_desk()
        attempt.with_user(self.operator).action_hand_take()
        attempt.with_user(self.operator).action_hand_failed(2380, 'the shop refuses the number')
        self.assertRecordValues(
            attempt, [{'state': 'failed', 'error_text': 'the shop refuses the number'}]
        )
        self.assertEqual(order.state, 'refunding')
        self.assertEqual(order.payment_order_id.refund_ids.mapped('amount_fen'), [2380])

    def test_failure_by_hand_goes_to_the_next_supplier(self):
        self._create_product(self.package, sku='901:3.00', priority=20)
        order, attempt = self._on_desk()
        attempt.with_user(self.operator).action_hand_take()
        attempt.with_user(self.operator).action_hand_failed(2380, 'the shop is closed')
        other = order.attempt_ids - attempt
        self.assertEqual((other.supplier_id, order.state), (self.supplier, 'fulfilling'))

    def test_values_are_checked(self):
        _order, attempt = self._on_desk()
        attempt.with_user(self.operator).action_hand_take()
        for wrong in (
            {'price_fen': 1},
            {'price_fen': 2381},
            {'evidence': ' ? '},
            {'evidence': None},
            {'reference': '  '},
            {'reference': None},
            {'cost': 'much'},
            {'cost': '-1'},
            {'cost': 'NaN'},
        ):
            with self.subTest(wrong=wrong), self.assertRaises(InvalidInput):
                self._done(attempt, **wrong)
        self.assertEqual(attempt.state, 'accepted')

    def test_dialogue_tells_the_end(self):
        order, attempt = self._on_desk()
        attempt.with_user(self.operator).action_hand_take()
        wizard = self.env['wx.recharge.hand'].with_user(self.operator)
        wizard.create(
            {
                'attempt_id': attempt.id,
                'reference': 'WEB-78',
                'cost': 21.5,
                'cost_currency_id': self.env.ref('base.CNY').id,
                'reason': EVIDENCE,
            }
        ).action_tell()
        self.assertEqual((attempt.cost, attempt.cost_currency_id.name), (21.5, 'CNY'))
        self.assertEqual(order.state, 'delivered')

    # === CODES === #

    def _code_on_desk(self):
        self.product.redemption = 'pin'
        self.package.redemption = 'pin'
        order, attempt = self._on_desk()
        attempt.with_user(self.operator).action_hand_take()
        return order, attempt

    def _dialogue(self, attempt, user=None, **values):
        return (
            self.env['wx.recharge.hand']
            .with_user(user or self.operator)
            .create({'attempt_id': attempt.id, 'reference': 'WEB-79', 'reason': EVIDENCE, **values})
        )

    def test_code_bought_by_hand_reaches_the_customer_and_nobody_else(self):
        order, attempt = self._code_on_desk()
        with self.assertLogs('odoo', logging.INFO) as logs:
            logging.getLogger('odoo').info('begin')
            dialogue = self._dialogue(attempt, **CODE, reason='4111-2222-3333 by mail')
            dialogue.invalidate_recordset()
            self.assertFalse(dialogue.code)
            dialogue.action_tell()
            self.env.flush_all()
        self.assertEqual(order.state, 'delivered')
        self.assertEqual(order._voucher(), CODE)
        self.assertFalse(order.anomaly_note)
        told = [
            *logs.output,
            *order.message_ids.mapped('body'),
            attempt.evidence,
            attempt.query_answer,
        ]
        for table in ('order', 'attempt', 'hand'):
            self.env.cr.execute(f'SELECT t::text FROM wx_recharge_{table} t')
            told += [row[0] for row in self.env.cr.fetchall()]
        self.assertNotIn('4111-2222-3333', '\n'.join(told))

    def test_code_is_needed_where_the_package_is_one(self):
        order, attempt = self._code_on_desk()
        with self.assertRaisesRegex(InvalidInput, 'code that was bought'):
            self._dialogue(attempt).action_tell()
        with self.assertRaisesRegex(InvalidInput, 'code that was bought'):
            self._done(attempt)
        self.assertEqual((attempt.state, order.state), ('accepted', 'fulfilling'))

    def test_code_is_kept_by_who_has_the_attempt_until_it_is_put_back(self):
        order, attempt = self._code_on_desk()
        with self.assertRaisesRegex(Conflict, 'Take the attempt'):
            self._dialogue(attempt, self.second, **CODE)
        self.assertFalse(attempt.voucher)
        self._dialogue(attempt, **CODE)
        self.assertTrue(attempt.voucher)
        self.assertIsNone(order._voucher())
        attempt.with_user(self.operator).action_hand_release()
        self.assertFalse(attempt.voucher)

    def test_request_for_consent_does_not_know_the_code(self):
        permission = self.env.ref('wx_recharge.perm_recharge_desk_decide')
        permission.approval_limit = 2379
        order, attempt = self._code_on_desk()
        action = self._dialogue(attempt, **CODE).action_tell()
        approval = self.env['rbac.approval'].browse(action['res_id'])
        self.assertNotIn('4111-2222-3333', approval.arguments)
        self.assertIsNone(order._voucher())
        approval.with_user(self.second).action_approve()
        self.assertEqual((approval.state, order._voucher()), ('executed', CODE))

    # === RIGHTS === #

    def test_only_operators_take_and_tell(self):
        _order, attempt = self._on_desk()
        for role in ('auditor', 'support', 'finance'):
            user = self._create_staff(f'rc_hand_{role}', role)
            for act in (
                lambda rows: rows.action_hand_take(),
                lambda rows: rows.action_hand_release(),
                lambda rows: rows.action_hand_done(2380, 'X', '', 'USD', EVIDENCE),
                lambda rows: rows.action_hand_failed(2380, EVIDENCE),
            ):
                with self.subTest(role=role), self.assertRaises(AccessError):
                    act(attempt.with_user(user))
        self.assertEqual(attempt.state, 'accepted')
        self.assertFalse(attempt.hand_user_id)

    def test_above_the_limit_a_second_person_consents(self):
        permission = self.env.ref('wx_recharge.perm_recharge_desk_decide')
        permission.approval_limit = 2379
        order, attempt = self._on_desk()
        attempt.with_user(self.operator).action_hand_take()
        asked = attempt.with_context(rbac_reason=EVIDENCE)
        action = self._done(asked)
        self.assertEqual(action['res_model'], 'rbac.approval')
        self.assertEqual((attempt.state, order.state), ('accepted', 'fulfilling'))
        approval = self.env['rbac.approval'].browse(action['res_id'])
        with self.assertRaises(AccessError):
            approval.with_user(self.operator).action_approve()
        approval.with_user(self.second).action_approve()
        self.assertEqual((approval.state, attempt.state), ('executed', 'succeeded'))

    def test_at_the_limit_one_person_is_enough(self):
        self.env.ref('wx_recharge.perm_recharge_desk_decide').approval_limit = 2380
        _order, attempt = self._on_desk()
        attempt.with_user(self.operator).action_hand_take()
        self.assertIs(self._done(attempt), True)

    # === TIME === #

    def test_attempt_nobody_cares_for_rings_the_bell_once(self):
        self.desk.alert_minutes = 20
        order, attempt = self._on_desk()
        self.assertAlmostEqual(self.seconds_until_due(attempt), 1200, delta=3)
        self.age(attempt, 1201)
        self.run_attempt(attempt)
        self.assertEqual(len(order.activity_ids), 1)
        self.assertFalse(attempt.next_try_at)
        self.assertEqual((attempt.state, order.state), ('processing', 'fulfilling'))
