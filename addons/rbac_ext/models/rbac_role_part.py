from odoo import api, models

from ..permission import requires


class RbacRolePart(models.AbstractModel):
    """Records that decide, beside the roles themselves, what roles give.

    They are changed by who may change roles, and what they say counts at once.
    """

    _name = 'rbac.role.part'
    _description = 'Part of What Roles Give'

    # === CRUD METHODS === #

    @api.model_create_multi
    @requires('rbac.role.manage')
    def create(self, vals_list):
        parts = super().create(vals_list)
        self._after_change()
        return parts

    @requires('rbac.role.manage')
    def write(self, vals):
        result = super().write(vals)
        self._after_change()
        return result

    @requires('rbac.role.manage')
    def unlink(self):
        result = super().unlink()
        self._after_change()
        return result

    # === BUSINESS METHODS === #

    @api.model
    def _after_change(self):
        """Forget what was known, in every process."""
        self.env.registry.clear_cache()
