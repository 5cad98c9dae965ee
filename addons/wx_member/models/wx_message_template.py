from odoo import api, models

from ..const import EVENT_ENDING


class WxMessageTemplate(models.Model):
    _inherit = 'wx.message.template'

    @api.model
    def _selection_code(self):
        """Override of `wx_base` to add the end of a membership.

        Its texts may name {level}, {plan}, {until} and {days}.
        """
        return [*super()._selection_code(), (EVENT_ENDING, self.env._('Membership ends soon'))]
