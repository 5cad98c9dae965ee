from odoo import models


class ResUsers(models.Model):
    _inherit = 'res.users'

    def _rbac_on_disabled(self):
        """Override to withdraw what disabled people have asked for."""
        self.env['rbac.approval']._rbac_on_disabled(self)
        return super()._rbac_on_disabled()
