from contextlib import contextmanager

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from .. import graph


class RbacConflict(models.Model):
    """Two roles, or two permissions, that may not meet in one user at one time.

    Every road is watched: role lines and their dates, what roles imply, groups by hand, the
    matrix, imports, role packs, emergencies. What was there before is listed, not refused.
    """

    _name = 'rbac.conflict'
    _description = 'Conflict of Duties'
    _inherit = 'rbac.role.part'
    _order = 'name'

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [('role', 'Two Roles'), ('permission', 'Two Permissions')], required=True, default='role'
    )
    role_a_id = fields.Many2one('res.users.role', string='One Role', ondelete='cascade')
    role_b_id = fields.Many2one('res.users.role', string='Other Role', ondelete='cascade')
    permission_a_id = fields.Many2one(
        'rbac.permission', string='One Permission', ondelete='cascade'
    )
    permission_b_id = fields.Many2one(
        'rbac.permission', string='Other Permission', ondelete='cascade'
    )
    reason = fields.Text(help='Why nobody may have both.')
    user_ids = fields.Many2many('res.users', compute='_compute_user_ids', string='Have Both')
    user_count = fields.Integer(compute='_compute_user_ids', string='# Have Both')

    _pair_check = models.Constraint(
        "CHECK((kind = 'role' AND role_a_id IS NOT NULL AND role_b_id IS NOT NULL"
        ' AND role_a_id <> role_b_id)'
        " OR (kind = 'permission' AND permission_a_id IS NOT NULL"
        ' AND permission_b_id IS NOT NULL AND permission_a_id <> permission_b_id))',
        'A conflict is between two different roles, or two different permissions.',
    )

    # === COMPUTE METHODS === #

    @api.depends('kind', 'role_a_id', 'role_b_id', 'permission_a_id', 'permission_b_id')
    def _compute_user_ids(self):
        rights = graph.load(self.env)
        for conflict in self:
            pair = conflict._pair() if conflict._origin else None
            found = {user for _id, user in self._violations(rights, [pair])} if pair else ()
            users = self.env['res.users'].sudo().with_context(active_test=False)
            conflict.user_ids = users.search([('id', 'in', list(found))])
            conflict.user_count = len(found)

    # === BUSINESS METHODS === #

    def _pair(self):
        """Return `(conflict id, group id, group id)`, or None while the form is incomplete."""
        self.ensure_one()
        if self.kind == 'role':
            one, other = self.role_a_id.group_id, self.role_b_id.group_id
        else:
            one, other = self.permission_a_id.group_id, self.permission_b_id.group_id
        return (self.id or self._origin.id, one.id, other.id) if one and other else None

    @api.model
    @tools.ormcache()
    def _pairs(self):
        return tuple(filter(None, (conflict._pair() for conflict in self.sudo().search([]))))

    @api.model
    def _violations(self, rights, pairs):
        """Return `(conflict id, user id)` of all who have, or will have, both of a pair."""
        now = fields.Datetime.now()
        found = set()
        for user_id in rights.users():
            sources = [
                (line, groups)
                for line, groups in rights.sources_of(user_id)
                if not line.end or line.end > now
            ]
            for conflict_id, one, other in pairs:
                first = [line for line, groups in sources if one in groups]
                second = [line for line, groups in sources if other in groups]
                if any(line.meets(rest) for line in first for rest in second):
                    found.add((conflict_id, user_id))
        return found

    @api.model
    @contextmanager
    def _guard(self):
        """Refuse a change of rights that brings two conflicting duties together.

        :raise ValidationError: names the conflict and the users
        """
        pairs = self._pairs()
        if not pairs:
            yield
            return
        # Two transactions that each give one half must not both succeed: whoever is second
        # meets a serialization failure and starts over, seeing the first.
        self.env.cr.execute(
            'UPDATE rbac_conflict SET id = id WHERE id IN %s', [tuple(pair[0] for pair in pairs)]
        )
        before = self._violations(graph.load(self.env), pairs)
        yield
        self._refuse(self._violations(graph.load(self.env), self._pairs()) - before)

    @api.model
    def _refuse(self, violations):
        if not violations:
            return
        conflicts = self.sudo().browse(sorted({conflict for conflict, _user in violations}))
        users = self.env['res.users'].sudo().browse(sorted({user for _id, user in violations}))
        raise ValidationError(
            self.env._(
                'Conflict of duties (%(conflicts)s): %(users)s would have both sides.',
                conflicts=', '.join(conflicts.mapped('name')),
                users=', '.join(users.mapped('name')),
            )
        )
