from odoo import api, models


class WxMessageTemplate(models.Model):
    _inherit = 'wx.message.template'

    @api.model
    def _selection_code(self):
        """Override of `wx_base` to add the reminder before coupons expire.

        Its texts may name {coupon}, {count} and {expires}.
        """
        return [
            *super()._selection_code(),
            ('coupon_expiring', self.env._('Coupon about to expire')),
        ]
