from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .common import WalletCase


@tagged('post_install', '-at_install')
class TestWxUser(WalletCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.action = cls.env.ref('wx_wallet.wx_ledger_account_action_customer')

    def test_every_customer_has_a_number_of_their_own(self):
        users = self.user_a | self.user_b
        for number in users.mapped('wallet_no'):
            self.assertRegex(number, r'^[0-9A-F]{16}$')
        self.assertEqual(len(set(users.mapped('wallet_no'))), 2)

    def test_customer_who_logs_in_for_the_first_time_gets_a_number(self):
        # The row is inserted by plain SQL, as `wx.user._find_or_create` does.
        self.env.cr.execute(
            """INSERT INTO wx_user (app_id, company_id, openid, state, token_version)
               VALUES (%s, %s, 'newcomer', 'active', 1) RETURNING id""",
            [self.app.id, self.app.company_id.id],
        )
        newcomer = self.env['wx.user'].browse(self.env.cr.fetchone()[0])
        self.assertRegex(newcomer.wallet_no, r'^[0-9A-F]{16}$')

    def test_customers_from_before_the_installation_are_numbered(self):
        self.env.flush_all()
        self.env.cr.execute('ALTER TABLE wx_user ALTER COLUMN wallet_no DROP DEFAULT')
        self.env.cr.execute('UPDATE wx_user SET wallet_no = NULL')
        self.env['wx.user'].init()
        self.env.invalidate_all()
        numbers = self.env['wx.user'].search([]).mapped('wallet_no')
        self.assertEqual(len(set(numbers)), len(numbers))
        self.assertNotIn(False, numbers)

    def test_user_with_a_wallet_is_not_deleted(self):
        self._wallet(self.user_a)
        with self.assertRaises(UserError):
            self.user_a.unlink()
        self.user_b.unlink()
        self.assertFalse(self.user_b.exists())

    def test_summary_shows_balances_in_the_assets_own_unit(self):
        self._fund(self.user_a, 1234, self.gem)
        self._fund(self.user_a, 56)
        self.assertEqual(self.user_a.wallet_summary, '12.34 WGEM · 56 WCOIN')
        self.assertFalse(self.user_b.wallet_summary)

    def test_button_opens_the_customers_accounts(self):
        account = self._fund(self.user_a, 1)
        self._fund(self.user_b, 1)
        domain = safe_eval(self.action.domain, {'active_id': self.user_a.id})
        self.assertEqual(self.env[self.action.res_model].search(domain), account)

    def test_only_who_sees_the_ledger_sees_the_button(self):
        self._fund(self.user_a, 1)
        for group, seen in (('finance', True), ('auditor', True), ('support', False)):
            staff = new_test_user(self.env, f'wallet_{group}', 'base.group_user')
            role = self.env.ref(f'rbac_ext.role_{group}')
            staff.role_line_ids = [Command.create({'role_id': role.id})]
            users = self.env['wx.user'].with_user(staff)
            with self.subTest(group=group):
                arch = users.get_view(view_type='form')['arch']
                self.assertEqual(f'name="{self.action.id}"' in arch, seen)
                self.assertEqual(bool(users.browse(self.user_a.id).wallet_summary), seen)

    def test_limits_of_an_asset_are_set_in_its_form(self):
        form = Form(self.coin)
        form.transfer_max = 10
        form.transfer_day_max = 20
        form.save()
        self.assertEqual((self.coin.transfer_max, self.coin.transfer_day_max), (10, 20))

    def test_limits_of_an_asset_are_never_negative(self):
        for name in ('transfer_max', 'transfer_day_max'):
            with (
                self.subTest(name=name),
                mute_logger('odoo.sql_db'),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.coin[name] = -1
                self.env.flush_all()
