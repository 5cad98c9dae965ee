from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..controllers import present
from .common import MemberCase


@tagged('post_install', '-at_install')
class TestPlan(MemberCase):
    def _on_sale(self):
        env = self._as_customer(self.user_a)
        own = self.plan_silver | self.plan_gold | self.plan_trial
        found = env['wx.member.plan']._on_sale(self.user_a.with_env(env))
        return self.env['wx.member.plan'].browse(found.ids) & own

    def test_price_in_yuan_and_in_fen_are_the_same(self):
        self.plan_silver.price = 12.3
        self.assertEqual(self.plan_silver.price_fen, 1230)
        self.plan_silver.price_fen = 90_071_992_547_409
        self.assertEqual(f'{self.plan_silver.price:.2f}', '900719925474.09')

    @mute_logger('odoo.sql_db')
    def test_only_a_trial_costs_nothing(self):
        for values in (
            {'price_fen': 0},
            {'price_fen': -1},
            {'price_fen': -1, 'is_trial': True},
            {'duration': 0},
            {'duration': 1201},
        ):
            with self.subTest(values=values), self.assertRaises(IntegrityError):
                self._create_plan(**values)

    @mute_logger('odoo.sql_db')
    def test_sale_ends_after_it_begins(self):
        now = fields.Datetime.now()
        with self.assertRaises(IntegrityError):
            self._create_plan(sale_from=now, sale_until=now)

    def test_plan_is_sold_in_its_window_only(self):
        now, hour = fields.Datetime.now(), timedelta(hours=1)
        for values, sold in (
            ({'sale_from': now - hour, 'sale_until': now + hour}, True),
            ({'sale_from': now + hour}, False),
            ({'sale_until': now - hour}, False),
        ):
            self.plan_gold.write({'sale_from': False, 'sale_until': False})
            self.plan_gold.write(values)
            with self.subTest(values=values):
                self.assertEqual(self.plan_gold in self._on_sale(), sold)

    def test_what_is_archived_is_not_sold(self):
        self.assertEqual(self._on_sale(), self.plan_silver | self.plan_gold | self.plan_trial)
        self.plan_gold.active = False
        self.silver.active = False
        self.assertFalse(self._on_sale())

    def test_what_is_of_another_company_is_not_sold(self):
        company = self.env['res.company'].create({'name': 'Elsewhere'})
        self.plan_gold.company_id = company
        self.assertEqual(self._on_sale(), self.plan_silver | self.plan_trial)

    def test_level_and_plan_are_of_one_company(self):
        here, there = self.env.company, self.env['res.company'].create({'name': 'Elsewhere'})
        self.gold.company_id = there
        with self.assertRaises(UserError):
            self.plan_gold.company_id = here

    @mute_logger('odoo.sql_db')
    def test_code_of_a_level_is_unique(self):
        with self.assertRaises(IntegrityError):
            self.env['wx.member.level'].create({'name': 'Twice', 'code': 't-gold'})

    def test_level_that_somebody_had_is_not_deleted(self):
        self._buy(self.plan_trial)
        with self.assertRaises(UserError):
            self.silver.unlink()

    def test_plan_that_somebody_has_ordered_is_not_deleted(self):
        self._buy(self.plan_trial)
        with self.assertRaises(UserError):
            self.plan_trial.unlink()
        self.plan_gold.unlink()

    def test_list_of_plans_costs_the_same_however_many(self):
        def queries():
            self.env.flush_all()
            self.env.invalidate_all()
            env = self._as_customer(self.user_a)
            before = self.env.cr.sql_log_count
            plans = env['wx.member.plan']._on_sale(self.user_a.with_env(env))
            shown = [present.plan(plan, True) for plan in plans]
            return self.env.cr.sql_log_count - before, len(shown)

        queries()
        few, count = queries()
        for number in range(30):
            self._create_plan(
                name=f'Plan {number}', level_id=(self.silver, self.gold)[number % 2].id
            )
        many, more = queries()
        self.assertEqual((many, more), (few, count + 30))

    def test_copies_of_levels_have_a_code_of_their_own(self):
        self.assertEqual(self.gold.copy().code, 't-gold (copy)')

    def test_reminder_and_points_are_never_negative(self):
        for name in ('wx_member_remind_days', 'wx_points_per_yuan'):
            with (
                self.subTest(name=name),
                mute_logger('odoo.sql_db'),
                self.assertRaises(IntegrityError),
            ):
                self.env.company[name] = -1
                self.env.flush_all()

    def test_points_are_points_of_the_company(self):
        company = self.env['res.company'].create({'name': 'Elsewhere'})
        assets = self.env['wx.ledger.asset'].create(
            [
                {'code': 'TPOINTS', 'name': 'Points', 'company_id': company.id},
                {'code': 'TMONEY', 'name': 'Money', 'kind': 'money'},
            ]
        )
        for asset in assets:
            with self.subTest(asset=asset.code), self.assertRaises(ValidationError):
                self.env.company.wx_points_asset_id = asset
