from odoo.tests import tagged

from .common import RechargeCase

FEW = 20
MANY = 20_000


@tagged('post_install', '-at_install')
class TestCatalogueLarge(RechargeCase):
    """A large catalogue is asked for with the queries of a small one."""

    def _fill(self, count):
        self.env.cr.execute(
            """INSERT INTO wx_recharge_package
                      (name, description, kind, operator_id, country_id, sequence, active,
                       price_fen, face_value, face_currency_id, validity_days, redemption,
                       show_ios, show_android, limit_user, limit_number, limit_days,
                       stock_limited, stock_qty)
               SELECT jsonb_build_object('en_US', 'Package ' || number), NULL, 'airtime',
                      %s, %s, 10, true, 1000 + number, 4, %s, 0, 'immediate',
                      true, true, 0, 0, 0, number %% 10 = 0, 5
               FROM generate_series(1, %s) AS number""",
            [self.operator.id, self.country.id, self.env.ref('base.SGD').id, count],
        )
        self.env.invalidate_all()
        self.package._forget_catalogue()

    def _queries(self, ask):
        """Return how many queries `ask` takes at first, and when it is asked again."""
        self.env.flush_all()
        self.package._forget_catalogue()
        counts = []
        for _ in range(2):
            self.env.invalidate_all()
            self.env.transaction.reset()  # each request has its own
            before = self.env.cr.sql_log_count
            ask()
            counts.append(self.env.cr.sql_log_count - before)
        return counts

    def _counts(self, packages):
        """Return the queries of the first page, of one in the middle, of a search, of one."""
        first, more = packages._list(None, 100, country='SG')
        middle = first[len(first) // 2].id

        def show(*page, **wanted):
            found, _more = packages._list(*page, country='SG', **wanted)
            found._in_stock()
            self.assertTrue(found)
            return [(package._offer(), package._price_fen_for(None)) for package in found]

        return more, [
            self._queries(lambda: show(None, 100)),
            self._queries(lambda: show(middle, 100)),
            self._queries(lambda: show(None, 100, text='package 1')),
            self._queries(lambda: packages._sold(middle)._in_stock()),
        ]

    def test_twenty_thousand_packages_take_the_queries_of_twenty(self):
        packages = self.env['wx.recharge.package'].with_env(self._as_customer(self.user_a))
        self._fill(FEW)
        more, few = self._counts(packages)
        self.assertFalse(more)
        self._fill(MANY)
        more, many = self._counts(packages)
        self.assertTrue(more)
        self.assertEqual(many, few)
        # Asked again: what is left of the scarce ones on the page, and nothing else.
        self.assertLessEqual(max(again for _first, again in many), 1)
