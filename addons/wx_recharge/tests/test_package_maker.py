from dataclasses import replace
from decimal import Decimal

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..lib.topup.products import Kind, Redemption, RequiredFields
from .common import RechargeCase
from .import_common import RANGE, SOLD, ImportMixin


@tagged('post_install', '-at_install')
class TestPackageMaker(ImportMixin, RechargeCase):
    """Products of several suppliers become packages, the same one where they are the same."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.unlink()
        cls._set_rates(USD=1, CNY=7.2, EUR=0.9, SGD=1.35)
        cls.rule = cls.env['wx.recharge.price.rule'].create(
            {'name': 'All', 'margin_percent': 10, 'ending': '90'}
        )
        cls.other = cls._create_supplier(name='Other')

    def setUp(self):
        super().setUp()
        self.start_telling()

    def _import(self, *products, supplier=None, policy='sold'):
        """Import products of a supplier with a policy; return its products."""
        supplier = supplier or self.supplier
        supplier.import_packages = policy
        run = self.run_import(*products, supplier=supplier)
        self.apply_all(run)
        self.last_run = run
        return self.products_of(supplier)

    def _packages(self):
        packages = self.env['wx.recharge.package'].with_context(active_test=False)
        return packages.search([('country_id', '=', self.country.id)]) - self.package

    def test_without_a_policy_no_package_is_made(self):
        products = self._import(SOLD, policy='none')
        self.assertFalse(products.package_id)
        self.assertFalse(self._packages())

    def test_new_product_becomes_a_package_at_the_price_of_the_rules(self):
        product = self._import(SOLD)
        self.assertRecordValues(
            product.package_id,
            [
                {
                    'name': 'Singtel 6.5 SGD',
                    'kind': 'airtime',
                    'operator_id': self.operator.id,
                    'face_value': 6.5,
                    'face_currency_id': self.env.ref('base.SGD').id,
                    'validity_days': 30,
                    'redemption': 'immediate',
                    # 36.00 + 3.60, up to .90
                    'price_fen': 3990,
                    'active': True,
                }
            ],
        )

    def test_hidden_packages_wait_for_somebody(self):
        self.assertFalse(self._import(SOLD, policy='hidden').package_id.active)

    def test_same_product_of_another_supplier_is_the_same_package(self):
        first = self._import(SOLD)
        second = self._import(
            replace(SOLD, sku='77:1', operator_ref='77', operator_name=' SINGTEL '),
            supplier=self.other,
        )
        self.assertEqual(first.package_id, second.package_id)
        self.assertEqual(len(self._packages()), 1)
        self.assertEqual(len(first.package_id.supplier_product_ids), 2)

    def test_products_that_differ_are_packages_of_their_own(self):
        products = self._import(
            SOLD,
            replace(SOLD, sku='901:2', receive_amount=Decimal(7)),
            replace(SOLD, sku='901:3', validity='P7D'),
            replace(SOLD, sku='901:4', kind=Kind.PIN, redemption=Redemption.PIN),
            replace(SOLD, sku='901:5', receive_currency='EUR'),
            replace(SOLD, sku='901:6', operator_ref='902', operator_name='StarHub'),
            replace(SOLD, sku='901:7', kind=Kind.DATA, name='5 GB'),
            replace(SOLD, sku='901:8', kind=Kind.DATA, name='9 GB'),
        )
        self.assertEqual(len(products), 8)
        self.assertEqual(len(products.package_id), 8)
        self.assertEqual(self._packages().mapped('operator_id.name'), ['Singtel', 'StarHub'])

    def test_package_entered_by_hand_is_used(self):
        self.package.write({'face_value': 6.5, 'validity_days': 30})
        self.assertEqual(self._import(SOLD).package_id, self.package)
        self.assertEqual(self.package.price_fen, 2380)
        self.assertFalse(self._packages())

    def test_operator_that_is_renamed_here_stays_the_same(self):
        self._import(SOLD)
        self.operator.name = 'Singtel Prepaid'
        products = self._import(SOLD, replace(SOLD, sku='901:9', receive_amount=Decimal(9)))
        self.assertEqual(products.package_id.operator_id, self.operator)

    def test_picture_of_the_operator_is_kept_by_its_address(self):
        logo = 'https://cdn.example/901.png'
        self._import(replace(SOLD, logo_url=logo))
        self.assertEqual(self.operator.logo_url, logo)
        self.operator.logo_url = 'https://shop.example/ours.png'
        self._import(replace(SOLD, sku='901:9', receive_amount=Decimal(9), logo_url=logo))
        self.assertEqual(self.operator.logo_url, 'https://shop.example/ours.png')

    def test_country_is_made_by_its_code(self):
        malta = self.env['wx.recharge.country'].search([('iso2', '=', 'MT')])
        self.assertFalse(malta, 'the demonstration data has it')
        product = self._import(replace(SOLD, country='MT'), policy='hidden')
        country = product.package_id.country_id
        self.assertEqual((country.iso2, country.active), ('MT', False))

    def test_what_cannot_be_sold_is_told(self):
        self.rule.country_id = self.env['wx.recharge.country'].create(
            {'country_id': self.env.ref('base.mc').id}
        )
        products = self._import(
            SOLD,
            replace(SOLD, sku='901:2'),
            RANGE,
            replace(SOLD, sku='901:3', kind=Kind.BILL),
            replace(SOLD, sku='901:4', receive_amount=None),
            replace(SOLD, sku='901:5', required_fields=(RequiredFields('x', (('id',),)),)),
        )
        self.assertEqual(len(products), 6)
        self.assertFalse(products.package_id)
        self.assertEqual(
            sorted(self.last_run.note.splitlines()),
            [
                '1 products have no package: the amount is open; name the amounts that are sold',
                '1 products have no package: the supplier asks for more than the number',
                '1 products have no package: this kind is not sold',
                '1 products have no package: what arrives is not known',
                '2 products have no package: no price rule fits',
            ],
        )

    def test_cost_that_nobody_entered_is_no_gift(self):
        product = self._import(SOLD, policy='none')
        product.cost = 0
        self.assertEqual(product._make_packages(sell=True), {'what it costs is not known': 1})
        self.assertFalse(product.package_id)

    def test_missing_rate_is_named(self):
        self.env['res.currency.rate'].search(
            [('currency_id', '=', self.env.ref('base.EUR').id)]
        ).unlink()
        product = self._import(replace(SOLD, cost_currency='EUR'))
        self.assertFalse(product.package_id)
        self.assertRegex(self.last_run.note, r'1 products .*No exchange rate on .* for: EUR$')

    # === DIALOGUE === #

    def _maker(self, products, **values):
        makers = self.env['wx.recharge.package.maker'].with_context(active_ids=products.ids)
        return makers.create(values)

    def test_dialogue_makes_packages_of_chosen_products(self):
        products = self._import(SOLD, policy='none')
        clerk = self._create_clerk('pm_clerk', 'recharge.import.apply', 'recharge.catalogue.view')
        maker = self._maker(products.with_user(clerk))
        self.assertEqual((maker.product_count, maker.has_range), (1, False))
        maker.with_user(clerk).action_make()
        self.assertEqual(products.package_id.price_fen, 3990)
        self.assertFalse(products.package_id.active)

    def test_dialogue_asks_for_the_amounts_of_a_range(self):
        offered = self._import(RANGE, policy='none')
        maker = self._maker(offered, amounts='13, 28', sell=True)
        self.assertTrue(maker.has_range)
        maker.action_make()
        self.assertRecordValues(
            offered.amount_ids.sorted('amount').package_id,
            [
                # 72.00 + 7.20 and 158.40 + 15.84, up to .90
                {'name': 'Singtel 13 SGD', 'price_fen': 7990, 'active': True},
                {'name': 'Singtel 28 SGD', 'price_fen': 17490, 'active': True},
            ],
        )
        self.assertFalse(offered.package_id)

    def test_amount_out_of_the_range_or_of_no_number_is_refused(self):
        offered = self._import(RANGE, policy='none')
        for amounts in ('2', '60', 'ten', '-5', 'nan', '0'):
            with self.subTest(amounts=amounts), self.assertRaises(UserError):
                self._maker(offered, amounts=amounts).action_make()
        self.assertFalse(offered.amount_ids)
