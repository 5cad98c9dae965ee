import json

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..permission import requires

FORMAT = 'rbac_ext.role_pack'
VERSION = 1
MAX_BYTES = 1024 * 1024
# Companies and chosen records are of one database, so those scopes stay at home.
PORTABLE = ('own', 'department', 'all')


class RbacPack(models.AbstractModel):
    """Roles as a file: from a test database to the real one, or from shop to shop.

    Permissions are named by code, groups by external id, roles by external id or name.
    """

    _name = 'rbac.pack'
    _description = 'Role Packs'

    # === BUSINESS METHODS === #

    @api.model
    def _export(self, roles):
        """Return roles as a text of JSON, the same for the same roles."""
        pack = {
            'format': FORMAT,
            'version': VERSION,
            'roles': [self._describe(role) for role in roles.sudo()],
        }
        return json.dumps(pack, ensure_ascii=False, indent=2, sort_keys=True) + '\n'

    @api.model
    def _describe(self, role):
        inner = (
            self.env['res.users.role']
            .sudo()
            .search([('group_id', 'in', role.access_group_ids.ids)])
        )
        groups = role.access_group_ids - inner.group_id
        missing = groups.filtered(lambda group: not group.get_external_id()[group.id])
        if missing:
            raise UserError(
                self.env._(
                    'The group %(group)s was made by hand, so another database does not know it.',
                    group=missing[0].full_name,
                )
            )
        return {
            'key': self._key(role),
            'name': role.with_context(lang=None).name,
            'permissions': sorted(role.permission_ids.mapped('code')),
            'groups': sorted(groups.get_external_id().values()),
            'roles': sorted(self._key(other) for other in inner),
            'scopes': self._describe_scopes(role),
        }

    @api.model
    def _describe_scopes(self, role):
        return sorted(
            [scope.model, scope.kind, scope.reading]
            for scope in role.scope_ids
            if scope.kind in PORTABLE
        )

    @api.model
    def _key(self, role):
        xmlid = role.get_external_id()[role.id]
        return xmlid if xmlid and not xmlid.startswith('__') else role.with_context(lang=None).name

    @api.model
    def _find(self, key):
        """Return the role a pack speaks of, or none."""
        role = '.' in key and self.env.ref(key, raise_if_not_found=False)
        if role and role._name == 'res.users.role':
            return role.sudo()
        return (
            self.env['res.users.role']
            .sudo()
            .with_context(lang=None)
            .search([('name', '=', key)], limit=1)
        )

    @api.model
    def _read(self, text):
        """Return the roles of a pack.

        :raise UserError: no pack, or of another version, or it names what this database lacks
        """
        if len(text) > MAX_BYTES:
            raise UserError(self.env._('This file is too large for a role pack.'))
        try:
            pack = json.loads(text)
            if pack['format'] != FORMAT or pack['version'] != VERSION:
                raise ValueError(pack['version'])
            roles = [self._read_role(role) for role in pack['roles']]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UserError(
                self.env._('This file is no role pack of version %(version)s.', version=VERSION)
            ) from error
        self._check_known(roles)
        return roles

    @api.model
    def _read_role(self, role):
        scopes = sorted([str(model), str(kind), bool(on)] for model, kind, on in role['scopes'])
        if not role['name'].strip() or not role['key'].strip():
            raise ValueError('name')
        lists = {
            name: sorted({str(item) for item in role[name]})
            for name in ('permissions', 'groups', 'roles')
        }
        return {'key': role['key'], 'name': role['name'].strip(), 'scopes': scopes, **lists}

    @api.model
    def _check_known(self, roles):
        known = set(self.env['rbac.permission'].sudo().search([]).mapped('code'))
        keys = {role['key'] for role in roles}
        unknown = []
        for role in roles:
            unknown += [code for code in role['permissions'] if code not in known]
            unknown += [xmlid for xmlid in role['groups'] if not self._group(xmlid)]
            unknown += [key for key in role['roles'] if key not in keys and not self._find(key)]
            unknown += [
                model
                for model, kind, _reading in role['scopes']
                if model not in self.env or kind not in PORTABLE
            ]
        if unknown:
            raise UserError(
                self.env._(
                    'This database does not know: %(names)s.', names=', '.join(sorted(set(unknown)))
                )
            )

    @api.model
    def _group(self, xmlid):
        group = self.env.ref(xmlid, raise_if_not_found=False)
        return group.sudo() if group is not None and group._name == 'res.groups' else None

    @api.model
    def _compare(self, roles):
        """Return what applying a pack would change, role by role.

        :return: list of `{'name', 'new', 'adds', 'removes'}`; roles without a difference are left
            out, roles the pack does not name stay as they are
        """
        changes = []
        for wanted in roles:
            role = self._find(wanted['key'])
            present = self._describe(role) if role else {}
            adds, removes = [], []
            for part in ('permissions', 'groups', 'roles', 'scopes'):
                old = [self._text(item) for item in present.get(part, ())]
                new = [self._text(item) for item in wanted[part]]
                adds += [item for item in new if item not in old]
                removes += [item for item in old if item not in new]
            if adds or removes or not role:
                changes.append(
                    {'name': wanted['name'], 'new': not role, 'adds': adds, 'removes': removes}
                )
        return changes

    @api.model
    def _text(self, item):
        if isinstance(item, str):
            return item
        model, kind, reading = item
        return f'{model}: {kind}' if reading else f'{model}: {kind} (changes only)'

    @api.model
    @requires('rbac.role.manage')
    def _apply(self, roles):
        """Make the roles of a pack what it says.

        :param roles: what `_read` returned
        :raise ValidationError: two conflicting duties would meet in a user
        """
        with self.env['rbac.conflict']._guard():
            for wanted in roles:
                if not self._find(wanted['key']):
                    # A name that looks like an external id of another database stays a name.
                    self.env['res.users.role'].sudo().create({'name': wanted['key']})
            for wanted in roles:
                self._apply_role(self._find(wanted['key']), wanted)
        return True

    @api.model
    def _apply_role(self, role, wanted):
        catalogue = self.env['rbac.permission'].sudo()
        groups = catalogue.search([('code', 'in', wanted['permissions'])]).group_id
        for xmlid in wanted['groups']:
            groups |= self._group(xmlid)
        for key in wanted['roles']:
            groups |= self._find(key).group_id
        if role.implied_ids != groups:
            role.write({'implied_ids': [Command.set(groups.ids)]})
        if self._describe_scopes(role) == wanted['scopes']:
            return
        models_by_name = self.env['ir.model'].sudo()
        portable = role.scope_ids.filtered(lambda scope: scope.kind in PORTABLE)
        portable.unlink()
        self.env['rbac.scope'].sudo().create(
            [
                {
                    'role_id': role.id,
                    'model_id': models_by_name._get_id(model),
                    'kind': kind,
                    'reading': reading,
                }
                for model, kind, reading in wanted['scopes']
            ]
        )
