import json

from odoo.tests import tagged

from odoo.addons.wx_base.tools.http import Reply

from ..lib.topup.errors import UnknownOutcome
from .common import RechargeCase

DTONE = '/dtone/v1'
DING = '/ding/api/V1'


@tagged('post_install', '-at_install')
class TestAdapterWire(RechargeCase):
    """Each kind of supplier from the paid order to the delivery, against canned answers."""

    def _use(self, code, sku, **values):
        self.supplier.write(
            {'adapter': code, 'client_id': 'user', 'client_secret': 'secret', **values}
        )
        self.product.write({'sku': sku})

    def _calls(self, path):
        return [call for call in self.outside.calls if call[1].split('?')[0].endswith(path)]

    # === DT ONE === #

    def _dtone(self, attempt, number, message, **values):
        return {
            'callback_url': self.supplier.callback_url,
            'id': 99,
            'external_id': attempt.reference,
            'status': {
                'id': number * 10000,
                'message': message,
                'class': {'id': number, 'message': message.partition('-')[0]},
            },
            **values,
        }

    def test_dtone_submits_confirmed_orders_with_our_callback_address(self):
        self._use('dtone', '1310')
        order, attempt = self.paid_order()
        self.outside.on(
            f'{DTONE}/async/transactions',
            lambda *request: Reply(
                201, {}, json.dumps(self._dtone(attempt, 2, 'CONFIRMED')).encode()
            ),
        )
        self.run_attempt(attempt)
        self.assertRecordValues(attempt, [{'state': 'processing', 'supplier_ref': '99'}])
        (_method, _url, headers, body) = self._calls('/async/transactions')[0]
        self.assertEqual(headers['Authorization'], 'Basic dXNlcjpzZWNyZXQ=')
        self.assertEqual(
            json.loads(body),
            {
                'external_id': attempt.reference,
                'product_id': 1310,
                'auto_confirm': True,
                'credit_party_identifier': {'mobile_number': '+6581234567'},
                'callback_url': self.supplier.callback_url,
            },
        )
        self.assertNotIn(self.supplier.callback_slug, attempt.request + attempt.answer)
        self.outside.on(f'{DTONE}/transactions/99', self._dtone(attempt, 7, 'COMPLETED'))
        self.run_attempt(attempt)
        self.assertEqual(order.state, 'delivered')

    def test_dtone_code_is_kept_and_in_no_log(self):
        self._use('dtone', '1310')
        self.product.redemption = 'pin'
        order, attempt = self.paid_order()
        answer = self._dtone(attempt, 7, 'COMPLETED', pin={'code': '4444-1', 'serial': 'S1'})
        self.outside.on(f'{DTONE}/async/transactions', Reply(201, {}, json.dumps(answer).encode()))
        self.run_attempt(attempt)
        self.assertEqual(order.state, 'delivered')
        self.assertEqual(order._voucher()['code'], '4444-1')
        for text in (attempt.answer, attempt.request, attempt.query_answer):
            self.assertNotIn('4444-1', text or '')

    def test_dtone_used_reference_is_asked_about_and_never_a_failure(self):
        self._use('dtone', '1310')
        order, attempt = self.paid_order()
        refusal = {'errors': [{'code': 1007001, 'message': 'used'}]}
        self.outside.on(f'{DTONE}/async/transactions', Reply(400, {}, json.dumps(refusal).encode()))
        self.run_attempt(attempt)
        self.assertRecordValues(attempt, [{'state': 'unknown', 'result_class': 'duplicate_ref'}])
        self.outside.on(
            f'{DTONE}/transactions',
            Reply(200, {}, json.dumps([self._dtone(attempt, 7, 'COMPLETED')]).encode()),
        )
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, order.state), ('succeeded', 'delivered'))
        self.assertFalse(order.payment_order_id.refund_ids)

    def test_dtone_reversal_after_completion_calls_a_person(self):
        self._use('dtone', '1310')
        order, attempt = self.paid_order()
        self.outside.on(
            f'{DTONE}/async/transactions',
            Reply(201, {}, json.dumps(self._dtone(attempt, 7, 'COMPLETED')).encode()),
        )
        self.run_attempt(attempt)
        self.outside.on(f'{DTONE}/transactions/99', self._dtone(attempt, 8, 'REVERSED'))
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, order.state), ('reversed', 'anomaly'))
        self.assertFalse(order.payment_order_id.refund_ids)

    def test_dtone_watches_the_balance_that_was_chosen(self):
        self._use('dtone', '1310')
        rows = [('USD', 120.5, 30), ('EUR', 7.25, 1)]
        balances = [
            {
                'id': number,
                'unit_type': 'CURRENCY',
                'unit': unit,
                'available': free,
                'holding': held,
            }
            for number, (unit, free, held) in enumerate(rows)
        ]
        self.outside.on(f'{DTONE}/balances', Reply(200, {}, json.dumps(balances).encode()))
        with self.assertRaisesRegex(UnknownOutcome, '2 balances fit'):
            self.supplier._refresh_balance()
        self.assertFalse(self.supplier.balance_at)
        self.supplier.dtone_currency_id = self.env.ref('base.EUR')
        self.supplier._refresh_balance()
        self.assertRecordValues(
            self.supplier,
            [{'balance': 7.25, 'balance_currency_id': self.env.ref('base.EUR').id}],
        )

    # === DING === #

    def _ding(self, attempt, state, result=1, errors=(), price=3.0):
        return {
            'ResultCode': result,
            'ErrorCodes': list(errors),
            'TransferRecord': {
                'TransferId': {'TransferRef': '555', 'DistributorRef': attempt.reference},
                'SkuCode': 'SG_AA_1',
                'Price': {'SendValue': price, 'SendCurrencyIso': 'USD'},
                'ProcessingState': state,
                'AccountNumber': '6581234567',
            },
        }

    def test_ding_delivers_in_one_call(self):
        self._use('ding', 'SG_AA_1')
        self.product.cost = 3
        order, attempt = self.paid_order()
        self.outside.on(f'{DING}/SendTransfer', lambda *request: self._ding(attempt, 'Complete'))
        self.outside.on(f'{DING}/GetProducts', self._ding_products())
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, order.state), ('succeeded', 'delivered'))
        (_method, _url, headers, body) = self._calls('/SendTransfer')[0]
        self.assertEqual(headers['api_key'], 'secret')
        sent = json.loads(body)
        self.assertEqual(
            (sent['DistributorRef'], sent['SkuCode'], sent['AccountNumber'], sent['ValidateOnly']),
            (attempt.reference, 'SG_AA_1', '6581234567', False),
        )

    def _ding_products(self):
        price = {'SendValue': 3.0, 'SendCurrencyIso': 'USD', 'ReceiveValue': 4.0}
        price['ReceiveCurrencyIso'] = 'SGD'
        product = {
            'SkuCode': 'SG_AA_1',
            'ProviderCode': 'AASG',
            'Minimum': price,
            'Maximum': price,
            'ProcessingMode': 'Instant',
            'RedemptionMechanism': 'Immediate',
            'Benefits': ['Mobile'],
            'DefaultDisplayText': 'SGD 4',
        }
        return {'ResultCode': 1, 'ErrorCodes': [], 'Items': [product]}

    def test_ding_time_out_is_asked_about_by_our_reference(self):
        self._use('ding', 'SG_AA_1')
        order, attempt = self.paid_order()
        self.outside.on(f'{DING}/GetProducts', self._ding_products())
        self.outside.on(f'{DING}/SendTransfer', TimeoutError)
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, order.state), ('unknown', 'fulfilling'))
        record = self._ding(attempt, 'Complete')['TransferRecord']
        items = [{'TransferRecord': record, 'ResultCode': 1, 'ErrorCodes': []}]
        self.outside.on(
            f'{DING}/ListTransferRecords', {'ResultCode': 1, 'ErrorCodes': [], 'Items': items}
        )
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, order.state), ('succeeded', 'delivered'))
        self.assertEqual(len(self._calls('/SendTransfer')), 1)
        self.assertIn(attempt.reference.encode(), self._calls('/ListTransferRecords')[0][3])

    def test_ding_failure_with_http_200_is_a_failure(self):
        self._use('ding', 'SG_AA_1')
        order, attempt = self.paid_order()
        self.outside.on(f'{DING}/GetProducts', self._ding_products())
        errors = [{'Code': 'AccountNumberInvalid', 'Context': 'AccountNumberFailedRegex'}]
        self.outside.on(
            f'{DING}/SendTransfer', lambda *request: self._ding(attempt, 'Failed', 4, errors)
        )
        self.run_attempt(attempt)
        self.assertRecordValues(attempt, [{'state': 'failed', 'result_class': 'final_input'}])
        self.assertRecordValues(order, [{'state': 'refunding', 'failure': 'invalid_number'}])

    # === SKUS === #

    def test_skus_are_checked_by_the_kind_of_their_supplier(self):
        cases = {
            'reloadly': ('901:3.00', 'Thai Airtime'),
            'dtone': ('1310', '13a'),
            'ding': ('SG_AA_1', 'not a sku!'),
            'china': ('1042', 'flow:7'),
            'manual': ('web shop', None),
        }
        for code, (good, bad) in cases.items():
            supplier = self._create_supplier(name=code, adapter=code)
            with self.subTest(code=code):
                self.assertEqual(supplier._check_sku(good), '')
                if bad:
                    self.assertIn(bad, supplier._check_sku(bad))
