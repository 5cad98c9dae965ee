from itertools import permutations

from odoo.tests import TransactionCase, tagged

from ..const.routing import PAUSE_KINDS, PROBE_SECONDS, PROBES_LAST, STRATEGIES
from ..routing import Route, arrange, may_return, probe_delay
from .common import RechargeCase

ROUTES = (
    Route(1, priority=10, cost_fen=2000, share=99),
    Route(2, priority=20, cost_fen=1800, share=60),
    Route(3, priority=30, cost_fen=1900, share=None),
    Route(4, priority=40, cost_fen=None, share=100),
    Route(5, priority=5, cost_fen=100, share=100, covered=False),
)
# strategy → ids in the order in which they are tried
MATRIX = {
    'priority': [1, 2, 3, 4],
    'cost': [2, 3, 1, 4],
    'success': [4, 1, 3, 2],
    # 2000/0.99 = 2020, 1900/0.90 = 2111, 1800/0.60 = 3000
    'value': [1, 3, 2, 4],
}


@tagged('post_install', '-at_install')
class TestArrange(TransactionCase):
    def test_every_strategy_has_its_row_in_the_matrix(self):
        self.assertEqual(set(MATRIX), {key for key, _label in STRATEGIES})

    def test_each_strategy_orders_by_its_own_measure_whatever_the_input_order(self):
        for strategy, expected in MATRIX.items():
            for routes in permutations(ROUTES):
                with self.subTest(strategy=strategy, routes=[route.id for route in routes]):
                    self.assertEqual(arrange(routes, strategy), expected)

    def test_what_cannot_be_paid_for_is_left_out_even_when_it_is_all_there_is(self):
        for strategy in MATRIX:
            self.assertEqual(arrange(ROUTES[4:], strategy), [])

    def test_equal_routes_keep_the_order_of_their_ids(self):
        twins = [Route(number, 10, 500, 90) for number in (9, 3, 7)]
        for strategy in MATRIX:
            self.assertEqual(arrange(twins, strategy), [3, 7, 9])

    def test_supplier_that_delivers_nothing_is_the_last_by_value(self):
        routes = [Route(1, 10, 1, 0), Route(2, 10, 9999, 5), Route(3, 10, None, 100)]
        self.assertEqual(arrange(routes, 'value'), [2, 1, 3])

    def test_new_supplier_is_tried_before_a_bad_and_after_a_good_one(self):
        routes = [Route(1, 10, 5, 85), Route(2, 10, 5, None), Route(3, 10, 5, 95)]
        self.assertEqual(arrange(routes, 'success'), [3, 2, 1])

    # === RETURN === #

    def test_gap_doubles_and_ends_with_a_person(self):
        delays = [probe_delay(pauses) for pauses in range(1, PROBES_LAST + 2)]
        expected = [PROBE_SECONDS * 2**power for power in range(PROBES_LAST)]
        self.assertEqual(delays, [*expected, None])

    def test_what_a_person_paused_never_returns_alone(self):
        self.assertFalse(may_return('person', 1e9, 0, 0, was_refused=True))

    def test_every_kind_stays_paused_below_the_reserve(self):
        for kind, _label in PAUSE_KINDS:
            self.assertFalse(may_return(kind, 9.99, 0, 10, was_refused=True))

    def test_account_returns_with_money_or_after_a_refusal_only(self):
        cases = {
            (50, None, False): False,
            (50, 50, False): False,
            (50, 60, False): False,
            (50.01, 50, False): True,
            (50, 50, True): True,
        }
        for (balance, baseline, refused), expected in cases.items():
            with self.subTest(balance=balance, baseline=baseline, refused=refused):
                back = may_return('account', balance, baseline, 0, was_refused=refused)
                self.assertIs(back, expected)

    def test_failing_supplier_returns_when_it_answers(self):
        self.assertTrue(may_return('failures', 0, None, 0, was_refused=False))


