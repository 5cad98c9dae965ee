from odoo import api, models

from ..const.orders import MESSAGE_SAMPLES


class WxMessageTemplate(models.Model):
    _inherit = 'wx.message.template'

    @api.model
    def _selection_code(self):
        """Override of `wx_base` to add what becomes of a top-up."""
        # Apart from their keys: the export of terms takes strings beside a term for terms, too.
        delivered = self.env._('Top-up delivered')
        refunded = self.env._('Top-up refunded')
        refused = self.env._('Refund of a top-up refused')
        return [
            *super()._selection_code(),
            ('topup_delivered', delivered),
            ('topup_refunded', refunded),
            ('topup_refund_refused', refused),
        ]

    @api.model
    def _event_samples(self):
        """Override of `wx_base` to add what the texts of these events may name."""
        samples = dict(MESSAGE_SAMPLES)
        return {
            **super()._event_samples(),
            'topup_delivered': samples,
            'topup_refunded': samples,
            'topup_refund_refused': {**samples, 'answer': 'Arrived at 14:05'},
        }
