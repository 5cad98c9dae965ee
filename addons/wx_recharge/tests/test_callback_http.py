import hashlib
import json
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.tools import transaction

from ..lib.topup import reloadly_webhook
from .common import STATUS, SUBMIT, RechargeHttpCase

CALLBACK = 'odoo.addons.wx_recharge.models.wx_recharge_callback'
RULES = 'odoo.addons.wx_recharge.models.wx_recharge_supplier_rules'
TIMESTAMP = '1700000000'


@tagged('post_install', '-at_install')
class TestCallbackHttp(RechargeHttpCase):
    def setUp(self):
        super().setUp()
        self.order = self._place()
        self.attempt = self._pay(self.order)
        self.attempt.write(
            {
                'state': 'accepted',
                'supplier_ref': '4711',
                'submitted_at': fields.Datetime.now(),
                'next_try_at': False,
            }
        )
        self.env.flush_all()

    def body(self, status='SUCCESSFUL', **data):
        transaction = {
            'transactionId': 4711,
            'customIdentifier': self.attempt.reference,
            'status': status,
            **data,
        }
        return json.dumps({'type': 'airtime_transaction.status', 'data': transaction}).encode()

    def post(self, body, *, slug=None, secret='whsec_test', headers=None):
        signed = {
            'Content-Type': 'application/json',
            'X-Reloadly-Signature': reloadly_webhook.sign(body, TIMESTAMP, secret),
            'X-Reloadly-Request-Timestamp': TIMESTAMP,
            **(headers or {}),
        }
        path = f'/recharge/callback/{slug or self.supplier.callback_slug}'
        return self.url_open(path, data=body, headers=signed, method='POST').status_code

    def callbacks(self):
        return self.env['wx.recharge.callback'].search([('supplier_id', '=', self.supplier.id)])

    def process(self):
        for callback in self.callbacks().filtered('next_try_at'):
            callback.next_try_at = fields.Datetime.now()
            callback._job_take(10)
            with patch.object(transaction, '_commit', autospec=True):
                callback._job_run()
            callback._job_settle()

    def test_callback_is_stored_and_answered_before_anything_is_asked(self):
        self.assertEqual(self.post(self.body()), 200)
        self.assertRecordValues(
            self.callbacks(),
            [
                {
                    'state': 'received',
                    'our_ref': self.attempt.reference,
                    'supplier_ref': '4711',
                    'state_hint': 'succeeded',
                    'body': self.body().decode(),
                }
            ],
        )
        self.assertFalse(self.outside.calls)
        self.assertEqual(self.order.state, 'fulfilling')

    def test_supplier_is_asked_and_its_answer_counts_not_the_callback(self):
        self.outside.on(STATUS, {'status': 'PROCESSING'})
        self.post(self.body('SUCCESSFUL'))
        self.process()
        self.assertEqual(self.outside.count(STATUS), 1)
        self.assertEqual((self.attempt.state, self.order.state), ('processing', 'fulfilling'))
        self.assertRecordValues(
            self.callbacks(), [{'state': 'done', 'attempt_id': self.attempt.id}]
        )

    def test_confirmed_callback_delivers(self):
        self.outside.on(STATUS, {'status': 'SUCCESSFUL'})
        self.post(self.body())
        self.process()
        self.assertEqual(self.order.state, 'delivered')

    def test_repeated_callback_asks_again_and_stores_nothing_new(self):
        self.outside.on(STATUS, {'status': 'PROCESSING'})
        self.post(self.body())
        self.process()
        self.outside.on(STATUS, {'status': 'SUCCESSFUL'})
        self.assertEqual(self.post(self.body()), 200)
        self.process()
        self.assertEqual(self.callbacks().mapped('received_count'), [2])
        self.assertEqual(self.order.state, 'delivered')

    def test_callbacks_in_the_wrong_order_do_no_harm(self):
        self.outside.on(STATUS, {'status': 'SUCCESSFUL'})
        self.post(self.body('SUCCESSFUL'))
        self.process()
        self.post(self.body('PROCESSING'))
        self.process()
        self.assertEqual((self.attempt.state, self.order.state), ('succeeded', 'delivered'))

    def test_callback_before_the_call_has_left_is_only_noted(self):
        self.attempt.state = 'draft'
        self.post(self.body())
        self.process()
        self.assertEqual(self.attempt.state, 'draft')
        self.assertFalse([call for call in self.outside.calls if call[1].endswith(SUBMIT)])

    @mute_logger(RULES)
    def test_forged_callbacks_are_refused_and_not_stored(self):
        body = self.body()
        for case, values in {
            'other secret': {'secret': 'whsec_other'},
            'no signature': {'headers': {'X-Reloadly-Signature': ''}},
            'old signature': {'headers': {'X-Reloadly-Request-Timestamp': '1700000001'}},
        }.items():
            with self.subTest(case=case):
                self.assertEqual(self.post(body, **values), 401)
        signature = reloadly_webhook.sign(body, TIMESTAMP, 'whsec_test')
        altered = body.replace(b'SUCCESSFUL', b'FAILED')
        self.assertEqual(self.post(altered, headers={'X-Reloadly-Signature': signature}), 401)
        self.assertFalse(self.callbacks())
        self.assertFalse(self.outside.calls)
        self.supplier.invalidate_recordset()
        self.assertRecordValues(
            self.supplier, [{'refused_count': 4, 'refused_reason': 'the signature does not fit'}]
        )
        self.assertTrue(self.supplier.refused_at)

    @mute_logger(RULES)
    def test_supplier_without_a_secret_accepts_nothing(self):
        self.supplier.webhook_secret = False
        self.env.flush_all()
        self.assertEqual(self.post(self.body(), secret=''), 401)

    def test_unknown_addresses_are_not_found(self):
        for slug in ('no-such-slug', 'x', '%00%00%00%00%00%00%00%00'):
            with self.subTest(slug=slug):
                self.assertEqual(self.post(self.body(), slug=slug), 404)

    @mute_logger(RULES, 'odoo.addons.wx_payment.controllers.dispatcher')
    def test_garbage_and_oversized_bodies_are_refused(self):
        for body in (b'', b'not json', b'[]', b'\xff\xfe'):
            with self.subTest(body=body):
                self.assertEqual(self.post(body), 401)
        self.assertEqual(self.post(b'x' * 70_000), 413)
        self.assertFalse(self.callbacks())

    @mute_logger(CALLBACK)
    def test_callback_about_a_stranger_is_ignored(self):
        self.post(self.body(customIdentifier='NOT-OURS'))
        self.process()
        self.assertEqual(self.callbacks().state, 'ignored')
        self.assertFalse(self.outside.calls)

    @mute_logger(CALLBACK)
    def test_reference_of_another_supplier_is_a_stranger(self):
        other = self._create_supplier(name='Other')
        self.env.flush_all()
        self.assertEqual(self.post(self.body(), slug=other.callback_slug), 200)
        callback = self.env['wx.recharge.callback'].search([('supplier_id', '=', other.id)])
        callback._job_run()
        self.assertEqual(callback.state, 'ignored')

    def test_callback_without_our_reference_is_found_by_theirs(self):
        self.outside.on(STATUS, {'status': 'SUCCESSFUL'})
        self.post(self.body(customIdentifier=None))
        self.process()
        self.assertEqual(self.order.state, 'delivered')

    def test_only_post_is_served(self):
        path = f'/recharge/callback/{self.supplier.callback_slug}'
        self.assertEqual(self.url_open(path).status_code, 405)

    # === WHERE FROM === #

    @mute_logger(RULES)
    def test_callbacks_from_a_strange_address_are_refused_and_counted(self):
        self.supplier.callback_networks = '203.0.113.0/24'
        self.env.flush_all()
        self.assertEqual(self.post(self.body()), 403)
        self.assertFalse(self.callbacks())
        self.supplier.invalidate_recordset()
        self.assertRecordValues(
            self.supplier, [{'refused_count': 1, 'refused_reason': 'from 127.0.0.1'}]
        )
        self.supplier.callback_networks = '203.0.113.0/24\n127.0.0.0/8'
        self.env.flush_all()
        self.assertEqual(self.post(self.body()), 200)

    # === WITHOUT A SIGNATURE === #

    def _accepted_by(self, **values):
        """Let the attempt be at a supplier of another kind, which it was from its start."""
        self.attempt.state = 'draft'
        self.supplier.write(values)
        self.attempt.state = 'accepted'
        self.env.flush_all()

    def _unsigned(self, body):
        path = f'/recharge/callback/{self.supplier.callback_slug}'
        return self.url_open(path, data=body, method='POST')

    def test_unsigned_callback_is_a_hint_that_is_never_believed(self):
        self._accepted_by(adapter='dtone')
        body = json.dumps(
            {
                'id': 4711,
                'external_id': self.attempt.reference,
                'status': {'id': 70000, 'class': {'id': 7, 'message': 'COMPLETED'}},
                'pin': {'code': '9999-8888', 'serial': 'S'},
            }
        ).encode()
        self.assertEqual(self._unsigned(body).status_code, 200)
        callback = self.callbacks()
        self.assertRecordValues(callback, [{'authenticated': False, 'state_hint': 'succeeded'}])
        self.assertNotIn('9999-8888', callback.body)
        self.assertIn('••••', callback.body)
        self.outside.on(
            '/dtone/v1/transactions/4711',
            {
                'id': 4711,
                'external_id': self.attempt.reference,
                'status': {'id': 50000, 'class': {'id': 5, 'message': 'SUBMITTED'}},
            },
        )
        self.process()
        self.assertEqual((self.attempt.state, self.order.state), ('processing', 'fulfilling'))
        self.assertEqual(self.outside.count('/dtone/v1/transactions/4711'), 1)

    def test_a_signed_form_of_a_chinese_supplier_is_taken_as_it_came(self):
        self._accepted_by(
            adapter='china',
            china_preset='yrapi',
            client_id='10001',
            client_secret='yrapi_key',
        )
        fields_sent = {
            'userid': '10001',
            'order_number': 'CN-1',
            'out_trade_num': self.attempt.reference,
            'state': '1',
            'remark': '充值成功 & more',
        }
        text = '&'.join(f'{name}={value}' for name, value in sorted(fields_sent.items()))
        signed = hashlib.md5(f'{text}&apikey=yrapi_key'.encode()).hexdigest().upper()
        path = f'/recharge/callback/{self.supplier.callback_slug}'
        answer = self.url_open(path, data={**fields_sent, 'sign': signed}, method='POST')
        self.assertEqual((answer.status_code, answer.text), (200, 'success'))
        self.assertRecordValues(
            self.callbacks(), [{'authenticated': True, 'our_ref': self.attempt.reference}]
        )

    def test_masks_forms_too_and_keeps_what_holds_no_secret(self):
        callbacks = self.env['wx.recharge.callback']
        form = b'order_number=7&mobile=13800138000&charge_kami=4111&sign=ABC'
        self.assertEqual(
            callbacks._masked(form), 'order_number=7&mobile=13800138000&charge_kami=••••&sign=••••'
        )
        self.assertEqual(callbacks._masked(b'{"a": 1.50}'), '{"a": 1.50}')
        self.assertEqual(callbacks._masked(b'\x00plain'), '\ufffdplain')
