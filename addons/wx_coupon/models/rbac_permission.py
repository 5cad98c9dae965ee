from odoo import api, models


class RbacPermission(models.Model):
    _inherit = 'rbac.permission'

    @api.model
    def _app_names(self):
        """Override of `rbac_ext` to name the part of codes that this addon owns."""
        return {**super()._app_names(), 'coupon': self.env._('Coupons')}
