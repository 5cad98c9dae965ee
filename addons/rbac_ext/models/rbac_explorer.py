from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

from .. import graph

OPERATIONS = [
    ('read', 'Read'),
    ('write', 'Change'),
    ('create', 'Create'),
    ('unlink', 'Delete'),
]


class RbacExplorer(models.AbstractModel):
    """Answers about rights, derived from role lines and not asked of the server's caches.

    That the answers equal the server's decisions is held by tests over a generated matrix.
    """

    _name = 'rbac.explorer'
    _description = 'Answers About Rights'

    # Why can X do Y?

    @api.model
    def _why_permission(self, user, permission):
        """Explain whether a user has a permission.

        :return: `{'allowed': bool, 'paths': […]}`; a path has `line` (None by hand), `groups`
            (ids from the role to the permission) and `counts` (False: not in force now)
        """
        rights, now = graph.load(self.env), fields.Datetime.now()
        paths = self._paths(rights, user, permission.group_id.id, now)
        return {'allowed': any(path['counts'] for path in paths), 'paths': paths}

    @api.model
    def _why_access(self, user, model_name, operation, record=None):
        """Explain whether a user may do something to a model, or to one record.

        :return: `{'allowed': bool, 'paths': […], 'rules': [(rule, passes)]}`, paths as for
            permissions with `access` added; without a record rules only are listed
        """
        rights, now = graph.load(self.env), fields.Datetime.now()
        paths = []
        for access in self._accesses(model_name, operation):
            if not access.group_id:
                paths.append({'line': None, 'groups': [], 'counts': True, 'access': access})
            for path in self._paths(rights, user, access.group_id.id, now):
                paths.append({**path, 'access': access})
        allowed = any(path['counts'] for path in paths)
        groups = rights.groups_of(user.id, now, self._companies(user))
        rules = self._judge_rules(user, model_name, operation, groups, record)
        if record:
            allowed = allowed and self._rules_pass(rules)
        return {'allowed': allowed, 'paths': paths, 'rules': rules}

    @api.model
    def _companies(self, user):
        return frozenset(user.sudo().company_ids.ids)

    @api.model
    def _paths(self, rights, user, group_id, now):
        """Return all ways by which a user comes to a group, also those that do not count now."""
        if not group_id:
            return []
        companies = self._companies(user)
        paths = []
        for line in rights.by_user.get(user.id, ()):
            chain = rights.path(rights.role_groups[line.role_id], group_id)
            if chain:
                counts = line.in_force(now, companies)
                paths.append({'line': line, 'groups': chain, 'counts': counts})
        lines = rights.by_user.get(user.id, ())
        everything = {rights.role_groups[line.role_id] for line in lines}
        given = {
            rights.role_groups[line.role_id] for line in lines if line.in_force(now, companies)
        }
        for start in sorted(rights.by_hand(user.id, everything, given) - given):
            chain = rights.path(start, group_id)
            if chain:
                paths.append({'line': None, 'groups': chain, 'counts': True})
        return paths

    @api.model
    def _accesses(self, model_name, operation):
        domain = [('model_id.model', '=', model_name), (f'perm_{operation}', '=', True)]
        return self.env['ir.model.access'].sudo().search(domain)

    @api.model
    def _judge_rules(self, user, model_name, operation, groups, record):
        """Return `(rule, passes)` of the record rules that hold for a user."""
        rules = (
            self.env['ir.rule']
            .sudo()
            .search([('model_id.model', '=', model_name), (f'perm_{operation}', '=', True)])
        )
        rules = rules.filtered(lambda rule: not rule.groups or groups & set(rule.groups.ids))
        context = self.env['ir.rule'].with_user(user)._eval_context()
        judged = []
        for rule in rules:
            passes = True
            if record:
                domain = safe_eval(rule.domain_force, context) if rule.domain_force else []
                search = record.sudo().with_context(active_test=False).search_count
                passes = search(Domain(domain) & Domain('id', 'in', record.ids)) == len(record)
            judged.append((rule, passes))
        if record:
            for parent, name in self.env[model_name]._inherits.items():
                if self.env[model_name]._fields[name].store:
                    judged += self._judge_rules(
                        user, parent, operation, groups, record.sudo()[name]
                    )
        return judged

    @api.model
    def _rules_pass(self, judged):
        """Join rules as Odoo does: all without groups, any with groups, per model."""
        for model in {rule.model_id for rule, _passes in judged}:
            mine = [(rule, passes) for rule, passes in judged if rule.model_id == model]
            by_groups = [passes for rule, passes in mine if rule.groups]
            if not all(passes for rule, passes in mine if not rule.groups):
                return False
            if by_groups and not any(by_groups):
                return False
        return True

    # Who can do Y?

    @api.model
    def _who(self, group_ids):
        """Return the active users who have any of some groups now."""
        rights, now = graph.load(self.env), fields.Datetime.now()
        users = self.env['res.users'].sudo().search([('id', 'in', list(rights.users()))])
        return users.filtered(
            lambda user: rights.groups_of(user.id, now, self._companies(user)) & set(group_ids)
        )

    @api.model
    def _who_permission(self, permission):
        return self._who(permission.group_id.ids)

    @api.model
    def _who_access(self, model_name, operation):
        accesses = self._accesses(model_name, operation)
        if any(not access.group_id for access in accesses):
            return self.env['res.users'].sudo().search([])
        return self._who(accesses.group_id.ids)

    # What would change if …?

    @api.model
    def _difference(self, before, after):
        """Return what users gain and lose between two graphs, and the conflicts that arise.

        :return: `{'users': [{'id', 'name', 'gains', 'loses'}], 'conflicts': [texts]}`, both
            lists of users and of codes in order
        """
        now = fields.Datetime.now()
        names = self._group_names()
        users = (
            self.env['res.users']
            .sudo()
            .search([('id', 'in', list(before.users() | after.users()))])
        )
        changed = []
        for user in users:
            companies = self._companies(user)
            old = before.groups_of(user.id, now, companies)
            new = after.groups_of(user.id, now, companies)
            gains = sorted(names[group] for group in new - old if group in names)
            loses = sorted(names[group] for group in old - new if group in names)
            if gains or loses:
                changed.append({'id': user.id, 'name': user.name, 'gains': gains, 'loses': loses})
        return {'users': changed, 'conflicts': self._new_conflicts(before, after)}

    @api.model
    def _group_names(self):
        """Return what to call groups: codes of permissions, names of others, roles not at all."""
        roles = self.env['res.users.role'].sudo().search([]).group_id
        names = {
            group.id: group.full_name for group in self.env['res.groups'].sudo().search([]) - roles
        }
        for permission in self.env['rbac.permission'].sudo().search([]):
            names[permission.group_id.id] = permission.code
        return names

    @api.model
    def _new_conflicts(self, before, after):
        conflicts = self.env['rbac.conflict'].sudo()
        pairs = conflicts._pairs()
        if not pairs:
            return []
        arisen = conflicts._violations(after, pairs) - conflicts._violations(before, pairs)
        users = self.env['res.users'].sudo()
        return [
            f'{conflicts.browse(conflict_id).name}: {users.browse(user_id).name}'
            for conflict_id, user_id in sorted(arisen)
        ]
