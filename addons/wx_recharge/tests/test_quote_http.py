from odoo.tests import tagged

from .common import PHONE, RechargeHttpCase


@tagged('post_install', '-at_install')
class TestQuoteHttp(RechargeHttpCase):
    def place(self, key, **body):
        return self.api(
            'POST',
            '/recharge/orders',
            user=self.user_a,
            body={'package_id': self.package.id, 'phone': PHONE, **body},
            headers={'Idempotency-Key': key},
        )

    def quote(self, **body):
        body = {'package_id': self.package.id, 'phone': PHONE, **body}
        return self.api('POST', '/recharge/quote', user=self.user_a, body=body)

    def test_quote_shows_the_parts_of_the_price_and_the_best_coupons(self):
        template = self.env['wx.coupon.template'].create(
            {'name': 'Off', 'kind': 'fixed', 'amount_fen': 100, 'state': 'open'}
        )
        coupon = template._issue([{'wx_user_id': self.user_a.id, 'source': 'gift'}])
        expected = {
            'phone': PHONE,
            'country': 'SG',
            'package': {
                'id': self.package.id,
                'name': 'Singtel 4 SGD',
                'kind': 'airtime',
                'operator': 'Singtel',
                'face_value': '4.00',
                'face_currency': 'SGD',
            },
            'list_price_fen': 2380,
            'member_level': None,
            'member_saving_fen': 0,
            'coupons': [],
            'coupon_saving_fen': 0,
            'price_fen': 2380,
            'currency': 'CNY',
            'suggestion': {'coupon_ids': [coupon.id], 'saving_fen': 100, 'price_fen': 2280},
        }
        status, envelope = self.quote()
        self.assertEqual((status, envelope['data']), (200, expected))
        status, envelope = self.quote(coupon_ids=[coupon.id])
        expected |= {
            'coupons': [{'id': coupon.id, 'saving_fen': 100}],
            'coupon_saving_fen': 100,
            'price_fen': 2280,
        }
        self.assertEqual((status, envelope['data']), (200, expected))
        self.assertNotIn('cost', self.last_response.text)
        self.assertNotIn('margin', self.last_response.text)
        data = self.place('key-0001', coupon_ids=[coupon.id])[1]['data']
        self.assertEqual((data['amount_fen'], data['coupon_saving_fen']), (2280, 100))
        self.assertEqual(coupon.state, 'held')

    def test_quote_and_order_name_the_same_troubles(self):
        theirs = (
            self.env['wx.coupon.template']
            .create({'name': 'Off', 'kind': 'fixed', 'amount_fen': 100, 'state': 'open'})
            ._issue([{'wx_user_id': self.user_b.id, 'source': 'gift'}])
        )
        for body, status, code in (
            ({'package_id': 2**31 - 1}, 404, 4),
            ({'phone': '+66812345678'}, 400, 1),
            ({'coupon_ids': theirs.ids}, 404, 4),
            ({'coupon_ids': [2**31 - 1]}, 404, 4),
            ({'coupon_ids': [0]}, 400, 1),
            ({'coupon_ids': list(range(1, 12))}, 400, 1),
            ({'price_fen': 1}, 400, 1),
        ):
            with self.subTest(body=body):
                for answer in (
                    self.quote(**body),
                    self.place(f'key-{abs(hash(str(body)))}', **body),
                ):
                    self.assertEqual((answer[0], answer[1]['code']), (status, code))
        self.assertFalse(self.env['wx.recharge.order'].search([('phone', '=', PHONE)]))
