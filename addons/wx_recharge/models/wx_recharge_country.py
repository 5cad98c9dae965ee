from odoo import api, fields, models, tools

from ..shown import ShownCountry


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
    flag_url = fields.Char(string='Flag', related='country_id.image_url')
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    hot = fields.Boolean(help='Shown among the popular countries.')
    operator_ids = fields.One2many('wx.recharge.operator', 'country_id', string='Operators')

    _country_uniq = models.Constraint('UNIQUE(country_id)', 'This country is in the list already.')

    # === BUSINESS METHODS === #

    @tools.ormcache('self.id', cache='stable')
    def _code(self):
        """Return the country's ISO 3166-1 code, kept in memory: every order shows it."""
        return self.sudo().iso2

    # The cache `default`: changing record rules or groups clears it.
    @api.model
    @tools.ormcache('self.env.uid', 'self.env.su', 'self.env.lang')
    def _shown(self):
        """Return the countries that the record rules let this user see, in the shop's order.

        :rtype: tuple[ShownCountry]
        """
        countries_sudo = self.search([]).sudo()  # customers may not read Odoo's own countries
        countries_sudo.country_id.mapped('name')  # one query for all names
        return tuple(
            ShownCountry(
                id=country.id,
                iso2=country.iso2,
                name=country.country_id.name,
                calling_code=country.calling_code,
                hot=country.hot,
                flag_path=country.flag_url or '',
            )
            for country in countries_sudo
        )

    @api.model
    def _of_code(self, iso2):
        """Return the country that customers see by its code, empty when it is not sold to."""
        found = [country.id for country in self._shown() if country.iso2 == iso2]
        return self.browse(found)
