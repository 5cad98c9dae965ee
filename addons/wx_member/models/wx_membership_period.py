from odoo import fields, models


class WxMembershipPeriod(models.Model):
    """A stretch of time in which a customer has a level, and the order that it comes from.

    An order has several when a higher level came in between. Past ones are never changed.
    """

    _name = 'wx.membership.period'
    _description = 'Membership Period'
    _order = 'start_at, id'
    _rec_name = 'membership_id'

    membership_id = fields.Many2one(
        'wx.membership', required=True, readonly=True, index=True, ondelete='restrict'
    )
    order_id = fields.Many2one(
        'wx.membership.order', required=True, readonly=True, index=True, ondelete='restrict'
    )
    wx_user_id = fields.Many2one(
        'wx.user', string='Customer', required=True, readonly=True, ondelete='restrict'
    )
    level_id = fields.Many2one(related='membership_id.level_id')
    company_id = fields.Many2one(related='membership_id.company_id', store=True, index=True)
    start_at = fields.Datetime(string='From', required=True, readonly=True)
    end_at = fields.Datetime(
        string='Until', required=True, readonly=True, help='Midnight in Shanghai, excluded.'
    )
    anchor_day = fields.Integer(
        readonly=True,
        aggregator=None,
        help='The day of the month that the end stands for: who began on the 31st ends on the '
        'last day of shorter months, and on the 31st again after them.',
    )

    _order_check = models.Constraint('CHECK(start_at < end_at)', 'A period ends after it begins.')
    _timeline_idx = models.Index('(wx_user_id, end_at)')
    # Integers have no GiST index of their own without an extension; ranges of one have. The
    # check can be put off to the end of a rearrangement, see `wx.user._rearrange`.
    _overlap_excl = models.Constraint(
        """EXCLUDE USING gist (
            int4range(wx_user_id, wx_user_id, '[]') WITH &&, tsrange(start_at, end_at) WITH &&
        ) DEFERRABLE INITIALLY IMMEDIATE""",
        'A customer has one level at a time.',
    )
