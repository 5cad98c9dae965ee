from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from .common import CouponCase


@tagged('post_install', '-at_install')
class TestExpiry(CouponCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.coupons = cls.env['wx.coupon']
        cls.message_template = cls.env['wx.message.template'].create(
            {
                'name': 'Coupons end',
                'app_id': cls.app.id,
                'code': 'coupon_expiring',
                'template_id': 'T',
                'line_ids': [
                    Command.create({'key': key, 'text': text})
                    for key, text in (
                        ('thing1', '{coupon}'),
                        ('number2', '{count}'),
                        ('time3', '{expires}'),
                    )
                ],
            }
        )

    def _ending(self, **delta):
        coupon = self._coupon()
        now = fields.Datetime.now()
        coupon.write(
            {'valid_from': now - timedelta(days=9), 'valid_until': now + timedelta(**delta)}
        )
        return coupon

    def _messages(self):
        return self.env['wx.message'].search([('template_id', '=', self.message_template.id)])

    # === EXPIRY === #

    def test_coupons_expire_that_are_past_and_free(self):
        past, good = self._ending(seconds=-1), self._ending(days=1)
        held = self._coupon()
        held._hold(self._document())
        held.valid_until = past.valid_until
        code = self.coupons.search([('batch', '=', self.template.action_make_codes(1))])
        code.valid_until = past.valid_until
        self.coupons._cron_expire()
        self.assertEqual(
            [coupon.state for coupon in (past, good, held, code)],
            ['expired', 'issued', 'held', 'expired'],
        )

    def test_nothing_to_expire_changes_nothing(self):
        self._ending(days=1)
        self.coupons._cron_expire()
        self.assertEqual(self.coupons._expire_batch(), 0)

    def test_a_batch_costs_the_same_for_many(self):
        self.template._give(self.user_a, 'gift', [f'k{number}' for number in range(50)])
        coupons = self.coupons.search([('template_id', '=', self.template.id)])
        coupons.valid_until = fields.Datetime.now() - timedelta(seconds=1)
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.assertEqual(self.coupons._expire_batch(), 50)

    # === REMINDER === #

    def test_customers_are_told_once_of_all_that_ends_soon(self):
        soon, later = self._ending(hours=5), self._ending(hours=50)
        self._ending(days=4)
        self._ending(hours=-1)
        self.coupons._cron_remind()
        self.coupons._cron_remind()
        message = self._messages()
        self.assertRecordValues(
            message,
            [{'wx_user_id': self.user_a.id, 'res_model': 'wx.coupon', 'res_id': soon.id}],
        )
        self.assertIn('"2"', message.texts)
        self.assertTrue(soon.reminded_at and later.reminded_at)

    def test_each_customer_gets_a_message_of_the_own(self):
        self._ending(hours=5)
        self._ending(hours=1).wx_user_id = self.user_b
        self.coupons._cron_remind()
        self.assertEqual(self._messages().wx_user_id, self.user_a | self.user_b)
        self.assertEqual(len(self._messages()), 2)

    def test_coupons_of_a_day_are_brought_to_mind_when_half_of_it_is_over(self):
        coupon = self._coupon(valid_days=1)
        self.coupons._cron_remind()
        self.assertFalse(self._messages())
        coupon.write(
            {
                'valid_from': coupon.valid_from - timedelta(hours=12),
                'valid_until': coupon.valid_until - timedelta(hours=12),
            }
        )
        self.coupons._cron_remind()
        self.assertEqual(len(self._messages()), 1)

    def test_held_and_used_coupons_are_not_brought_to_mind(self):
        coupon = self._ending(hours=5)
        coupon._hold(self._document())
        self.coupons._cron_remind()
        self.assertFalse(self._messages())
        self.assertFalse(coupon.reminded_at)
