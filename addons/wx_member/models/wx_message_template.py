from odoo import api, models

from ..const import EVENT_ENDING, MESSAGE_SAMPLES


class WxMessageTemplate(models.Model):
    _inherit = 'wx.message.template'

    @api.model
    def _selection_code(self):
        """Override of `wx_base` to add the end of a membership."""
        return [*super()._selection_code(), (EVENT_ENDING, self.env._('Membership ends soon'))]

    @api.model
    def _event_samples(self):
        """Override of `wx_base` to add what the texts of this event may name."""
        return {**super()._event_samples(), EVENT_ENDING: dict(MESSAGE_SAMPLES)}
