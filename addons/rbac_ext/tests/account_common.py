from odoo.fields import Command
from odoo.tests import new_test_user

PASSWORD = 'Correct horse 7'


class AccountMixin:
    """Helpers: accounts with roles, made for one test class."""

    @classmethod
    def _create_role(cls, name, *codes, groups='rbac_ext.group_support', **values):
        permissions = cls.env['rbac.permission'].search([('code', 'in', codes)])
        carried = permissions.group_id
        for xmlid in groups.split(','):
            carried |= cls.env.ref(xmlid)
        return cls.env['res.users.role'].create(
            {'name': name, 'implied_ids': [Command.set(carried.ids)], **values}
        )

    @classmethod
    def _create_staff(cls, login, *roles, **values):
        values.setdefault('password', PASSWORD)
        user = new_test_user(
            cls.env, login, 'base.group_user', context={'no_reset_password': True}, **values
        )
        cls.env['res.users.role.line'].create(
            [{'user_id': user.id, 'role_id': role.id} for role in roles]
        )
        return user

    @classmethod
    def _create_administrator(cls, login):
        return cls._create_staff(login, cls.env.ref('rbac_ext.role_system'))

    @classmethod
    def _create_key(cls, user, scope=None):
        return cls.env(user=user)['res.users.apikeys'].sudo()._generate(scope, 'a test', False)

    @classmethod
    def _create_device(cls, user, identifier):
        return cls.env['res.device.log'].create(
            {
                'session_identifier': identifier,
                'user_id': user.id,
                'platform': 'linux',
                'browser': 'chrome',
                'ip_address': '203.0.113.7',
                'first_activity': '2026-01-01 00:00:00',
                'last_activity': '2026-01-01 01:00:00',
                'revoked': False,
            }
        )
