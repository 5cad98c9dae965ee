from types import MappingProxyType

from odoo import models


class WxPaymentProvider(models.AbstractModel):
    """One kind of channel; there is a model for each, named after the kind.

    The wire clients of `lib/paywire` all have the same verbs, so a new kind is one client, and
    one model that inherits this one and adds its code to `wx.payment.channel.kind`.
    """

    _name = 'wx.payment.provider'
    _description = 'Payment Provider'

    # Scenes it serves, of `const.SCENES`.
    _scenes = frozenset()
    # Endpoint of the channel → address of the provider's API.
    _base_urls = MappingProxyType({})
    # The word of the provider in the addresses for notices, '' when it sends none.
    _notify_word = ''
    # Fields of the channel without which nothing works.
    _required_fields = ()
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

    def _test(self, channel):
        """Ask the provider something that only the right keys are answered to.

        :raise WireError: it does not accept them, or does not answer
        """
        raise NotImplementedError

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
        """Return the `Transaction` or `Refund` of a stored notice, None for other kinds.

        :raise Malformed: it cannot be read (yet)
        """
        raise NotImplementedError

    def _receipt(self, http_status, reason=''):
        """Return what the provider is answered; 200 means stored for good.

        :param str reason: why not, for a refusal
        :rtype: Receipt
        """
        raise NotImplementedError
