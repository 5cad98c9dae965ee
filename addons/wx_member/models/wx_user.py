from odoo import fields, models


class WxUser(models.Model):
    _inherit = 'wx.user'

    member_level_id = fields.Many2one(
        'wx.member.level',
        readonly=True,
        copy=False,
        index='btree_not_null',
        ondelete='restrict',
        help='The level in force now.',
    )
    member_until = fields.Datetime(
        readonly=True, copy=False, help='When the level in force ends, excluded.'
    )
    membership_version = fields.Integer(
        readonly=True,
        copy=False,
        default=0,
        help='Counts changes of the periods, so that two at once collide.',
    )
    membership_ids = fields.One2many('wx.membership', 'wx_user_id', readonly=True)
    member_level_color = fields.Integer(related='member_level_id.color')

    # === BUSINESS METHODS === #

    def _member_level(self):
        """Return the level that the customer has now, empty without one.

        What is kept on the row is right until `member_until`. Should the scheduled action be
        late, the periods tell what comes after it.
        """
        self.ensure_one()
        user_sudo = self.sudo()  # also asked on behalf of others, who may read no customer
        now = fields.Datetime.now()
        if not user_sudo.member_until or now < user_sudo.member_until:
            return user_sudo.member_level_id.with_env(self.env)
        return user_sudo._membership_now()[0].with_env(self.env)

    def _membership_now(self):
        """Return `(level, until, periods)`: what is in force, its end, and all that is not over.

        Both are empty for who is no member now.
        """
        self.ensure_one()
        now = fields.Datetime.now()
        periods = self._open_periods(now)
        level, until = self.env['wx.member.level'], False
        for period in periods:
            if not level and period.start_at <= now:
                level = period.level_id
            if period.level_id != level:
                break
            until = period.end_at
        return level, until, periods

    def _may_have_trial(self):
        """Tell whether the customer has not had a trial yet."""
        domain = [
            ('wx_user_id', '=', self.id),
            ('is_trial', '=', True),
            ('origin', '=', 'sale'),
            ('state', 'not in', ('closed', 'cancelled')),
        ]
        return not self.env['wx.membership.order'].search_count(domain, limit=1)
