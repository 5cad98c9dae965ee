from odoo import fields, models

from odoo.addons.rbac_ext.fields import BigInteger


class WxRechargeLevelPrice(models.Model):
    """What the members of a level pay for a package; without a row they pay what everybody does."""

    _name = 'wx.recharge.level.price'
    _description = 'Price of a Level'
    _inherit = ['wx.recharge.catalogue.mixin']
    _order = 'package_id, level_id'
    _rec_name = 'package_id'

    package_id = fields.Many2one(
        'wx.recharge.package', required=True, readonly=True, index=True, ondelete='cascade'
    )
    level_id = fields.Many2one(
        'wx.member.level', required=True, readonly=True, index=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='package_id.company_id')
    price_fen = BigInteger(string='Price (fen)', required=True, readonly=True)

    _package_uniq = models.Constraint(
        'UNIQUE(package_id, level_id)', 'A level has one price of a package.'
    )
    _price_positive = models.Constraint('CHECK(price_fen > 0)', 'The price must be positive.')
