import base64

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from odoo.addons.wx_base.fields import MASK

from .common import PaymentCommon, channel_values
from .wechat_pay_keys import (
    MERCHANT_KEY,
    MERCHANT_SERIAL,
    STRANGER_KEY,
    make_certificate,
    private_pem,
    public_pem,
)

OTHER_SERIAL = '22AA22BB33CC44DD55EE66FF77AA88BB99CC00DD'


def as_file(text):
    raw = text if isinstance(text, bytes) else text.encode()
    return base64.b64encode(raw)


@tagged('post_install', '-at_install')
class TestChannelUpload(PaymentCommon):
    """Keys are pasted or uploaded; a file is read, and kept nowhere."""

    def test_uploaded_key_is_kept_encrypted(self):
        self.channel.private_key_file = as_file(private_pem(STRANGER_KEY))
        self.assertEqual(self.channel.private_key, private_pem(STRANGER_KEY).strip())
        self.env.flush_all()
        self.env.cr.execute(
            'SELECT private_key FROM wx_payment_channel WHERE id = %s', [self.channel.id]
        )
        self.assertTrue(self.env.cr.fetchone()[0].startswith('wx1:'))
        self.assertFalse(self.channel.private_key_file)
        attachments = (
            self.env['ir.attachment']
            .sudo()
            .search_count([('res_model', '=', 'wx.payment.channel'), ('res_field', '!=', False)])
        )
        self.assertEqual(attachments, 0)

    def test_uploaded_key_is_used_at_once(self):
        self.channel._client()
        self.channel.private_key_file = as_file(private_pem(STRANGER_KEY))
        key = self.channel._client().merchant.private_key
        self.assertEqual(private_pem(key), private_pem(STRANGER_KEY))

    def test_channel_is_created_of_files_alone(self):
        values = channel_values(self.app, slug='of-files')
        for name in ('private_key', 'public_key_pem'):
            values[f'{name}_file'] = as_file('\ufeff' + values.pop(name))
        del values['merchant_serial']
        values['merchant_certificate_file'] = as_file(
            make_certificate(MERCHANT_SERIAL, MERCHANT_KEY)
        )
        channel = self.env['wx.payment.channel'].create(values)
        self.assertEqual(channel.merchant_serial, MERCHANT_SERIAL)
        self.assertTrue(channel._client())

    def test_file_that_is_no_text_is_refused(self):
        for raw in (b'\x30\x82\x04\xbe\xff\xfe', b'a\0b', b'x' * 70_000):
            with self.assertRaisesRegex(ValidationError, 'Private Key File'):
                self.channel.private_key_file = as_file(raw)

    def test_file_without_a_key_is_refused(self):
        with self.assertRaises(ValidationError):
            self.channel.private_key_file = as_file('no key')

    def test_only_the_system_group_uploads_private_keys(self):
        finance = self._create_staff('upload_finance', 'finance')
        with self.assertRaises(AccessError):
            self.channel.with_user(finance).write(
                {'private_key_file': as_file(private_pem(STRANGER_KEY))}
            )
        self.channel.with_user(finance).write(
            {
                'second_public_key_id': 'PUB_KEY_ID_2',
                'second_public_key_pem_file': as_file(public_pem(STRANGER_KEY)),
            }
        )
        self.assertEqual(self.channel.second_public_key_pem, public_pem(STRANGER_KEY).strip())

    def test_certificate_of_the_provider_may_be_uploaded(self):
        certificate = self.env['wx.payment.certificate'].create(
            {'channel_id': self.channel.id, 'pem_file': as_file(make_certificate(OTHER_SERIAL))}
        )
        self.assertEqual(certificate.serial_no, OTHER_SERIAL)

    def test_form_takes_a_secret_and_sends_none_back(self):
        user = self._create_staff('upload_system', 'system')
        with Form(self.channel.with_user(user)) as form:
            self.assertEqual(form.private_key, MASK)
            form.apiv3_key = 'z' * 32
        self.assertEqual(self.channel.apiv3_key, 'z' * 32)
        self.assertEqual(self.channel.private_key, private_pem(MERCHANT_KEY).strip())

    def test_form_asks_for_what_the_kind_needs(self):
        user = self._create_staff('upload_system', 'system')
        with Form(self.env['wx.payment.channel'].with_user(user)) as form:
            form.name = 'Counter'
            form.app_id = self.app
            form.kind = 'alipay'
            for name in ('alipay_appid', 'mchid'):
                self.assertTrue(form._get_modifier(name, 'required'))
            form.kind = 'offline'
            for name in ('alipay_appid', 'mchid'):
                self.assertFalse(form._get_modifier(name, 'required'))
        self.assertEqual(form.record.kind, 'offline')


