import psycopg2

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import RechargeCase


@tagged('post_install', '-at_install')
class TestCatalogue(RechargeCase):
    def test_price_in_yuan_is_the_price_in_fen(self):
        self.assertEqual(self.package.price, 23.8)
        self.package.price = 19.99
        self.assertEqual(self.package.price_fen, 1999)

    def test_price_must_be_positive(self):
        with self.assertRaises(psycopg2.errors.CheckViolation), mute_logger('odoo.sql_db'):
            self.package.price_fen = 0
            self.package.flush_recordset()

    def test_stock_cannot_be_negative(self):
        with self.assertRaises(psycopg2.errors.CheckViolation), mute_logger('odoo.sql_db'):
            self.package.stock_qty = -1
            self.package.flush_recordset()

    def test_face_value_needs_a_currency(self):
        with self.assertRaises(ValidationError):
            self.package.face_currency_id = False

    def test_sku_must_have_the_form_of_the_supplier(self):
        for sku in ('901', '901:', 'x:3', '901:0', '901:-1', '901:1e3'):
            with self.subTest(sku=sku), self.assertRaises(ValidationError):
                self.product.sku = sku

    def test_operator_of_the_supplier_is_read_from_the_sku(self):
        self.assertEqual(self.product.operator_ref, '901')

    def test_cost_cannot_be_negative(self):
        with self.assertRaises(ValidationError):
            self.product.cost = -1

    def test_supplier_products_are_tried_by_priority(self):
        cheap = self._create_product(self.package, sku='902:2.90', priority=5)
        self.assertEqual(self.package._supplier_products(self.env.company), cheap + self.product)

    def test_paused_and_archived_suppliers_are_not_tried(self):
        self.supplier.paused = True
        self.assertFalse(self.package._supplier_products(self.env.company))
        self.supplier.write({'paused': False, 'active': False})
        self.assertFalse(self.package._supplier_products(self.env.company))

    def test_archived_products_are_not_tried(self):
        self.product.active = False
        self.assertFalse(self.package._supplier_products(self.env.company))

    def test_suppliers_of_another_company_are_not_tried(self):
        self.supplier.company_id = self.env['res.company'].create({'name': 'Elsewhere'})
        self.assertFalse(self.package._supplier_products(self.env.company))
        self.assertEqual(self.package._supplier_products(self.supplier.company_id), self.product)

    def test_a_country_is_listed_once(self):
        with self.assertRaises(psycopg2.errors.UniqueViolation), mute_logger('odoo.sql_db'):
            self.env['wx.recharge.country'].create({'country_id': self.country.country_id.id})

    def test_an_operator_is_listed_once_in_a_country(self):
        with self.assertRaises(psycopg2.errors.UniqueViolation), mute_logger('odoo.sql_db'):
            self._create_operator(name='Singtel')

    def test_counts_lead_to_the_rows(self):
        self._place()
        self.assertEqual((self.package.order_count, self.operator.package_count), (1, 1))
        self.assertEqual(
            self.env['wx.recharge.order'].search(self.package.action_open_orders()['domain']),
            self.package.env['wx.recharge.order'].search([('package_id', '=', self.package.id)]),
        )
        self.assertIn(
            self.package,
            self.env['wx.recharge.package'].search(self.operator.action_open_packages()['domain']),
        )

    # === LIST === #

    def test_pages_follow_the_order_of_the_shop_without_gap_or_repeat(self):
        first = self._create_package(name='First', sequence=1)
        last = self._create_package(name='Last', sequence=99)
        same = self._create_package(name='Same place')
        packages = self.env['wx.recharge.package']
        whole = first + self.package + same + last
        self.assertEqual(packages._list(None, 10, country='SG'), (whole, False))
        page, more = packages._list(None, 2, country='SG')
        self.assertEqual((page, more), (first + self.package, True))
        page, more = packages._list(page[-1].id, 2, country='SG')
        self.assertEqual((page, more), (same + last, False))

    def test_list_holds_what_was_asked_for(self):
        other = self._create_operator(name='StarHub')
        data = self._create_package(name='Data', kind='data', operator_id=other.id)
        packages = self.env['wx.recharge.package']
        for wanted, expected in (
            ({'kind': 'data'}, data),
            ({'operator_id': other.id}, data),
            ({'operator_id': self.operator.id}, self.package),
            ({'operator_id': self.operator.id, 'kind': 'data'}, packages),
        ):
            with self.subTest(wanted=wanted):
                found, _more = packages._list(None, 10, country='SG', **wanted)
                self.assertEqual(found, expected)
        self.assertIn(data, packages._list(None, 100, kind='data')[0])

    def test_page_goes_on_after_a_package_that_was_archived_meanwhile(self):
        second = self._create_package(name='Second', sequence=20)
        self.package.active = False
        packages = self.env['wx.recharge.package']
        found, more = packages._list(self.package.id, 10, country='SG')
        self.assertEqual((found, more), (second, False))
