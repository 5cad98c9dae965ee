from psycopg2.errors import CheckViolation

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import RechargeCase

# setting → a value that may be entered and one that may not
SETTINGS = {
    'wx_recharge_payment_minutes': (5, 0),
    'wx_recharge_confirm_days': (0, -1),
    'wx_recharge_refund_days': (30, -1),
    'wx_recharge_floor_percent': (2.5, -1),
    'wx_recharge_shipping_hours': (12, 0),
}


@tagged('post_install', '-at_install')
class TestSettings(RechargeCase):
    def test_settings_are_the_companys(self):
        values = {name: good for name, (good, _bad) in SETTINGS.items()}
        self.env['res.config.settings'].create(values).execute()
        self.assertRecordValues(self.env.company, [values])
        other = self.env['res.company'].create({'name': 'Other'})
        self.assertEqual(other.wx_recharge_payment_minutes, 30)

    def test_what_makes_no_sense_is_refused(self):
        for name, (_good, bad) in SETTINGS.items():
            with (
                self.subTest(setting=name),
                mute_logger('odoo.sql_db'),
                self.assertRaises(CheckViolation),
            ):
                self.env.company[name] = bad
                self.env.flush_all()

    def test_every_setting_has_a_help(self):
        arch = self.env.ref('wx_recharge.res_config_settings_view_form').arch
        for name in SETTINGS:
            self.assertRegex(arch, rf'id="{name}"[^>]*help="[^"]+"')
            self.assertTrue(self.env['res.company']._fields[name].help)

    def test_loss_borne_for_a_delivery_is_the_companys(self):
        self.env['res.config.settings'].create({'wx_recharge_reroute_loss_percent': 4}).execute()
        self.assertEqual(self.env.company.wx_recharge_reroute_loss_percent, 4)
        arch = self.env.ref('wx_recharge.res_config_settings_view_form_routing').arch
        self.assertRegex(arch, r'id="wx_recharge_reroute_loss_percent"[^>]*help="[^"]+"')
        for bad in (-1, 101):
            with (
                self.subTest(percent=bad),
                mute_logger('odoo.sql_db'),
                self.assertRaises(CheckViolation),
            ):
                self.env.company.wx_recharge_reroute_loss_percent = bad
                self.env.flush_all()

    def test_terms_are_remembered_until_they_change(self):
        company = self.env.company
        company._recharge_terms()
        with self.assertQueryCount(0):
            company._recharge_terms()
        company.wx_recharge_payment_minutes = 7
        self.assertEqual(company._recharge_terms().payment_seconds, 420)

    def test_the_button_opens_the_permission(self):
        action = self.env['res.config.settings'].create({}).action_open_refund_grant_permission()
        permission = self.env['rbac.permission'].browse(action['res_id'])
        self.assertEqual(permission.code, 'recharge.refund.grant')
