from odoo import fields, models

from ..const.routing import STRATEGIES


class ResCompany(models.Model):
    _inherit = 'res.company'

    wx_recharge_strategy = fields.Selection(
        list(STRATEGIES),
        string='Order of Suppliers',
        required=True,
        default='priority',
        help='Which supplier is tried first where several deliver a package. The next one is '
        'tried only after the one before has failed for sure.',
    )

    wx_recharge_reroute_loss_percent = fields.Integer(
        string='Loss Borne for Delivery (%)',
        required=True,
        default=0,
        help='Of the price that was paid. After a failure the next supplier is not tried when its '
        'cost is further above the price: the order fails and is refunded. 0: no order is '
        'delivered at a loss by another supplier. Costs that are not known are not refused.',
    )

    _wx_recharge_reroute_loss_check = models.Constraint(
        'CHECK(wx_recharge_reroute_loss_percent BETWEEN 0 AND 100)',
        'The loss borne for a delivery is between 0 and 100 per cent.',
    )

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `odoo` to have all processes read the catalogue again."""
        if 'wx_recharge_strategy' in vals:
            self.env['wx.recharge.package']._forget_catalogue()
        return super().write(vals)
