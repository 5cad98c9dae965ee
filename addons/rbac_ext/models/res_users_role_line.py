from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from odoo import api, fields, models

from ..permission import requires


class ResUsersRoleLine(models.Model):
    _inherit = 'res.users.role.line'

    role_id = fields.Many2one(index=True)
    user_id = fields.Many2one(index=True)
    ends_at = fields.Datetime(help='To the minute, in place of a last day.')
    company_ids = fields.Many2many(
        'res.company',
        string='Companies',
        help='The role counts only while no other company is selected. Empty: everywhere.',
    )
    emergency_id = fields.Many2one('rbac.emergency', readonly=True, index='btree_not_null')

    # === COMPUTE METHODS === #

    @api.depends('date_from', 'date_to', 'ends_at')
    def _compute_is_enabled(self):
        """Override of `base_user_role`: days begin at midnight of the company, not of UTC."""
        now = fields.Datetime.now()
        for line in self:
            line.is_enabled = line._is_in_force(now)

    # === CRUD METHODS === #

    @api.model_create_multi
    @requires('rbac.role.grant')
    def create(self, vals_list):
        """Override of `base_user_role` to give the groups at once, whatever the road."""
        with self.env['rbac.conflict']._guard():
            lines = super().create(vals_list)
        lines._apply(lines.user_id)
        return lines

    @requires('rbac.role.grant')
    def write(self, vals):
        """Override of `base_user_role`: a changed date or role counts at once."""
        users = self.user_id
        with self.env['rbac.conflict']._guard():
            result = super().write(vals)
        self._apply(users | self.user_id)
        return result

    @requires('rbac.role.grant')
    def unlink(self):
        """Override of `base_user_role`: nothing outlives the role, in no process."""
        users = self.user_id
        result = super().unlink()
        self._apply(users)
        return result

    def _apply(self, users):
        """Store the groups of `users` and forget, everywhere, what was known of them."""
        # Odoo keeps lists of lines per context and completes only the one at hand.
        users.invalidate_model(['role_line_ids', 'all_group_ids'])
        users.exists().set_groups_from_roles(force=True)
        users.invalidate_model(['all_group_ids'])
        self.env['rbac.permission']._forget_rights(groups_changed=False)
        self.exists()._plan_boundaries()

    # === BUSINESS METHODS === #

    def _zone(self):
        """Return the time zone in which the days of the role begin.

        It is the company's: a user may set his own, and would move the end of his role.
        """
        self.ensure_one()
        company = self.company_ids[:1] or self.user_id.company_id
        name = company.sudo().partner_id.tz or self.env['ir.config_parameter'].sudo().get_param(
            'rbac_ext.timezone', 'Asia/Shanghai'
        )
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo('UTC')

    def _interval(self):
        """Return start and end as naive UTC, each None when open; the end is not included."""
        self.ensure_one()
        zone = self._zone() if self.date_from or self.date_to else None

        def midnight(day):
            local = datetime.combine(day, time(), zone)
            return local.astimezone(ZoneInfo('UTC')).replace(tzinfo=None)

        start = midnight(self.date_from) if self.date_from else None
        ends = [self.ends_at] if self.ends_at else []
        if self.date_to:
            ends.append(midnight(self.date_to + timedelta(days=1)))
        return start, min(ends, default=None)

    def _is_in_force(self, now):
        """Tell whether the role counts at `now`, naive UTC, in one of its companies."""
        start, end = self._interval()
        return (not start or start <= now) and (not end or now < end)

    def _plan_boundaries(self):
        """Have the stored groups follow when a role begins or ends; rights do so by themselves."""
        now = fields.Datetime.now()
        times = {at for line in self for at in line._interval() if at and at > now}
        if times:
            cron = self.env.ref('base_user_role.cron_update_users', raise_if_not_found=False)
            if cron:
                cron.sudo()._trigger(at=sorted(times))

    @api.model
    def _cron_follow(self):
        """Bring the stored groups of all users with limited roles up to the present."""
        limited = self.sudo().with_context(active_test=False)
        lines = limited.search(
            [
                '|',
                '|',
                ('date_from', '!=', False),
                ('date_to', '!=', False),
                ('ends_at', '!=', False),
            ]
        )
        lines.user_id.set_groups_from_roles()
        self.env['rbac.emergency']._close_ended()
