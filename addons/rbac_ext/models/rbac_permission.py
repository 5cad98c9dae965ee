import re
from collections import defaultdict

from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from ..fields import BigInteger
from ..permission import requires

CODE = re.compile(r'[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+')


def _linked_ids(commands):
    """Return the ids that `link` and `set` commands name."""
    ids = []
    for command in commands or ():
        if command[0] == Command.SET:
            ids += command[2]
        elif command[0] == Command.LINK:
            ids.append(command[1])
        else:
            raise ValueError(f'roles of a new permission are linked or set, not {command!r}')
    return ids


class RbacPermission(models.Model):
    """One act that matters. Roles carry permissions as implied groups.

    Being a group makes a permission cheap to ask for, and lets menus, views and record rules
    name it like any other group.
    """

    _name = 'rbac.permission'
    _description = 'Permission'
    _inherits = {'res.groups': 'group_id'}
    _order = 'code'
    _rec_name = 'code'
    _rec_names_search = ['code', 'group_id.name']
    _allow_sudo_commands = False

    group_id = fields.Many2one('res.groups', required=True, readonly=True, ondelete='cascade')
    code = fields.Char(required=True, readonly=True, help='e.g. recharge.order.refund')
    app = fields.Char(compute='_compute_app', store=True)
    area = fields.Char(compute='_compute_app', store=True)
    app_name = fields.Char(compute='_compute_app_name', string='Application')
    description = fields.Text(translate=True)

    # Consent of a second person
    approval = fields.Selection(
        [('never', 'Not Needed'), ('always', 'Always'), ('above', 'Above a Limit')],
        required=True,
        default='never',
        help='Whether a second person has to consent before the act is done.',
    )
    approval_limit = BigInteger(
        help='In the smallest unit (fen): acts of a larger amount need consent.'
    )
    approver_role_ids = fields.Many2many(
        'res.users.role',
        string='Approvers',
        help='Who may consent. Empty: everybody with this permission. Never the one who asks.',
    )

    # Where it is used
    role_ids = fields.Many2many(
        'res.users.role', compute='_compute_role_ids', string='Roles', search='_search_role_ids'
    )

    _code_uniq = models.Constraint('UNIQUE(code)', 'There is already a permission of this code.')
    _limit_check = models.Constraint(
        "CHECK(approval != 'above' OR approval_limit >= 0)", 'The limit cannot be negative.'
    )

    # === COMPUTE METHODS === #

    @api.depends('code')
    def _compute_app(self):
        for permission in self:
            parts = (permission.code or '').split('.')
            permission.app = parts[0]
            permission.area = '.'.join(parts[:2])

    @api.depends('app')
    @api.depends_context('lang')
    def _compute_app_name(self):
        names = self._app_names()
        for permission in self:
            app = permission.app or ''
            permission.app_name = names.get(app, app.replace('_', ' ').title())

    @api.depends('group_id.implied_by_ids')
    def _compute_role_ids(self):
        roles = self.env['res.users.role'].sudo()
        for permission in self:
            permission.role_ids = roles.search(
                [('group_id.implied_ids', 'in', permission.group_id.ids)]
            )

    @api.model
    def _search_role_ids(self, operator, value):
        roles = self.env['res.users.role'].sudo().search([('id', operator, value)])
        return [('group_id', 'in', roles.implied_ids.ids)]

    # === CONSTRAINT METHODS === #

    @api.constrains('code')
    def _check_code(self):
        for permission in self:
            if not CODE.fullmatch(permission.code):
                raise ValidationError(
                    self.env._('A permission code is words of a-z and _, joined by dots.')
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Add to the catalogue; `role_ids` names the roles that carry it from the beginning.

        The role System always does: the house must have someone who may.
        """
        named = [vals.pop('role_ids', None) for vals in vals_list]
        staff = Command.link(self.env.ref('rbac_ext.group_staff').id)
        for vals in vals_list:
            vals['implied_ids'] = [*vals.get('implied_ids', ()), staff]
        permissions = super().create(vals_list)
        system = self.env.ref('rbac_ext.role_system', raise_if_not_found=False)
        by_role = defaultdict(list)
        for permission, commands in zip(permissions, named, strict=True):
            roles = self.env['res.users.role'].browse(_linked_ids(commands))
            for role in roles | (system or roles):
                by_role[role].append(Command.link(permission.group_id.id))
        for role, commands in by_role.items():
            role.write({'implied_ids': commands})
        permissions._admit_approvers()
        self._forget_rights()
        return permissions

    def _load_records_write(self, values):
        """Override of `base`: an upgrade leaves alone what people decide."""
        decided = {'role_ids', 'approval', 'approval_limit', 'approver_role_ids'}
        return super()._load_records_write(
            {name: value for name, value in values.items() if name not in decided}
        )

    @requires('rbac.role.manage')
    def write(self, vals):
        if 'code' in vals and any(permission.code != vals['code'] for permission in self):
            raise UserError(self.env._('The code of a permission never changes.'))
        result = super().write(vals)
        if 'approver_role_ids' in vals:
            self._admit_approvers()
        self._forget_rights()
        return result

    def unlink(self):
        groups = self.group_id
        result = super().unlink()
        groups.unlink()
        self._forget_rights()
        return result

    # === BUSINESS METHODS === #

    def _admit_approvers(self):
        """Make staff of the approvers' roles: they may consent without any permission."""
        staff = self.env.ref('rbac_ext.group_staff')
        roles = self.approver_role_ids.filtered(lambda role: staff not in role.implied_ids)
        roles.write({'implied_ids': [Command.link(staff.id)]})

    @api.model
    def _app_names(self):
        """Return names for people by the first word of codes; addons add their own."""
        return {'rbac': self.env._('Roles and Accounts')}

    @api.model
    def _holders(self, code):
        """Return the users who have a permission now, as sudo."""
        group_id = self._group_id_of(code)
        roles = (
            self.env['res.users.role'].sudo().search([('group_id.all_implied_ids', 'in', group_id)])
        )
        users = self.env['res.users'].sudo()
        found = users.search([('group_ids.all_implied_ids', 'in', group_id)])
        found |= roles.line_ids.user_id.filtered('active')
        return found.filtered(lambda user: user.id != SUPERUSER_ID and user._has_permission(code))

    @api.model
    def _forget_rights(self, groups_changed=True):
        """Have every process forget who has which right.

        Once now, for the rest of this transaction, and once more when it is committed: in
        between another thread may have learnt the old state anew.

        :param bool groups_changed: what groups imply has changed, not only who has them
        """
        registry = self.env.registry
        caches = ('stable', 'groups') if groups_changed else ('stable',)
        registry.clear_cache(*caches)
        self.env.cr.postcommit.add(lambda: registry.clear_cache(*caches))

    @api.model
    @tools.ormcache(cache='stable')
    def _sensitive_group_ids(self):
        """Return ids of the groups that are roles or permissions."""
        permissions = self.sudo().search([]).group_id
        roles = self.env['res.users.role'].sudo().search([]).group_id
        return frozenset((permissions | roles).ids)

    @api.model
    @tools.ormcache('code')
    def _group_id_of(self, code):
        """Return the id of a permission's group.

        :raise UserError: no such permission: a guard that names none lets nobody pass
        """
        permission = self.sudo().search([('code', '=', code)])
        if not permission:
            raise UserError(self.env._('There is no permission %(code)s.', code=code))
        return permission.group_id.id

    @api.model
    @tools.ormcache('code')
    def _group_xmlid_of(self, code):
        """Return the external id of a permission's group, for the attribute `groups` of views."""
        group = self.env['res.groups'].sudo().browse(self._group_id_of(code))
        xmlid = group.get_external_id()[group.id]
        if not xmlid:
            raise UserError(
                self.env._('The permission %(code)s is not declared in a data file.', code=code)
            )
        return xmlid

    @api.model
    def _of(self, code):
        """Return the permission with that code, as sudo: staff need no rights on the catalogue."""
        return self.sudo().search([('group_id', '=', self._group_id_of(code))])
