from odoo.tests import tagged

from odoo.addons.wx_base.exceptions import Conflict

from .sale_common import SaleCase


@tagged('post_install', '-at_install')
class TestCouponScope(SaleCase):
    """Coupons that are good for some packages only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_package(
            name='Other', operator_id=cls._create_operator(name='StarHub').id, kind='data'
        )
        cls.elsewhere = cls.env['wx.recharge.country'].search(
            [('id', '!=', cls.country.id)], limit=1
        ) or cls.env['wx.recharge.country'].create({'country_id': cls.env.ref('base.th').id})

    def _scoped(self, **scope):
        """Return a coupon of the customer with that scope."""
        template = self.env['wx.coupon.template'].create(
            {'name': 'Scoped', 'amount_fen': 100, 'state': 'open', **scope}
        )
        return template._give(self.user_a, 'gift', ['scope'])[0]

    def _is_good(self, coupon, package=None):
        offer = (package or self.package)._offer()
        orders = self.env['wx.recharge.order']
        subject = orders._coupon_subject(offer)
        suggested, _saving = self.env['wx.coupon']._suggest(self.user_a, subject, 1000)
        try:
            accepted = coupon._saving(self.user_a, subject, 1000) == {coupon.id: 100}
        except Conflict:
            accepted = False
        self.assertEqual(coupon in suggested, accepted)
        return accepted

    def test_a_coupon_without_scope_is_good_for_all(self):
        coupon = self._scoped()
        self.assertTrue(self._is_good(coupon))
        self.assertTrue(self._is_good(coupon, self.other))
        self.assertEqual((coupon.scope, coupon.scope_text), ({}, 'Everything'))

    def test_each_part_of_the_scope_limits(self):
        fitting = (
            {'recharge_kind': 'airtime'},
            {'country_ids': (self.country + self.elsewhere).ids},
            {'operator_ids': self.operator.ids},
            {'package_ids': self.package.ids},
        )
        for scope in fitting:
            with self.subTest(scope=scope):
                coupon = self._scoped(**scope)
                self.assertTrue(self._is_good(coupon))
                if 'country_ids' not in scope:
                    self.assertFalse(self._is_good(coupon, self.other))
                coupon._void('done')
        coupon = self._scoped(country_ids=self.elsewhere.ids)
        self.assertFalse(self._is_good(coupon))

    def test_all_parts_must_fit(self):
        coupon = self._scoped(operator_ids=self.operator.ids, recharge_kind='data')
        self.assertFalse(self._is_good(coupon))
        self.assertFalse(self._is_good(coupon, self.other))

    def test_changing_a_template_changes_no_coupon_issued(self):
        coupon = self._scoped(package_ids=self.package.ids)
        coupon.template_id.package_ids = self.other
        self.assertTrue(self._is_good(coupon))
        self.assertFalse(self._is_good(coupon, self.other))

    def test_clients_and_staff_read_the_scope(self):
        coupon = self._scoped(
            recharge_kind='airtime', country_ids=self.country.ids, operator_ids=self.operator.ids
        )
        self.assertEqual(
            coupon.scope,
            {
                'kinds': ['airtime'],
                'country_ids': self.country.ids,
                'countries': ['SG'],
                'operator_ids': self.operator.ids,
            },
        )
        clerk = self._create_clerk('cs_clerk', 'coupon.view')
        text = coupon.with_user(clerk).scope_text
        for name in ('Airtime', self.country.display_name, self.operator.display_name):
            self.assertIn(name, text)

    def test_a_clerk_of_coupons_keeps_templates_without_the_catalogue(self):
        clerk = self._create_clerk('cs_keeper', 'coupon.template.manage')
        templates = self.env['wx.coupon.template'].with_user(clerk)
        self.assertNotIn('country_ids', templates.fields_get())
        template = templates.create({'name': 'Plain', 'amount_fen': 100})
        template.action_open()
        self.assertEqual((template.state, template.sudo()._scope()), ('open', {}))

    def test_under_a_floor_the_best_that_leaves_it_is_suggested(self):
        small, large = self._coupon(amount_fen=100), self._coupon(amount_fen=1000)
        orders = self.env['wx.recharge.order']
        self.assertEqual(orders._suggest_coupons(self.user_a, self._quote()), (large, 1000))
        self.env.company.wx_recharge_floor_percent = 1
        quote = self._quote()
        self.assertGreater(quote.floor_price_fen, quote.member_price_fen - 1000)
        self.assertEqual(orders._suggest_coupons(self.user_a, quote), (small, 100))
