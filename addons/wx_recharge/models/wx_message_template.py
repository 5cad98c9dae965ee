from odoo import api, models


class WxMessageTemplate(models.Model):
    _inherit = 'wx.message.template'

    @api.model
    def _selection_code(self):
        """Override of `wx_base` to add the delivery of a top-up.

        Its texts may name {order_no}, {package}, {phone}, {amount} and {time}.
        """
        return [
            *super()._selection_code(),
            ('topup_delivered', self.env._('Top-up delivered')),
        ]
