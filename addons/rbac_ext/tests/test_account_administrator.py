from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, tagged

from .account_common import AccountMixin


@tagged('post_install', '-at_install')
class TestLastAdministrator(AccountMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system_role = cls.env.ref('rbac_ext.role_system')
        cls.last = cls._create_administrator('the_last')
        others = cls.env['res.users']._rbac_administrators() - cls.last
        others.role_line_ids.unlink()
        others.group_ids = [Command.set(cls.env.ref('base.group_user').ids)]
        cls.line = cls.last.role_line_ids

    def _refused(self, road):
        with self.assertRaises(UserError), self.env.cr.savepoint():
            road()
        self.env.invalidate_all()
        # As Odoo does after a rollback.
        self.env.registry.clear_all_caches()
        self.assertEqual(self.env['res.users']._rbac_administrators(), self.last)
        self.assertTrue(self.last._has_permission('rbac.user.manage'))

    def test_the_last_is_known(self):
        self.assertEqual(self.env['res.users']._rbac_administrators(), self.last)

    def test_account_roads_are_closed(self):
        user = self.last
        needed = self.env.ref('base.group_system')
        for road in (
            lambda: user.write({'active': False}),
            lambda: user.action_archive(),
            lambda: user.action_rbac_disable(),
            lambda: user.unlink(),
            lambda: user.write({'role_line_ids': [Command.clear()]}),
            lambda: user.write({'role_line_ids': [Command.delete(self.line.id)]}),
            lambda: (
                needed.write({'user_ids': [Command.unlink(user.id)]})
                and user.write({'role_line_ids': [Command.clear()]})
            ),
        ):
            self._refused(road)

    def test_role_line_roads_are_closed(self):
        yesterday = fields.Date.today() - timedelta(days=1)
        other_role = self._create_role('Other')
        other_user = self._create_staff('other_user')
        for road in (
            lambda: self.line.unlink(),
            lambda: self.line.write({'date_to': yesterday}),
            lambda: self.line.write({'date_to': fields.Date.today() + timedelta(days=9)}),
            lambda: self.line.write({'date_from': fields.Date.today() + timedelta(days=9)}),
            lambda: self.line.write({'ends_at': fields.Datetime.now() + timedelta(days=9)}),
            lambda: self.line.write({'role_id': other_role.id}),
            lambda: self.line.write({'company_ids': self.env.company.ids}),
            lambda: self.line.write({'user_id': other_user.id, 'date_to': yesterday}),
        ):
            self._refused(road)

    def test_limits_by_way_of_the_account_and_of_the_role_are_refused(self):
        """Each on its own line of the account's or the role's form, as a person enters it."""
        for limit in (
            {'date_from': fields.Date.today() + timedelta(days=9)},
            {'date_to': fields.Date.today() + timedelta(days=9)},
            {'ends_at': fields.Datetime.now() + timedelta(days=9)},
            {'company_ids': [Command.set(self.env.company.ids)]},
        ):
            commands = [Command.update(self.line.id, limit)]
            for owner, name in (
                (self.last, 'role_line_ids'),
                (self.system_role, 'line_ids'),
                (self.last.with_user(self.last), 'role_line_ids'),
            ):
                with self.subTest(limit=limit, owner=owner):
                    self._refused(
                        lambda owner=owner, name=name, commands=commands: owner.write(
                            {name: commands}
                        )
                    )

    def test_a_line_with_limits_does_not_take_the_place_of_the_one_without(self):
        limited = {
            'role_id': self.system_role.id,
            'date_to': fields.Date.today() + timedelta(days=9),
        }
        self._refused(
            lambda: self.last.write({'role_line_ids': [Command.clear(), Command.create(limited)]})
        )

    def test_role_roads_are_closed(self):
        role = self.system_role
        manage = self.env.ref('rbac_ext.perm_rbac_user_manage')
        for road in (
            lambda: role.unlink(),
            lambda: role.write({'implied_ids': [Command.clear()]}),
            lambda: role.write({'permission_ids': [Command.unlink(manage.id)]}),
            lambda: role.write({'access_group_ids': [Command.clear()]}),
            lambda: role.write({'line_ids': [Command.clear()]}),
        ):
            self._refused(road)

    def test_group_roads_are_closed(self):
        group = self.system_role.group_id
        manage = self.env.ref('rbac_ext.perm_rbac_user_manage_res_groups')
        for road in (
            lambda: group.write({'implied_ids': [Command.clear()]}),
            lambda: self.env.ref('rbac_ext.group_system').write({'implied_ids': [Command.clear()]}),
            lambda: manage.write({'implied_by_ids': [Command.unlink(group.id)]}),
            lambda: (
                group.write({'user_ids': [Command.unlink(self.last.id)]})
                and self.last.write({'role_line_ids': [Command.clear()]})
            ),
            lambda: group.unlink(),
        ):
            self._refused(road)

    def test_by_hand_counts_until_a_first_role_takes_it_away(self):
        by_hand = self._create_staff('by_hand')
        for xmlid in (
            'base.group_system',
            'rbac_ext.perm_rbac_user_manage_res_groups',
            'rbac_ext.perm_rbac_role_grant_res_groups',
        ):
            by_hand.group_ids += self.env.ref(xmlid)
        self.assertIn(by_hand, self.env['res.users']._rbac_administrators())
        self.line.unlink()
        self.last = by_hand
        self._refused(
            lambda: self.env['res.users.role.line'].create(
                {'user_id': by_hand.id, 'role_id': self._create_role('Small').id}
            )
        )

    def test_one_of_two_may_go(self):
        second = self._create_administrator('second')
        second.with_user(self.last).action_rbac_disable()
        self.assertEqual(self.env['res.users']._rbac_administrators(), self.last)

    def test_time_limited_administrator_does_not_replace_the_last(self):
        second = self._create_administrator('for_a_week')
        second.role_line_ids.date_to = fields.Date.today() + timedelta(days=7)
        self._refused(lambda: self.last.action_rbac_disable())
