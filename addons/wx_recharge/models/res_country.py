from odoo import models


class ResCountry(models.Model):
    """Offers name their country."""

    _name = 'res.country'
    _inherit = ['res.country', 'wx.recharge.catalogue.mixin']
