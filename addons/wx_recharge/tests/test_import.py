from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.exceptions import Conflict

from ..const import imports
from ..lib.topup.errors import Refused, UnknownOutcome
from ..lib.topup.products import (
    Benefit,
    BenefitType,
    Fees,
    Kind,
    Redemption,
    RequiredFields,
    Side,
)
from .common import RechargeCase
from .import_common import RANGE, SOLD, ImportMixin

UNFIT = 'what arrives is not what their package promises'
TABLES = ('wx_recharge_supplier_product', 'wx_recharge_package', 'wx_recharge_operator')


@tagged('post_install', '-at_install')
class TestImport(ImportMixin, RechargeCase):
    """What a catalogue says otherwise is shown, and applied when somebody says so."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The one of the other tests is entered by hand: here the catalogue is all there is.
        cls.product.unlink()

    def setUp(self):
        super().setUp()
        self.start_telling()

    def _applied(self, *products):
        """Import products, apply everything, and return the import."""
        run = self.run_import(*products)
        self.apply_all(run)
        return run

    # === NEW === #

    def test_import_changes_nothing_before_somebody_says_so(self):
        before = self.versions(*TABLES)
        run = self.run_import(SOLD, RANGE)
        self.assertEqual(run.state, 'review')
        self.assertEqual(
            self.differences(run), [('new', '901:5.00', 'open'), ('new', '905', 'open')]
        )
        self.assertEqual(self.versions(*TABLES), before)
        self.assertRecordValues(
            run.difference_ids.sorted('sku'),
            [
                {'name': 'Singtel 6.50', 'new_cost': 5, 'old_cost': 0, 'problem': False},
                {'name': 'Singtel any amount', 'new_cost': 2, 'old_cost': 0, 'problem': False},
            ],
        )
        self.assertEqual(run.difference_ids.country_id, self.env.ref('base.sg'))
        self.assertEqual(run.progress, 100)

    def test_new_product_is_here_as_the_supplier_tells_it(self):
        told = replace(
            SOLD,
            fees=Fees(Decimal('0.10'), Decimal('2')),
            discount_percent=Decimal('10'),
            benefits=(Benefit(BenefitType.DATA, Decimal('5'), 'GB'),),
            required_fields=(RequiredFields('sender', (('email',),)),),
            logo_url='https://cdn.example/901.png',
            description='Valid for 30 days',
            phone_regex='^65',
        )
        run = self._applied(told)
        self.assertEqual((run.state, run.applied_count), ('done', 1))
        product = self.products_of()
        self.assertRecordValues(
            product,
            [
                {
                    'sku': '901:5.00',
                    'name': 'Singtel 6.50',
                    'kind': 'airtime',
                    'country_code': 'SG',
                    'operator_ref': '901',
                    'operator_name': 'Singtel',
                    # 5 + 0.10 + 2 % − 10 %
                    'cost': 4.7,
                    'fee': 0.2,
                    'cost_currency_id': self.env.ref('base.USD').id,
                    'receive_amount': 6.5,
                    'receive_currency_id': self.env.ref('base.SGD').id,
                    'validity': 'P30D',
                    'validity_days': 30,
                    'logo_url': 'https://cdn.example/901.png',
                    'imported': True,
                    'active': True,
                    'package_id': False,
                }
            ],
        )
        self.assertEqual(
            product.benefits,
            [{'type': 'data', 'quantity': '5', 'unit': 'GB', 'unlimited': False}],
        )
        self.assertEqual(
            product.required_fields, [{'group': 'sender', 'alternatives': [['email']]}]
        )
        self.assertEqual(product.last_seen_at, self.supplier.catalogue_at)

    def test_second_import_of_the_same_writes_no_row(self):
        self._applied(SOLD, RANGE, replace(SOLD, sku='901:9.99', benefits=()))
        before = self.versions(*TABLES)
        run = self.run_import(SOLD, RANGE, replace(SOLD, sku='901:9.99', benefits=()))
        self.assertEqual((run.state, run.difference_count), ('done', 0))
        self.assertEqual(self.versions(*TABLES), before)
        self.assertFalse(self.env['wx.recharge.import.line'].search([('import_id', '=', run.id)]))

    def test_product_entered_by_hand_is_taken_over(self):
        product = self._create_product(self.package, sku='901:5.00', cost=5)
        run = self._applied(SOLD)
        self.assertEqual(self.differences(run), [('other', '901:5.00', 'applied')])
        self.assertEqual((product.operator_name, product.package_id), ('Singtel', self.package))
        self.assertTrue(product.imported)
        self.assertEqual(self.run_import(SOLD).difference_count, 0)

    def test_product_told_twice_counts_once(self):
        run = self._applied(SOLD, replace(SOLD, cost_amount=Decimal(9)), replace(SOLD, sku=''))
        self.assertEqual((run.fetched_count, run.unreadable_count), (2, 2))
        self.assertEqual(self.products_of().cost, 5)

    # === CHANGED === #

    def test_change_of_cost_is_a_difference_with_both_costs(self):
        self._applied(SOLD)
        run = self.run_import(replace(SOLD, cost_amount=Decimal('5.4')))
        difference = run.difference_ids
        self.assertRecordValues(
            difference,
            [{'kind': 'price', 'old_cost': 5, 'new_cost': 5.4, 'change_percent': 8}],
        )
        self.assertEqual(self.products_of().cost, 5)
        self.apply_all(run)
        self.assertEqual(self.products_of().cost, 5.4)

    def test_cost_keeps_more_digits_than_its_currency(self):
        self._applied(replace(SOLD, cost_amount=Decimal('5.12345')))
        self.assertEqual(self.products_of().cost, 5.12345)

    def test_other_change_names_each_field(self):
        self._applied(SOLD)
        run = self.run_import(replace(SOLD, name='Singtel 6.5', validity='P7D'))
        difference = run.difference_ids
        self.assertEqual(difference.kind, 'other')
        self.assertEqual(
            difference.changes,
            {'name': ['Singtel 6.50', 'Singtel 6.5'], 'validity': ['P30D', 'P7D']},
        )
        self.assertEqual(
            difference.summary, 'Name: Singtel 6.50 → Singtel 6.5; Validity: P30D → P7D'
        )
        self.apply_all(run)
        self.assertRecordValues(
            self.products_of(), [{'name': 'Singtel 6.5', 'validity_days': 7, 'cost': 5}]
        )

    def test_cost_and_facts_are_decided_on_apart(self):
        self._applied(SOLD)
        run = self.run_import(replace(SOLD, name='New', cost_amount=Decimal(6)))
        run.difference_ids.filtered(lambda one: one.kind == 'other').action_apply()
        self.run_due(run)
        self.assertEqual((self.products_of().name, self.products_of().cost), ('New', 5))
        self.assertEqual((run.state, run.open_count), ('review', 1))

    def test_cost_in_another_currency_has_no_per_cent(self):
        self._applied(SOLD)
        self.supplier.auto_price_percent = 100
        run = self.run_import(replace(SOLD, cost_currency='EUR'))
        self.assertRecordValues(
            run.difference_ids, [{'kind': 'price', 'change_percent': 0, 'state': 'open'}]
        )

    # === GONE AND BACK === #

    def test_product_that_is_gone_is_archived_and_its_package_stays(self):
        self._applied(SOLD, RANGE)
        product = self.products_of().filtered(lambda one: one.sku == '901:5.00')
        product.package_id = self.package
        self.assertTrue(self.package.deliverable)
        run = self.run_import(RANGE)
        self.assertEqual(self.differences(run), [('gone', '901:5.00', 'open')])
        self.assertTrue(product.active)
        self.apply_all(run)
        self.assertFalse(product.active)
        self.assertTrue(product.gone_at)
        self.assertTrue(self.package.active)
        self.assertFalse(self.package.deliverable)
        packages = self.env['wx.recharge.package']
        self.assertIn(self.package, packages.search([('deliverable', '=', False)]))
        self.assertNotIn(self.package, packages.search([('deliverable', '=', True)]))

    def test_product_that_may_not_be_ordered_is_gone(self):
        self._applied(SOLD)
        run = self.run_import(replace(SOLD, active=False))
        self.assertEqual(self.differences(run), [('gone', '901:5.00', 'open')])

    def test_product_that_is_back_is_the_same_row_with_its_package(self):
        self._applied(SOLD, RANGE)
        product = self.products_of().filtered(lambda one: one.sku == '901:5.00')
        product.package_id = self.package
        self._applied(RANGE)
        run = self._applied(replace(SOLD, cost_amount=Decimal(7)), RANGE)
        self.assertEqual(self.differences(run), [('new', '901:5.00', 'applied')])
        self.assertRecordValues(
            product,
            [{'active': True, 'gone_at': False, 'cost': 7, 'package_id': self.package.id}],
        )

    def test_product_that_somebody_archived_is_left_alone(self):
        self._applied(SOLD, RANGE)
        self.products_of().filtered(lambda one: one.sku == '901:5.00').active = False
        run = self.run_import(replace(SOLD, cost_amount=Decimal(9)), RANGE)
        self.assertFalse(run.difference_ids)

    # === PROBLEMS === #

    def test_unknown_country_is_told_and_not_applied(self):
        run = self.run_import(replace(SOLD, country='QX'))
        self.assertEqual(
            run.difference_ids.summary, 'There is no country with the code "QX" in Odoo.'
        )
        self.apply_all(run)
        run.difference_ids.action_apply()
        self.run_due(run)
        self.assertEqual((run.state, run.difference_ids.state), ('review', 'open'))
        self.assertFalse(self.products_of())
        self.env['res.country'].create({'name': 'Quix', 'code': 'QX'})
        run.difference_ids.action_apply()
        self.run_due(run)
        self.assertEqual(self.products_of().country_id.name, 'Quix')

    def test_unknown_currency_and_missing_cost_are_told(self):
        run = self.run_import(
            replace(SOLD, cost_currency='XYZ'), replace(SOLD, sku='901:0', cost_amount=None)
        )
        self.assertEqual(
            run.difference_ids.sorted('sku').mapped('summary'),
            [
                'The supplier does not tell what it costs.',
                'There is no currency "XYZ" in Odoo.',
            ],
        )
        run.difference_ids.action_apply()
        self.run_due(run)
        self.assertFalse(self.products_of())

    # === DECIDING === #

    def test_what_is_ignored_stays_so_until_it_is_something_else(self):
        self._applied(SOLD)
        dearer = replace(SOLD, cost_amount=Decimal('5.4'))
        run = self.run_import(dearer)
        run.difference_ids.action_ignore()
        self.assertEqual(run.state, 'done')
        again = self.run_import(dearer)
        self.assertEqual(self.differences(again), [('price', '901:5.00', 'ignored')])
        self.assertEqual(again.state, 'done')
        other = self.run_import(replace(SOLD, cost_amount=Decimal('5.5')))
        self.assertEqual(self.differences(other), [('price', '901:5.00', 'open')])

    def test_small_changes_of_cost_are_applied_by_themselves_if_the_supplier_says_so(self):
        small, large = replace(SOLD, sku='901:1'), replace(SOLD, sku='901:2')
        self._applied(small, large)
        self.supplier.auto_price_percent = 4
        run = self.run_import(
            replace(small, cost_amount=Decimal('4.8')),
            replace(large, cost_amount=Decimal('5.21')),
            SOLD,
        )
        self.assertEqual(
            self.differences(run),
            [
                ('new', '901:5.00', 'open'),
                ('price', '901:1', 'applied'),
                ('price', '901:2', 'open'),
            ],
        )
        self.assertEqual(self.products_of().mapped('cost'), [4.8, 5])
        self.assertEqual(run.state, 'review')

    def test_newer_import_replaces_one_nobody_decided_on(self):
        old = self.run_import(SOLD)
        new = self.run_import(SOLD)
        self.assertEqual((old.state, old.difference_ids.state), ('replaced', 'replaced'))
        old.difference_ids.action_apply()
        self.assertEqual(old.difference_ids.state, 'replaced')
        self.apply_all(new)
        self.assertEqual(len(self.products_of()), 1)

    def test_applying_twice_applies_once(self):
        run = self.run_import(SOLD)
        run.action_apply_all()
        notice = run.difference_ids.action_apply()
        self.assertEqual(notice['params']['type'], 'warning')
        self.run_due(run)
        before = self.versions(*TABLES)
        run.difference_ids.action_apply()
        self.assertEqual(self.versions(*TABLES), before)

    def test_one_import_of_a_supplier_at_a_time(self):
        self.tell(SOLD)
        run = self.start_import()
        with self.assertRaises(Conflict):
            self.start_import()
        run.action_cancel()
        self.assertTrue(self.start_import())

    def test_import_to_review_waits_while_another_one_fetches(self):
        reviewed = self.run_import(SOLD)
        self.start_import()
        with self.assertRaises(Conflict):
            reviewed.action_apply_all()
        self.env.invalidate_all()
        self.assertEqual(reviewed.state, 'review')

    # === FAILURES === #

    def test_catalogue_that_breaks_off_is_compared_with_nothing(self):
        self._applied(SOLD, RANGE)
        self.tell(SOLD, error=UnknownOutcome('no answer'))
        run = self.start_import()
        self.run_due(run)
        self.assertEqual((run.state, run.difference_count), ('queued', 0))
        self.assertIn('no answer', run.last_error)
        self.tell(SOLD, RANGE)
        self.run_due(run)
        self.assertEqual((run.state, run.fetched_count, run.difference_count), ('done', 2, 0))

    @mute_logger(
        'odoo.addons.wx_base.models.wx_job_mixin',
        'odoo.addons.wx_payment.models.wx_payment_state_mixin',
    )
    def test_refusal_and_empty_catalogue_are_for_a_person(self):
        self._applied(SOLD)
        for products, error in (((), Refused('closed')), ((), None)):
            self.tell(*products, error=error)
            run = self.start_import()
            self.run_due(run)
            self.assertEqual((run.state, run.dead, run.difference_count), ('failed', True, 0))
        self.tell(SOLD)
        run.action_job_retry()
        self.run_due(run)
        self.assertEqual(run.state, 'done')

    def test_fetching_begins_anew_after_a_process_has_died(self):
        self.tell(SOLD, RANGE, error=KeyboardInterrupt())
        run = self.start_import()
        with patch.object(imports, 'FETCH_BATCH', 1), suppress(KeyboardInterrupt):
            self.run_due(run)
        lines = self.env['wx.recharge.import.line']
        self.assertEqual(lines.search_count([('import_id', '=', run.id)]), 2)
        self.tell(RANGE)
        self.run_due(run)
        self.assertEqual(self.differences(run), [('new', '905', 'open')])

    def test_applying_goes_on_after_a_process_has_died(self):
        skus = [f'901:{number}' for number in range(1, 6)]
        run = self.run_import(*(replace(SOLD, sku=sku) for sku in skus))
        run.action_apply_all()
        apply, calls = type(run)._apply_sound, []

        def die(self, ids):
            calls.append(ids)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return apply(self, ids)

        with (
            patch.object(imports, 'APPLY_BATCH', 2),
            patch.object(type(run), '_apply_sound', die),
            suppress(KeyboardInterrupt),
        ):
            self.run_due(run)
        self.env.invalidate_all()
        self.assertEqual((run.state, run.applied_count), ('applying', 2))
        self.assertEqual(self.products_of().mapped('sku'), skus[:2])
        self.run_due(run)
        self.assertEqual((run.state, run.applied_count), ('done', 5))
        self.assertEqual(self.products_of().mapped('sku'), skus)

    # === RANGES === #

    def test_amounts_of_a_range_cost_their_share(self):
        self._applied(RANGE)
        offered = self.products_of()
        self.assertRecordValues(
            offered,
            [{'side': 'receive', 'amount_min': 3, 'amount_max': 53, 'denomination': 'range'}],
        )
        found = offered._add_amounts([Decimal(13), Decimal(28)])
        self.assertRecordValues(
            found.sorted('amount'),
            [
                # 2 + 10/50 × 40
                {'sku': '905', 'amount': 13, 'cost': 10, 'receive_amount': 13},
                {'sku': '905', 'amount': 28, 'cost': 22, 'receive_amount': 28},
            ],
        )
        self.assertEqual(found.amount_currency_id, self.env.ref('base.SGD'))
        self.assertEqual(offered._add_amounts([Decimal(13)]), found.sorted('amount')[0])
        run = self._applied(replace(RANGE, cost_max=Decimal(52)))
        self.assertEqual(self.differences(run), [('price', '905', 'applied')])
        self.assertEqual(found.sorted('amount').mapped('cost'), [12, 27])
        self._applied(replace(SOLD, sku='901:1'))
        self.assertEqual(found.mapped('active'), [False, False])

    # === WHAT ARRIVES === #

    def _sold(self, told, **changes):
        """Sell a product, import it changed, and return it with the import."""
        self._applied(told)
        product = self.products_of()
        product.package_id = self.package
        return product, self._applied(replace(told, **changes))

    def test_product_that_gives_what_is_promised_stays_with_its_package(self):
        self.package.face_value = 6.5
        for changes in (
            {'receive_amount': Decimal('6.49')},
            {'receive_amount': Decimal(9)},
            {'kind': Kind.PIN},
            {'name': 'Singtel top'},
        ):
            with self.subTest(changes=changes):
                product, run = self._sold(SOLD, **changes)
                self.assertEqual(product.package_id, self.package)
                self.assertEqual((run.left_out, run.note), (False, False))

    def test_product_that_gives_less_or_something_else_leaves_its_package(self):
        self.package.face_value = 6.5
        for changes in (
            {'receive_amount': Decimal('6.48')},
            {'receive_amount': None},
            {'receive_currency': 'MYR'},
            {'kind': Kind.DATA},
            {'kind': Kind.BILL},
            {'redemption': Redemption.PIN},
        ):
            with self.subTest(changes=changes):
                product, run = self._sold(SOLD, **changes)
                self.assertFalse(product.package_id)
                self.assertFalse(self.package.deliverable)
                self.assertEqual(run.left_out, {UNFIT: 1})
                self.assertEqual(run.note, f'1 products have no package: {UNFIT}')

    def test_product_that_never_fitted_stays_while_what_arrives_is_the_same(self):
        self.package.face_value = 7
        product, _run = self._sold(SOLD, name='Singtel top')
        self.assertEqual(product.package_id, self.package)

    def test_product_that_comes_back_with_less_leaves_its_package(self):
        self._applied(SOLD, RANGE)
        product = self.products_of().filtered(lambda one: one.sku == '901:5.00')
        product.package_id = self.package
        self._applied(RANGE)
        run = self._applied(replace(SOLD, receive_amount=Decimal(3)), RANGE)
        self.assertTrue(product.active)
        self.assertFalse(product.package_id)
        self.assertEqual(run.left_out, {UNFIT: 1})

    def test_amounts_of_a_range_leave_packages_that_promise_more(self):
        by_cost = replace(RANGE, sides=(Side.SEND,))
        self._applied(by_cost)
        offered = self.products_of()
        less, enough = offered._add_amounts([Decimal(10), Decimal(20)]).sorted('amount')
        self.assertEqual((less.receive_amount, enough.receive_amount), (13, 25.5))
        less.package_id = self._create_package(face_value=13)
        enough.package_id = self._create_package(face_value=20)
        run = self._applied(replace(by_cost, receive_max=Decimal(48)))
        self.assertEqual((less.receive_amount, enough.receive_amount), (12, 23.25))
        self.assertFalse(less.package_id)
        self.assertEqual(enough.package_id.face_value, 20)
        self.assertEqual(run.left_out, {UNFIT: 1})

    # === PEOPLE AND SCHEDULES === #

    def test_daily_import_begins_where_it_is_wanted(self):
        other = self._create_supplier(name='Other')
        suppliers = self.env['wx.recharge.supplier']
        suppliers.search([]).import_daily = False
        other.import_daily = True
        with patch.object(type(self.env['ir.cron']), '_commit_progress', autospec=True):
            suppliers._cron_plan_imports()
            suppliers._cron_plan_imports()
        runs = self.env['wx.recharge.import'].search([('state', '=', 'queued')])
        self.assertEqual(runs.supplier_id, other)
        self.assertEqual(len(runs), 1)

    def test_each_act_needs_its_permission(self):
        run = self.run_import(SOLD)
        viewer = self._create_clerk('im_viewer', 'recharge.import.view', 'recharge.supplier.view')
        for act in (
            self.supplier.with_user(viewer).action_import,
            run.with_user(viewer).action_apply_all,
            run.with_user(viewer).action_ignore_all,
            run.difference_ids.with_user(viewer).action_apply,
            run.difference_ids.with_user(viewer).action_ignore,
        ):
            with self.subTest(act=act), self.assertRaises(AccessError):
                act()
        self.assertEqual(run.difference_ids.state, 'open')
        clerk = self._create_clerk('im_clerk', 'recharge.import.view', 'recharge.import.apply')
        run.difference_ids.with_user(clerk).action_apply()
        self.assertEqual(run.difference_ids.applied_by_id, clerk)
        self.run_due(run)
        self.assertEqual(len(self.products_of()), 1)

    def test_progress_follows_what_is_fetched_and_applied(self):
        run = self.start_import()
        run.write({'expected_count': 50, 'fetched_count': 20})
        self.assertEqual(run.progress, 40)
        run.write({'fetched_count': 60})
        self.assertEqual(run.progress, 99)
        run.write({'state': 'applying', 'apply_count': 8, 'applied_count': 2})
        self.assertEqual(run.progress, 25)

    def test_kinds_of_products_are_those_of_the_library(self):
        self.assertEqual({kind for kind, _label in imports.PRODUCT_KINDS}, set(Kind))
        states = {state for state, _label in imports.IMPORT_STATES}
        self.assertEqual(set(imports.IMPORT_MOVES), states)
        self.assertLessEqual(set().union(*imports.IMPORT_MOVES.values()), states)
        states = {state for state, _label in imports.PRICE_STATES}
        self.assertEqual(set(imports.PRICE_MOVES), states)
        self.assertLessEqual(set().union(*imports.PRICE_MOVES.values()), states)
