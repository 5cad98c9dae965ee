from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .alipay_keys import (
    ALIPAY_APPID,
    ALIPAY_CERTIFICATE,
    ALIPAY_KEY,
    ALIPAY_SERIAL,
    APP_CERTIFICATE,
    APP_KEY,
    APP_SERIAL,
    NEXT_ALIPAY_KEY,
    ROOT,
    SELLER,
    bare,
)
from .fake_wechat_pay_v2 import APIV2_KEY
from .test_alipay import AlipayCommon
from .test_channel_upload import as_file
from .test_wechat_pay_v2 import V2Common
from .wechat_pay_keys import (
    MCHID,
    STRANGER_KEY,
    make_certificate,
    private_pem,
    public_pem,
)

OTHER_SERIAL = '22AA22BB33CC44DD55EE66FF77AA88BB99CC00DD'


@tagged('post_install', '-at_install')
class TestV2Entry(V2Common):
    def _assert_refused(self, **values):
        with self.assertRaises(ValidationError):
            self.channel.write(values)

    def test_what_is_missing_or_wrong_is_refused(self):
        self._assert_refused(apiv2_key='short')
        self._assert_refused(merchant_certificate=False)
        self._assert_refused(sign_type=False)
        self._assert_refused(mchid=False)
        self._assert_refused(private_key=private_pem(STRANGER_KEY))

    def test_both_sides_of_the_pair_are_exchanged_in_one_write(self):
        self.channel.write(
            {
                'private_key': private_pem(STRANGER_KEY),
                'merchant_certificate': make_certificate(OTHER_SERIAL, STRANGER_KEY),
            }
        )
        shown = self.channel._client().send_with_certificate.keywords['certificate']
        self.assertEqual(shown.private_key, private_pem(STRANGER_KEY).strip())

    def test_printed_client_holds_no_secret(self):
        printed = repr(self.channel._client())
        self.assertNotIn('PRIVATE KEY', printed)
        self.assertNotIn(APIV2_KEY, printed)

    def test_connection_test_asks_for_the_app_too(self):
        self.assertEqual(self.channel.action_test_connection()['params']['type'], 'success')
        self.fake.faults['orderquery'] = ['APPID_MCHID_NOT_MATCH']
        told = self.channel.action_test_connection()['params']
        self.assertEqual(told['type'], 'danger')
        self.assertIn(f'is not bound to the merchant {MCHID}', told['message'])

    def test_channel_without_keys_says_so(self):
        self.channel.apiv2_key = False
        told = self.channel.action_test_connection()['params']
        self.assertEqual(told['type'], 'danger')
        self.assertEqual(self.fake.calls, [])


@tagged('post_install', '-at_install')
class TestAlipayEntry(AlipayCommon):
    def _assert_refused(self, **values):
        with self.assertRaises(ValidationError):
            self.channel.write(values)

    def test_what_is_missing_or_wrong_is_refused(self):
        self._assert_refused(alipay_appid=False)
        self._assert_refused(alipay_appid='wx0001')
        self._assert_refused(mchid=False)
        self._assert_refused(public_key_pem=False)
        self._assert_refused(public_key_pem='no key')
        self._assert_refused(private_key='no key')
        self._assert_refused(endpoint='production2')

    def test_own_public_key_in_the_place_of_alipay_s_is_refused(self):
        self._assert_refused(public_key_pem=bare(public_pem(APP_KEY)))
        self._assert_refused(second_public_key_pem=public_pem(APP_KEY))

    def test_certificate_mode_needs_all_three_files(self):
        files = {
            'verification': 'certificates',
            'merchant_certificate': APP_CERTIFICATE,
            'root_certificates': ROOT,
        }
        for missing in ('merchant_certificate', 'root_certificates'):
            self._assert_refused(**{**files, missing: False})
        self._assert_refused(**{**files, 'root_certificates': 'no certificate'})
        self.channel.write(files)
        self.assertEqual(self.channel.merchant_serial, APP_SERIAL)

    def test_all_three_files_may_be_uploaded(self):
        self.channel.write(
            {
                'verification': 'certificates',
                'merchant_certificate_file': as_file(APP_CERTIFICATE),
                'root_certificates_file': as_file(ROOT),
                'certificate_ids': [(0, 0, {'pem_file': as_file(ALIPAY_CERTIFICATE)})],
            }
        )
        merchant = self.channel._client().merchant
        self.assertEqual(merchant.app_cert_sn, APP_SERIAL)
        self.assertEqual(set(self.channel._client().keys), {ALIPAY_SERIAL})

    def test_certificate_of_another_key_is_refused(self):
        self._assert_refused(
            verification='certificates',
            merchant_certificate=ALIPAY_CERTIFICATE,
            root_certificates=ROOT,
        )

    def test_own_certificate_in_the_place_of_alipay_s_is_refused(self):
        self._assert_refused(certificate_ids=[(0, 0, {'pem': APP_CERTIFICATE})])

    def test_two_public_keys_at_a_time(self):
        self.channel.second_public_key_pem = public_pem(NEXT_ALIPAY_KEY)
        for key in (ALIPAY_KEY, NEXT_ALIPAY_KEY):
            self.fake.key = key
            order, attempt = self._start_paid('native')
            self._run_jobs(attempt)
            self.assertEqual(order.state, 'paid')

    def test_migration_accepts_key_and_certificate(self):
        self.channel.write(
            {
                'verification': 'both',
                'merchant_certificate': APP_CERTIFICATE,
                'root_certificates': ROOT,
                'certificate_ids': [(0, 0, {'pem': ALIPAY_CERTIFICATE})],
            }
        )
        self.assertEqual(set(self.channel._client().keys), {'', ALIPAY_SERIAL})

    def test_connection_test_tells_in_words(self):
        self.assertEqual(self.channel.action_test_connection()['params']['type'], 'success')
        for sub_code, words in (
            ('isv.invalid-signature', 'does not accept our signature'),
            ('isv.invalid-app-id', 'does not know this app ID'),
        ):
            self.patch(
                self.fake, '_do_query', lambda *_args, c=sub_code: self.fake._error(c, '40002')
            )
            told = self.channel.action_test_connection()['params']
            self.assertEqual(told['type'], 'danger')
            self.assertIn(words, told['message'])

    def test_identity_at_alipay_is_its_own(self):
        _order, attempt, _invoke = self._start('native')
        self.assertRecordValues(attempt, [{'appid': ALIPAY_APPID, 'mchid': SELLER}])