@tagged('post_install', '-at_install')
class TestRouting(RechargeCase):
    """Which products of a package are tried, in which order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls._create_supplier(name='Second')
        cls.cheap = cls._create_product(
            cls.package, supplier_id=cls.second.id, sku='901:3.00', cost=2, priority=20
        )

    def _order(self):
        return self.package._supplier_products(self.env.company, covered=True)

    def test_company_says_the_order_and_a_package_may_say_another(self):
        self._set_rates(CNY=7, USD=1)
        self.assertEqual(self._order(), self.product + self.cheap)
        self.env.company.wx_recharge_strategy = 'cost'
        self.assertEqual(self._order(), self.cheap + self.product)
        self.package.strategy = 'priority'
        self.assertEqual(self._order(), self.product + self.cheap)

    def test_costs_in_different_currencies_are_compared_in_yuan(self):
        self.env.company.wx_recharge_strategy = 'cost'
        self._set_rates(CNY=7, USD=1)
        self.cheap.write({'cost': 21.01, 'cost_currency_id': self.env.ref('base.CNY').id})
        self.assertEqual(self._order(), self.product + self.cheap)
        self.cheap.cost = 20.99
        self.assertEqual(self._order(), self.cheap + self.product)

    def test_cost_without_a_rate_comes_last(self):
        self.env.company.wx_recharge_strategy = 'cost'
        self._set_rates(CNY=7, USD=1)
        currency = self.env['res.currency'].create({'name': 'XTS', 'symbol': 'x'})
        self.cheap.write({'cost': 0.01, 'cost_currency_id': currency.id})
        self.assertEqual(self._order(), self.product + self.cheap)

    def test_share_of_the_supplier_decides(self):
        self.env.company.wx_recharge_strategy = 'success'
        self.supplier.routing_share, self.second.routing_share = 70, 95
        self.assertEqual(self._order(), self.cheap + self.product)

    def test_balance_that_does_not_pay_for_it_is_passed_over(self):
        self.supplier._refresh_balance()
        self.assertEqual(self._order(), self.product + self.cheap)
        self.supplier.balance = 2.99
        self.assertEqual(self._order(), self.cheap)

    def test_balance_never_told_or_in_another_currency_is_no_reason(self):
        self.assertFalse(self.supplier.balance_at)
        self.assertEqual(self._order(), self.product + self.cheap)
        self.supplier._refresh_balance()
        self.supplier.write({'balance': 0, 'balance_currency_id': self.env.ref('base.EUR').id})
        self.assertEqual(self._order(), self.product + self.cheap)

    def test_what_was_ordered_since_the_balance_was_told_is_taken_off(self):
        self.supplier._refresh_balance()
        self.supplier.balance = 5
        self.assertEqual(self._order(), self.product + self.cheap)
        _order, attempt = self.paid_order()
        self.run_attempt(attempt)
        self.assertEqual(attempt.state, 'accepted')
        self.assertEqual(self._order(), self.cheap)
        self.tell_status('FAILED')
        self.run_attempt(attempt)
        self.assertEqual(self._order(), self.product + self.cheap)

    def test_next_supplier_is_tried_only_after_a_final_failure(self):
        order, attempt = self.paid_order()
        self.outside.on('/topups-async', TimeoutError)
        self.run_attempt(attempt)
        self.assertEqual((attempt.state, len(order.attempt_ids)), ('unknown', 1))
        self.accept()
        self.tell_report('FAILED')
        self.run_attempt(attempt)
        self.assertEqual(attempt.state, 'failed')
        other = order.attempt_ids - attempt
        self.assertEqual((other.supplier_id, other.state), (self.second, 'draft'))

    def _fail_first(self, **values):
        """Return an order whose first attempt has failed for sure, the next product written so."""
        self._set_rates(USD=1, CNY=7.2)
        self.cheap.write(values)
        order, attempt = self.paid_order()
        self.run_attempt(attempt)
        self.tell_status('FAILED')
        self.run_attempt(attempt)
        self.assertEqual(attempt.state, 'failed')
        return order

    def test_next_supplier_that_costs_more_than_was_paid_is_not_tried(self):
        order = self._fail_first(cost=3.31)  # 23.84 yuan for 23.80
        self.assertEqual((order.state, order.failure), ('refunding', 'refused'))
        self.assertEqual((len(order.attempt_ids), len(self.submits())), (1, 1))
        self.assertEqual(order.payment_order_id.refund_ids.amount_fen, 2380)
        self.assertIn('as it would be a loss: Second 901:3.00', order.failure_note)

    def test_next_supplier_that_costs_what_was_paid_is_tried(self):
        order = self._fail_first(cost=3.305)  # 23.796 yuan, 23.80 rounded up
        self.assertEqual((order.state, len(order.attempt_ids)), ('fulfilling', 2))

    def test_company_may_bear_a_loss(self):
        self.env.company.wx_recharge_reroute_loss_percent = 3  # up to 24.51 yuan
        order = self._fail_first(cost=3.404)
        self.assertEqual(order.attempt_ids.supplier_id, self.supplier + self.second)
        self.assertFalse(order.payment_order_id.refund_ids)

    def test_loss_beyond_what_the_company_bears_is_refused(self):
        self.env.company.wx_recharge_reroute_loss_percent = 3
        order = self._fail_first(cost=3.405)  # 24.516 yuan
        self.assertEqual((order.state, len(order.attempt_ids)), ('refunding', 1))

    def test_next_supplier_of_unknown_cost_is_tried(self):
        order = self._fail_first(cost=0)
        self.assertEqual((order.state, len(order.attempt_ids)), ('fulfilling', 2))
        self.assertFalse(order.failure_note)

    def test_first_supplier_is_the_quotes_matter(self):
        self._set_rates(USD=1, CNY=7.2)
        self.product.cost = 9
        order, attempt = self.paid_order()
        self.assertEqual((order.state, attempt.supplier_product_id), ('fulfilling', self.product))

    def test_package_is_not_sold_on_a_supplier_out_of_money(self):
        self.cheap.active = False
        self.supplier.balance_reserve = 600
        self.assertTrue(self.package._expected_cost(self.env.company.id))
        self.supplier._refresh_balance()
        self.assertTrue(self.supplier.is_exhausted)
        self.assertFalse(self.package._expected_cost(self.env.company.id))
        self.outside.on('/accounts/balance', {'balance': 600, 'currencyCode': 'USD'})
        self.supplier._refresh_balance()
        self.assertTrue(self.package._expected_cost(self.env.company.id))
