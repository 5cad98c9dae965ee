from decimal import Decimal

from odoo import fields, models, tools

from odoo.addons.wx_base.tools.caching import forget_cached

from ..const import orders as const
from ..values import OrderTerms

# Read for every order, so kept in memory.
TERMS = frozenset({'wx_recharge_payment_minutes', 'wx_recharge_floor_percent'})


class ResCompany(models.Model):
    """What a company has decided for the top-ups it sells."""

    _inherit = 'res.company'

    wx_recharge_payment_minutes = fields.Integer(
        string='Time to Pay (minutes)',
        required=True,
        default=const.PAYMENT_SECONDS // 60,
        help='An order that is not paid within this time is closed; coupons and stock are free '
        'again.',
    )
    wx_recharge_confirm_days = fields.Integer(
        string='Receipt Confirmed after (days)',
        required=True,
        default=const.CONFIRM_DAYS,
        help='Counted from the delivery. 0: receipts are not confirmed by themselves.',
    )
    wx_recharge_refund_days = fields.Integer(
        string='Refund Requests within (days)',
        required=True,
        default=const.REFUND_REQUEST_DAYS,
        help='Days after the delivery in which customers may ask for their money in the '
        'mini-program. 0: they cannot.',
    )
    wx_recharge_floor_percent = fields.Float(
        string='Least Margin (%)',
        digits=(8, 2),
        required=True,
        default=0,
        help='Of the expected cost, where no price rule says another floor. An order that leaves '
        'less is refused, coupons included. 0: no floor.',
    )
    wx_recharge_shipping_hours = fields.Integer(
        string='Alarm about Shipping after (hours)',
        required=True,
        default=const.SHIPPING_ALARM_HOURS,
        help='Deliveries that WeChat has not been told of for so long are an alarm. WeChat itself '
        'reminds after 48 hours.',
    )

    _wx_recharge_payment_check = models.Constraint(
        'CHECK(wx_recharge_payment_minutes BETWEEN 1 AND 1440)',
        'Customers have between one minute and a day to pay.',
    )
    _wx_recharge_days_check = models.Constraint(
        'CHECK(wx_recharge_confirm_days >= 0 AND wx_recharge_refund_days >= 0)',
        'Days cannot be negative.',
    )
    _wx_recharge_floor_check = models.Constraint(
        'CHECK(wx_recharge_floor_percent >= 0)', 'The least margin cannot be negative.'
    )
    _wx_recharge_shipping_check = models.Constraint(
        'CHECK(wx_recharge_shipping_hours >= 1)', 'The alarm comes after an hour at least.'
    )

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `odoo` to have all processes read the terms again."""
        if TERMS & vals.keys():
            forget_cached(self.env, 'stable')
        return super().write(vals)

    # === BUSINESS METHODS === #

    @tools.ormcache('self.id', cache='stable')
    def _recharge_terms(self):
        """Return what is asked for every order.

        :rtype: OrderTerms
        """
        company_sudo = self.sudo()  # customers may not read companies
        return OrderTerms(
            payment_seconds=60 * company_sudo.wx_recharge_payment_minutes,
            floor_percent=Decimal(str(company_sudo.wx_recharge_floor_percent)),
        )
