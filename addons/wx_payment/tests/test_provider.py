from odoo.tests import TransactionCase, tagged

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
