from datetime import timedelta
from unittest.mock import patch

from odoo import fields

from odoo.addons.base.tests.common import BaseCommon
from odoo.addons.wx_base.tests.common import StaffMixin
from odoo.addons.wx_base.tools import http as wx_http
from odoo.addons.wx_base.tools import transaction

from ..values import Way
from .fake_wechat_pay import FakeWeChatPay
from .wechat_pay_keys import (
    APIV3_KEY,
    MCHID,
    MERCHANT_KEY,
    MERCHANT_SERIAL,
    PROVIDER_KEY,
    PUBLIC_KEY_ID,
    private_pem,
    public_pem,
)

APPID = 'wxfeedfacecafe0001'
OPENID = 'oTestOpenIdOfTheCustomer0001'
SLUG = 'test-channel'
NOTIFY_PATH = '/payment/wechat/notify/'


class DocumentHooks:
    """Makes contacts payable: the hooks of `wx.payment.document.mixin`, and who called them."""

    def __init__(self):
        self.calls = []

    def methods(self):
        return {
            '_set_payment_order': lambda document, order: None,
            '_on_paid': self._note('paid'),
            '_on_closed': self._note('closed'),
            '_on_refunding': self._note('refunding'),
            '_on_refund_ended': self._note('refund ended'),
            '_on_refunded': self._note('refunded'),
        }

    def _note(self, what):
        return lambda document: self.calls.append((what, document.id))


WAY = Way('wxpay_v3')


def patch_hooks(env, hooks):
    """Return the patchers that make `res.partner` a payable document."""
    return [
        patch.object(type(env['res.partner']), name, method, create=True)
        for name, method in hooks.methods().items()
    ]


def channel_values(app, **values):
    """Return the values of a working channel."""
    return {
        'name': 'Test channel',
        'kind': 'wxpay_v3',
        'app_id': app.id,
        'endpoint': 'production',
        'slug': SLUG,
        'mchid': MCHID,
        'merchant_serial': MERCHANT_SERIAL,
        'private_key': private_pem(MERCHANT_KEY),
        'apiv3_key': APIV3_KEY,
        'verification': 'public_key',
        'public_key_id': PUBLIC_KEY_ID,
        'public_key_pem': public_pem(PROVIDER_KEY),
    } | values


class PaymentCommon(StaffMixin, BaseCommon):
    """An app, a customer, a channel and a small WeChat Pay behind the one exit."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.app = cls.env['wx.app'].create({'name': 'Test app', 'appid': APPID})
        cls.wx_user = cls.env['wx.user'].create({'app_id': cls.app.id, 'openid': OPENID})
        cls.channel = cls.env['wx.payment.channel'].create(channel_values(cls.app))

    def setUp(self):
        super().setUp()
        self.wechat = FakeWeChatPay()
        self.hooks = DocumentHooks()
        self.patch(wx_http, 'send', self.wechat)
        # One transaction holds the whole test: commits in the middle are not to be real.
        self.patch(transaction, '_commit', lambda cr: None)
        for patcher in patch_hooks(self.env, self.hooks):
            self.startPatcher(patcher)

    # === OUR SIDE === #

    def _create_document(self):
        return self.env['res.partner'].create({'name': 'Document'})

    def _create_order(self, amount_fen=100, minutes=15, **values):
        order = self.env['wx.payment.order']._create_for(
            self._create_document(),
            self.wx_user,
            amount_fen,
            'Thailand AIS 100',
            fields.Datetime.now() + timedelta(minutes=minutes),
        )
        if values:
            order.write(values)
        return order

    def _create_pending(self, amount_fen=100, **values):
        """Return an order whose payment was started, and its attempt."""
        order = self._create_order(amount_fen, **values)
        order._pay(WAY)
        return order, order.attempt_ids

    def _create_paid(self, amount_fen=100):
        """Return a paid order and its attempt, booked by a notice."""
        order, attempt = self._create_pending(amount_fen)
        self._deliver(self.wechat.pay(attempt.out_trade_no))
        self.assertEqual(order.state, 'paid')
        return order, attempt

    def _run_jobs(self, records):
        """Run rows of work as the scheduled action does, one after the other."""
        for record in records:
            record.write({'lease_until': fields.Datetime.now(), 'try_count': record.try_count + 1})
            record._job_run()
            record._job_settle()
        self.env.flush_all()

    def _expect(self, error, function, *args):
        """Call `function`, which must raise `error`, and return it.

        Odoo's own `assertRaises` rolls back, and with it what was committed in the middle.
        """
        try:
            function(*args)
        except error as caught:
            return caught
        return self.fail(f'{error.__name__} was not raised')

    # === THEIR SIDE === #

    def _receive(self, headers, body, slug=SLUG, topic='notify'):
        notifications = self.env['wx.payment.notification']
        return notifications._receive('wechat', topic, slug, headers, body)

    def _deliver(self, resource, **notice):
        """Send a good notice in, process it, and return it."""
        headers, body = self.wechat.notice(resource, **notice)
        return self._deliver_raw(headers, body)

    def _deliver_raw(self, headers, body):
        notifications = self.env['wx.payment.notification']
        before = notifications.search([])
        self.assertEqual(self._receive(headers, body).http_status, 200)
        new = notifications.search([]) - before
        self._run_jobs(new)
        return new


class RefundCommon(PaymentCommon):
    """Paid orders on their way back."""

    def _request(self, order, amount_fen=100):
        return order._request_refund(amount_fen, 'Not delivered')

    def _finish(self, refund, status='SUCCESS'):
        """Have the provider settle the refund and its notice processed."""
        self.wechat.finish_refund(refund.out_refund_no, status)
        return self._deliver_raw(*self.wechat.refund_notice(refund.out_refund_no))

    def _refund_calls(self):
        return [name for name, _number in self.wechat.calls if name.startswith('refund')]
