import secrets
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PaymentCommon
from .wechat_pay_keys import make_certificate

STATE_LOG = 'odoo.addons.wx_payment.models.wx_payment_state_mixin'


@tagged('post_install', '-at_install')
class TestChannelExpiry(PaymentCommon):
    def setUp(self):
        super().setUp()
        self.finance = self._create_staff('expiry_finance', 'finance')
        self.end = fields.Datetime.now().replace(microsecond=0) + timedelta(days=100)
        self.certificate = self._add_certificate(self.end)
        self.channel.verification = 'both'

    def _add_certificate(self, end):
        serial = secrets.token_hex(16)
        found = self.env['wx.payment.certificate'].create(
            {'channel_id': self.channel.id, 'pem': make_certificate(serial, end=end)}
        )
        self.assertEqual(found.expires_at, end)
        return found

    def _tell(self, days_before, **delta):
        """Look at the channel so long before the end, and return the new to-dos of finance."""
        before = self._todos()
        moment = self.end - timedelta(days=days_before, **delta)
        with freeze_time(moment), mute_logger(STATE_LOG):
            self.channel.invalidate_recordset()
            self.channel._tell_expiry()
        return (self._todos() - before).mapped('summary')

    def _todos(self):
        return self.channel.activity_ids.filtered(lambda todo: todo.user_id == self.finance)

    def test_finance_is_told_once_per_step(self):
        self.assertFalse(self._tell(31))
        self.assertEqual(self._tell(29.5), ['The platform certificate ends within 30 days'])
        # Done by a person: not told again before the next step.
        self._todos().unlink()
        self.assertFalse(self._tell(28))
        self.assertEqual(self._tell(7), ['The platform certificate ends within 7 days'])
        self.assertFalse(self._tell(3))
        self.assertEqual(self._tell(0.5), ['The platform certificate ends within 1 days'])
        self.assertEqual(self._tell(-1), ['The platform certificate has ended'])
        self._todos().unlink()
        self.assertFalse(self._tell(-2))

    def test_a_successor_ends_the_matter(self):
        self._tell(5)
        self._add_certificate(self.end + timedelta(days=365))
        self.assertFalse(self._tell(-1))
        self.assertFalse(self.channel.expiry_told)

    def test_who_uses_the_public_key_has_no_certificates(self):
        self.channel.verification = 'public_key'
        self.assertFalse(self._tell(1))
        self.assertEqual(self.channel.certificate_state, 'none')

    def test_the_list_shows_what_has_ended(self):
        states = {}
        for days in (40, 20, -1):
            with freeze_time(self.end - timedelta(days=days)):
                self.channel.invalidate_recordset()
                states[days] = self.channel.certificate_state
                found = self.env['wx.payment.channel'].search(
                    [('certificate_state', 'in', ['expired'])]
                )
                self.assertEqual(self.channel in found, days < 0)
        self.assertEqual(states, {40: 'valid', 20: 'soon', -1: 'expired'})

    def test_the_scheduled_action_looks_at_every_channel(self):
        self.patch(type(self.env['ir.cron']), '_commit_progress', lambda *args, **kwargs: 60)
        with freeze_time(self.end - timedelta(days=3)), mute_logger(STATE_LOG):
            self.env['wx.payment.channel']._cron_tell_expiry()
        self.assertTrue(self._todos())

    def test_the_merchant_s_own_certificate_is_watched_too(self):
        self.channel.verification = 'public_key'
        self.channel.merchant_certificate_expires_at = self.end
        self.assertEqual(self._tell(6), ['The merchant certificate ends within 7 days'])
