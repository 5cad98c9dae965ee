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

    def write(self, vals):
        """Override of `odoo` to have all processes read the catalogue again."""
        if 'wx_recharge_strategy' in vals:
            self.env['wx.recharge.package']._forget_catalogue()
        return super().write(vals)
