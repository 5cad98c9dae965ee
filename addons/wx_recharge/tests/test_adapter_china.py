import hashlib
import json
from urllib.parse import parse_qs

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..lib.topup import china_presets
from .common import RechargeCase

YRAPI = '/yrapi.php/index'


@tagged('post_install', '-at_install')
class TestAdapterChina(RechargeCase):
    """Suppliers of the China style, by dialect."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.country.country_id = cls.env.ref('base.cn')
        cls.supplier.write(
            {
                'adapter': 'china',
                'china_preset': 'yrapi',
                'client_id': '10001',
                'client_secret': 'yrapi_key',
            }
        )
        cls.product.write(
            {
                'sku': '7',
                'receive_amount': 50,
                'receive_currency_id': cls.env.ref('base.CNY').id,
            }
        )
        cls.phone = '+8613800138000'

    def _accept(self):
        def answer(method, url, headers, body):
            reference = parse_qs(body.decode())['out_trade_num'][0]
            data = {'order_number': 'CN-1', 'out_trade_num': reference, 'total_price': '48.5'}
            return {'errno': 0, 'errmsg': 'ok', 'data': data}

        self.outside.on(f'{YRAPI}/recharge', answer)

    def _tell(self, attempt, state, **values):
        row = {'out_trade_num': attempt.reference, 'order_number': 'CN-1', 'state': state, **values}
        self.outside.on(f'{YRAPI}/check', {'errno': 0, 'errmsg': 'ok', 'data': [row]})

    def _submitted(self):
        self._accept()
        order, attempt = self.paid_order(phone=self.phone)
        self.run_attempt(attempt)
        return order, attempt

    # === ORDERS === #

    def test_order_leaves_signed_over_values_that_are_not_encoded(self):
        order, attempt = self._submitted()
        self.assertRecordValues(attempt, [{'state': 'accepted', 'supplier_ref': 'CN-1'}])
        (_method, url, _headers, body) = self.outside.calls[0]
        self.assertTrue(url.endswith(f'{YRAPI}/recharge'))
        sent = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        sign = sent.pop('sign')
        self.assertEqual(
            sent,
            {
                'userid': '10001',
                'out_trade_num': attempt.reference,
                'product_id': '7',
                'mobile': '13800138000',
                'notify_url': self.supplier.callback_url,
            },
        )
        text = '&'.join(f'{name}={sent[name]}' for name in sorted(sent)) + '&apikey=yrapi_key'
        self.assertEqual(sign, hashlib.md5(text.encode()).hexdigest().upper())
        for secret in ('yrapi_key', sign, self.supplier.callback_slug):
            self.assertNotIn(secret, attempt.request)
        self._tell(attempt, 1)
        self.run_attempt(attempt)
        self.assertEqual(order.state, 'delivered')

    def test_part_of_the_amount_refunds_the_difference_by_policy(self):
        self.supplier.partial_policy = 'refund'
        order, attempt = self._submitted()
        self._tell(attempt, 3, charge_amount='30.00')
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, order.state), ('partially_succeeded', 'delivered'))
        # 20 of 50 did not arrive: 2/5 of 23.80 yuan
        self.assertEqual(order.payment_order_id.refund_ids.mapped('amount_fen'), [952])

    def test_failed_order_is_refunded_once(self):
        order, attempt = self._submitted()
        self._tell(attempt, 2)
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, order.state), ('failed', 'refunding'))
        self.assertEqual(order.payment_order_id.refund_ids.mapped('amount_fen'), [2380])

    def test_state_number_that_the_dialect_does_not_know_is_unknown(self):
        order, attempt = self._submitted()
        self._tell(attempt, 8)
        self.run_attempt(attempt)
        self.assertEqual(order.state, 'fulfilling')
        self.assertFalse(order.payment_order_id.refund_ids)

    def test_words_nobody_knows_are_asked_about(self):
        self.outside.on(f'{YRAPI}/recharge', {'errno': 1, 'errmsg': '系统繁忙'})
        order, attempt = self.paid_order(phone=self.phone)
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, order.state), ('unknown', 'fulfilling'))

    # === CALLBACKS === #

    def _callback(self, **values):
        fields = {'userid': '10001', 'mobile': '13800138000', 'state': '1', **values}
        text = '&'.join(f'{name}={fields[name]}' for name in sorted(fields)) + '&apikey=yrapi_key'
        fields['sign'] = hashlib.md5(text.encode()).hexdigest().upper()
        return '&'.join(f'{name}={value}' for name, value in fields.items()).encode()

    def test_signed_callback_is_answered_with_the_word_of_the_dialect(self):
        order, attempt = self._submitted()
        body = self._callback(out_trade_num=attempt.reference, charge_kami='SECRET-CARD')
        callbacks = self.env['wx.recharge.callback']
        slug = self.supplier.callback_slug
        self.assertEqual(tuple(callbacks._receive(slug, {}, body)), (200, 'success'))
        callback = callbacks.search([('supplier_id', '=', self.supplier.id)])
        self.assertTrue(callback.authenticated)
        self.assertNotIn('SECRET-CARD', callback.body)
        self._tell(attempt, 0)
        self.run_jobs('wx.recharge.callback')
        self.assertEqual((attempt.state, order.state), ('processing', 'fulfilling'))
        forged = body.replace(b'state=1', b'state=2')
        with self.assertLogs('odoo.addons.wx_recharge', 'WARNING'):
            self.assertEqual(callbacks._receive(slug, {}, forged).status, 401)
        self.supplier.invalidate_recordset()
        self.assertEqual(self.supplier.refused_count, 1)

    # === SETTINGS === #

    def test_settings_replace_keys_of_the_dialect(self):
        states = dict(china_presets.YRAPI_SETTINGS['states'], **{'2': 'partially_succeeded'})
        states['-1'] = 'failed'
        self.supplier.china_settings = json.dumps({'states': states, 'per_number_gap_s': 60})
        adapter = self.supplier._build_adapter()
        self.assertEqual(adapter.capabilities.per_number_gap_s, 60)
        order, attempt = self._submitted()
        self._tell(attempt, 2, charge_amount='30')
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, order.state), ('partially_succeeded', 'anomaly'))

    def test_mistakes_are_refused_at_entry_and_name_the_key(self):
        cases = {
            '{"states": {"1": "delivered"}}': 'states.1',
            '{"query": []}': 'query',
            '{"unit": "jiao"}': 'unit',
            '{"colour": "red"}': 'colour',
            '{"submit": {"": {"path": "/x", "params": {"a": "{nobody}"}}}}': 'nobody',
            '{not json': 'not JSON',
            '[1]': 'JSON object',
        }
        for text, named in cases.items():
            with self.subTest(text=text), self.assertRaisesRegex(ValidationError, named):
                self.supplier.china_settings = text

    def test_own_dialect_needs_everything(self):
        with self.assertRaisesRegex(ValidationError, 'submit'):
            self.supplier.china_preset = 'custom'
        whole = json.dumps(dict(china_presets.JUHE_SETTINGS))
        self.supplier.write({'china_preset': 'custom', 'china_settings': whole})
        self.assertEqual(self.supplier._build_adapter().callback_reply.body, 'success')

    def test_address_names_the_account_too(self):
        self._accept()
        _order, attempt = self.paid_order(phone=self.phone)
        self.run_attempt(attempt)
        self.assertEqual(attempt.state, 'accepted')
        for name, value in (
            ('china_base', 'http://api.example.com'),
            ('china_data_base', 'http://data.example.com'),
            ('china_preset', 'juhe'),
        ):
            with self.subTest(field=name), self.assertRaises(UserError):
                self.supplier[name] = value
        self.supplier.write({'china_base': '', 'client_secret': 'renewed'})
        self.assertEqual(self.supplier.client_secret, 'renewed')

    def test_production_needs_an_address(self):
        with self.assertRaisesRegex(ValidationError, 'address of the supplier is missing'):
            self.supplier.endpoint = 'production'
        for address in ('api.example.com', 'ftp://api.example.com', 'http://x?key=1'):
            with self.subTest(address=address), self.assertRaisesRegex(ValidationError, 'server'):
                self.supplier.write({'endpoint': 'production', 'china_base': address})
        self.supplier.write({'endpoint': 'production', 'china_base': 'http://api.example.com/'})
        self.outside.on(f'{YRAPI}/user', {'errno': 0, 'data': {'balance': '812.5'}})
        self.supplier._refresh_balance()
        self.assertEqual(self.outside.calls[-1][1], f'http://api.example.com{YRAPI}/user')
        self.assertEqual(
            (self.supplier.balance, self.supplier.balance_currency_id.name), (812.5, 'CNY')
        )

    def test_juhe_has_its_address_by_itself(self):
        self.supplier.write({'china_preset': 'juhe', 'endpoint': 'production'})
        self.outside.on('/ofpay/mobile/yue', {'error_code': 0, 'result': {'money': '7.00'}})
        self.supplier._refresh_balance()
        self.assertEqual(self.outside.calls[-1][1], 'http://op.juhe.cn/ofpay/mobile/yue')
