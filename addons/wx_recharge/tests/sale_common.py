from .common import RechargeCase


class SaleCase(RechargeCase):
    """A package of 23.80 yuan that costs 21.60, coupons, a member level and points."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_rates(USD=1, CNY=7.2)
        cls.level = cls.env['wx.member.level'].create({'name': 'Gold', 'code': 'test_gold'})

    def setUp(self):
        super().setUp()
        # Scheduled actions run within the test's transaction.
        crons = self.env.registry['ir.cron']
        self.patch(crons, '_commit_progress', lambda cron, *args, **kwargs: float('inf'))

    @classmethod
    def _coupon_template(cls, **values):
        return cls.env['wx.coupon.template'].create(
            {'name': 'Off', 'kind': 'fixed', 'amount_fen': 100, 'state': 'open', **values}
        )

    def _coupon(self, template=None, user=None, **values):
        """Issue a coupon of 1 yuan, or of the template or its values."""
        template = template or self._coupon_template(**values)
        row = {'wx_user_id': (user or self.user_a).id, 'source': 'gift'}
        return template._issue([row])

    def _quote(self, coupons=(), user=None, package=None, phone='+6581234567'):
        user = user or self.user_a
        env = self._as_customer(user)
        return env['wx.recharge.order']._quote(
            user.with_env(env), (package or self.package).id, phone, [each.id for each in coupons]
        )

    def _place_with(self, coupons, user=None):
        user = user or self.user_a
        env = self._as_customer(user)
        order = env['wx.recharge.order']._place(
            user.with_env(env), self.package.id, '+6581234567', [each.id for each in coupons]
        )
        return self.env['wx.recharge.order'].browse(order.id)

    def _points(self, user=None):
        """Let the company give points, and return the customer's account."""
        asset = self.env['wx.ledger.asset'].search(
            [('company_id', '=', self.env.company.id), ('kind', '=', 'points')], limit=1
        )
        self.env.company.write({'wx_points_asset_id': asset.id, 'wx_points_per_yuan': 1})
        return self.env['wx.ledger.account']._of_owner(asset, user or self.user_a, 'customer')
