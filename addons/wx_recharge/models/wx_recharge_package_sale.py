from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.wx_base.const import PLATFORMS
from odoo.addons.wx_base.exceptions import Conflict

from ..const.catalogue import REDEMPTIONS
from ..const.orders import ORDER_VOID_STATES
from ..shown import SaleRule


class WxRechargePackage(models.Model):
    """How a package is put on show, and to whom and how often it is sold."""

    _inherit = 'wx.recharge.package'

    # What is told of it
    redemption = fields.Selection(
        list(REDEMPTIONS),
        required=True,
        default='immediate',
        help='By a code: the customer receives a code and redeems it at the operator.',
    )
    benefits = fields.Text(
        translate=True, help='What is inside, one thing a line, such as 5 GB or 100 minutes.'
    )

    # Place in the shop
    hot = fields.Boolean(help='Shown with a mark, and found by the filter for what is popular.')
    recommended = fields.Boolean(help='Shown as our recommendation.')
    show_ios = fields.Boolean(string='On iOS', default=True, help='Sold to clients on iOS.')
    show_android = fields.Boolean(
        string='On Android', default=True, help='Sold to clients on Android.'
    )
    sale_from = fields.Datetime(string='Sold From', help='Empty: at once.')
    sale_until = fields.Datetime(string='Sold Until', help='Empty: until further notice.')

    # How often it is sold
    limit_user = fields.Integer(
        string='Orders per Customer', help='Orders a customer may have in the period; 0: any.'
    )
    limit_number = fields.Integer(
        string='Orders per Number',
        help='Orders there may be for one number in the period, whoever orders; 0: any.',
    )
    limit_days = fields.Integer(
        string='Period of Limits', help='Days that are looked back; 0: from the beginning.'
    )

    _limits_not_negative = models.Constraint(
        'CHECK(limit_user >= 0 AND limit_number >= 0 AND limit_days >= 0)',
        'Limits cannot be negative.',
    )
    _sale_window = models.Constraint(
        'CHECK(sale_from < sale_until)', 'The sale must begin before it ends.'
    )

    # === CONSTRAINT METHODS === #

    @api.constrains('show_ios', 'show_android')
    def _check_platforms(self):
        for package in self:
            if not package.show_ios and not package.show_android:
                raise ValidationError(
                    self.env._(
                        'Hidden from every platform: archive %(name)s instead.', name=package.name
                    )
                )

    # === BUSINESS METHODS === #

    def _sale_rule(self):
        """Return when and where the package is sold."""
        self.ensure_one()
        shown = zip(PLATFORMS, (self.show_ios, self.show_android), strict=True)
        return SaleRule(
            sale_from=self.sale_from or None,
            sale_until=self.sale_until or None,
            platforms=tuple(platform for platform, visible in shown if visible),
        )

    @api.model
    def _platform(self):
        """Return what the client of this request runs on, None when it does not say."""
        return self.env.context.get('wx_platform')

    def _check_sale(self, wx_user, platform=None):
        """Refuse what is not sold to this client now.

        :param wx_user: who wants to buy; its company was looked at on the shelf
        :param str platform: one of `PLATFORMS`; None: what the request says
        :raise Conflict: outside of the time of sale, or hidden from the platform
        """
        rule = self._offer().rule
        if not rule.allows(fields.Datetime.now(), platform or self._platform()):
            raise Conflict(self.env._('This package is not on sale at the moment.'))

    def _check_limits(self, wx_user, e164, *, turn=True):
        """Refuse an order over the limit of its customer or its number.

        Counted are the customer's orders that have or may still have an effect. With `turn` no
        other order of the same customer or number for this package can be placed until this
        transaction ends (`wx.recharge.turn`), so two at once are not one too many.

        :param str e164: the number, as E.164
        :param bool turn: False to look only, such as for a quote
        :raise Conflict: the limit is reached
        """
        offer = self._offer()
        subjects = [
            (name, value, limit)
            for name, value, limit in (
                ('wx_user_id', wx_user.id, offer.limit_user),
                ('phone', e164, offer.limit_number),
            )
            if limit
        ]
        if turn and subjects:
            self.env['wx.recharge.turn']._take(
                f'package {self.id} {name} {value}' for name, value, _limit in subjects
            )
        for name, value, limit in subjects:
            if self._count_orders(name, value, limit, offer.limit_days) >= limit:
                raise Conflict(self._limit_message(name, limit, offer.limit_days))

    def _count_orders(self, name, value, limit, days):
        domain = [
            (name, '=', value),
            ('package_id', '=', self.id),
            ('state', 'not in', ORDER_VOID_STATES),
        ]
        if days:
            domain.append(('create_date', '>', fields.Datetime.now() - timedelta(days=days)))
        # A number's orders may be other customers'; only how many there are is used.
        return self.env['wx.recharge.order'].sudo().search_count(domain, limit=limit)

    def _limit_message(self, name, limit, days):
        if name == 'phone':
            text = self.env._('This number has had this package as often as it may be sold.')
        else:
            text = self.env._('You have had this package as often as it may be sold.')
        if not days:
            return text
        period = self.env._('Limit: %(limit)s in %(days)s days.', limit=limit, days=days)
        return f'{text} {period}'
