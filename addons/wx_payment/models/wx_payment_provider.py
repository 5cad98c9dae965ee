from types import MappingProxyType

from odoo import models
from odoo.exceptions import ValidationError

from ..lib.paywire.messages import Transaction
from ..values import Notice


class WxPaymentProvider(models.AbstractModel):
    """One kind of channel; there is a model for each, named after the kind.

    The wire clients of `lib/paywire` all have the same verbs, so a new kind is one client, and
    one model that inherits this one and adds its code to `wx.payment.channel.kind`.
    """

    _name = 'wx.payment.provider'
    _description = 'Payment Provider'

    # Scenes it serves, of `const.SCENES`.
    _scenes = frozenset()
    # Endpoint of the channel → address of the provider's API; empty when there is none.
    _base_urls = MappingProxyType({})
    # The word of the provider in the addresses for notices, '' when it sends none.
    _notify_word = ''
    # Fields of the channel without which nothing works.
    _required_fields = ()
    # Fields of the channel from which signing and verifying are made.
    _key_fields = ()
    # Module of the wire client that reads keys and certificates; None when there are none.
    _keys = None
    # The provider lists its certificates, so that a scheduled action can fetch them.
    _lists_certificates = False
    # Scenes that may only be used once somebody has said so on the channel.
    _optional_scenes = frozenset()

    # === CALLS === #

    def _client(self, channel):
        """Return the wire client of a channel.

        :raise UserError: the channel lacks a key
        """
        raise NotImplementedError

    def _appid(self, channel):
        """Return the identity under which the channel's app is known to the provider."""
        return channel.app_id.appid

    def _repair(self, channel, error):
        """Mend what made a call fail, e.g. fetch a missing certificate, and tell whether to
        repeat the call. Nothing written may be uncommitted.

        :param WireError error: why the call failed
        """
        return False

    # === SETTINGS === #

    def _check(self, channel):
        """Refuse keys that could never work, at entry and not at the first payment.

        :raise InvalidArgument: a key is unusable
        :raise ValidationError: keys do not belong together
        """
        if self._base_urls and channel.endpoint not in {'simulator', *self._base_urls}:
            raise ValidationError(self.env._('This provider has no such server. Choose another.'))
        if channel.private_key and self._keys:
            self._keys.load_private_key(channel.private_key)
        if channel.merchant_certificate and self._keys:
            self._check_certificate(channel)

    def _check_certificate(self, channel):
        """Refuse a certificate of ours that is not that of the private key."""
        certificate = self._keys.load_certificate(channel.merchant_certificate)
        if channel.private_key and not self._is_ours(channel, certificate.public_key):
            raise ValidationError(
                self.env._(
                    'The private key does not belong to the merchant certificate. Enter both of '
                    'one pair at once.'
                )
            )
        if (channel.merchant_serial or '').casefold() != certificate.serial_no.casefold():
            raise ValidationError(
                self.env._(
                    'The serial is not that of the merchant certificate, which is %(serial)s.',
                    serial=certificate.serial_no,
                )
            )

    def _check_public_keys(self, channel):
        """Refuse public keys of the provider that are unreadable, or our own."""
        for _number, pem in channel._public_keys() or [('', '')]:
            public_key = self._keys.load_public_key(pem)
            if channel.private_key and self._is_ours(channel, public_key):
                raise ValidationError(
                    self.env._(
                        'This is the public half of our own private key. Enter the public key of '
                        'the provider.'
                    )
                )

    def _is_ours(self, channel, public_key):
        private_key = self._keys.load_private_key(channel.private_key)
        return self._keys.same_key(private_key, public_key)

    def _test(self, channel):
        """Ask the provider something that only the right keys are answered to.

        :return: what to tell, None for the usual words
        :raise WireError: it does not accept them, or does not answer
        :raise UserError: something else is missing
        """
        raise NotImplementedError

    def _test_number(self, channel):
        """Return a number that no order has."""
        return f'TEST{channel._nonce()[:24]}'

    # === NOTICES === #

    def _notify_path(self, topic):
        """Return the path for notices of a topic, '' when there are none."""
        return f'/payment/{self._notify_word}/{topic}/' if self._notify_word else ''

    def _accept_notice(self, channel, topic, headers, body):
        """Verify a notice and return what it is about; nothing is read before.

        :param str topic: what the address is for, of `const.NOTICE_TOPICS`
        :param dict headers: all headers of the request
        :param bytes body: as received
        :rtype: Notice
        :raise SignatureError: not proven to come from the provider
        :raise Malformed: it is, but not readable
        :raise UserError: the channel is not ready
        """
        raise NotImplementedError

    def _read_notice(self, channel, topic, body):
        """Return what a stored notice says: a `Transaction` or `Refund`, a `RefundHint` when only
        the provider itself knows what became of the refund, None for other kinds.

        :raise Malformed: it cannot be read (yet)
        :raise SignatureError: it is not proven (any more), because the keys are others now
        """
        raise NotImplementedError

    def _receipt(self, http_status, reason=''):
        """Return what the provider is answered; 200 means stored for good.

        :param str reason: why not, for a refusal
        :rtype: Receipt
        """
        raise NotImplementedError

    def _notice_keys(self, content):
        """Return our number and the key under which repetitions are recognised.

        By business key and state, because the same fact may come under several event ids.

        :param content: `Transaction` or `Refund`
        """
        if isinstance(content, Transaction):
            number = content.transaction_id or content.out_trade_no
            return content.out_trade_no, f'transaction:{number}:{content.trade_state}'
        return content.out_trade_no, f'refund:{content.refund_id}:{content.status}'

    def _plain_notice(self, content):
        """Return the notice of what came without an envelope: its facts stand for an event id.

        :param content: `Transaction` or `Refund`
        """
        business_key, dedup_key = self._notice_keys(content)
        if isinstance(content, Transaction):
            event_type, kind = f'TRANSACTION.{content.trade_state}', 'transaction'
        else:
            event_type, kind = f'REFUND.{content.status}', 'refund'
        return Notice(
            event_id=dedup_key,
            event_type=event_type,
            original_type=kind,
            summary='',
            business_key=business_key,
            dedup_key=dedup_key,
        )
