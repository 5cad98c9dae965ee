from contextlib import nullcontext

from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.fields import Command

from ..permission import SEAL

# What a change of a user has to say for the groups to be derived from the roles anew.
GROUP_FIELDS = frozenset({'role_line_ids', 'group_ids', 'active', 'role'})
# Groups that Odoo asks to be a user's own, not only implied by another of his groups.
OWN_GROUPS = ('base.group_user', 'base.group_portal', 'base.group_public', 'base.group_system')


class ResUsers(models.Model):
    _inherit = 'res.users'

    # === COMPUTE METHODS === #

    @api.depends_context('uid', 'allowed_company_ids')
    def _compute_all_group_ids(self):
        """Override of `base`: a role out of force, or of another company, gives nothing."""
        result = super()._compute_all_group_ids()
        for user in self:
            state = user._role_state() if user.id else None
            if state is not None:
                user.all_group_ids = self.env['res.groups'].browse(user._group_ids_in(state))
        return result

    # === CRUD METHODS === #

    @api.model
    def _default_role_lines(self):
        """Override of `base_user_role`: `create` gives the default roles, see there."""
        return []

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base_user_role` to give default roles as the system, not as the person.

        Who may open an account need not be allowed to give roles.
        """
        users = super().create(vals_list)
        plain = [
            user.id
            for user, vals in zip(users, vals_list, strict=True)
            if not vals.get('role_line_ids')
        ]
        defaults = self.env['res.users.role'].sudo().search([('is_default', '=', True)])
        if given := [{'user_id': user, 'role_id': role.id} for user in plain for role in defaults]:
            self.env['res.users.role.line'].with_user(SUPERUSER_ID).create(given)
        users._check_rights_by_hand({user.id: frozenset() for user in users})
        return users

    def write(self, vals):
        """Override of `base_user_role` to derive groups only when roles or groups change.

        It would do so for every user on every write, the time of the last login included.
        """
        keep = SEAL if not GROUP_FIELDS & vals.keys() else None
        if self.env.context.get('rbac_keep_groups') is not keep:
            self = self.with_context(rbac_keep_groups=keep)
        before = None
        if 'group_ids' in vals:
            before = {user.id: frozenset(user.sudo().group_ids.ids) for user in self}
        # Before, so that a conflict is told by its name and not by what the groups show of it.
        with self.env['rbac.conflict']._guard() if before else nullcontext():
            result = super().write(vals)
        if before:
            self._check_rights_by_hand(before)
        if 'rbac_department_id' in vals:
            self.env.registry.clear_cache()
        return result

    def _check_rights_by_hand(self, before):
        """Refuse roles and permissions that are given as groups: roles are the only road.

        :param dict before: ids of the groups each user had, by user id
        :raise AccessError: the person at work may not give roles
        """
        if self.env.uid == SUPERUSER_ID or self.env.context.get('rbac_sync') is SEAL:
            return
        sensitive = self.env['rbac.permission']._sensitive_group_ids()
        for user in self.sudo().with_context(active_test=False):
            by_roles = frozenset(user.role_line_ids.role_id.group_id.ids)
            changed = before[user.id] ^ frozenset(user.group_ids.ids)
            if sensitive & (changed - by_roles):
                self.env['rbac.gate']._check(self, 'rbac.role.grant')

    # === BUSINESS METHODS === #

    @api.private
    def set_groups_from_roles(self, force=False):
        """Override of `base_user_role` to store the groups of the roles in force.

        It differs in four points. A write that does not touch roles is passed over. Roles of
        disabled accounts are seen, so that saving one does not strip it. Only the roles' own
        groups are stored, so that a change of a role rewrites no user. Nobody calls it by RPC.

        :param bool force: also take the groups of users whose last role is gone
        """
        if self.env.context.get('rbac_keep_groups') is SEAL and not force:
            return True
        users = self.sudo().with_context(active_test=False, rbac_sync=SEAL)
        for user, wanted in users._groups_by_roles():
            if (user.role_line_ids or force) and wanted != user.group_ids:
                user._store_groups(wanted)
        return True

    def _groups_by_roles(self):
        """Yield `(user, groups to store)` for the roles in force, in whatever company."""
        kept = self._get_self_writable_groups()
        now = fields.Datetime.now()
        own = self.env['res.groups'].browse(
            self.env['ir.model.data']._xmlid_to_res_id(xmlid) for xmlid in OWN_GROUPS
        )
        admin = own[-1]
        for user in self:
            lines = user.role_line_ids.filtered(lambda line: line._is_in_force(now))
            groups = lines.role_id.group_id
            wanted = (groups | (groups.all_implied_ids & own)) - kept
            if admin in user.group_ids and admin not in wanted and not (admin.user_ids - user):
                # A house without any administrator cannot be repaired from within.
                wanted |= admin
            yield user, wanted | (user.group_ids & kept)

    def _store_groups(self, wanted):
        gone = self.group_ids - wanted
        vals = {
            'group_ids': [
                *(Command.unlink(group.id) for group in gone),
                *(Command.link(group.id) for group in wanted - self.group_ids),
            ]
        }
        if self.env.ref('base.group_user') in gone and self.notification_type == 'inbox':
            # Only employees have an inbox.
            vals['notification_type'] = 'email'
        # Below the checks of what people do by hand: this is what roles say.
        user = self.with_context(rbac_keep_groups=SEAL)
        below = super(ResUsers, user)
        return below.write(vals)

    def _has_permission(self, code):
        """Tell whether a role in force gives the user the permission `code`."""
        self.ensure_one()
        return self.env['rbac.permission']._group_id_of(code) in self._get_group_ids()

    # Roles in force
    #
    # The caches hold what the roles *say*; whether a role is in force is asked of the clock and
    # of the companies at work each time. So a role ends at its minute in every process, without
    # any job and without any message between processes.

    def _get_group_ids(self):
        """Override of `base`: groups of the roles that are in force now and here."""
        state = self._role_state()
        if state is None:
            return super()._get_group_ids()
        return self._group_ids_in(state)

    @tools.ormcache('self.id', 'state')
    def _group_ids_in(self, state):
        """Return ids of the groups while just the role lines `state` are in force."""
        user = self.sudo().with_context(active_test=False)
        lines = user.role_line_ids
        given = lines.filtered(lambda line: line.id in state).role_id.group_id
        stale = lines.role_id.group_id - given
        # A group of type or administration may be stored beside the role that gave it.
        stored = user.group_ids - stale - (stale.all_implied_ids - given.all_implied_ids)
        return (stored | given).all_implied_ids._ids

    def _role_state(self):
        """Return ids of the role lines in force, or None for a user without any role."""
        frame = self._role_frame()
        if not frame:
            return None
        now = fields.Datetime.now()
        companies = self._working_company_ids()
        return tuple(
            line_id
            for line_id, start, end, allowed in frame
            if (not start or start <= now)
            and (not end or now < end)
            and (not allowed or companies <= allowed)
        )

    @tools.ormcache('self.id')
    def _role_frame(self):
        """Return `(line id, start, end, company ids)` of each role line, times as UTC.

        Empty for whoever has no role, as customers and the service user.
        """
        lines = self.sudo().with_context(active_test=False).role_line_ids
        return tuple(
            (line.id, *line._interval(), frozenset(line.company_ids.ids)) for line in lines
        )

    def _working_company_ids(self):
        """Return ids of the companies at work; of others than the person at work none.

        A role of some companies counts only while no other company is selected, because a
        group knows no company: rows of the others would be open too.
        """
        if self.id != self.env.uid:
            return frozenset()
        return frozenset(self.env.context.get('allowed_company_ids') or self._get_company_ids())
