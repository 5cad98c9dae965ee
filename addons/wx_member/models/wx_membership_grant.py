from odoo import fields, models


class WxMembershipGrant(models.Model):
    """One month of a membership whose benefits were given."""

    _name = 'wx.membership.grant'
    _description = 'Benefits of a Month'
    _order = 'period_start desc, id desc'
    _rec_name = 'membership_id'

    membership_id = fields.Many2one(
        'wx.membership', required=True, readonly=True, index=True, ondelete='restrict'
    )
    company_id = fields.Many2one(related='membership_id.company_id', store=True, index=True)
    period_start = fields.Datetime(string='Month From', required=True, readonly=True)
    period_end = fields.Datetime(string='Month Until', required=True, readonly=True)
    anchor_day = fields.Integer(
        readonly=True, aggregator=None, help='The day of the month that the months begin after.'
    )

    _month_uniq = models.Constraint(
        'UNIQUE(membership_id, period_start)', 'The benefits of this month were given already.'
    )
