from odoo import fields, models, tools


class WxRechargeCountry(models.Model):
    """A country that is sold to."""

    _name = 'wx.recharge.country'
    _description = 'Recharge Country'
    _inherit = ['wx.recharge.catalogue.mixin']
    _order = 'sequence, id'
    _rec_name = 'country_id'
    _rec_names_search = ['country_id.name', 'iso2']

    country_id = fields.Many2one('res.country', required=True, ondelete='restrict')
    iso2 = fields.Char(string='Code', related='country_id.code', store=True, index=True)
    calling_code = fields.Integer(related='country_id.phone_code', store=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    operator_ids = fields.One2many('wx.recharge.operator', 'country_id', string='Operators')

    _country_uniq = models.Constraint('UNIQUE(country_id)', 'This country is in the list already.')

    # === BUSINESS METHODS === #

    @tools.ormcache('self.id', cache='stable')
    def _code(self):
        """Return the country's ISO 3166-1 code, kept in memory: every order shows it."""
        return self.sudo().iso2
