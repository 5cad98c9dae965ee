from odoo import fields, models

from ..permission import requires


class ResUsersRole(models.Model):
    _inherit = 'res.users.role'

    require_second_factor = fields.Boolean(
        string='Second Factor',
        help='Whoever has this role signs in with an authenticator app or a passkey,'
        ' and reaches nothing else until it is set up.',
    )

    # === CRUD METHODS === #

    @requires('rbac.role.manage')
    def write(self, vals):
        result = super().write(vals)
        if 'require_second_factor' in vals:
            self.env.registry.clear_cache()
        return result
