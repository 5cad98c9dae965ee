from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .. import graph
from ..permission import requires


class RbacMatrix(models.AbstractModel):
    """What the screen of roles and permissions asks of the server."""

    _name = 'rbac.matrix'
    _description = 'Matrix of Roles and Permissions'

    @api.model
    def load_matrix(self):
        """Return roles, permissions and which role carries which.

        :return: `{'roles', 'permissions', 'cells', 'editable'}`; a cell is `[role id,
            permission id, direct]`, not direct when another group of the role brings it
        """
        catalogue = self.env['rbac.permission']
        catalogue.check_access('read')
        permissions = catalogue.sudo().search([])
        roles = self.env['res.users.role'].sudo().search([])
        rights = graph.load(self.env)
        cells = []
        for role in roles:
            direct = rights.implied.get(role.group_id.id, ())
            held = rights.closure([role.group_id.id])
            for permission in permissions:
                group = permission.group_id.id
                if group in held:
                    cells.append([role.id, permission.id, group in direct])
        return {
            'roles': [
                {
                    'id': role.id,
                    'name': role.name,
                    'users': role.user_count,
                    'emergency': role.is_emergency,
                }
                for role in roles
            ],
            'permissions': [self._describe(permission) for permission in permissions],
            'cells': cells,
            'editable': self.env.user._has_permission('rbac.role.manage'),
        }

    @api.model
    def _describe(self, permission):
        return {
            'id': permission.id,
            'code': permission.code,
            'name': permission.name,
            'description': permission.description or '',
            'app': permission.app,
            'app_name': permission.app_name,
            'area': permission.area,
            'approval': permission.approval,
        }

    @api.model
    def preview(self, changes):
        """Return what a save would change, without changing anything.

        :param changes: list of `[role id, permission id, carries]`
        :return: `{'users': [{'id', 'name', 'gains', 'loses'}], 'conflicts': […]}`
        """
        self.env['rbac.permission'].check_access('read')
        before = graph.load(self.env)
        after = before.clone()
        for role, permission, carries in self._read_changes(changes):
            change = after.connect if carries else after.disconnect
            change(role.group_id.id, permission.group_id.id)
        return self.env['rbac.explorer']._difference(before, after)

    @api.model
    @requires('rbac.role.manage')
    def apply(self, changes):
        """Save changes of the matrix.

        :param changes: list of `[role id, permission id, carries]`
        :raise ValidationError: two conflicting duties would meet in a user
        """
        by_role = {}
        for role, permission, carries in self._read_changes(changes):
            command = Command.link if carries else Command.unlink
            by_role.setdefault(role, []).append(command(permission.group_id.id))
        with self.env['rbac.conflict']._guard():
            for role, commands in by_role.items():
                role.write({'implied_ids': commands})
        return True

    @api.model
    @requires('rbac.role.manage')
    def copy_role(self, role_id, name):
        """Make a role that gives the same as another and has no users.

        :return: id of the new role
        """
        if not (name or '').strip():
            raise UserError(self.env._('A role needs a name.'))
        role = self.env['res.users.role'].sudo().browse(role_id).exists()
        if not role:
            raise UserError(self.env._('This role is gone. Load the page again.'))
        return role.copy({'name': name.strip()}).id

    @api.model
    def _read_changes(self, changes):
        """Return `(role, permission, carries)` of what the client sent, checked."""
        roles = {role.id: role for role in self.env['res.users.role'].sudo().search([])}
        catalogue = self.env['rbac.permission'].sudo().search([])
        permissions = {permission.id: permission for permission in catalogue}
        read = []
        for role_id, permission_id, carries in changes:
            if role_id not in roles or permission_id not in permissions:
                raise UserError(self.env._('A role or permission is gone. Load the page again.'))
            read.append((roles[role_id], permissions[permission_id], bool(carries)))
        return read
