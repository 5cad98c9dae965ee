from contextlib import suppress
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..const import imports
from .common import RechargeCase
from .import_common import ImportMixin


@tagged('post_install', '-at_install')
class TestPriceRun(ImportMixin, RechargeCase):
    """Prices follow rules, costs and rates when somebody, or the rule, agrees."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_rates(USD=1, CNY=7.2)
        # Packages of the demonstration data have no part in it.
        cls.env['wx.recharge.package'].search([('id', '!=', cls.package.id)]).active = False
        for run in cls.env['wx.recharge.price.run'].search([('state', '=', 'queued')]):
            run._move('failed')
        cls.gold = cls.env['wx.member.level'].create({'name': 'Gold Test', 'code': 'gold-test'})

    def _rule(self, **values):
        return self.env['wx.recharge.price.rule'].create(
            {'name': 'Rule', 'country_id': self.country.id, **values}
        )

    def _run(self):
        """Run the computation that is due; there is one."""
        run = self.env['wx.recharge.price.run'].search([('state', '=', 'queued')])
        self.assertEqual(len(run), 1)
        self.run_due(run)
        return run

    def _apply(self, run):
        run.action_apply_all()
        self.run_due(run)

    def _paid_by(self, level=None):
        self.env.flush_all()
        return self.package._price_fen_for(level.id if level else None)

    def test_price_changes_when_somebody_agrees(self):
        rule = self._rule(margin_percent=25, ending='90')
        run = self._run()
        self.assertEqual(run.state, 'review')
        self.assertRecordValues(
            run.change_ids,
            [
                {
                    'package_id': self.package.id,
                    'level_id': False,
                    'rule_id': rule.id,
                    'cost_fen': 2160,
                    'old_fen': 2380,
                    'new_fen': 2790,
                    'change_percent': 17.23,
                    'margin': 6.3,
                    'state': 'open',
                }
            ],
        )
        self.assertEqual(self.package.price_fen, 2380)
        self._apply(run)
        self.assertEqual((self.package.price_fen, run.state), (2790, 'done'))
        self.assertEqual(self._paid_by(), 2790)
        self.assertEqual(run.change_ids.state, 'applied')

    def test_rule_that_applies_by_itself_waits_for_nobody(self):
        self._rule(margin_percent=25, auto_apply=True)
        run = self._run()
        self.assertEqual((self.package.price_fen, run.state), (2700, 'done'))

    def test_price_that_is_right_is_no_change(self):
        self._rule(margin_percent=25, auto_apply=True)
        self._run()
        self.env['wx.recharge.price.run']._plan(self.env.company)
        before = self.versions('wx_recharge_package', 'wx_recharge_price_change')
        run = self._run()
        self.assertEqual((run.state, run.change_count, run.computed_count), ('done', 0, 1))
        after = self.versions('wx_recharge_package', 'wx_recharge_price_change')
        self.assertEqual(after, before)

    def test_rate_and_cost_lead_to_new_prices(self):
        self._rule(margin_percent=10, auto_apply=True)
        self._run()
        self.assertEqual(self.package.price_fen, 2376)
        self._set_rates(CNY=7)
        self._run()
        self.assertEqual(self.package.price_fen, 2310)

    def test_cheapest_product_of_the_lowest_number_makes_the_price(self):
        self._create_product(self.package, sku='902:2', cost=2)
        self._create_product(self.package, sku='903:1', cost=1, priority=20)
        self.env.ref('base.EUR').active = True
        self._set_rates(EUR=0.5)
        self._create_product(
            self.package, sku='904:1.5', cost=1.5, cost_currency_id=self.env.ref('base.EUR').id
        )
        self._rule(auto_apply=True)
        run = self._run()
        self.assertEqual(run.change_ids.cost_fen, 1440)
        self.assertEqual(self.package.price_fen, 1440)

    def test_missing_rate_names_the_currency_and_leaves_the_price(self):
        self._rule(margin_percent=25, auto_apply=True)
        self.env['res.currency.rate'].search(
            [('currency_id', '=', self.env.ref('base.CNY').id)]
        ).unlink()
        run = self._run()
        self.assertRegex(run.note, r'No exchange rate on .* for: CNY')
        self.assertEqual((run.change_count, self.package.price_fen), (0, 2380))

    def test_price_somebody_has_changed_since_is_left_alone(self):
        self._rule(margin_percent=25)
        run = self._run()
        self.package.price_fen = 2500
        self._apply(run)
        self.assertEqual((self.package.price_fen, run.change_ids.state), (2500, 'replaced'))

    def test_ignored_change_stays_ignored_until_it_is_another(self):
        rule = self._rule(margin_percent=25)
        run = self._run()
        run.change_ids.action_ignore()
        self.assertEqual((run.state, self.package.price_fen), ('done', 2380))
        self.env['wx.recharge.price.run']._plan(self.env.company)
        self.assertEqual(self._run().change_ids.state, 'ignored')
        rule.margin_percent = 30
        self.assertEqual(self._run().change_ids.state, 'open')

    def test_newer_computation_replaces_an_older_one(self):
        rule = self._rule(margin_percent=25)
        old = self._run()
        rule.margin_percent = 30
        new = self._run()
        self.assertEqual((old.state, old.change_ids.state), ('replaced', 'replaced'))
        old.change_ids.action_apply()
        self._apply(new)
        self.assertEqual(self.package.price_fen, 2808)

    def test_computing_goes_on_where_it_was_when_a_process_died(self):
        self._create_product(self._create_package(name='Second'), sku='902:3')
        self._rule(margin_percent=25)
        run = self.env['wx.recharge.price.run'].search([('state', '=', 'queued')])
        compute, calls = type(run)._find_changes, []

        def die(self, row, levels):
            calls.append(row[0])
            if len(calls) == 2:
                raise KeyboardInterrupt
            return compute(self, row, levels)

        with (
            patch.object(imports, 'APPLY_BATCH', 1),
            patch.object(type(run), '_find_changes', die),
            suppress(KeyboardInterrupt),
        ):
            self.run_due(run)
        self.assertEqual((run.state, run.change_count), ('computing', 1))
        self.run_due(run)
        self.assertEqual((run.state, run.change_count, run.computed_count), ('review', 2, 2))
        self.assertEqual(len(run.change_ids.package_id), 2)

    def test_runs_that_have_not_begun_are_one(self):
        self._rule()
        self._rule(kind='data')
        runs = self.env['wx.recharge.price.run'].search([('state', '=', 'queued')])
        self.assertEqual(len(runs), 1)

    def test_without_a_rule_there_is_nothing_to_compute(self):
        self.env['wx.recharge.price.rule'].search([]).unlink()
        self.assertFalse(self.env['wx.recharge.price.run']._plan(self.env.company))
        with self.assertRaises(UserError):
            self.env['wx.recharge.price.run'].action_compute()

    # === LEVELS === #

    def test_members_pay_the_price_of_their_level(self):
        self._rule(margin_percent=25, auto_apply=True)
        self._rule(margin_percent=5, level_id=self.gold.id, auto_apply=True)
        self._run()
        self.assertEqual((self._paid_by(), self._paid_by(self.gold)), (2700, 2268))

    def test_floor_for_everybody_holds_for_members_too(self):
        self._rule(margin_percent=25, floor_percent=8, auto_apply=True)
        self._rule(margin_percent=1, level_id=self.gold.id, auto_apply=True)
        self._run()
        # 21.60 + 8 %
        self.assertEqual((self._paid_by(), self._paid_by(self.gold)), (2700, 2333))
        self.assertGreaterEqual(2333, self.package._floor_price_fen(self.env.company.id))

    def test_level_without_a_rule_pays_what_everybody_pays(self):
        silver = self.env['wx.member.level'].create({'name': 'Silver', 'code': 'silver-test'})
        self._rule(margin_percent=5, level_id=self.gold.id, auto_apply=True)
        self._run()
        self.assertEqual((self._paid_by(silver), self._paid_by(self.gold)), (2380, 2268))

    def test_nobody_pays_more_for_being_a_member(self):
        self._rule(margin_percent=50, level_id=self.gold.id, auto_apply=True)
        run = self._run()
        self.assertEqual(run.change_count, 0)
        self.assertEqual(self._paid_by(self.gold), 2380)

    def test_price_of_a_level_never_exceeds_a_price_that_is_lowered_by_hand(self):
        self._rule(margin_percent=5, level_id=self.gold.id, auto_apply=True)
        self._run()
        self.package.price_fen = 2200
        self.assertEqual(self._paid_by(self.gold), 2200)

    def test_price_of_a_level_goes_with_its_rule(self):
        rule = self._rule(margin_percent=5, level_id=self.gold.id, auto_apply=True)
        self._rule(margin_percent=25, kind='data')
        self._run()
        rule.active = False
        run = self._run()
        self.assertRecordValues(
            run.change_ids, [{'level_id': self.gold.id, 'old_fen': 2268, 'new_fen': 2380}]
        )
        self._apply(run)
        self.assertEqual(self._paid_by(self.gold), 2380)
        self.assertFalse(self.package.level_price_ids)

    # === PEOPLE === #

    def test_each_act_needs_its_permission(self):
        rule = self._rule(margin_percent=25)
        run = self._run()
        viewer = self._create_clerk('pr_viewer', 'recharge.price.view')
        for act in (
            run.with_user(viewer).action_apply_all,
            run.with_user(viewer).action_ignore_all,
            run.with_user(viewer).action_compute,
            run.change_ids.with_user(viewer).action_apply,
            rule.with_user(viewer).action_compute,
            lambda: rule.with_user(viewer).write({'margin_percent': 1}),
        ):
            with self.subTest(act=act), self.assertRaises(AccessError):
                act()
        manager = self._create_clerk('pr_manager', 'recharge.price.view', 'recharge.price.manage')
        rule.with_user(manager).margin_percent = 30
        self.assertEqual(self._run().change_ids.new_fen, 2808)
