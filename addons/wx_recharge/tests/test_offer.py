from decimal import Decimal

from odoo.tests import tagged

from ..models.wx_recharge_offer import Cost
from .common import OTHER_PHONE, RechargeCase


@tagged('post_install', '-at_install')
class TestOffer(RechargeCase):
    """What a package is stays in memory until it changes; what is left of it never does."""

    def setUp(self):
        super().setUp()
        self.customer_package = self.package.with_env(self._as_customer(self.user_a))

    def _offer(self):
        return self.customer_package._offer()

    def test_remembered_offer_costs_no_query(self):
        self._offer()
        self.env.invalidate_all()
        with self.assertQueryCount(0):
            self.assertEqual(self._offer().price_fen, 2380)

    def _names(self):
        """Return the names that the customer's list shows for the country."""
        self.env.flush_all()
        found, _more = self.customer_package._list(None, 10, country='SG')
        in_stock = found._in_stock()
        return [package._offer().name for package in found if package.id in in_stock]

    def test_remembered_list_costs_no_query_and_one_where_stock_is_limited(self):
        self._create_package(name='Second')
        self._names()
        self.env.invalidate_all()
        with self.assertQueryCount(0):
            self.assertEqual(len(self._names()), 2)
        self._create_package(name='Third', stock_limited=True, stock_qty=1)
        self._names()
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            self.assertEqual(len(self._names()), 3)

    def test_what_comes_and_goes_is_seen_at_once(self):
        self.assertEqual(self._names(), ['Singtel 4 SGD'])
        second = self._create_package(name='Second', sequence=1)
        self.assertEqual(self._names(), ['Second', 'Singtel 4 SGD'])
        second.sequence = 99
        self.assertEqual(self._names(), ['Singtel 4 SGD', 'Second'])
        self.package.active = False
        self.assertEqual(self._names(), ['Second'])
        second.unlink()
        self.assertEqual(self._names(), [])
        self.package.active = True
        self.assertEqual(self._names(), ['Singtel 4 SGD'])
        self.operator.active = False
        self.assertEqual(self._names(), [])
        self.operator.active = True
        self.country.active = False
        self.assertEqual(self._names(), [])

    def test_change_of_the_record_rules_is_seen_at_once(self):
        self.assertEqual(self._names(), ['Singtel 4 SGD'])
        rule = self.env.ref('wx_recharge.wx_recharge_package_rule_customer')
        rule.domain_force = "[('kind', '=', 'data')]"
        self.assertEqual(self._names(), [])

    def test_change_of_the_package_is_seen_at_once(self):
        self._offer()
        self.package.write({'price_fen': 2990, 'validity_days': 7, 'face_value': 5})
        offer = self._offer()
        self.assertEqual((offer.price_fen, offer.validity_days), (2990, 7))
        self.assertEqual(offer.face_texts, ('5.00', 'SGD'))

    def test_price_in_yuan_is_a_change_as_well(self):
        self._offer()
        self.package.price = 31.5
        self.env.flush_all()
        self.assertEqual(self._offer().price_fen, 3150)

    def test_changes_of_operator_and_country_are_seen_at_once(self):
        self._offer()
        self.operator.name = 'Singtel Prepaid'
        self.assertEqual(self._offer().operator_name, 'Singtel Prepaid')
        self.country.country_id.code = 'QS'
        self.env.flush_all()
        self.assertEqual(self._offer().country.iso2, 'QS')
        self.assertEqual(self.country._code(), 'QS')

    def test_change_of_the_currency_is_seen_at_once(self):
        self._offer()
        self.package.face_currency_id.rounding = 1
        self.assertEqual(self._offer().face_texts, ('4', 'SGD'))

    def test_each_language_is_remembered_by_itself(self):
        self.env['res.lang']._activate_lang('zh_CN')
        self.package.update_field_translations('name', {'zh_CN': '新加坡电信 4 元'})
        chinese = self.customer_package.with_context(lang='zh_CN')
        self.assertEqual(chinese._offer().name, '新加坡电信 4 元')
        self.assertEqual(self._offer().name, 'Singtel 4 SGD')
        self.package.update_field_translations('name', {'zh_CN': '新加坡电信'})
        self.assertEqual(chinese._offer().name, '新加坡电信')

    def test_supplier_that_is_paused_or_dearer_is_seen_at_once(self):
        package, company_id = self.customer_package, self.env.company.id
        usd = self.env.ref('base.USD').id
        self._set_rates(USD=1, CNY=7.2)
        rate = Decimal('7.2')
        self.assertEqual(package._expected_cost(company_id), Cost(3, usd, 2160, rate))
        self.product.cost = 3.2
        self.assertEqual(package._expected_cost(company_id), Cost(3.2, usd, 2304, rate))
        self._create_product(self.package, sku='902:2.90', priority=5, cost=2.9)
        self.assertEqual(package._expected_cost(company_id), Cost(2.9, usd, 2088, rate))
        self.supplier.paused = True
        self.assertIsNone(package._expected_cost(company_id))
        self.supplier.paused = False
        self.assertEqual(package._expected_cost(company_id), Cost(2.9, usd, 2088, rate))

    def test_change_of_a_rate_is_seen_at_once(self):
        self._set_rates(USD=1, CNY=7.2)
        self.assertEqual(self.customer_package._expected_cost(self.env.company.id).cost_fen, 2160)
        self._set_rates(CNY=7.001)
        cost = self.customer_package._expected_cost(self.env.company.id)
        self.assertEqual((cost.cost_fen, cost.rate), (2101, Decimal('7.001')))  # 2100.3 is up

    def test_cost_without_a_rate_is_not_known_in_yuan(self):
        self._set_rates(USD=1, CNY=7.2)
        self.env['res.currency.rate'].search([]).unlink()
        cost = self.customer_package._expected_cost(self.env.company.id)
        self.assertEqual((cost.amount, cost.cost_fen, cost.rate), (3, None, None))

    def test_cost_that_was_never_entered_is_not_known(self):
        self._set_rates(USD=1, CNY=7.2)
        usd, rate, company_id = self.env.ref('base.USD').id, Decimal('7.2'), self.env.company.id
        self.product.cost = 0
        self.assertEqual(self.customer_package._expected_cost(company_id), Cost(0, usd, None, rate))
        self._create_product(self.package, sku='902:2.90', priority=99, cost=2.9)
        self.assertEqual(
            self.customer_package._expected_cost(company_id), Cost(2.9, usd, 2088, rate)
        )

    def test_balance_is_no_change_of_the_catalogue(self):
        self.env.registry.cache_invalidated.clear()
        self.supplier.write({'balance': 12, 'balance_at': '2026-01-01'})
        self.assertFalse(self.env.registry.cache_invalidated)

    def test_placing_an_order_reads_nothing_of_the_catalogue(self):
        self._place()
        self.env.flush_all()
        self.env.invalidate_all()
        # The customer's company and level, the time, the blacklist, two rows, and their link.
        with self.assertQueryCount(6):
            self._place(phone=OTHER_PHONE)
            self.env.flush_all()

    def test_stock_is_read_each_time(self):
        self.package.write({'stock_limited': True, 'stock_qty': 1})
        self.assertTrue(self.customer_package._in_stock())
        self.env.flush_all()
        self.env.registry.cache_invalidated.clear()
        self.package._take_stock()
        self.assertFalse(self.customer_package._in_stock())
        self.assertFalse(self.env.registry.cache_invalidated)

    def test_change_is_told_again_after_the_commit(self):
        """Until then another thread may have remembered the old row."""
        self.env.flush_all()
        self.env.registry.cache_invalidated.clear()
        self.package.price_fen = 2990
        self.env.registry.cache_invalidated.clear()
        self.env.cr.postcommit.run()
        self.assertIn('stable', self.env.registry.cache_invalidated)
