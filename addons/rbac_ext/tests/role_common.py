from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user


class RoleCase(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, 'tracking_disable': True})
        cls.manage = cls.env.ref('rbac_ext.perm_rbac_role_manage')
        cls.grant = cls.env.ref('rbac_ext.perm_rbac_role_grant')
        cls.take = cls.env.ref('rbac_ext.perm_rbac_emergency_take')
        cls.staff_group = cls.env.ref('rbac_ext.group_support')
        cls.builtin = {
            name: cls.env.ref(f'rbac_ext.role_{name}')
            for name in ('auditor', 'support', 'operator', 'finance', 'system')
        }

    @classmethod
    def _create_role(cls, name, *permissions, groups=None, **values):
        carried = [permission.group_id.id for permission in permissions]
        access = (groups if groups is not None else cls.staff_group).ids
        return cls.env['res.users.role'].create(
            {'name': name, 'implied_ids': [Command.set(carried + access)], **values}
        )

    @classmethod
    def _create_user(cls, login, *roles, **values):
        user = new_test_user(cls.env, login, 'base.group_user', **values)
        for role in roles:
            cls._give(user, role)
        return user

    @classmethod
    def _give(cls, user, role, **values):
        return cls.env['res.users.role.line'].create(
            {'user_id': user.id, 'role_id': role.id, **values}
        )

    @classmethod
    def _create_permission(cls, code):
        name = code.replace('.', '_')
        permission = cls.env['rbac.permission'].create({'code': code, 'name': code})
        for record, xmlid in (
            (permission, f'perm_{name}'),
            (permission.group_id, f'perm_{name}_res_groups'),
        ):
            cls.env['ir.model.data'].create(
                {'module': 'rbac_ext', 'name': xmlid, 'model': record._name, 'res_id': record.id}
            )
        cls.env.registry.clear_cache('stable', 'groups')
        return permission
