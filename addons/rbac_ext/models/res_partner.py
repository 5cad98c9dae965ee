from odoo import models


class ResPartner(models.Model):
    _inherit = 'res.partner'

    def write(self, vals):
        """Override of `base`: days of roles begin at midnight of the company's new time zone."""
        result = super().write(vals)
        if 'tz' in vals:
            companies = self.env['res.company'].sudo()
            if companies.search_count([('partner_id', 'in', self.ids)], limit=1):
                self.env.registry.clear_cache()
        return result
