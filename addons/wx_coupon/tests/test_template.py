from datetime import timedelta

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import CouponCase

MODULE = 'odoo.addons.wx_coupon.models.wx_coupon_template'


@tagged('post_install', '-at_install')
class TestTemplate(CouponCase):
    def test_yuan_typed_by_people_are_kept_in_fen(self):
        form = Form(self.env['wx.coupon.template'])
        form.name = 'Typed'
        form.amount = 12.34
        form.threshold = 50
        template = form.save()
        self.assertRecordValues(
            template,
            [{'amount_fen': 1234, 'threshold_fen': 5000, 'state': 'draft', 'amount': 12.34}],
        )

    def test_a_template_opens_and_ends_and_never_opens_again(self):
        template = self._create_template(state='draft')
        template.action_open()
        self.assertEqual(template.state, 'open')
        template.action_open()
        self.assertEqual(template.state, 'open')
        template.action_end()
        with self.assertLogs(MODULE, 'WARNING'):
            template.action_open()
        self.assertEqual(template.state, 'ended')

    def test_nobody_writes_state_and_counter_by_hand(self):
        operator = self._create_staff('ct_operator', 'operator')
        for vals in ({'state': 'ended'}, {'taken_qty': 0}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self.template.with_user(operator).write(vals)
        made = (
            self.env['wx.coupon.template']
            .with_user(operator)
            .create({'name': 'Open at once', 'amount_fen': 1, 'state': 'open', 'taken_qty': 7})
        )
        self.assertEqual((made.state, made.taken_qty), ('draft', 0))

    def test_the_database_refuses_what_is_no_coupon(self):
        wrong = (
            {'amount_fen': 0},
            {'kind': 'percent', 'percent': 0},
            {'kind': 'percent', 'percent': 100},
            {'cap_fen': -1},
            {'threshold_fen': -1},
            {'valid_days': 0},
            {'validity': 'absolute'},
            {'user_qty': 0},
            {'total_qty': -1},
        )
        for vals in wrong:
            with (
                self.subTest(vals=vals),
                mute_logger('odoo.sql_db'),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.template.write(vals)
                self.env.flush_all()

    def test_claims_end_after_they_begin(self):
        now = fields.Datetime.now()
        with self.assertRaises(ValidationError):
            self.template.write({'claim_from': now, 'claim_until': now})

    def test_a_coupon_for_levels_names_them(self):
        with self.assertRaises(ValidationError):
            self.template.audience = 'level'

    def test_a_coupon_keeps_what_it_was_issued_with(self):
        coupon = self._coupon(template=self.template)
        until = coupon.valid_until
        self.template.write(
            {
                'kind': 'percent',
                'percent': 50,
                'threshold_fen': 9900,
                'stackable': True,
                'valid_days': 1,
            }
        )
        self.assertRecordValues(
            coupon,
            [
                {
                    'kind': 'fixed',
                    'amount_fen': 500,
                    'percent': 0,
                    'threshold_fen': 0,
                    'stackable': False,
                    'valid_until': until,
                }
            ],
        )

    def test_only_what_counts_is_copied(self):
        template = self._create_template(kind='percent', percent=10, amount_fen=700)
        coupon = self._coupon(template=template)
        self.assertEqual((coupon.amount_fen, coupon.percent), (0, 10))

    def test_days_count_from_the_moment_of_issue(self):
        coupon = self._coupon(valid_days=3)
        self.assertEqual(coupon.valid_until - coupon.valid_from, timedelta(days=3))

    def test_absolute_dates_are_the_templates(self):
        until = fields.Datetime.now() + timedelta(days=9)
        coupon = self._coupon(validity='absolute', valid_until=until)
        self.assertEqual(coupon.valid_until, until)
        self.assertLessEqual(coupon.valid_from, fields.Datetime.now())

    # === TOTAL === #

    def test_the_total_is_never_exceeded(self):
        template = self._create_template(total_qty=3)
        users = self.user_a | self.user_b
        coupons, missing = template._give(users, 'gift', ['one', 'two'])
        self.assertEqual((len(coupons), missing, template.taken_qty), (3, 1, 3))
        coupons, missing = template._give(users, 'gift', ['one', 'two'])
        self.assertEqual((len(coupons), missing, template.taken_qty), (0, 1, 3))

    def test_the_database_holds_the_total_even_if_python_does_not(self):
        template = self._create_template(total_qty=1)
        with (
            mute_logger('odoo.sql_db'),
            self.assertRaises(CheckViolation),
            self.env.cr.savepoint(),
        ):
            template.taken_qty = 2
            self.env.flush_all()

    def test_a_total_that_comes_later_counts_what_was_issued(self):
        template = self._create_template()
        template._give(self.user_a | self.user_b, 'gift', ['one'])
        self.assertEqual(template.taken_qty, 0)
        template.total_qty = 3
        self.assertEqual(template.taken_qty, 2)
        _coupons, missing = template._give(self.user_a, 'gift', ['two', 'three'])
        self.assertEqual((missing, template.taken_qty), (1, 3))

    def test_a_total_below_what_was_issued_is_refused(self):
        template = self._create_template()
        template._give(self.user_a | self.user_b, 'gift', ['one'])
        with (
            mute_logger('odoo.sql_db'),
            self.assertRaises(CheckViolation),
            self.env.cr.savepoint(),
        ):
            template.total_qty = 1
            self.env.flush_all()

    # === FIGURES === #

    def test_figures_are_counted_from_the_coupons(self):
        template = self._create_template(user_qty=3)
        claimed = self._claim(template) + self._claim(template)
        gift = self._coupon(template=template)
        document = self._document(amount_fen=1500)
        claimed[0]._hold(document, {claimed[0].id: 500})
        claimed[0]._use(document)
        back = self._document()
        gift._hold(back, {gift.id: 500})
        gift._give_back(back)
        expired = self._coupon(template=template)
        expired.valid_until = fields.Datetime.now() - timedelta(seconds=1)
        self.env['wx.coupon']._expire_batch()
        self.assertRecordValues(
            template,
            [
                {
                    'issued_count': 4,
                    'claimed_count': 2,
                    'used_count': 1,
                    'given_back_count': 1,
                    'expired_count': 1,
                    'saving': 5.0,
                    'revenue': 15.0,
                }
            ],
        )
        for action, coupons in (
            (template.action_open_coupons(), claimed + gift + expired),
            (template.action_open_claimed(), claimed),
            (template.action_open_used(), claimed[0]),
            (template.action_open_given_back(), gift),
            (template.action_open_expired(), expired),
        ):
            self.assertEqual(
                self.env['wx.coupon'].search(action['domain']), coupons.sorted('id', reverse=True)
            )

    def test_figures_of_many_templates_cost_one_query(self):
        templates = self.template
        for _number in range(5):
            templates += self._coupon().template_id
        self.env.flush_all()
        self.env.invalidate_all()
        templates.mapped('name')
        with self.assertQueryCount(1):
            templates.mapped('used_count')
