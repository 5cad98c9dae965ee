import contextlib
import functools
from dataclasses import dataclass
from types import MappingProxyType

from odoo import fields, models, tools
from odoo.exceptions import UserError

from odoo.addons.wx_base.fields import EncryptedChar
from odoo.addons.wx_base.tools.http import ClientCertificate

from ..lib.paywire.errors import NotFound
from ..lib.paywire.messages import Refund
from ..lib.paywire.wxpay_v2 import notify, signing
from ..lib.paywire.wxpay_v2.client import BASE_URL, DISASTER_URL, Client, Merchant
from ..lib.paywire.wxpay_v3 import keys
from ..values import Receipt, RefundHint

SIGN_TYPES = ((signing.HMAC_SHA256, 'HMAC-SHA256 (safer)'), (signing.MD5, 'MD5'))


@dataclass(frozen=True)
class Material:
    """What signing and verifying need of a channel, read once per process."""

    merchant: Merchant
    certificate: ClientCertificate


class WxPaymentChannel(models.Model):
    _inherit = 'wx.payment.channel'

    kind = fields.Selection(
        selection_add=[('wxpay_v2', 'WeChat Pay v2')], ondelete={'wxpay_v2': 'cascade'}
    )
    apiv2_key = EncryptedChar(
        string='APIv2 Key',
        groups='base.group_system',
        copy=False,
        help='32 characters. Signs everything of WeChat Pay v2. A channel of v3 needs it only to '
        'read notices of refunds that were made in the merchant console. Stored encrypted and '
        'never shown again.',
    )
    sign_type = fields.Selection(
        list(SIGN_TYPES),
        string='Signature',
        default=signing.HMAC_SHA256,
        tracking=True,
        help='The one way of signing; messages that are signed in another way are refused.',
    )


class WxPaymentProviderWxpayV2(models.AbstractModel):
    """WeChat Pay API v2 for a direct merchant. Source: spec/wechat_pay_v2.md."""

    _name = 'wx.payment.provider.wxpay_v2'
    _description = 'WeChat Pay v2'
    _inherit = ['wx.payment.provider']

    _scenes = frozenset({'miniprogram', 'jsapi', 'app', 'h5', 'native', 'code'})
    _base_urls = MappingProxyType({'production': BASE_URL, 'production2': DISASTER_URL})
    _notify_word = 'wechat'
    # Without the certificate nothing could be given back.
    _required_fields = ('mchid', 'sign_type', 'merchant_certificate')
    _key_fields = (
        'apiv2_key',
        'merchant_certificate',
        'merchant_serial',
        'private_key',
        'sign_type',
    )
    _keys = keys

    # === CALLS === #

    def _client(self, channel):
        material = self._material(channel.id)
        return Client(
            base_url=channel._base_url(),
            merchant=material.merchant,
            send=channel._send,
            stream=channel._stream,
            send_with_certificate=functools.partial(
                channel._send, certificate=material.certificate
            ),
            clock=channel._now,
            nonces=channel._nonce,
        )

    @tools.ormcache('channel_id')
    def _material(self, channel_id):
        """Return the keys; they stay in memory until a channel changes anywhere.

        :raise UserError: the channel lacks a key
        :rtype: Material
        """
        # Secrets are readable by the system group only.
        channel_sudo = self.env['wx.payment.channel'].sudo().browse(channel_id)
        if not channel_sudo.apiv2_key or not channel_sudo.private_key:
            raise UserError(
                self.env._('The channel %(name)s has no keys yet.', name=channel_sudo.name)
            )
        return Material(
            merchant=Merchant(
                mchid=channel_sudo.mchid,
                appid=self._appid(channel_sudo),
                api_key=signing.check_api_key(channel_sudo.apiv2_key),
                sign_type=channel_sudo.sign_type,
            ),
            certificate=ClientCertificate(
                channel_sudo.merchant_certificate, channel_sudo.private_key
            ),
        )

    # === SETTINGS === #

    def _check(self, channel):
        if channel.apiv2_key:
            signing.check_api_key(channel.apiv2_key)
        return super()._check(channel)

    def _test(self, channel):
        """Ask about an order that cannot exist: merchant ID, app, and APIv2 key are looked at
        before the number. The certificate is only shown when money goes back.
        """
        with contextlib.suppress(NotFound):
            channel._exchange(lambda client: client.query(self._test_number(channel)))

    # === NOTICES === #

    def _accept_notice(self, channel, topic, headers, body):
        return self._plain_notice(self._open_notice(channel, body))

    def _read_notice(self, channel, topic, body):
        content = self._open_notice(channel, body)
        if isinstance(content, Refund):
            # Its encryption proves neither its origin nor that it is whole: WeChat Pay is asked.
            return RefundHint(content.out_trade_no, content.out_refund_no)
        return content

    def _open_notice(self, channel, body):
        merchant = self._material(channel.id).merchant
        return notify.accept(
            body, mchid=merchant.mchid, api_key=merchant.api_key, sign_type=merchant.sign_type
        )

    def _receipt(self, http_status, reason=''):
        body = notify.answer(accepted=http_status == 200).decode()
        return Receipt(http_status, body, 'text/xml; charset=utf-8')
