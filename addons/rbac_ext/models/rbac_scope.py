from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command, Domain

from ..permission import SEAL

KINDS = [
    ('own', 'Own'),
    ('department', 'Own Department'),
    ('company', 'Chosen Companies'),
    ('records', 'Chosen Records'),
    ('all', 'All'),
]


class Base(models.AbstractModel):
    _inherit = 'base'

    # How data scopes reach the records of a model: `own` names the path to the user they belong
    # to, `department` to an rbac.department (without it the department of the owner counts),
    # `company` to a company, the name of any model to records of it, e.g.
    # {'own': 'user_id', 'company': 'company_id', 'wx.merchant': 'merchant_id'}.
    _rbac_scope_paths = {}


class RbacScope(models.Model):
    """What part of a model's records a role reaches.

    A scope narrows: it holds beside all other record rules, which Odoo would otherwise join by
    "or" for the groups of one user. Several scopes of a role add up, and so do the scopes of
    several roles; a role that opens the model and has no scope on it reaches all.
    """

    _name = 'rbac.scope'
    _description = 'Data Scope'
    _inherit = 'rbac.role.part'
    _order = 'role_id, model_id, id'

    role_id = fields.Many2one('res.users.role', required=True, index=True, ondelete='cascade')
    model_id = fields.Many2one('ir.model', required=True, ondelete='cascade', index=True)
    model = fields.Char(related='model_id.model', string='Model Name')
    kind = fields.Selection(KINDS, required=True, default='own')
    reading = fields.Boolean(
        default=True, help='Off: the role reads all and changes only what the scope reaches.'
    )
    company_ids = fields.Many2many('res.company', string='Companies')
    target_model_id = fields.Many2one(
        'ir.model',
        string='Chosen From',
        ondelete='cascade',
        help='Model of the chosen records, e.g. the merchants whose orders the role sees.',
    )
    target_ids = fields.One2many('rbac.scope.target', 'scope_id', string='Chosen Records')

    scopable_model_ids = fields.Many2many('ir.model', compute='_compute_scopable_model_ids')

    # === COMPUTE METHODS === #

    def _compute_scopable_model_ids(self):
        names = [name for name, model in self.env.registry.items() if model._rbac_scope_paths]
        self.scopable_model_ids = self.env['ir.model'].sudo().search([('model', 'in', names)])

    @api.depends('model_id', 'kind')
    def _compute_display_name(self):
        kinds = dict(self._fields['kind']._description_selection(self.env))
        for scope in self:
            scope.display_name = f'{scope.model_id.name}: {kinds.get(scope.kind, "")}'

    # === CONSTRAINT METHODS === #

    @api.constrains('model_id', 'kind', 'target_model_id')
    def _check_paths(self):
        for scope in self:
            if scope.kind != 'all' and not scope._path():
                raise ValidationError(
                    self.env._(
                        '%(model)s does not say how a scope "%(kind)s" reaches its records.',
                        model=scope.model_id.name,
                        kind=dict(scope._fields['kind']._description_selection(self.env))[
                            scope.kind
                        ],
                    )
                )

    # === BUSINESS METHODS === #

    @api.model
    def _after_change(self):
        """Override: the record rules follow the scopes; that forgets what was known too."""
        self._sync_rules()

    def _copy_vals(self):
        """Return the values of an equal scope for another role."""
        self.ensure_one()
        return {
            'model_id': self.model_id.id,
            'kind': self.kind,
            'reading': self.reading,
            'company_ids': [Command.set(self.company_ids.ids)],
            'target_model_id': self.target_model_id.id,
            'target_ids': [Command.create({'res_id': row.res_id}) for row in self.target_ids],
        }

    def _path(self):
        """Return the path from the model's records to what the scope is about, or None."""
        model = self.env.get(self.model_id.sudo().model)
        if model is None:
            return None
        paths = model._rbac_scope_paths
        if self.kind == 'records':
            target = self.target_model_id.sudo().model
            return 'id' if target == model._name else paths.get(target)
        if self.kind == 'department':
            return paths.get('department') or paths.get('own')
        return paths.get(self.kind)

    def _domain(self, user):
        """Return the domain of one scope for a user."""
        if self.kind == 'all':
            return Domain.TRUE
        path = self._path()
        if not path:
            # The addon that named the path is gone: nothing is in reach.
            return Domain.FALSE
        if self.kind == 'own':
            return Domain(path, '=', user.id)
        if self.kind == 'department':
            return self._department_domain(path, user.rbac_department_id)
        ids = self.company_ids.ids if self.kind == 'company' else self.target_ids.mapped('res_id')
        return Domain(path, 'in', ids)

    def _department_domain(self, path, department):
        if not department:
            return Domain.FALSE
        departments = department.with_context(active_test=False).search(
            [('id', 'child_of', department.ids)]
        )
        if 'department' in self.env[self.model]._rbac_scope_paths:
            return Domain(path, 'in', departments.ids)
        members = departments.with_context(active_test=False).member_ids
        return Domain(path, 'in', members.ids)

    @api.model
    def _domain_here(self, model_name, mode):
        """Return the domain of all roles in force of the person at work, for record rules."""
        user = self.env.user
        state = user._role_state()
        if not state:
            return list(Domain.TRUE)
        user_sudo = user.sudo()
        lines = self.env['res.users.role.line'].sudo().browse(state)
        roles = self._with_implied(lines.role_id)
        scopes = self.sudo().search(
            [('model_id.model', '=', model_name), ('role_id', 'in', roles.ids)]
        )
        if mode == 'read':
            scopes = scopes.filtered('reading')
        if not scopes:
            return list(Domain.TRUE)
        unbound = roles - scopes.role_id
        if any(self._opens(role, model_name) for role in unbound):
            return list(Domain.TRUE)
        return list(Domain.OR(scope._domain(user_sudo) for scope in scopes))

    @api.model
    def _with_implied(self, roles):
        """Return roles with those that their groups imply."""
        return roles.search([('group_id', 'in', roles.group_id.all_implied_ids.ids)])

    @api.model
    def _opens(self, role, model_name):
        """Tell whether a role gives access to a model by other groups than roles."""
        roles = self.env['res.users.role'].sudo().search([]).group_id
        groups = role.group_id | (role.implied_ids - roles).all_implied_ids
        access = self.env['ir.model.access'].sudo()
        domain = Domain('model_id.model', '=', model_name) & Domain('perm_read', '=', True)
        return bool(access.search_count(domain & Domain('group_id', 'in', groups.ids), limit=1))

    # Generated rules

    @api.model
    def _sync_rules(self):
        """Make the record rules of the scopes what they have to be, and no others.

        :return: number of rules that had to be made, changed or removed
        """
        wanted = {}
        for scope in self.sudo().search([]):
            wanted.setdefault((scope.model_id, 'change'), False)
            if scope.reading:
                wanted[scope.model_id, 'read'] = True
        rules = self.env['ir.rule'].sudo().with_context(rbac_scopes=SEAL, active_test=False)
        kept, repaired = rules.browse(), 0
        present = rules.search([('rbac_generated', '=', True)])
        for model, mode in wanted:
            vals = self._prepare_rule_vals(model, mode)
            same = present.filtered(
                lambda rule, vals=vals: rule.name == vals['name'] and rule.model_id == model  # noqa: B023
            )[:1]
            if not same:
                same = rules.create(vals)
                repaired += 1
            elif same._differs(vals):
                same.write(vals)
                repaired += 1
            kept |= same
        gone = present - kept
        repaired += len(gone)
        gone.unlink()
        self.env.registry.clear_cache()
        return repaired

    @api.model
    def _prepare_rule_vals(self, model, mode):
        reading = mode == 'read'
        return {
            'name': f'Data scopes of roles: {mode} {model.model}',
            'model_id': model.id,
            'rbac_generated': True,
            'active': True,
            'groups': [Command.clear()],
            'domain_force': f'rbac_scope({model.model!r}, {mode!r})',
            'perm_read': reading,
            'perm_write': not reading,
            'perm_create': not reading,
            'perm_unlink': not reading,
        }


class IrRule(models.Model):
    _inherit = 'ir.rule'

    def _differs(self, vals):
        """Tell whether a generated rule is not what it has to be."""
        return bool(self.groups) or any(
            self[name] != value
            for name, value in vals.items()
            if name not in ('groups', 'model_id')
        )


class RbacScopeTarget(models.Model):
    """A record that a scope names."""

    _name = 'rbac.scope.target'
    _description = 'Chosen Record of a Data Scope'
    _inherit = 'rbac.role.part'

    scope_id = fields.Many2one('rbac.scope', required=True, ondelete='cascade', index=True)
    res_model = fields.Char(related='scope_id.target_model_id.model', store=True)
    res_id = fields.Many2oneReference(
        string='Record', model_field='res_model', required=True, index=True
    )

    _record_uniq = models.Constraint('UNIQUE(scope_id, res_id)', 'The record is chosen already.')
