import contextlib
import re
from dataclasses import dataclass
from types import MappingProxyType

from odoo import fields, models, tools
from odoo.exceptions import UserError, ValidationError

from odoo.addons.wx_base.tools.transaction import commit_intent

from ..lib.paywire.alipay import keys, notify
from ..lib.paywire.alipay.client import BASE_URL, Client, Merchant
from ..lib.paywire.alipay.errors import UntrustedCertificate
from ..lib.paywire.errors import NotFound
from ..values import Notice, Receipt, RefundHint

GATEWAY = '/gateway.do'


@dataclass(frozen=True)
class Material:
    """What signing and verifying need of a channel, parsed once per process."""

    merchant: Merchant
    keys: MappingProxyType


class WxPaymentChannel(models.Model):
    _inherit = 'wx.payment.channel'

    kind = fields.Selection(selection_add=[('alipay', 'Alipay')], ondelete={'alipay': 'cascade'})
    alipay_appid = fields.Char(
        string='Alipay App ID',
        copy=False,
        tracking=True,
        help='Number of the app at the Alipay open platform. The merchant ID is the 2088… number '
        'of the seller.',
    )
    root_certificates = fields.Text(copy=False, help='Content of alipayRootCert.crt.')
    root_certificates_file = fields.Binary(store=False, copy=False)


class WxPaymentProviderAlipay(models.AbstractModel):
    """Alipay's open gateway for a direct merchant. Source: spec/alipay.md."""

    _name = 'wx.payment.provider.alipay'
    _description = 'Alipay'
    _inherit = ['wx.payment.provider']

    _scenes = frozenset({'page', 'h5', 'app', 'native', 'code'})
    _base_urls = MappingProxyType({'production': BASE_URL.removesuffix(GATEWAY)})
    _notify_word = 'alipay'
    _required_fields = ('alipay_appid', 'mchid', 'verification')
    _key_fields = (
        'alipay_appid',
        'merchant_certificate',
        'merchant_serial',
        'private_key',
        'public_key_pem',
        'root_certificates',
        'second_public_key_pem',
        'verification',
    )
    _keys = keys

    # === CALLS === #

    def _client(self, channel):
        material = self._material(channel.id)
        return Client(
            base_url=channel._base_url() + GATEWAY,
            merchant=material.merchant,
            keys=material.keys,
            send=channel._send,
            stream=channel._stream,
            clock=channel._now,
        )

    def _appid(self, channel):
        return channel.alipay_appid

    @tools.ormcache('channel_id')
    def _material(self, channel_id):
        """Return the parsed keys; they stay in memory until a channel changes anywhere.

        :raise UserError: the channel lacks a key
        :rtype: Material
        """
        # Secrets are readable by the system group only.
        channel_sudo = self.env['wx.payment.channel'].sudo().browse(channel_id)
        if not channel_sudo.private_key:
            raise UserError(
                self.env._('The channel %(name)s has no keys yet.', name=channel_sudo.name)
            )
        by_certificate = {}
        if channel_sudo.verification != 'public_key':
            certificate = keys.load_certificate(channel_sudo.merchant_certificate)
            by_certificate = {
                'app_cert_sn': certificate.serial_no,
                'root_cert_sn': keys.root_serial_number(channel_sudo.root_certificates),
            }
        return Material(
            merchant=Merchant(
                app_id=channel_sudo.alipay_appid,
                seller_id=channel_sudo.mchid,
                private_key=keys.load_private_key(channel_sudo.private_key),
                **by_certificate,
            ),
            keys=MappingProxyType(self._verification_keys(channel_sudo)),
        )

    def _verification_keys(self, channel):
        """Return Alipay's keys by the serial of their certificate; public keys have no serial."""
        found = {}
        if channel.verification != 'certificates':
            names = (keys.PUBLIC_KEY, 'second public key')
            for name, (_number, pem) in zip(names, channel._public_keys(), strict=False):
                found[name] = keys.load_public_key(pem)
        if channel.verification != 'public_key':
            for certificate in channel.certificate_ids:
                loaded = keys.load_certificate(certificate.pem)
                found[loaded.serial_no] = loaded.public_key
        return found

    def _repair(self, channel, error):
        """Override to fetch the certificate that an answer was signed with, once.

        It is proven by the root certificates and by who issued the one that is known.
        """
        known = channel.certificate_ids[:1]
        if (
            not isinstance(error, UntrustedCertificate)
            or not known
            or not channel._may_fetch_certificates()
        ):
            return False
        commit_intent(self.env)
        found = channel._client().certificate(
            error.serial_no,
            issuer=keys.load_certificate(known.pem).issuer,
            root_pem=channel.root_certificates,
        )
        channel.certificates_at = fields.Datetime.now()
        self.env['wx.payment.certificate']._store(channel, [found])
        commit_intent(self.env)
        return True

    # === SETTINGS === #

    def _check(self, channel):
        if not re.fullmatch(r'[0-9]{6,32}', channel.alipay_appid):
            raise ValidationError(self.env._("Alipay's app ID consists of digits."))
        if channel.verification != 'certificates':
            self._check_public_keys(channel)
        if channel.verification != 'public_key':
            keys.load_certificate(channel.merchant_certificate or '')
            keys.root_serial_number(channel.root_certificates or '')
        return super()._check(channel)

    def _test(self, channel):
        """Ask about an order that cannot exist: app and signature are looked at before it."""
        with contextlib.suppress(NotFound):
            channel._exchange(lambda client: client.query(self._test_number(channel)))

    # === NOTICES === #

    def _accept_notice(self, channel, topic, headers, body):
        accepted = notify.accept(headers, body, keys=self._material(channel.id).keys)
        business_key, dedup_key = self._read_keys(accepted)
        return Notice(
            event_id=accepted.id,
            event_type=accepted.notify_type,
            original_type=accepted.parameters.get('trade_status', ''),
            summary='',
            business_key=business_key,
            dedup_key=dedup_key,
        )

    def _read_keys(self, accepted):
        """Return our number and the key under which repetitions are recognised.

        Each of several refunds repeats the state of the trade; its number tells it apart.
        """
        if not accepted.transaction:
            return '', f'event:{accepted.id}'
        number, key = self._notice_keys(accepted.transaction)
        if accepted.refunded_fen:
            key = f'{key}:{accepted.out_refund_no}:{accepted.refunded_fen}'
        return number, key

    def _read_notice(self, channel, topic, body):
        """Override: a notice about a refund tells the sum of all refunds only, so Alipay is asked
        for the one. A refund that was given no number has that of the order.
        """
        parameters, _charset = notify.read_form({}, body)
        notice = notify.parse_notice(parameters)
        if notice.transaction and notice.refunded_fen:
            number = notice.transaction.out_trade_no
            return RefundHint(number, notice.out_refund_no or number)
        return notice.transaction

    def _receipt(self, http_status, reason=''):
        body = notify.ACCEPTED if http_status == 200 else notify.REFUSED
        return Receipt(http_status, body.decode(), 'text/plain; charset=utf-8')
