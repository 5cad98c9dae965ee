from odoo import api, fields, models

from ..const.catalogue import KINDS

CATALOGUE = (
    'wx_recharge.perm_recharge_catalogue_view_res_groups,'
    'wx_recharge.perm_recharge_catalogue_manage_res_groups'
)


class WxCouponTemplate(models.Model):
    _inherit = 'wx.coupon.template'

    # Scope: what is left empty limits nothing
    recharge_kind = fields.Selection(
        list(KINDS), string='Kind of Package', groups=CATALOGUE, help='Empty: any kind.'
    )
    country_ids = fields.Many2many(
        'wx.recharge.country', string='Countries', groups=CATALOGUE, help='Empty: any country.'
    )
    operator_ids = fields.Many2many(
        'wx.recharge.operator', string='Operators', groups=CATALOGUE, help='Empty: any operator.'
    )
    package_ids = fields.Many2many(
        'wx.recharge.package', string='Packages', groups=CATALOGUE, help='Empty: any package.'
    )

    # === BUSINESS METHODS === #

    @api.model
    def _scope_keys(self):
        """Return key of the scope → part of `Subject` that must be in it."""
        return {
            'kinds': 'kind',
            'country_ids': 'country_id',
            'operator_ids': 'operator_id',
            'package_ids': 'package_id',
        }

    def _scope(self):
        """Override of `wx_coupon` to add what the coupons are good for; clients read it, too."""
        found = {
            'kinds': [self.recharge_kind] if self.recharge_kind else [],
            'country_ids': self.country_ids.ids,
            # Clients know countries by their code.
            'countries': self.country_ids.mapped('iso2'),
            'operator_ids': self.operator_ids.ids,
            'package_ids': self.package_ids.ids,
        }
        return {**super()._scope(), **{key: values for key, values in found.items() if values}}
