from odoo import api, fields, models


class WxUser(models.Model):
    _inherit = 'wx.user'

    member_level_id = fields.Many2one(
        'wx.member.level',
        string='Member Level',
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
    membership_order_count = fields.Integer(
        string='Membership Orders', compute='_compute_membership_order_count'
    )

    # === COMPUTE METHODS === #

    def _compute_membership_order_count(self):
        orders = self.env['wx.membership.order']
        if not orders.has_access('read'):
            self.membership_order_count = 0
            return
        counts = dict(
            orders._read_group([('wx_user_id', 'in', self.ids)], ['wx_user_id'], ['__count'])
        )
        for user in self:
            user.membership_order_count = counts.get(user, 0)

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
        return user_sudo._running_period(now).level_id.with_env(self.env)

    @api.model
    def _running_domain(self, now):
        return [('start_at', '<=', now), ('end_at', '>', now)]

    def _running_period(self, now):
        """Return the period that the customer is in at a moment, if any."""
        domain = [('wx_user_id', '=', self.id), *self._running_domain(now)]
        return self.env['wx.membership.period'].search(domain, limit=1)

    def _may_have_trial(self):
        """Tell whether the customer has not had a trial yet."""
        domain = [
            ('wx_user_id', '=', self.id),
            ('is_trial', '=', True),
            ('origin', '=', 'sale'),
            ('state', 'not in', ('closed', 'cancelled')),
        ]
        return not self.env['wx.membership.order'].search_count(domain, limit=1)
