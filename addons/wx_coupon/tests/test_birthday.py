from datetime import date
from types import SimpleNamespace
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from odoo.addons.wx_base.exceptions import Conflict, InvalidInput

from ..models import wx_user
from ..models.wx_user import _numbers
from .common import CouponCase


@tagged('post_install', '-at_install')
class TestBirthday(CouponCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.birthday = cls._create_template(occasion='birthday', claimable=False)

    def _own(self, user=None, source='birthday'):
        return self.env['wx.coupon'].search(
            [('wx_user_id', '=', (user or self.user_a).id), ('source', '=', source)]
        )

    def _run(self, moment):
        with freeze_time(moment):
            self.env['wx.user']._cron_birthdays()

    def test_a_birthday_brings_a_coupon_once_a_year(self):
        self.user_a.birthday = date(1990, 6, 15)
        self.user_b.birthday = date(1990, 6, 16)
        self._run('2031-06-15 04:00:00')
        self._run('2031-06-15 09:00:00')
        self.assertEqual(self._own().grant_key, 'birthday:2031')
        self.assertFalse(self._own(self.user_b))
        self._run('2032-06-15 04:00:00')
        self.assertEqual(
            sorted(self._own().mapped('grant_key')), ['birthday:2031', 'birthday:2032']
        )

    def test_the_day_is_that_of_shanghai(self):
        self.user_a.birthday = date(1990, 6, 15)
        self._run('2031-06-14 15:59:00')
        self.assertFalse(self._own())
        self._run('2031-06-14 16:00:00')
        self.assertEqual(len(self._own()), 1)

    def test_days_that_the_machine_missed_are_made_up_for(self):
        self.user_a.birthday = date(1990, 12, 30)
        self.user_b.birthday = date(1990, 12, 20)
        self._run('2032-01-04 04:00:00')
        self.assertEqual(self._own().grant_key, 'birthday:2031')
        self.assertFalse(self._own(self.user_b))

    def test_customers_are_served_in_batches_until_the_time_is_over(self):
        users = self.user_a | self.user_b
        users.birthday = date(1990, 6, 15)
        crons = self.env.registry['ir.cron']
        with (
            patch.object(wx_user, 'JOB_BATCH', 1),
            patch.object(crons, '_commit_progress', lambda *args, **kwargs: 0),
            patch.object(crons, '_wake', autospec=True) as wake,
        ):
            self._run('2031-06-15 04:00:00')
            self.assertEqual(len(self._own() + self._own(self.user_b)), 1)
            wake.assert_called_once()
            self._run('2031-06-15 05:00:00')
        self.assertEqual(len(self._own() + self._own(self.user_b)), 2)
        self._run('2031-06-15 06:00:00')
        self.assertEqual(len(self._own() + self._own(self.user_b)), 2)

    def test_a_birthday_on_29_february_is_kept_each_year(self):
        self.assertEqual(_numbers(date(2031, 2, 28)), [228, 229])
        self.assertEqual(_numbers(date(2032, 2, 28)), [228])
        self.assertEqual(_numbers(date(2032, 2, 29)), [229])
        self.assertEqual(_numbers(date(2032, 3, 1)), [301])

    def test_blocked_customers_and_other_audiences_get_none(self):
        (self.user_a | self.user_b).birthday = date(1990, 6, 15)
        self.user_a.state = 'blocked'
        self.birthday.write({'audience': 'new'})
        self._document(user=self.user_b).payment_order_id.state = 'paid'
        self._run('2031-06-15 04:00:00')
        self.assertFalse(self._own() + self._own(self.user_b))

    # === WHAT CUSTOMERS SAY === #

    def test_a_birthday_is_told_once_and_corrected_by_staff(self):
        day = date(1990, 6, 15)
        self.user_a._set_birthday(day)
        self.user_a._set_birthday(day)
        with self.assertRaises(Conflict):
            self.user_a._set_birthday(date(1990, 6, 16))
        self.assertEqual((self.user_a.birthday, self.user_a.birthday_no), (day, 615))
        support = self._create_staff('cb_support', 'support')
        self.user_a.with_user(support).birthday = date(1991, 1, 2)
        self.assertEqual(self.user_a.birthday_no, 102)

    def test_nobody_is_born_tomorrow_or_long_ago(self):
        for day in (date(1899, 12, 31), date(2999, 1, 1)):
            with self.subTest(day=day), self.assertRaises(InvalidInput):
                self.user_a._set_birthday(day)
        self.assertFalse(self.user_a.birthday)

    # === REGISTRATION === #

    def _login(self, openid):
        session = SimpleNamespace(openid=openid, unionid=None, session_key='k')
        return self.env['wx.user']._find_or_create(self.app, session)

    def test_the_first_login_brings_a_coupon_and_no_other_does(self):
        template = self._create_template(occasion='registration', audience='new')
        user = self._login('registered')
        self.assertEqual(self._own(user, 'registration').template_id, template)
        self._login('registered')
        self.assertEqual(len(self._own(user, 'registration')), 1)

    def test_nobody_is_kept_out_for_want_of_coupons(self):
        template = self._create_template(occasion='registration', total_qty=1)
        first, second = self._login('first'), self._login('second')
        self.assertEqual(len(self._own(first, 'registration')), 1)
        self.assertFalse(self._own(second, 'registration'))
        self.assertEqual((template.taken_qty, second.state), (1, 'active'))

    def test_without_templates_a_registration_costs_one_query(self):
        self.user_a.mapped('company_id.id')
        self.env.flush_all()
        with (
            patch.object(type(self.template), '_give', autospec=True) as give,
            self.assertQueryCount(1),
        ):
            self.user_a._on_registered()
        give.assert_not_called()
