from odoo import api, models

from ..const import MESSAGE_SAMPLES


class WxMessageTemplate(models.Model):
    _inherit = 'wx.message.template'

    @api.model
    def _selection_code(self):
        """Override of `wx_base` to add the reminder before coupons expire."""
        return [
            *super()._selection_code(),
            ('coupon_expiring', self.env._('Coupon about to expire')),
        ]

    @api.model
    def _event_samples(self):
        """Override of `wx_base` to add what the texts of this event may name."""
        return {**super()._event_samples(), 'coupon_expiring': dict(MESSAGE_SAMPLES)}
