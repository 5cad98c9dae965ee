import psycopg2

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.wx_base.fields import MASK

from .common import APPID, PaymentCommon, channel_values
from .wechat_pay_keys import (
    MCHID,
    MERCHANT_KEY,
    MERCHANT_SERIAL,
    PROVIDER_KEY,
    STRANGER_KEY,
    make_certificate,
    private_pem,
    public_pem,
)

SERIAL = '5157F09EFDC096DE15EBE81A47057A7232F1B8E1'
OTHER_SERIAL = '6157F09EFDC096DE15EBE81A47057A7232F1B8E2'
CERTIFICATES = 'odoo.addons.wx_payment.models.wx_payment_channel_certificates'
WIRE = 'odoo.addons.wx_payment.models.wx_payment_channel_wire'
INTAKE = 'odoo.addons.wx_payment.models.wx_payment_notification_intake'


@tagged('post_install', '-at_install')
class TestChannelEntry(PaymentCommon):
    """What is entered is checked at entry, not at the first payment."""

    def _assert_refused(self, **values):
        with self.assertRaises(ValidationError):
            self.channel.write(values)

    def test_private_key_must_be_readable(self):
        self._assert_refused(private_key='no key')
        self._assert_refused(private_key=public_pem(MERCHANT_KEY))

    def test_apiv3_key_must_have_32_characters(self):
        for key in ('short', 'a' * 33, '键' * 32):
            self._assert_refused(apiv3_key=key)

    def test_merchant_serial_must_be_hexadecimal(self):
        for serial in ('PUB_KEY_ID_1', '12', 'x' * 40):
            self._assert_refused(merchant_serial=serial)

    def test_merchant_serial_is_kept_in_upper_case(self):
        self.channel.merchant_serial = f' {MERCHANT_SERIAL.lower()} '
        self.assertEqual(self.channel.merchant_serial, MERCHANT_SERIAL)

    def test_merchant_id_must_be_digits(self):
        self._assert_refused(mchid='wx123456')

    def test_public_key_mode_needs_id_and_key(self):
        self._assert_refused(public_key_id=False)
        self._assert_refused(public_key_id='5157F09EFDC096DE15EBE81A47057A7232F1B8E1')
        self._assert_refused(public_key_pem='no key')
        self._assert_refused(public_key_pem=make_certificate(SERIAL))

    def test_own_public_key_in_the_place_of_wechat_pay_s_is_refused(self):
        self._assert_refused(public_key_pem=public_pem(MERCHANT_KEY))

    def test_certificate_mode_needs_no_public_key(self):
        self.channel.write(
            {'verification': 'certificates', 'public_key_id': False, 'public_key_pem': False}
        )
        material = self.channel._provider()._material(self.channel.id)
        self.assertEqual(dict(material.keys), {})

    def test_certificate_must_be_readable(self):
        with self.assertRaises(ValidationError):
            self.env['wx.payment.certificate'].create(
                {'channel_id': self.channel.id, 'pem': 'no certificate'}
            )

    def test_certificate_shows_serial_and_validity(self):
        certificate = self.env['wx.payment.certificate'].create(
            {'channel_id': self.channel.id, 'pem': make_certificate(SERIAL)}
        )
        self.assertEqual(certificate.serial_no, SERIAL)
        self.assertEqual(str(certificate.effective_at), '2025-01-01 00:00:00')
        self.assertEqual(certificate.expires_at.year, 2030)

    def test_notify_path_must_fit_into_an_address(self):
        for slug in ('a/b', 'a?b=c', 'abc', '中文路径'):
            self._assert_refused(slug=slug)

    @mute_logger('odoo.sql_db')
    def test_notify_path_belongs_to_one_channel(self):
        with self.assertRaises(psycopg2.errors.UniqueViolation):
            self.env['wx.payment.channel'].create(channel_values(self.app))

    def test_notify_path_is_unguessable_by_itself(self):
        values = channel_values(self.app)
        values.pop('slug')
        channels = self.env['wx.payment.channel'].create([dict(values), dict(values)])
        self.assertNotEqual(*channels.mapped('slug'))
        for channel in channels:
            self.assertGreaterEqual(len(channel.slug), 24)
            self.assertTrue(channel.notify_url.endswith(f'/payment/wechat/notify/{channel.slug}'))


