import secrets
from datetime import UTC, datetime

from freezegun import freeze_time

from odoo import fields

from odoo.addons.wx_base.tests.common import WxCase, WxHttpCase
from odoo.addons.wx_payment.values import Way


def utc(*parts):
    """Return a moment as the ORM has it."""
    return datetime(*parts, tzinfo=UTC).replace(tzinfo=None)


# Noon in Shanghai, on the last day of January of a year without a 29th of February.
NOON = utc(2027, 1, 31, 4)


class MemberMixin:
    """Two levels, a plan of a month of each, and a free trial of a week."""

    @classmethod
    def setUpMember(cls):
        cls.silver, cls.gold = cls.env['wx.member.level'].create(
            [
                {'name': 'Test Silver', 'code': 't-silver', 'sequence': 10, 'lookup_quota': 5},
                {'name': 'Test Gold', 'code': 't-gold', 'sequence': 20, 'points_percent': 150},
            ]
        )
        cls.plan_silver = cls._create_plan(name='Silver Month', level_id=cls.silver.id)
        cls.plan_gold = cls._create_plan(name='Gold Month', level_id=cls.gold.id, price_fen=2990)
        cls.plan_trial = cls._create_plan(
            name='Trial',
            level_id=cls.silver.id,
            is_trial=True,
            price_fen=0,
            duration=7,
            duration_unit='day',
        )

    @classmethod
    def _create_plan(cls, **values):
        return cls.env['wx.member.plan'].create(
            {'name': 'Plan', 'level_id': cls.silver.id, 'price_fen': 990, **values}
        )

    def _place(self, plan=None, user=None):
        """Place an order as a customer does."""
        user = user or self.user_a
        env = self._as_customer(user)
        order = env['wx.membership.order']._place(user.with_env(env), (plan or self.plan_silver).id)
        return self.env['wx.membership.order'].browse(order.id)

    def _buy(self, plan=None, user=None, at=None):
        """Place an order and pay it; return it."""
        with freeze_time(at or fields.Datetime.now()):
            order = self._place(plan, user)
            if order.price_fen:
                self._pay(order)
        return order

    def _pay(self, order):
        """Book a payment of the order as a notice does, without the provider."""
        payment = order.payment_order_id
        channel = self._channel()
        payment._choose(Way('wxpay_v3'))
        attempt = self.env['wx.payment.attempt'].create(
            {
                'order_id': payment.id,
                'leg_id': payment.leg_ids.id,
                'channel_id': channel.id,
                'scene': 'miniprogram',
                'state': 'paid',
                'out_trade_no': f'{payment.name}_1',
                'amount_fen': payment.amount_fen,
                'paid_fen': payment.amount_fen,
                'appid': self.app.appid,
                'mchid': '1900007291',
                'openid': order.wx_user_id.openid,
                'transaction_id': f'42{payment.name}',
            }
        )
        payment.state = 'pending'
        payment._set_paid(attempt)

    def _channel(self):
        channels = self.env['wx.payment.channel']
        values = {
            'name': 'Test Channel',
            'kind': 'wxpay_v3',
            'app_id': self.app.id,
            'mchid': '1900007291',
            'merchant_serial': '408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB',
            'endpoint': 'simulator',
            'verification': 'certificates',
        }
        return channels.search([('app_id', '=', self.app.id)]) or channels.create(values)

    def _refund(self, order, amount_fen=None, succeeded=True):
        """Give money of the order back, as the provider's answer does."""
        payment = order.payment_order_id
        refund = payment._request_refund(amount_fen or payment.refundable_fen, 'Given back')
        refund.write({'state': 'done' if succeeded else 'closed'})
        payment._settle_refund(refund, succeeded)

    def _periods(self, user=None):
        """Return the timeline as `[(code of the level, from, until)]`."""
        periods = self.env['wx.membership.period'].search(
            [('wx_user_id', '=', (user or self.user_a).id)]
        )
        return [(period.level_id.code, period.start_at, period.end_at) for period in periods]

    def _create_points(self, **values):
        """Let the company give points; return their asset."""
        asset = self.env['wx.ledger.asset'].create(
            {'code': f'P{secrets.token_hex(4)}', 'name': 'Points', 'decimal_places': 0, **values}
        )
        self.env.company.wx_points_asset_id = asset
        return asset


class MemberCase(MemberMixin, WxCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpMember()


class MemberHttpCase(MemberMixin, WxHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpMember()
        cls.env.flush_all()

    def api(self, method, path, *, headers=None, **values):
        """Override of `wx_base` to ask for English, whatever languages the database has."""
        headers = {'Accept-Language': 'en-US', **(headers or {})}
        return super().api(method, path, headers=headers, **values)
