import json
from dataclasses import dataclass
from types import MappingProxyType

from odoo import fields, models, tools
from odoo.exceptions import UserError, ValidationError

from ..lib.paywire.errors import Malformed, NotFound
from ..lib.paywire.messages import Transaction
from ..lib.paywire.wxpay_v3 import keys, notify
from ..lib.paywire.wxpay_v3.client import BASE_URL, DISASTER_URL, Client, Merchant
from ..values import Notice, Receipt


@dataclass(frozen=True)
class Material:
    """What signing and verifying need of a channel, parsed once per process."""

    merchant: Merchant
    apiv3_key: bytes
    keys: MappingProxyType
    public_key_id: str


class WxPaymentChannel(models.Model):
    _inherit = 'wx.payment.channel'

    kind = fields.Selection(
        selection_add=[('wxpay_v3', 'WeChat Pay v3')], ondelete={'wxpay_v3': 'cascade'}
    )


class WxPaymentProviderWxpayV3(models.AbstractModel):
    """WeChat Pay API v3 for a direct merchant. Source: spec/wechat_pay_v3.md."""

    _name = 'wx.payment.provider.wxpay_v3'
    _description = 'WeChat Pay v3'
    _inherit = ['wx.payment.provider']

    _scenes = frozenset({'miniprogram', 'jsapi', 'app', 'h5', 'native', 'code'})
    _optional_scenes = frozenset({'code'})
    # Source: spec/wechat_pay_v3.md §1.
    _base_urls = MappingProxyType({'production': BASE_URL, 'production2': DISASTER_URL})
    _notify_word = 'wechat'
    _required_fields = ('mchid', 'merchant_serial', 'verification')

    # === CALLS === #

    def _client(self, channel):
        material = self._material(channel.id)
        return Client(
            base_url=channel._base_url(),
            merchant=material.merchant,
            keys=material.keys,
            send=channel._send,
            stream=channel._stream,
            clock=channel._now,
            nonces=channel._nonce,
            public_key_id=material.public_key_id,
        )

    @tools.ormcache('channel_id')
    def _material(self, channel_id):
        """Return the parsed keys; they stay in memory until a channel changes anywhere.

        :raise UserError: the channel lacks a key
        :rtype: Material
        """
        # Secrets are readable by the system group only.
        channel_sudo = self.env['wx.payment.channel'].sudo().browse(channel_id)
        if not channel_sudo.private_key or not channel_sudo.apiv3_key:
            raise UserError(
                self.env._('The channel %(name)s has no keys yet.', name=channel_sudo.name)
            )
        with_public_key = channel_sudo.verification in ('public_key', 'both')
        return Material(
            merchant=Merchant(
                mchid=channel_sudo.mchid,
                serial_no=channel_sudo.merchant_serial,
                private_key=keys.load_private_key(channel_sudo.private_key),
            ),
            apiv3_key=keys.check_apiv3_key(channel_sudo.apiv3_key),
            keys=MappingProxyType(channel_sudo._verification_keys()),
            public_key_id=channel_sudo.public_key_id if with_public_key else '',
        )

    def _repair(self, channel, error):
        """Override to fetch a platform certificate that is not known, once."""
        if error.code != 'UNKNOWN_SERIAL' or not channel._may_fetch_certificates():
            return False
        channel._fetch_certificates()
        return True

    # === SETTINGS === #

    def _check(self, channel):
        keys.check_serial(channel.merchant_serial)
        if channel.private_key:
            keys.load_private_key(channel.private_key)
        if channel.apiv3_key:
            keys.check_apiv3_key(channel.apiv3_key)
        if channel.verification != 'certificates':
            self._check_public_key(channel)

    def _check_public_key(self, channel):
        keys.check_public_key_id(channel.public_key_id or '')
        public_key = keys.load_public_key(channel.public_key_pem or '')
        if channel.private_key and keys.same_key(
            keys.load_private_key(channel.private_key), public_key
        ):
            raise ValidationError(
                self.env._(
                    'This is the public half of the merchant key. Enter the public key '
                    'of WeChat Pay (pub_key.pem).'
                )
            )

    def _test(self, channel):
        """Ask about an order that cannot exist.

        "There is no such order" proves merchant ID, serial and private key: all three are
        looked at before the number.
        """
        try:
            channel._exchange(lambda client: client.query(f'TEST{channel._nonce()[:24]}'))
        except NotFound:
            if channel.verification != 'public_key':
                count = channel._fetch_certificates()
                if not count and channel.verification == 'certificates':
                    raise UserError(
                        self.env._('The keys are right, but there are no platform certificates.')
                    ) from None

    # === NOTICES === #

    def _accept_notice(self, channel, topic, headers, body):
        material = self._material(channel.id)
        envelope = notify.accept(headers, body, keys=material.keys, now=channel._now())
        business_key, dedup_key = self._read_keys(envelope, material.apiv3_key)
        return Notice(
            event_id=envelope.id,
            event_type=envelope.event_type,
            original_type=envelope.original_type,
            summary=envelope.summary,
            business_key=business_key,
            dedup_key=dedup_key,
        )

    def _read_keys(self, envelope, apiv3_key):
        """Return our number and the key under which repetitions are recognised.

        By business key and state, because the same fact may come under several event ids. What
        cannot be opened is stored all the same, by its event id: the job tells why.
        """
        try:
            plain = notify.open_resource(envelope, apiv3_key)
            content = notify.parse_resource(envelope, plain)
        except Malformed:
            content = None
        if content is None:
            return '', f'event:{envelope.id}'
        if isinstance(content, Transaction):
            key = f'transaction:{content.transaction_id}:{content.trade_state}'
        else:
            key = f'refund:{content.refund_id}:{content.status}'
        return content.out_trade_no, key

    def _read_notice(self, channel, topic, body):
        envelope = notify.parse_envelope(body)
        plain = notify.open_resource(envelope, self._material(channel.id).apiv3_key)
        return notify.parse_resource(envelope, plain)

    def _receipt(self, http_status, reason=''):
        if http_status == 200:
            return Receipt(200, '{"code": "SUCCESS"}')
        return Receipt(http_status, json.dumps({'code': 'FAIL', 'message': reason}))