@tagged('post_install', '-at_install')
class TestChannelSecrets(PaymentCommon):
    def test_secrets_are_encrypted_in_the_database(self):
        self.env.flush_all()
        self.env.cr.execute(
            'SELECT private_key, apiv3_key FROM wx_payment_channel WHERE id = %s',
            [self.channel.id],
        )
        for stored in self.env.cr.fetchone():
            self.assertTrue(stored.startswith('wx1:'))
            self.assertNotIn('PRIVATE KEY', stored)

    def test_secrets_are_never_shown_again(self):
        shown = self.channel.read(['private_key', 'apiv3_key'])[0]
        self.assertEqual((shown['private_key'], shown['apiv3_key']), (MASK, MASK))
        exported = self.channel.export_data(['private_key', 'apiv3_key'])['datas'][0]
        self.assertEqual(exported, [MASK, MASK])

    def test_copy_has_no_secrets(self):
        copy = self.channel.copy(
            {
                'mchid': '1900000002',
                'merchant_serial': MERCHANT_SERIAL,
                'verification': 'certificates',
            }
        )
        self.assertFalse(copy.private_key or copy.apiv3_key)
        self.assertNotEqual(copy.slug, self.channel.slug)

    def test_secrets_are_not_written_to_the_chatter(self):
        self.channel.with_context(tracking_disable=False, mail_notrack=False).write(
            {'apiv3_key': 'z' * 32, 'private_key': private_pem(STRANGER_KEY)}
        )
        self.env.flush_all()
        texts = ' '.join(self.channel.message_ids.mapped('body'))
        self.assertNotIn('PRIVATE KEY', texts)
        self.assertNotIn('z' * 32, texts)

    def test_printed_client_holds_no_private_key(self):
        self.assertNotIn('RSAPrivateKey', repr(self.channel._client()))


@tagged('post_install', '-at_install')
class TestChannelKeys(PaymentCommon):
    def _material(self):
        return self.channel._provider()._material(self.channel.id)

    def test_keys_are_parsed_once_and_forgotten_on_a_change(self):
        first = self._material()
        self.assertIs(self._material(), first)
        self.channel.name = 'Renamed'
        self.assertIs(self._material(), first)
        self.channel.apiv3_key = 'y' * 32
        self.assertEqual(self._material().apiv3_key, b'y' * 32)

    def test_change_is_told_to_the_other_processes(self):
        self.env.registry.cache_invalidated.clear()
        self.channel.apiv3_key = 'y' * 32
        self.assertIn('default', self.env.registry.cache_invalidated)

    def test_new_certificate_is_known_at_once(self):
        self.channel.verification = 'both'
        self.assertEqual(len(self._material().keys), 1)
        self.env['wx.payment.certificate'].create(
            {'channel_id': self.channel.id, 'pem': make_certificate(SERIAL)}
        )
        self.assertIn(SERIAL, self._material().keys)

    def test_public_key_mode_does_not_trust_certificates(self):
        self.env['wx.payment.certificate'].create(
            {'channel_id': self.channel.id, 'pem': make_certificate(SERIAL)}
        )
        self.assertEqual(
            list(self._material().keys),
            [self.channel.public_key_id],
        )

    def test_channel_without_keys_says_so(self):
        self.channel.private_key = False
        with self.assertRaisesRegex(UserError, 'Test channel'):
            self.channel._client()

    def test_endpoints(self):
        self.assertEqual(self.channel._base_url(), 'https://api.mch.weixin.qq.com')
        self.channel.endpoint = 'production2'
        self.assertEqual(self.channel._base_url(), 'https://api2.mch.weixin.qq.com')
        self.channel.endpoint = 'simulator'
        self.assertTrue(self.channel._base_url().startswith('http://'))


@tagged('post_install', '-at_install')
class TestChannelConnection(PaymentCommon):
    def _test(self):
        return self.channel.action_test_connection()['params']

    def test_good_keys_are_told(self):
        self.assertEqual(self._test()['type'], 'success')
        self.assertEqual(self._names(), ['query', 'prepay', 'close'])

    def _names(self):
        return [name for name, _number in self.wechat.calls]

    def test_app_that_is_not_bound_to_the_merchant_is_told_in_words(self):
        self.wechat.faults['prepay'] = [(400, 'APPID_MCHID_NOT_MATCH')]
        params = self._test()
        self.assertEqual(params['type'], 'danger')
        self.assertIn(f'{APPID} is not bound to the merchant {MCHID}', params['message'])

    def test_customer_who_does_not_exist_proves_that_the_app_is_bound(self):
        self.wechat.faults['prepay'] = [(400, 'PARAM_ERROR')]
        self.assertEqual(self._test()['type'], 'success')
        self.assertEqual(self._names(), ['query', 'prepay'])

    def test_refused_keys_are_told_with_code_and_request(self):
        self.wechat.faults['query'] = [(401, 'SIGN_ERROR')]
        params = self._test()
        self.assertEqual(params['type'], 'danger')
        self.assertIn('SIGN_ERROR', params['message'])
        self.assertIn('08EE-1', params['message'])

    def test_missing_answer_is_told(self):
        self.wechat.faults['query'] = [TimeoutError()]
        self.assertEqual(self._test()['type'], 'warning')

    def test_missing_keys_are_told(self):
        self.channel.private_key = False
        self.assertEqual(self._test()['type'], 'danger')
        self.assertEqual(self.wechat.calls, [])

    @mute_logger(CERTIFICATES)
    def test_certificate_mode_without_certificates_is_told(self):
        self.channel.verification = 'certificates'
        self.assertEqual(self._test()['type'], 'danger')

    def test_provider_key_is_not_ours(self):
        self.assertNotEqual(public_pem(PROVIDER_KEY), public_pem(MERCHANT_KEY))
