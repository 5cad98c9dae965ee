from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, TransactionCase, tagged
from odoo.tools import mute_logger

from .account_common import AccountMixin

ACTS = (
    ('action_rbac_disable', 'rbac.user.disable'),
    ('action_rbac_restore', 'rbac.user.restore'),
    ('action_rbac_unlock', 'rbac.user.unlock'),
    ('action_rbac_reset_password', 'rbac.user.reset_password'),
    ('action_rbac_end_sessions', 'rbac.user.end_session'),
)


@tagged('post_install', '-at_install')
class TestAccountLife(AccountMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls._create_administrator('boss')
        cls.role = cls._create_role('Clerks')
        cls.other_role = cls._create_role('Night Shift', 'rbac.user.unlock')
        cls.clerk = cls._create_staff('clerk', cls.role, cls.other_role)
        cls.colleague = cls._create_staff('colleague', cls.role)

    def _disable(self, user=None, **kwargs):
        (user or self.clerk).with_user(self.admin).action_rbac_disable(**kwargs)

    # === WHO MAY === #

    def test_each_act_asks_for_its_own_permission(self):
        for method, code in ACTS:
            with self.subTest(method=method), mute_logger('odoo.addons.rbac_ext.models.rbac_gate'):
                with self.assertRaisesRegex(AccessError, code.replace('.', r'\.')):
                    getattr(self.clerk.with_user(self.colleague).sudo(), method)()

    def test_one_permission_is_enough_to_disable(self):
        head = self._create_staff('head', self._create_role('Heads', 'rbac.user.disable'))
        self.clerk.with_user(head).action_rbac_disable(reason='left')
        self.assertFalse(self.clerk.active)

    def test_others_accounts_are_written_only_by_who_manages_accounts(self):
        manager = self._create_staff(
            'half', self._create_role('Half', groups='base.group_erp_manager')
        )
        clerk = self.clerk.with_user(manager)
        with self.assertRaises(AccessError):
            clerk.write({'rbac_nickname': 'x'})
        with self.assertRaises(AccessError):
            clerk.create({'name': 'x', 'login': 'x'})
        with self.assertRaises(AccessError):
            clerk.unlink()
        with self.assertRaises(AccessError):
            clerk.write({'active': False})
        self.assertTrue(self.clerk.active)

    def test_everybody_keeps_his_own_profile(self):
        own = self.clerk.with_user(self.clerk)
        own.write({'rbac_nickname': 'Xiao Li', 'rbac_sex': 'female', 'phone': '+8613800138000'})
        self.assertRecordValues(
            self.clerk,
            [{'rbac_nickname': 'Xiao Li', 'rbac_sex': 'female', 'phone': '+8613800138000'}],
        )
        with self.assertRaises(AccessError):
            own.write({'login': 'other'})
        with self.assertRaises(AccessError):
            own.write({'rbac_department_id': False})

    # === OFF MEANS OFF === #

    def test_disabling_ends_keys_devices_and_sessions(self):
        sid = 'A' * 84
        before = self.clerk._compute_session_token(sid)
        self._create_key(self.clerk)
        self.env(user=self.clerk)['auth_totp.device'].sudo()._generate('browser', 'x', False)
        log = self._create_device(self.clerk, 'B' * 42)
        self._disable(reason='left')
        own = [('user_id', '=', self.clerk.id)]
        self.assertFalse(self.env['res.users.apikeys'].search(own))
        self.assertFalse(self.env['auth_totp.device'].search(own))
        self.assertTrue(log.revoked)
        self.assertNotEqual(self.clerk._compute_session_token(sid), before)
        self.assertRecordValues(
            self.clerk,
            [
                {
                    'active': False,
                    'rbac_state': 'disabled',
                    'rbac_disabled_uid': self.admin.id,
                    'rbac_disabled_reason': 'left',
                }
            ],
        )

    def test_restoring_does_not_revive_a_session(self):
        sid = 'A' * 84
        before = self.clerk._compute_session_token(sid)
        self._disable()
        self.clerk.with_user(self.admin).action_rbac_restore(role_ids=self.role.ids)
        self.assertNotEqual(self.clerk._compute_session_token(sid), before)

    def test_disabled_account_has_no_permission_in_jobs_either(self):
        self.assertTrue(self.clerk._has_permission('rbac.user.unlock'))
        self._disable()
        self.assertFalse(self.clerk._has_permission('rbac.user.unlock'))
        self.assertFalse(self.clerk._get_group_ids())
        with mute_logger('odoo.addons.rbac_ext.models.rbac_gate'), self.assertRaises(AccessError):
            self.colleague.with_user(self.clerk).action_rbac_unlock()

    def test_archiving_by_any_road_is_disabling(self):
        roads = {
            'write': lambda user: user.write({'active': False}),
            'attribute': lambda user: setattr(user, 'active', False),
            'archive': lambda user: user.action_archive(),
            'sudo': lambda user: user.sudo().write({'active': False, 'rbac_nickname': 'gone'}),
        }
        for name, road in roads.items():
            with self.subTest(road=name):
                user = self._create_staff(f'road_{name}', self.role)
                self._create_key(user)
                road(user.with_user(self.admin))
                self.assertFalse(user.active)
                self.assertTrue(user.rbac_disabled_date)
                self.assertFalse(self.env['res.users.apikeys'].search([('user_id', '=', user.id)]))

    def test_no_context_of_a_client_lets_archiving_pass_the_guard(self):
        user = self.colleague.with_user(self.clerk).with_context(rbac_switching=True).sudo()
        with mute_logger('odoo.addons.rbac_ext.models.rbac_gate'), self.assertRaises(AccessError):
            user.write({'active': False})

    def test_customers_are_left_to_odoo(self):
        customer = self._create_staff('customer')
        customer.group_ids = self.env.ref('base.group_portal')
        customer.active = False
        self.assertFalse(customer.rbac_disabled_date)

    def test_own_account_is_not_disabled(self):
        with self.assertRaises(UserError):
            self._disable(self.admin)

    def test_other_models_take_notice(self):
        users = type(self.env['res.users'])
        with patch.object(users, '_rbac_on_disabled', autospec=True) as notice:
            self._disable()
        self.assertEqual(notice.call_args.args[0], self.clerk)

    # === OPEN WORK === #

    def _create_activity(self):
        partner = self.env['res.partner'].create({'name': 'a customer'})
        return partner.activity_schedule('mail.mail_activity_data_todo', user_id=self.clerk.id)

    def test_open_work_goes_to_the_named_colleague(self):
        activity = self._create_activity()
        self._disable(successor_id=self.colleague.id)
        self.assertEqual(activity.user_id, self.colleague)
        self.assertIn('colleague', self.clerk.partner_id.message_ids[0].body)

    def test_open_work_goes_to_the_head_of_the_department(self):
        head = self._create_staff('head_of', self.role)
        self.clerk.rbac_department_id = self.env['rbac.department'].create(
            {'name': 'Shop', 'manager_id': head.id}
        )
        activity = self._create_activity()
        self._disable()
        self.assertEqual(activity.user_id, head)

    def test_nobody_hands_work_to_who_cannot_do_it(self):
        self._disable(self.colleague)
        with self.assertRaises(UserError):
            self._disable(self.clerk, successor_id=self.colleague.id)
        self.assertTrue(self.clerk.active)

    # === RESTORING === #

    def test_restoring_gives_back_the_confirmed_roles_only(self):
        self._disable()
        self.clerk.with_user(self.admin).action_rbac_restore(role_ids=self.role.ids)
        self.assertTrue(self.clerk.active)
        self.assertEqual(self.clerk.role_line_ids.role_id, self.role)
        self.assertFalse(self.clerk._has_permission('rbac.user.unlock'))
        self.assertTrue(self.clerk.has_group('rbac_ext.group_support'))
        self.assertEqual(self.clerk.rbac_password_change, 'asked')

    def test_unarchiving_gives_back_no_role(self):
        self._disable()
        self.clerk.with_user(self.admin).action_unarchive()
        self.assertTrue(self.clerk.active)
        self.assertFalse(self.clerk.role_line_ids)
        self.assertFalse(self.clerk.has_group('rbac_ext.group_support'))
        self.assertTrue(self.clerk._is_internal())

    def test_restoring_gives_no_role_that_was_not_there(self):
        self._disable()
        with self.assertRaises(UserError):
            self.clerk.with_user(self.admin).action_rbac_restore(
                role_ids=self.env.ref('rbac_ext.role_system').ids
            )

    # === FORMS === #

    def test_forms_disable_and_restore(self):
        env = self.env(user=self.admin)
        context = {'active_model': 'res.users', 'active_ids': self.clerk.ids}
        form = Form(env['rbac.user.disable'].with_context(**context))
        form.reason = 'left'
        form.successor_id = self.colleague
        form.save().action_confirm()
        self.assertFalse(self.clerk.active)
        form = Form(env['rbac.user.restore'].with_context(active_id=self.clerk.id))
        self.assertEqual(form.role_ids[:], self.role | self.other_role)
        form.role_ids.remove(self.other_role.id)
        form.save().action_confirm()
        self.assertEqual(self.clerk.role_line_ids.role_id, self.role)

    def test_forms_are_for_those_with_the_permission(self):
        for model in ('rbac.user.disable', 'rbac.user.restore'):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env(user=self.clerk)[model].create({})

    def test_accounts_are_found_by_state(self):
        self._disable()
        find = self.env['res.users'].with_context(active_test=False).search
        accounts = self.clerk | self.colleague
        self.env['rbac.login']._append('lock', 'colleague', until='2999-01-01')
        for state, user in (('disabled', self.clerk), ('locked', self.colleague)):
            found = find([('rbac_state', '=', state), ('id', 'in', accounts.ids)])
            self.assertEqual(found, user)
        self.assertFalse(find([('rbac_state', '=', 'active'), ('id', 'in', accounts.ids)]))

    def test_account_views_show_acts_to_who_may_do_them(self):
        view = self.env.ref('rbac_ext.res_users_view_form_account')
        for user, shown in ((self.admin, True), (self.clerk, False)):
            arch = self.env(user=user)['res.users'].get_view(view.id, 'form')['arch']
            self.assertEqual('action_rbac_end_sessions' in arch, shown)
