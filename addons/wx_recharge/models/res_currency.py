from odoo import models


class ResCurrency(models.Model):
    """Offers show amounts with their currency's code and decimals."""

    _name = 'res.currency'
    _inherit = ['res.currency', 'wx.recharge.catalogue.mixin']
