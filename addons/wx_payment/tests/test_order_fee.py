from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import PaymentCommon


@tagged('post_install', '-at_install')
class TestOrderFee(PaymentCommon):
    """The agreed fee is copied onto the order, once."""

    def _paid(self, amount_fen, **values):
        order, attempt = self._create_pending(amount_fen, **values)
        self.wechat.pay(attempt.out_trade_no)
        attempt._learn()
        self.assertEqual(order.state, 'paid')
        return order

    def test_fee_is_rounded_half_up_and_stays_what_it_was(self):
        self.channel.fee_rate = 600
        for amount_fen, fee_fen in ((2380, 14), (2417, 15), (75, 0), (84, 1)):
            with self.subTest(amount_fen=amount_fen):
                order = self._paid(amount_fen)
                self.assertRecordValues(
                    order, [{'fee_rate': 600, 'fee_fen': fee_fen, 'fee': fee_fen / 100}]
                )
        self.channel.fee_rate = 900
        self.assertEqual(order.fee_rate, 600)

    def test_without_an_agreement_there_is_no_fee(self):
        order = self._paid(2380)
        self.assertRecordValues(order, [{'fee_rate': 0, 'fee_fen': 0, 'merchant_id': False}])

    def test_an_order_may_be_for_a_merchant(self):
        merchant = self.env['res.partner'].create({'name': 'A merchant'})
        order = self.env['wx.payment.order']._create_for(
            self._create_document(),
            self.wx_user,
            100,
            'Thailand AIS 100',
            fields.Datetime.now() + timedelta(minutes=15),
            merchant=merchant,
        )
        self.assertEqual(order.merchant_id, merchant)
