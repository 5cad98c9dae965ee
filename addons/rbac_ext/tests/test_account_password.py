from unittest.mock import patch

from odoo.exceptions import AccessDenied, AccessError, UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from ..hooks import post_init_hook
from .account_common import PASSWORD, AccountMixin

NEW = 'Another horse 8'


@tagged('post_install', '-at_install')
class TestAccountPassword(AccountMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._create_staff('clerk', cls._create_role('Clerks'), email='c@example.com')
        cls.admin = cls._create_administrator('boss')
        cls.users = type(cls.env['res.users'])

    # === POLICY === #

    def test_guessable_passwords_are_refused(self):
        own = self.clerk.with_user(self.clerk)
        for password in (
            'Sh0rt.',
            'admin',
            'my clerk 77',
            'Password1!',
            '123456aA!',
            'Aa1Aa1Aa1',
            'smallletters',
            'onlysmall1',
        ):
            with self.subTest(password=password), self.assertRaises(UserError):
                own.change_password(PASSWORD, password)

    def test_mixed_or_long_passwords_are_accepted(self):
        own = self.clerk.with_user(self.clerk)
        own.change_password(PASSWORD, NEW)
        own.change_password(NEW, 'a long phrase of small letters')

    def test_passwords_are_stored_as_salted_hashes(self):
        self.env.cr.execute('SELECT password FROM res_users WHERE id = %s', (self.clerk.id,))
        [stored] = self.env.cr.fetchone()
        self.assertTrue(stored.startswith('$pbkdf2-sha512$'))
        self.assertEqual(self.clerk.with_user(self.admin).read(['password'])[0]['password'], '')

    # === DEFAULT PASSWORDS === #

    def _store(self, user, password):
        """Store a password past the policy, as Odoo's installation does."""
        user._set_encrypted_password(user.id, user._crypt_context().hash(password))

    def _password_change_after_install(self, allowed):
        admin = self.env.ref('base.user_admin')
        admin.rbac_password_change = False
        self._store(admin, 'admin')
        with patch.object(self.users, '_rbac_default_allowed', return_value=allowed):
            post_init_hook(self.env)
        return admin.rbac_password_change

    def test_installed_password_has_to_be_replaced(self):
        self.assertEqual(self._password_change_after_install(allowed=False), 'default')

    def test_demo_keeps_the_installed_password(self):
        self.assertFalse(self._password_change_after_install(allowed=True))

    def test_default_password_is_seen_at_any_later_sign_in(self):
        self._store(self.clerk, 'admin')
        with patch.object(self.users, '_rbac_default_allowed', return_value=False):
            credential = {'login': 'clerk', 'password': 'admin', 'type': 'password'}
            self.env['res.users']._login(credential, {'interactive': True})
            self.assertEqual(self.clerk._rbac_next_step(), 'password')

    def test_default_password_opens_nothing_by_rpc(self):
        self._password_change_after_install(allowed=False)
        admin = self.env.ref('base.user_admin')
        with patch.object(self.users, '_rbac_default_allowed', return_value=False):
            with self.assertRaises(AccessDenied):
                self.env['res.users']._check_uid_passwd(admin.id, 'admin')

    # === CHANGE AND RESET === #

    def test_first_password_by_an_administrator_has_to_be_replaced(self):
        self.clerk.with_user(self.admin).password = NEW
        self.assertEqual(self.clerk._rbac_next_step(), 'password')
        self.clerk.with_user(self.clerk).change_password(NEW, PASSWORD)
        self.assertFalse(self.clerk._rbac_next_step())

    def test_only_who_may_sets_the_password_of_another(self):
        manager = self._create_staff(
            'manager',
            self._create_role('Managers', 'rbac.user.manage', groups='base.group_erp_manager'),
        )
        clerk = self.clerk.with_user(manager)
        wizard = self.env(user=manager)['change.password.wizard']
        with mute_logger('odoo.addons.rbac_ext.models.rbac_gate'):
            for road in (
                lambda: clerk.write({'password': NEW}),
                lambda: wizard.create(
                    {'user_ids': [(0, 0, {'user_id': clerk.id, 'new_passwd': NEW})]}
                ).change_password_button(),
                lambda: clerk.action_reset_password(),
            ):
                with (
                    self.subTest(line=road.__code__.co_firstlineno),
                    self.assertRaises(AccessError),
                ):
                    road()

    def test_reset_mails_a_link_and_closes_the_old_password(self):
        bodies = []

        def send(mails, *args, **kwargs):
            bodies.extend(mails.mapped('body_html'))

        with patch.object(type(self.env['mail.mail']), 'send', autospec=True, side_effect=send):
            self.clerk.with_user(self.admin).action_rbac_reset_password()
        self.assertIn('/web/reset_password?', bodies[0])
        self.assertEqual(self.clerk._rbac_next_step(), 'password')

    def test_mail_link_sets_the_password_and_ends_the_demand(self):
        self.clerk.with_user(self.admin).action_rbac_reset_password()
        token = self.clerk.partner_id._generate_signup_token()
        public = self.env(user=self.env.ref('base.public_user'))
        public['res.users'].sudo().signup({'password': NEW}, token)
        self.assertFalse(self.clerk._rbac_next_step())

    def test_log_in_page_may_mail_a_link(self):
        public = self.env(user=self.env.ref('base.public_user'))
        public['res.users'].sudo().reset_password('clerk')
        self.assertFalse(self.clerk.rbac_password_change)
