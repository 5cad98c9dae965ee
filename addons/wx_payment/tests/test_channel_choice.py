from collections import Counter

from psycopg2.errors import CheckViolation

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .. import const
from .common import PaymentCommon, channel_values


@tagged('post_install', '-at_install')
class TestChannelChoice(PaymentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls._create_channel('second')

    @classmethod
    def _create_channel(cls, slug, **values):
        values = {'name': slug, 'slug': f'test-{slug}', **values}
        return cls.env['wx.payment.channel'].create(channel_values(cls.app, **values))

    def _scenes(self, *codes):
        return self.env['wx.payment.scene'].search([('code', 'in', codes)])

    def _find(self, seed='1', scene='miniprogram', kind='wxpay_v3'):
        return self.env['wx.payment.channel']._find_for(self.wx_user, kind, scene, seed)

    def _count(self, tries=400, **kwargs):
        return Counter(self._find(str(number), **kwargs) for number in range(tries))

    def _set_health(self, channel, health):
        # As the scheduled action does: by SQL.
        self.env.cr.execute(
            'UPDATE wx_payment_channel SET health = %s WHERE id = %s', [health, channel.id]
        )
        channel.invalidate_recordset(['health'])

    def test_the_scenes_are_those_of_the_table(self):
        scenes = self.env['wx.payment.scene'].search([])
        self.assertEqual([(scene.code, scene.name) for scene in scenes], list(const.SCENES))

    def test_the_same_order_gets_the_same_channel(self):
        for number in range(20):
            found = self._find(str(number))
            for _again in range(3):
                self.assertEqual(self._find(str(number)), found)

    def test_the_choice_takes_one_query(self):
        self._find()
        self._create_channel('third')
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(self.wx_user.app_id)
        with self.assertQueryCount(1):
            self._find()

    def test_weights_are_shares(self):
        self.channel.weight, self.second.weight = 30, 10
        counts = self._count()
        self.assertGreater(counts[self.channel], 260)
        self.assertLess(counts[self.channel], 340)
        self.assertEqual(sum(counts.values()), 400)

    def test_weight_zero_waits_until_no_other_works(self):
        self.second.weight = 0
        self.assertEqual(self._count(50), {self.channel: 50})
        self._set_health(self.channel, 'down')
        self.assertEqual(self._count(50), {self.second: 50})

    def test_what_is_down_is_not_chosen_while_another_works(self):
        before = {str(number): self._find(str(number)) for number in range(100)}
        self._set_health(self.second, 'down')
        for seed in before:
            self.assertEqual(self._find(seed), self.channel, seed)
        self._set_health(self.channel, 'down')
        # Better a try than none: perhaps it works again. And as it was spread before.
        self.assertEqual({seed: self._find(seed) for seed in before}, before)

    def test_only_the_orders_of_a_lost_channel_move(self):
        third = self._create_channel('third')
        before = {str(number): self._find(str(number)) for number in range(100)}
        self.assertEqual(set(before.values()), {self.channel, self.second, third})
        self._set_health(third, 'down')
        for seed, channel in before.items():
            if channel != third:
                self.assertEqual(self._find(seed), channel)

    def test_degraded_takes_a_smaller_part(self):
        self._set_health(self.second, 'degraded')
        counts = self._count()
        self.assertGreater(counts[self.channel], 280)
        self.assertGreater(counts[self.second], 40)

    def test_a_channel_for_some_scenes_serves_no_others(self):
        self.second.scene_ids = self._scenes('native', 'h5')
        self.assertEqual(self._count(50), {self.channel: 50})
        self.assertEqual(set(self._count(50, scene='native')), {self.channel, self.second})

    def test_an_optional_scene_has_to_be_asked_for(self):
        self.assertFalse(self._find(scene='code'))
        self.second.scene_ids = self._scenes('code')
        self.assertEqual(self._count(20, scene='code'), {self.second: 20})

    def test_a_scene_that_the_provider_lacks_finds_nothing(self):
        self.assertFalse(self._find(scene='page'))
        with self.assertRaises(ValidationError):
            self.second.scene_ids = self._scenes('page')

    def test_neither_archived_channels_nor_those_of_other_apps(self):
        self.second.active = False
        other = self.env['wx.app'].create({'name': 'Other', 'appid': 'wxfeedfacecafe0009'})
        foreign = self._create_channel('foreign')
        foreign.app_id = other
        self.assertEqual(self._count(50), {self.channel: 50})

    def test_a_brand_finds_every_version(self):
        self.assertEqual(set(self._count(50, kind='wechat')), {self.channel, self.second})
        self.assertFalse(self._find(kind='alipay'))

    def test_weights_have_limits(self):
        for weight in (-1, 1001):
            with (
                self.subTest(weight=weight),
                mute_logger('odoo.sql_db'),
                self.assertRaises(CheckViolation),
            ):
                self.second.weight = weight
                self.env.flush_all()

    def test_orders_are_paid_through_the_chosen_channel(self):
        order, attempt = self._create_pending()
        self.assertEqual(attempt.channel_id, self._find(order.name))
