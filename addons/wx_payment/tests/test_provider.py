from pathlib import Path

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path

from odoo.addons.wx_base.fields import _Encrypted

from .. import const


@tagged('post_install', '-at_install')
class TestProvider(TransactionCase):
    """What holds for every kind of channel, also for those that other addons bring."""

    def setUp(self):
        super().setUp()
        kinds = self.env['wx.payment.channel']._fields['kind'].get_values(self.env)
        self.providers = {kind: self.env[f'wx.payment.provider.{kind}'] for kind in kinds}

    def test_wechat_pay_v3_is_one_of_them(self):
        self.assertIn('wxpay_v3', self.providers)

    def test_addresses_are_those_of_endpoints(self):
        endpoints = {name for name, _label in const.ENDPOINTS} - {'simulator'}
        for kind, provider in self.providers.items():
            with self.subTest(kind=kind):
                self.assertLessEqual(set(provider._base_urls), endpoints)
                for url in provider._base_urls.values():
                    self.assertTrue(url.startswith('https://'))
                    self.assertFalse(url.endswith('/'))

    def test_scenes_are_known(self):
        scenes = {name for name, _label in const.SCENES}
        for kind, provider in self.providers.items():
            with self.subTest(kind=kind):
                self.assertTrue(provider._scenes)
                self.assertLessEqual(provider._scenes, scenes)
                self.assertLessEqual(provider._optional_scenes, provider._scenes)

    def test_required_fields_are_fields_of_the_channel(self):
        fields = self.env['wx.payment.channel']._fields
        for kind, provider in self.providers.items():
            with self.subTest(kind=kind):
                self.assertLessEqual(set(provider._required_fields), set(fields))

    def test_key_fields_are_stored_fields_of_the_channel(self):
        fields = self.env['wx.payment.channel']._fields
        for kind, provider in self.providers.items():
            for name in provider._key_fields:
                with self.subTest(kind=kind, field=name):
                    self.assertTrue(fields[name].store)

    def test_secrets_are_no_affair_of_anybody_but_the_system(self):
        fields = self.env['wx.payment.channel']._fields
        secrets = [name for name, field in fields.items() if isinstance(field, _Encrypted)]
        self.assertLessEqual({'private_key', 'apiv2_key', 'apiv3_key'}, set(secrets))
        for name in [*secrets, 'private_key_file']:
            with self.subTest(field=name):
                self.assertEqual(fields[name].groups, 'base.group_system')
                self.assertFalse(fields[name].copy)

    def test_a_neutralized_copy_has_no_secrets(self):
        fields = self.env['wx.payment.channel']._fields
        script = Path(file_path('wx_payment/data/neutralize.sql')).read_text()
        for name, field in fields.items():
            if isinstance(field, _Encrypted):
                self.assertIn(f'{name} = NULL', script)