@tagged('post_install', '-at_install')
class TestChannelPair(PaymentCommon):
    """Private key and certificate belong together, and are exchanged together."""

    def setUp(self):
        super().setUp()
        self.channel.merchant_certificate = make_certificate(MERCHANT_SERIAL, MERCHANT_KEY)

    def test_serial_is_taken_from_the_certificate(self):
        self.channel.merchant_certificate = make_certificate(OTHER_SERIAL, MERCHANT_KEY)
        self.assertEqual(self.channel.merchant_serial, OTHER_SERIAL)
        self.assertEqual(str(self.channel.merchant_certificate_expires_at), '2030-01-01 00:00:00')
        self.assertEqual(self.channel._client().merchant.serial_no, OTHER_SERIAL)

    def test_serial_of_another_certificate_is_refused(self):
        with self.assertRaisesRegex(ValidationError, MERCHANT_SERIAL):
            self.channel.merchant_serial = OTHER_SERIAL

    def test_key_of_another_certificate_is_refused(self):
        with self.assertRaisesRegex(ValidationError, 'does not belong'):
            self.channel.private_key = private_pem(STRANGER_KEY)

    def test_certificate_of_another_key_is_refused(self):
        with self.assertRaisesRegex(ValidationError, 'does not belong'):
            self.channel.merchant_certificate = make_certificate(OTHER_SERIAL, STRANGER_KEY)

    def test_both_are_exchanged_in_one_write(self):
        self.channel.write(
            {
                'private_key': private_pem(STRANGER_KEY),
                'merchant_certificate': make_certificate(OTHER_SERIAL, STRANGER_KEY),
            }
        )
        merchant = self.channel._client().merchant
        self.assertEqual(merchant.serial_no, OTHER_SERIAL)
        self.assertEqual(private_pem(merchant.private_key), private_pem(STRANGER_KEY))

    def test_our_own_certificate_is_none_of_the_provider(self):
        with self.assertRaises(ValidationError):
            self.env['wx.payment.certificate'].create(
                {
                    'channel_id': self.channel.id,
                    'pem': make_certificate(OTHER_SERIAL, MERCHANT_KEY),
                }
            )


@tagged('post_install', '-at_install')
class TestChannelSecondKey(PaymentCommon):
    """Two public keys of WeChat Pay at a time: answers and notices of either are accepted."""

    SECOND = 'PUB_KEY_ID_0119000099992026060100000000000002'

    def _set_second(self, **values):
        self.channel.write(
            {
                'second_public_key_id': self.SECOND,
                'second_public_key_pem': public_pem(STRANGER_KEY),
            }
            | values
        )

    def test_notices_of_both_are_accepted(self):
        self._set_second()
        for signing in ({}, {'serial': self.SECOND, 'key': STRANGER_KEY}):
            order, attempt = self._create_pending()
            self._deliver(self.wechat.pay(attempt.out_trade_no), **signing)
            self.assertEqual(order.state, 'paid')

    def test_answers_of_both_are_accepted(self):
        self._set_second()
        self.wechat.signing = {'serial': self.SECOND, 'key': STRANGER_KEY}
        order, attempt = self._create_pending()
        self.wechat.pay(attempt.out_trade_no)
        self._run_jobs(attempt)
        self.assertEqual(order.state, 'paid')

    def test_the_first_one_is_asked_for(self):
        self._set_second()
        self.assertEqual(self.channel._client().public_key_id, self.channel.public_key_id)

    def test_changing_over_is_swapping_the_two(self):
        self._set_second()
        first = (self.channel.public_key_id, self.channel.public_key_pem)
        self.channel.write(
            {
                'public_key_id': self.SECOND,
                'public_key_pem': public_pem(STRANGER_KEY),
                'second_public_key_id': first[0],
                'second_public_key_pem': first[1],
            }
        )
        self.assertEqual(self.channel._client().public_key_id, self.SECOND)
        self.assertEqual(set(self.channel._client().keys), {self.SECOND, first[0]})

    def test_second_key_is_checked_like_the_first(self):
        for values in (
            {'second_public_key_pem': 'no key'},
            {'second_public_key_id': 'no id'},
            {'second_public_key_id': False},
            {'second_public_key_pem': public_pem(MERCHANT_KEY)},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self._set_second(**values)
