from odoo import api, fields, models

from ..const import MEMBERSHIP_STATES


class WxMembership(models.Model):
    """One level that one customer has, had, or will have."""

    _name = 'wx.membership'
    _description = 'Membership'
    _order = 'id desc'

    wx_user_id = fields.Many2one(
        'wx.user', string='Customer', required=True, readonly=True, index=True, ondelete='restrict'
    )
    company_id = fields.Many2one(related='wx_user_id.company_id', store=True, index=True)
    level_id = fields.Many2one(
        'wx.member.level', required=True, readonly=True, index=True, ondelete='restrict'
    )
    plan_id = fields.Many2one(
        'wx.member.plan', string='Latest Plan', readonly=True, index=True, ondelete='restrict'
    )
    state = fields.Selection(
        list(MEMBERSHIP_STATES),
        required=True,
        readonly=True,
        default='waiting',
        help='Waiting: it begins later, or a higher level is used up first.',
    )

    _customer_uniq = models.Constraint(
        'UNIQUE(wx_user_id, level_id)', 'A customer has one membership of each level.'
    )

    # === COMPUTE METHODS === #

    @api.depends('wx_user_id', 'level_id')
    def _compute_display_name(self):
        for membership in self:
            level, customer = membership.level_id, membership.wx_user_id
            membership.display_name = f'{level.display_name} · {customer.display_name}'

    # === BUSINESS METHODS - BENEFITS === #

    def _grant_benefits(self, period_start, period_end):
        """Give what a member gets once a month. Addons whose gifts these are extend it.

        Called once for each month of each membership, in the transaction that writes so down.
        Must not call the outside and not commit. An exception leaves the month to be tried
        again.

        :param datetime period_start: naive UTC, when the month of the membership begins
        :param datetime period_end: naive UTC, when the next one would begin
        """
        self.ensure_one()
