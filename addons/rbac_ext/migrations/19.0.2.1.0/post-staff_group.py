"""Approvals and logs follow from permissions: keep what roles read by groups."""

from odoo import SUPERUSER_ID, api
from odoo.fields import Command

STAFF_GROUPS = ('group_auditor', 'group_support', 'group_operator', 'group_finance')
# What Staff named besides, before it named one group.
STAFF_PERMISSIONS = ('role_manage', 'role_grant', 'user_manage', 'emergency_take')
MENUS = ('menu_staff', 'rbac_log_menu', 'rbac_field_change_menu')
# Permission that takes the place of what a group opened, by the group.
READS = {
    'group_auditor': 'perm_rbac_log_view',
    'group_support': 'perm_rbac_log_view_own',
    'group_operator': 'perm_rbac_log_view_own',
    'group_finance': 'perm_rbac_log_view_own',
}


def migrate(cr, version):
    if not version:
        return
    env = api.Environment(cr, SUPERUSER_ID, {})
    _make_staff(env)
    _keep_what_roles_read(env)
    _clear_menus(env)


def _make_staff(env):
    """Have permissions and approvers' roles imply the group that new ones imply."""
    permissions = env['rbac.permission'].search([])
    staff = env.ref('rbac_ext.group_staff')
    permissions.group_id.write({'implied_ids': [Command.link(staff.id)]})
    permissions._admit_approvers()


def _keep_what_roles_read(env):
    """Give every role that carries a group the permission in its place."""
    for name, permission in READS.items():
        group = env.ref(f'rbac_ext.{name}')
        reading = env.ref(f'rbac_ext.{permission}').group_id
        roles = env['res.users.role'].search([('group_id.all_implied_ids', 'in', group.id)])
        roles = roles.filtered(
            lambda role, right=reading: right not in role.group_id.all_implied_ids
        )
        roles.write({'implied_ids': [Command.link(reading.id)]})


def _clear_menus(env):
    """Take off what the menus name no more: loading them leaves it."""
    names = [*STAFF_GROUPS, *(f'perm_rbac_{name}_res_groups' for name in STAFF_PERMISSIONS)]
    gone = [Command.unlink(env.ref(f'rbac_ext.{name}').id) for name in names]
    for name in MENUS:
        env.ref(f'rbac_ext.{name}').write({'group_ids': gone})
