from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict, InvalidInput

from .common import CouponCase

MODULE = 'odoo.addons.wx_coupon.models.wx_coupon_flow'


@tagged('post_install', '-at_install')
class TestCouponFlow(CouponCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.coupon = cls._coupon()
        cls.document = cls._document(amount_fen=1500)

    def hold(self, coupons=None, saving_fen=500):
        coupons = coupons or self.coupon
        coupons._hold(self.document, dict.fromkeys(coupons.ids, saving_fen))

    def outdate(self):
        self.coupon.valid_until = fields.Datetime.now() - timedelta(seconds=1)

    def test_held_coupons_know_their_document_and_saving(self):
        self.hold()
        self.assertRecordValues(
            self.coupon,
            [
                {
                    'state': 'held',
                    'res_model': 'wx.test.document',
                    'res_id': self.document.id,
                    'saving_fen': 500,
                    'saving': 0.0,
                    'revenue_fen': 0,
                }
            ],
        )

    def test_holding_twice_is_holding_once(self):
        self.hold()
        held_at = self.coupon.held_at = fields.Datetime.now() - timedelta(hours=1)
        self.hold()
        self.assertEqual((self.coupon.state, self.coupon.held_at), ('held', held_at))

    def test_a_held_coupon_is_held_by_nobody_else(self):
        self.hold()
        with self.assertRaises(Conflict):
            self.coupon._hold(self._document())
        self.assertEqual(self.coupon.res_id, self.document.id)

    def test_a_coupon_that_is_past_is_not_held(self):
        self.outdate()
        with self.assertRaises(Conflict):
            self.hold()
        self.assertEqual(self.coupon.state, 'issued')

    def test_use_counts_what_the_customer_paid_once(self):
        self.hold()
        for _time in range(2):
            self.coupon._use(self.document)
        self.assertRecordValues(
            self.coupon,
            [{'state': 'used', 'revenue': 15.0, 'saving_fen': 500, 'saving': 5.0}],
        )

    def test_coupons_of_one_document_share_what_was_paid(self):
        coupons = self.coupon + self._coupon()
        self.hold(coupons)
        coupons._use(self._document_with(1501))
        self.assertEqual(sorted(coupons.mapped('revenue_fen')), [750, 751])

    def _document_with(self, amount_fen):
        self.document.payment_order_id.amount_fen = amount_fen
        return self.document

    def test_a_coupon_of_another_document_is_not_used(self):
        self.hold()
        with self.assertLogs(MODULE, 'WARNING'):
            self.coupon._use(self._document())
        self.assertEqual(self.coupon.state, 'held')

    def test_a_coupon_given_back_is_its_owners_again(self):
        self.hold()
        for _time in range(2):
            self.coupon._give_back(self.document)
        self.assertRecordValues(
            self.coupon,
            [
                {
                    'state': 'issued',
                    'res_model': False,
                    'res_id': 0,
                    'saving_fen': 0,
                    'saving': 0.0,
                    'given_back_count': 1,
                }
            ],
        )
        other = self._document()
        self.coupon._hold(other)
        self.coupon._give_back(self.document)
        self.assertEqual((self.coupon.state, self.coupon.res_id), ('held', other.id))

    def test_a_used_coupon_comes_back_when_the_money_does(self):
        self.hold()
        self.coupon._use(self.document)
        self.coupon._give_back(self.document)
        self.assertRecordValues(
            self.coupon,
            [
                {
                    'state': 'issued',
                    'used_at': False,
                    'revenue_fen': 0,
                    'revenue': 0.0,
                    'given_back_count': 1,
                }
            ],
        )

    def test_what_comes_back_too_late_is_expired(self):
        self.hold()
        self.outdate()
        self.coupon._give_back(self.document)
        self.assertEqual((self.coupon.state, self.coupon.given_back_count), ('expired', 1))
        self.coupon._give_back(self.document)
        self.assertEqual(self.coupon.given_back_count, 1)

    def test_no_coupons_are_held_used_and_given_back(self):
        nothing = self.env['wx.coupon']
        nothing._hold(self.document)
        nothing._use(self.document)
        nothing._give_back(self.document)
        self.assertEqual(self.coupon.state, 'issued')

    def test_the_database_ties_held_and_used_to_a_document(self):
        with (
            mute_logger('odoo.sql_db'),
            self.assertRaises(CheckViolation),
            self.env.cr.savepoint(),
        ):
            self.coupon.state = 'held'
            self.env.flush_all()

    # === VOID === #

    def test_void_keeps_who_and_why(self):
        operator = self._create_staff('cf_operator', 'operator')
        dialogue = (
            self.env['wx.coupon.make.void']
            .with_user(operator)
            .with_context(active_ids=self.coupon.ids)
            .create({'reason': ' given twice '})
        )
        dialogue.action_void()
        self.assertRecordValues(
            self.coupon,
            [{'state': 'void', 'void_reason': 'given twice', 'void_uid': operator.id}],
        )

    def test_void_needs_a_reason(self):
        with self.assertRaises(InvalidInput):
            self.coupon.action_void('  ')
        self.assertEqual(self.coupon.state, 'issued')

    def test_what_is_in_use_cannot_be_made_void(self):
        self.hold()
        free = self._coupon()
        with (
            self.assertLogs(MODULE, 'WARNING'),
            self.assertRaises(Conflict),
            self.env.cr.savepoint(),
        ):
            (free + self.coupon).action_void('why')
        self.assertEqual((free.state, self.coupon.state), ('issued', 'held'))

    def test_coupons_are_never_deleted(self):
        with self.assertRaises(UserError):
            self.coupon.unlink()
