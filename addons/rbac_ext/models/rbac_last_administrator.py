"""The last administrator is neither disabled nor stripped, whatever the road.

Roads: the account (archive, delete, groups, role lines), role lines (delete, dates, companies),
roles (what they give, delete), groups (members, what they imply, delete). Overrides of guarded
methods carry the guard themselves, see `permission.open_overrides`.
"""

from contextlib import contextmanager

from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.exceptions import UserError

from .. import const_account as const
from ..permission import requires

USER_FIELDS = frozenset({'active', 'group_ids', 'role_line_ids', 'share', 'role', 'company_ids'})
GROUP_FIELDS = frozenset({'implied_ids', 'implied_by_ids', 'user_ids', 'all_user_ids'})
ROLE_FIELDS = frozenset(
    {'implied_ids', 'permission_ids', 'access_group_ids', 'line_ids', 'group_id'}
)


class ResUsers(models.Model):
    _inherit = 'res.users'

    def write(self, vals):
        if not USER_FIELDS & vals.keys():
            return super().write(vals)
        with self._rbac_keep_administrator():
            return super().write(vals)

    def unlink(self):
        with self._rbac_keep_administrator():
            return super().unlink()

    @api.model
    @contextmanager
    def _rbac_keep_administrator(self):
        """Refuse what is done inside if it takes the last administrator away.

        Two administrators who disable each other at the same moment do not see each other's
        change: so whoever takes an administrator away writes to one common row. The second of
        them is started over by Odoo and sees the first one's work.

        :raise UserError: nobody would be left who could repair anything
        """
        cache = self.env.cr.cache
        if not self.env.registry.ready or cache.get('rbac_keeping_administrator'):
            yield
            return
        cache['rbac_keeping_administrator'] = True
        try:
            before = self._rbac_administrator_ids()
            yield
            left = self._rbac_administrators()
        finally:
            cache['rbac_keeping_administrator'] = False
        if before - frozenset(left.ids):
            self.env.cr.execute(
                'UPDATE res_groups SET write_date = now() AT TIME ZONE %s WHERE id = %s',
                ('utc', self.env.ref('base.group_system').id),
            )
            if not left:
                raise UserError(
                    self.env._('This would leave no administrator: appoint another one first.')
                )

    @api.model
    @tools.ormcache()
    def _rbac_administrator_ids(self):
        """Return ids of the administrators before a change; every change of rights forgets them."""
        return frozenset(self._rbac_administrators().ids)

    @api.model
    def _rbac_administrators(self):
        """Return the accounts that can repair everything, for an unlimited time."""
        self.env.flush_all()
        groups = self.env['res.groups'].sudo()
        for xmlid in const.ADMINISTRATOR_GROUPS:
            groups |= self.env.ref(xmlid, raise_if_not_found=False) or groups.browse()
        domain = [('share', '=', False), ('id', '!=', SUPERUSER_ID), ('active', '=', True)]
        users = self.sudo().with_context(active_test=True)
        found = users.search(
            [
                *domain,
                '|',
                ('group_ids.all_implied_ids', 'in', groups[:1].ids),
                ('role_line_ids.role_id.group_id.all_implied_ids', 'in', groups[:1].ids),
            ]
        )
        return found.filtered(lambda user: groups <= user._rbac_lasting_groups())

    def _rbac_lasting_groups(self):
        """Return the groups that no date and no choice of companies takes away."""
        lines = self.role_line_ids
        if not lines:
            return self.group_ids.all_implied_ids
        now = fields.Datetime.now()
        lasting = lines.filtered(
            lambda line: not line.company_ids and line._is_in_force(now) and not line._interval()[1]
        )
        return lasting.role_id.group_id.all_implied_ids


class ResUsersRoleLine(models.Model):
    _inherit = 'res.users.role.line'

    @api.model_create_multi
    @requires('rbac.role.grant')
    def create(self, vals_list):
        # A first role takes away the groups that were given by hand.
        with self.env['res.users']._rbac_keep_administrator():
            return super().create(vals_list)

    @requires('rbac.role.grant')
    def write(self, vals):
        with self.env['res.users']._rbac_keep_administrator():
            return super().write(vals)

    @requires('rbac.role.grant')
    def unlink(self):
        with self.env['res.users']._rbac_keep_administrator():
            return super().unlink()


class ResUsersRole(models.Model):
    _inherit = 'res.users.role'

    @requires('rbac.role.manage')
    def write(self, vals):
        if not ROLE_FIELDS & vals.keys():
            return super().write(vals)
        with self.env['res.users']._rbac_keep_administrator():
            return super().write(vals)

    @requires('rbac.role.manage')
    def unlink(self):
        with self.env['res.users']._rbac_keep_administrator():
            return super().unlink()


class ResGroups(models.Model):
    _inherit = 'res.groups'

    def write(self, vals):
        if not GROUP_FIELDS & vals.keys():
            return super().write(vals)
        with self.env['res.users']._rbac_keep_administrator():
            return super().write(vals)

    def unlink(self):
        with self.env['res.users']._rbac_keep_administrator():
            return super().unlink()
