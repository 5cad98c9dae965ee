from datetime import timedelta

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PaymentCommon
from .wechat_pay_keys import STRANGER_KEY, make_certificate

SERIAL = '5157F09EFDC096DE15EBE81A47057A7232F1B8E1'
OTHER_SERIAL = '6157F09EFDC096DE15EBE81A47057A7232F1B8E2'
CERTIFICATES = 'odoo.addons.wx_payment.models.wx_payment_channel_certificates'
WIRE = 'odoo.addons.wx_payment.models.wx_payment_channel_wire'
INTAKE = 'odoo.addons.wx_payment.models.wx_payment_notification_intake'


@tagged('post_install', '-at_install')
class TestChannelCertificates(PaymentCommon):
    def setUp(self):
        super().setUp()
        self.channel.write({'verification': 'both'})

    def test_certificates_are_fetched_and_stored(self):
        self.wechat.certificates = {SERIAL: make_certificate(SERIAL)}
        self.assertEqual(self.channel._fetch_certificates(), 1)
        self.assertEqual(self.channel._fetch_certificates(), 1)
        self.assertRecordValues(self.channel.certificate_ids, [{'serial_no': SERIAL}])
        self.assertTrue(self.channel.certificate_ids.fetched_at)
        self.assertTrue(self.channel.certificates_at)

    def test_rotation_keeps_both_certificates(self):
        self.wechat.certificates = {SERIAL: make_certificate(SERIAL)}
        self.channel._fetch_certificates()
        self.wechat.certificates[OTHER_SERIAL] = make_certificate(OTHER_SERIAL)
        self.channel._fetch_certificates()
        self.assertEqual(
            set(self.channel.certificate_ids.mapped('serial_no')), {SERIAL, OTHER_SERIAL}
        )

    @mute_logger(CERTIFICATES)
    def test_merchant_without_certificates_is_asked_once(self):
        for status, code in ((404, 'RESOURCE_NOT_EXISTS'), (403, 'NO_AUTH')):
            self.channel.certificates_refused = False
            self.wechat.faults['certificates'] = [(status, code)]
            self.assertEqual(self.channel._fetch_certificates(), 0)
            self.assertTrue(self.channel.certificates_refused)
            self.assertFalse(self.channel._may_fetch_certificates())

    @mute_logger(WIRE)
    def test_answer_with_an_unknown_certificate_has_it_fetched_once(self):
        order, attempt = self._create_pending()
        self.wechat.pay(attempt.out_trade_no)
        self.wechat.certificates = {SERIAL: make_certificate(SERIAL)}
        self.wechat.signing = {'serial': SERIAL}
        self._run_jobs(attempt)
        self.assertEqual(order.state, 'paid')
        names = [name for name, _number in self.wechat.calls]
        self.assertEqual(names, ['prepay', 'query', 'certificates', 'query'])

    @mute_logger(WIRE, 'odoo.addons.wx_payment.models.wx_payment_attempt_prepay')
    def test_answer_of_an_invented_certificate_is_not_trusted(self):
        order, attempt = self._create_pending()
        self.wechat.pay(attempt.out_trade_no)
        self.wechat.certificates = {SERIAL: make_certificate(SERIAL)}
        self.wechat.signing = {'serial': OTHER_SERIAL, 'key': STRANGER_KEY}
        for _i in range(3):
            self._run_jobs(attempt)
        self.assertEqual(order.state, 'pending')
        names = [name for name, _number in self.wechat.calls]
        self.assertEqual(names.count('certificates'), 3)
        self.assertFalse(self.channel.certificate_ids)

    @mute_logger(INTAKE)
    def test_notice_with_an_unknown_certificate_wakes_the_fetching(self):
        self.channel.certificates_at = fields.Datetime.now() - timedelta(days=1)
        _order, attempt = self._create_pending()
        headers, body = self.wechat.notice(self.wechat.pay(attempt.out_trade_no), serial=SERIAL)
        cron = self.env.ref('wx_payment.ir_cron_fetch_certificates')
        triggers = self.env['ir.cron.trigger']
        triggers.search([('cron_id', '=', cron.id)]).unlink()
        self.assertEqual(self._receive(headers, body).http_status, 401)
        self.assertEqual(triggers.search_count([('cron_id', '=', cron.id)]), 1)
        self.wechat.certificates = {SERIAL: make_certificate(SERIAL)}
        self.channel._fetch_certificates()
        self.assertEqual(self._receive(headers, body).http_status, 200)

    @mute_logger(INTAKE)
    def test_invented_serials_do_not_make_us_fetch_again_and_again(self):
        self.channel.certificates_at = fields.Datetime.now()
        headers, body = self.wechat.notice({}, serial=SERIAL)
        cron = self.env.ref('wx_payment.ir_cron_fetch_certificates')
        triggers = self.env['ir.cron.trigger']
        triggers.search([('cron_id', '=', cron.id)]).unlink()
        self.assertEqual(self._receive(headers, body).http_status, 401)
        self.assertFalse(triggers.search_count([('cron_id', '=', cron.id)]))

    def test_scheduled_action_fetches_for_every_channel_that_wants(self):
        self.wechat.certificates = {SERIAL: make_certificate(SERIAL)}
        with self.enter_registry_test_mode():
            self.env.ref('wx_payment.ir_cron_fetch_certificates').method_direct_trigger()
        self.assertEqual(self.channel.certificate_ids.serial_no, SERIAL)

    @mute_logger(WIRE)
    def test_certificates_alone_verify_answers(self):
        self.wechat.certificates = {SERIAL: make_certificate(SERIAL)}
        self.wechat.signing = {'serial': SERIAL}
        self.channel.write(
            {'verification': 'certificates', 'public_key_id': False, 'public_key_pem': False}
        )
        order, attempt = self._create_pending()
        self._deliver(self.wechat.pay(attempt.out_trade_no), serial=SERIAL)
        self.assertEqual(order.state, 'paid')
