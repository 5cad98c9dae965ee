import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from odoo import fields, models, tools
from odoo.exceptions import UserError

from odoo.addons.wx_base.fields import EncryptedChar

from ..lib.paywire.errors import Malformed, NotFound, Refused, SignatureError
from ..lib.paywire.orders import JSAPI, PrepayOrder
from ..lib.paywire.transport import lower_names
from ..lib.paywire.wxpay_v2 import notify as notify_v2
from ..lib.paywire.wxpay_v3 import keys, notify
from ..lib.paywire.wxpay_v3.client import BASE_URL, DISASTER_URL, Client, Merchant
from ..values import Notice, Receipt, RefundHint

# Source: spec/wechat_pay_v3.md §5.
CODES_APP_REFUSED = frozenset({'APPID_MCHID_NOT_MATCH', 'APPID_NOT_EXIST', 'MCH_NOT_EXISTS'})


@dataclass(frozen=True)
class Material:
    """What signing and verifying need of a channel, parsed once per process."""

    merchant: Merchant
    apiv2_key: str
    apiv3_key: bytes
    keys: MappingProxyType
    public_key_id: str


class WxPaymentChannel(models.Model):
    _inherit = 'wx.payment.channel'

    kind = fields.Selection(
        selection_add=[('wxpay_v3', 'WeChat Pay v3')], ondelete={'wxpay_v3': 'cascade'}
    )
    apiv3_key = EncryptedChar(
        string='APIv3 Key',
        groups='base.group_system',
        copy=False,
        help='32 characters. Stored encrypted and never shown again.',
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
    _key_fields = (
        'apiv2_key',
        'apiv3_key',
        'merchant_certificate',
        'merchant_serial',
        'private_key',
        'public_key_id',
        'public_key_pem',
        'second_public_key_id',
        'second_public_key_pem',
        'verification',
    )
    _keys = keys
    _lists_certificates = True

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
            appid=self._appid(channel),
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
            apiv2_key=channel_sudo.apiv2_key or '',
            apiv3_key=keys.check_apiv3_key(channel_sudo.apiv3_key),
            keys=MappingProxyType(self._verification_keys(channel_sudo)),
            public_key_id=channel_sudo.public_key_id if with_public_key else '',
        )

    def _verification_keys(self, channel):
        """Return public keys of WeChat Pay by serial, as the channel's mode says."""
        found = {}
        if channel.verification in ('public_key', 'both'):
            for number, pem in channel._public_keys():
                found[keys.normalize_serial(number)] = keys.load_public_key(pem)
        if channel.verification in ('certificates', 'both'):
            for certificate in channel.certificate_ids:
                loaded = keys.load_certificate(certificate.pem)
                found[loaded.serial_no] = loaded.public_key
                found[keys.normalize_serial(certificate.serial_no)] = loaded.public_key
        return found

    def _repair(self, channel, error):
        """Override to fetch a platform certificate that is not known, once."""
        if error.code != 'UNKNOWN_SERIAL' or not channel._may_fetch_certificates():
            return False
        channel._fetch_certificates()
        return True

    # === SETTINGS === #

    def _check(self, channel):
        keys.check_serial(channel.merchant_serial)
        if channel.apiv3_key:
            keys.check_apiv3_key(channel.apiv3_key)
        if channel.verification != 'certificates':
            keys.check_public_key_id(channel.public_key_id or '')
            for number, _pem in channel._public_keys():
                keys.check_public_key_id(number)
            self._check_public_keys(channel)
        return super()._check(channel)

    def _test(self, channel):
        """Ask about an order that cannot exist.

        "There is no such order" proves merchant ID, serial and private key: all three are
        looked at before the number.
        """
        try:
            channel._exchange(lambda client: client.query(self._test_number(channel)))
        except NotFound:
            if channel.verification != 'public_key':
                count = channel._fetch_certificates()
                if not count and channel.verification == 'certificates':
                    raise UserError(
                        self.env._('The keys are right, but there are no platform certificates.')
                    ) from None
        self._test_app(channel)

    def _test_app(self, channel):
        """Ask for the payment of 1 fen by a customer who does not exist.

        Whether the app is bound to the merchant is looked at before the customer. Should the
        payment be opened all the same, it is closed; nobody could pay it.

        :raise Refused: the app is not bound to the merchant
        """
        number = self._test_number(channel)
        order = PrepayOrder(
            scene=JSAPI,
            appid=self._appid(channel),
            out_trade_no=number,
            description='Test',
            amount_fen=1,
            notify_url=channel.notify_url,
            expires_at=datetime.now(UTC) + timedelta(minutes=5),
            payer='o' * 28,
        )
        client = channel._client()
        try:
            client.prepay(JSAPI, client.prepare(order))
            client.close(number)
        except Refused as error:
            if error.code in CODES_APP_REFUSED:
                raise

    # === NOTICES === #

    def _accept_notice(self, channel, topic, headers, body):
        if self._is_v2(body) and 'wechatpay-signature' not in lower_names(headers):
            return self._plain_notice(self._open_v2_refund(channel, body))
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

        What cannot be opened is stored all the same, by its event id: the job tells why.
        """
        try:
            plain = notify.open_resource(envelope, apiv3_key)
            content = notify.parse_resource(envelope, plain)
        except Malformed:
            content = None
        return self._notice_keys(content) if content else ('', f'event:{envelope.id}')

    def _read_notice(self, channel, topic, body):
        if self._is_v2(body):
            refund = self._open_v2_refund(channel, body)
            return RefundHint(refund.out_trade_no, refund.out_refund_no)
        envelope = notify.parse_envelope(body)
        plain = notify.open_resource(envelope, self._material(channel.id).apiv3_key)
        return notify.parse_resource(envelope, plain)

    def _is_v2(self, body):
        return body.lstrip().startswith(b'<')

    def _open_v2_refund(self, channel, body):
        """Open a refund's notice in the old form: refunds of the console come like this.

        Source: spec/wechat_pay_v2.md §5.
        """
        api_key = self._material(channel.id).apiv2_key
        if not api_key:
            raise SignatureError('The channel has no APIv2 key to open a notice in XML.')
        return notify_v2.accept_refund(body, mchid=channel.mchid, api_key=api_key)

    def _receipt(self, http_status, reason=''):
        if http_status == 200:
            return Receipt(200, '{"code": "SUCCESS"}')
        return Receipt(http_status, json.dumps({'code': 'FAIL', 'message': reason}))
