from odoo import api, fields, models
from odoo.fields import Command

from ..permission import requires


class ResUsersRole(models.Model):
    _inherit = 'res.users.role'

    group_id = fields.Many2one(index=True)
    permission_ids = fields.Many2many(
        'rbac.permission',
        compute='_compute_permission_ids',
        inverse='_inverse_permission_ids',
        string='Permissions',
    )
    access_group_ids = fields.Many2many(
        'res.groups',
        compute='_compute_permission_ids',
        inverse='_inverse_permission_ids',
        string='Access',
        help='Groups of the role that are no permissions: which records it reads and writes.',
    )
    scope_ids = fields.One2many('rbac.scope', 'role_id', string='Data Scopes')
    user_count = fields.Integer(compute='_compute_user_count', string='# Users With It')
    permission_count = fields.Integer(compute='_compute_permission_ids', string='# Permissions')

    # Emergency
    is_emergency = fields.Boolean(
        string='Emergency Role', help='Who is named below takes it himself, for a short time.'
    )
    taker_role_ids = fields.Many2many(
        'res.users.role',
        'res_users_role_taker_rel',
        'role_id',
        'taker_role_id',
        string='May Be Taken By',
        help='Roles whose users may take this one in an emergency. Empty: nobody.',
    )
    emergency_minutes = fields.Integer(
        string='Longest Use', default=60, help='In minutes; the role ends by itself at that time.'
    )

    _minutes_check = models.Constraint(
        'CHECK(emergency_minutes BETWEEN 1 AND 1440)',
        'An emergency lasts between one minute and one day.',
    )

    # === COMPUTE METHODS === #

    @api.depends('implied_ids')
    def _compute_permission_ids(self):
        permissions = self.env['rbac.permission'].sudo().search([])
        by_group = {permission.group_id.id: permission.id for permission in permissions}
        for role in self:
            groups = role.sudo().implied_ids
            given = [by_group[group.id] for group in groups if group.id in by_group]
            role.permission_ids = permissions.browse(given)
            role.permission_count = len(given)
            role.access_group_ids = groups.filtered(lambda group: group.id not in by_group)

    def _inverse_permission_ids(self):
        for role in self:
            wanted = role.permission_ids.group_id | role.access_group_ids
            role.implied_ids = [Command.set(wanted.ids)]

    @api.depends('line_ids')
    def _compute_user_count(self):
        lines = self.env['res.users.role.line'].sudo()
        counts = dict(lines._read_group([('role_id', 'in', self.ids)], ['role_id'], ['__count']))
        for role in self:
            role.user_count = counts.get(role, 0)

    # === CRUD METHODS === #

    @api.model_create_multi
    @requires('rbac.role.manage')
    def create(self, vals_list):
        """Override of `base_user_role`: what a role gives counts at once."""
        with self.env['rbac.conflict']._guard():
            roles = super().create(vals_list)
        roles._after_change()
        return roles

    @requires('rbac.role.manage')
    def write(self, vals):
        """Override of `base_user_role`: what a role gives or takes counts at once."""
        with self.env['rbac.conflict']._guard():
            result = super().write(dict(vals))
        if 'sequence' in vals:
            # It is taken for the sequence of the group, which roles do not use.
            models.BaseModel.write(self, {'sequence': vals['sequence']})
        self._after_change()
        return result

    @requires('rbac.role.manage')
    def unlink(self):
        """Override of `base_user_role`: its group goes with the role, and the rights at once."""
        users = self.sudo().with_context(active_test=False).line_ids.user_id
        groups = self.sudo().group_id
        result = super().unlink()
        groups.exists().unlink()
        users.set_groups_from_roles(force=True)
        self._after_change()
        return result

    def copy(self, default=None):
        """Override of `base_user_role`, which gives every copy a name of its own choice."""
        copied = super().copy(default)
        if name := (default or {}).get('name'):
            copied.name = name
        return copied

    def copy_data(self, default=None):
        """Override of `base`: a copy of a role carries the same rights and nobody has it yet."""
        default = {'user_ids': [], 'model_access': [], **(default or {})}
        vals_list = super().copy_data(default)
        for role, vals in zip(self, vals_list, strict=True):
            vals.pop('line_ids', None)
            vals['scope_ids'] = [Command.create(scope._copy_vals()) for scope in role.scope_ids]
        return vals_list

    def _after_change(self):
        self.env['rbac.scope']._sync_rules()
        self.env['rbac.permission']._forget_rights()

    # === ACTION METHODS === #

    def action_open_users(self):
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._('Users of %(role)s', role=self.name),
            'res_model': 'res.users.role.line',
            'view_mode': 'list',
            'domain': [('role_id', '=', self.id)],
            'context': {'default_role_id': self.id, 'active_test': False},
        }

    # === BUSINESS METHODS === #

    def _takeable_by(self, user):
        """Return the emergency roles among these that `user` may take by his roles in force."""
        groups = set(user._get_group_ids())
        return self.filtered(
            lambda role: (
                role.is_emergency and not groups.isdisjoint(role.sudo().taker_role_ids.group_id.ids)
            )
        )

    @api.model
    def _bypass_rules(self):
        """Override of `base_user_role`: who may change roles need not own all groups."""
        return super()._bypass_rules() or self.env.user._has_permission('rbac.role.manage')

    @api.private
    def update_users(self):
        """Override of `base_user_role`: nobody calls it by RPC, disabled accounts included."""
        users = self.sudo().with_context(active_test=False).line_ids.user_id
        return users.set_groups_from_roles()

    @api.private
    @api.model
    def cron_update_users(self):
        """Override of `base_user_role`: not by RPC; the users with limited roles are enough."""
        self.env['res.users.role.line']._cron_follow()
