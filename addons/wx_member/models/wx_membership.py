from odoo import api, fields, models

from ..const import MEMBERSHIP_STATES


class WxMembership(models.Model):
    """One level that one customer has, had, or will have.

    When is the matter of its periods (`wx_user_timeline.py`). What happens in time is done by a
    scheduled action, a row of work each: `wx_membership_turn.py`.
    """

    _name = 'wx.membership'
    _description = 'Membership'
    _inherit = ['wx.job.mixin']
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
    starts_at = fields.Datetime(
        string='From', readonly=True, help='When the present stretch begins, or began.'
    )
    ends_at = fields.Datetime(string='Until', readonly=True, help='Midnight in Shanghai, excluded.')
    reminded_for = fields.Datetime(readonly=True, help='The end that the customer was reminded of.')

    period_ids = fields.One2many('wx.membership.period', 'membership_id', readonly=True)
    grant_ids = fields.One2many('wx.membership.grant', 'membership_id', readonly=True)
    order_ids = fields.One2many('wx.membership.order', 'membership_id', readonly=True)

    _customer_uniq = models.Constraint(
        'UNIQUE(wx_user_id, level_id)', 'A customer has one membership of each level.'
    )

    # === COMPUTE METHODS === #

    @api.depends('wx_user_id', 'level_id')
    def _compute_display_name(self):
        for membership in self:
            level, customer = membership.level_id, membership.wx_user_id
            membership.display_name = f'{level.display_name} · {customer.display_name}'

    # === BUSINESS METHODS - TIMES === #

    def _read_periods(self, now):
        """Set state and times of the memberships of one customer by their periods.

        The caller holds the customer's lock.
        """
        for membership in self:
            ahead = membership.period_ids.filtered(lambda period: period.end_at > now)
            run = ahead[:1]
            for period in ahead[1:]:
                if period.start_at == run[-1].end_at:
                    run += period
            last = run or membership.period_ids[-1:]
            running = run and run[0].start_at <= now
            membership.write(
                {
                    'state': 'active' if running else 'waiting' if run else 'ended',
                    'starts_at': last[:1].start_at,
                    'ends_at': last[-1:].end_at,
                }
            )
