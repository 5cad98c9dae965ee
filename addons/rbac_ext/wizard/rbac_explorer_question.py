from markupsafe import Markup

from odoo import api, fields, models

from .. import graph
from ..models.rbac_explorer import OPERATIONS

ROW = Markup('<tr><td>%s</td><td class="text-success">%s</td><td class="text-danger">%s</td></tr>')


class RbacExplorerQuestion(models.TransientModel):
    """The screen of the rights explorer: a question above, its answer below."""

    _name = 'rbac.explorer.question'
    _description = 'Rights Explorer'

    question = fields.Selection(
        [
            ('why', 'Why can a user do this?'),
            ('who', 'Who can do this?'),
            ('what_if', 'What would change if …'),
        ],
        required=True,
        default='why',
    )

    # Why, who
    about = fields.Selection(
        [('permission', 'A Permission'), ('model', 'Records')], required=True, default='permission'
    )
    user_id = fields.Many2one('res.users', domain=[('share', '=', False)])
    permission_id = fields.Many2one('rbac.permission')
    model_id = fields.Many2one('ir.model', domain=[('transient', '=', False)])
    model = fields.Char(related='model_id.model', string='Model Name')
    operation = fields.Selection(OPERATIONS, string='Kind of Access', default='read')
    res_id = fields.Many2oneReference(string='Record', model_field='model')

    # What if
    change = fields.Selection(
        [
            ('give', 'A user gets a role'),
            ('take', 'A user loses a role'),
            ('add', 'A role gets a permission'),
            ('remove', 'A role loses a permission'),
        ],
        default='give',
    )
    role_id = fields.Many2one('res.users.role')

    answer = fields.Html(compute='_compute_answer', sanitize=False)

    # === COMPUTE METHODS === #

    def _compute_display_name(self):
        for asked in self:
            asked.display_name = self.env._('A question about rights')

    @api.depends(
        'question',
        'about',
        'user_id',
        'permission_id',
        'model_id',
        'operation',
        'res_id',
        'change',
        'role_id',
    )
    def _compute_answer(self):
        self.env['rbac.permission'].check_access('read')
        for asked in self:
            answer = getattr(asked, f'_answer_{asked.question or "why"}')()
            asked.answer = answer or Markup('<p class="text-muted">%s</p>') % self.env._(
                'Choose what the question is about.'
            )

    def _answer_why(self):
        user = self.user_id.sudo()
        explorer = self.env['rbac.explorer']
        if self.about == 'permission':
            if not (user and self.permission_id):
                return None
            found = explorer._why_permission(user, self.permission_id.sudo())
        else:
            if not (user and self.model_id and self.operation):
                return None
            record = None
            if self.res_id:
                record = self.env[self.model_id.sudo().model].sudo().browse(self.res_id).exists()
            found = explorer._why_access(user, self.model_id.sudo().model, self.operation, record)
        return self._render_verdict(user, found['allowed']) + self._render_paths(found)

    def _answer_who(self):
        explorer = self.env['rbac.explorer']
        if self.about == 'permission':
            if not self.permission_id:
                return None
            users = explorer._who_permission(self.permission_id.sudo())
        else:
            if not (self.model_id and self.operation):
                return None
            users = explorer._who_access(self.model_id.sudo().model, self.operation)
        if not users:
            return Markup('<p>%s</p>') % self.env._('Nobody.')
        items = Markup('').join(
            Markup('<li>%s <span class="text-muted">%s</span></li>') % (user.name, user.login)
            for user in users
        )
        head = self.env._('%(count)s users:', count=len(users))
        return Markup('<p>%s</p><ul>%s</ul>') % (head, items)

    def _answer_what_if(self):
        before = graph.load(self.env)
        after = before.clone()
        if not self.role_id or not self._change_graph(after):
            return None
        found = self.env['rbac.explorer']._difference(before, after)
        return self._render_difference(found)

    def _change_graph(self, after):
        """Apply the change in question to a graph; tell whether it was complete."""
        role, user, permission = self.role_id.sudo(), self.user_id, self.permission_id.sudo()
        if self.change in ('add', 'remove'):
            if permission:
                change = after.connect if self.change == 'add' else after.disconnect
                change(role.group_id.id, permission.group_id.id)
            return bool(permission)
        if not user:
            return False
        lines = [line for line in after.by_user.get(user.id, ()) if line.role_id == role.id]
        if self.change == 'take':
            for line in lines:
                after.remove_line(line.id)
        elif not lines:
            after.add_line(graph.Line(-1, user.id, role.id))
        return True

    # === BUSINESS METHODS === #

    def _render_verdict(self, user, allowed):
        kind = 'success' if allowed else 'danger'
        text = (
            self.env._('Yes: %(user)s is allowed.', user=user.name)
            if allowed
            else self.env._('No: %(user)s is not allowed.', user=user.name)
        )
        return Markup('<div class="alert alert-%s">%s</div>') % (kind, text)

    def _render_paths(self, found):
        names = {group.id: group.full_name for group in self.env['res.groups'].sudo().search([])}
        rows = Markup('').join(
            Markup('<li class="%s">%s</li>')
            % ('' if path['counts'] else 'text-muted', self._render_path(path, names))
            for path in found['paths']
        )
        if not rows:
            rows = Markup('<li>%s</li>') % self.env._('No role, and no group, leads there.')
        parts = [Markup('<ul>%s</ul>') % rows]
        if rules := found.get('rules'):
            items = Markup('').join(
                Markup('<li><i class="fa fa-%s"/> %s <code>%s</code></li>')
                % ('check' if passes else 'times', rule.name, rule.domain_force or '[]')
                for rule, passes in rules
            )
            head = self.env._('Record rules that hold for the user:')
            parts.append(Markup('<p>%s</p><ul>%s</ul>') % (head, items))
        return Markup('').join(parts)

    def _render_path(self, path, names):
        steps = [names.get(group, '?') for group in path['groups']]
        line = path['line']
        if line:
            record = self.env['res.users.role.line'].sudo().browse(line.id)
            steps[0] = self.env._('role %(role)s', role=record.role_id.name)
            if limits := self._limits(record):
                steps[0] = f'{steps[0]} ({limits})'
        elif steps:
            steps[0] = self.env._('group by hand: %(group)s', group=steps[0])
        if access := path.get('access'):
            steps.append(self.env._('access line %(name)s', name=access.name))
        text = ' → '.join(steps)
        return text if path['counts'] else self.env._('does not count now: %(path)s', path=text)

    def _limits(self, line):
        limits = [
            self.env._('from %(day)s', day=line.date_from) if line.date_from else '',
            self.env._('to %(day)s', day=line.date_to) if line.date_to else '',
            self.env._('until %(time)s UTC', time=line.ends_at) if line.ends_at else '',
            ', '.join(line.company_ids.mapped('name')),
        ]
        return ', '.join(filter(None, limits))

    def _render_difference(self, found):
        if not found['users']:
            return Markup('<p>%s</p>') % self.env._('Nothing would change for anybody.')
        rows = Markup('').join(
            ROW % (user['name'], ', '.join(user['gains']), ', '.join(user['loses']))
            for user in found['users']
        )
        head = Markup('<tr><th>%s</th><th>%s</th><th>%s</th></tr>') % (
            self.env._('User'),
            self.env._('Gains'),
            self.env._('Loses'),
        )
        warnings = Markup('').join(
            Markup('<div class="alert alert-danger">%s</div>') % text for text in found['conflicts']
        )
        return warnings + Markup('<table class="table table-sm">%s%s</table>') % (head, rows)
