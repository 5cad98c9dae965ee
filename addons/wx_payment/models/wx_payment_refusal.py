from odoo import fields, models


class WxPaymentRefusal(models.Model):
    """Messages of one hour that a channel did not accept; of the messages nothing is kept.

    Written by `wx.payment.channel._count_refused`, one row an hour: a flood fills no table.
    """

    _name = 'wx.payment.refusal'
    _description = 'Refused Notices of an Hour'
    _order = 'hour desc, id desc'
    _rec_name = 'hour'
    _log_access = False

    channel_id = fields.Many2one(
        'wx.payment.channel', required=True, readonly=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='channel_id.company_id')
    hour = fields.Datetime(required=True, readonly=True, index=True)
    count = fields.Integer(string='Refused', required=True, readonly=True)
    reason = fields.Char(string='Last Reason', readonly=True)

    _hour_uniq = models.Constraint('UNIQUE(channel_id, hour)', 'A channel has one row an hour.')
