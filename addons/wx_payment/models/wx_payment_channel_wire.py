import contextlib
import logging
import secrets
import time
from dataclasses import dataclass
from types import MappingProxyType

import psycopg2

from odoo import api, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.const import SANDBOX_URL
from odoo.addons.wx_base.tools import http as wx_http
from odoo.addons.wx_base.tools.settings import get_setting
from odoo.addons.wx_base.tools.transaction import commit_intent

from ..const import ENDPOINT_URLS
from ..lib.paywire.errors import (
    InvalidArgument,
    NotFound,
    Refused,
    UntrustedReply,
    WireError,
)
from ..lib.paywire.wxpay_v3 import keys
from ..lib.paywire.wxpay_v3.client import Client, Merchant

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Material:
    """What signing and verifying need of a channel, parsed once per process."""

    channel_id: int
    company_id: int
    mchid: str
    appid: str
    merchant: Merchant
    apiv3_key: bytes
    keys: MappingProxyType
    public_key_id: str


class WxPaymentChannel(models.Model):
    _inherit = 'wx.payment.channel'

    # === ACTION METHODS === #

    @requires('payment.channel.test')
    def action_test_connection(self):
        """Ask WeChat Pay about an order that cannot exist, and fetch certificates if needed.

        "There is no such order" proves merchant ID, serial and private key: all three are
        looked at before the number.
        """
        self.ensure_one()
        self.check_access('read')
        commit_intent(self.env)
        try:
            self.sudo()._exchange(lambda wxpay: wxpay.query(f'TEST{secrets.token_hex(12)}'))
        except NotFound:
            return self._test_certificates()
        except UserError as error:
            return self._notice('danger', str(error))
        except Refused as error:
            return self._notice('danger', self._describe_error(error))
        except WireError as error:
            return self._notice('warning', self._describe_error(error))
        return self._notice('success', self.env._('WeChat Pay accepts the merchant keys.'))

    def _test_certificates(self):
        channel_sudo = self.sudo()  # the keys are readable by the system group only
        if self.verification != 'public_key':
            try:
                count = channel_sudo._fetch_certificates()
            except WireError as error:
                return self._notice('warning', self._describe_error(error))
            if not count and self.verification == 'certificates':
                return self._notice(
                    'danger',
                    self.env._('The keys are right, but there are no platform certificates.'),
                )
        return self._notice('success', self.env._('WeChat Pay accepts the merchant keys.'))

    def _notice(self, kind, message):
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {'type': kind, 'message': message, 'sticky': kind != 'success'},
        }

    def _describe_error(self, error):
        return self.env._(
            'WeChat Pay: %(message)s (status %(status)s, code %(code)s, request %(request)s)',
            message=error.message or '–',
            status=error.http_status or '–',
            code=error.code or '–',
            request=error.request_id or '–',
        )

    # === BUSINESS METHODS - KEYS === #

    @api.model
    @tools.ormcache()
    def _slug_ids(self):
        """Return notify path → channel id, archived channels too: late money comes to them."""
        channels_sudo = self.sudo().with_context(active_test=False).search([])
        return MappingProxyType({channel.slug: channel.id for channel in channels_sudo})

    @tools.ormcache('self.id')
    def _material(self):
        """Return the parsed keys; they stay in memory until the channel changes anywhere.

        :raise UserError: the channel lacks a key
        :rtype: Material
        """
        channel_sudo = self.sudo()  # secrets are readable by the system group only
        if not channel_sudo.private_key or not channel_sudo.apiv3_key:
            raise UserError(
                self.env._('The channel %(name)s has no keys yet.', name=channel_sudo.name)
            )
        with_public_key = channel_sudo.verification in ('public_key', 'both')
        return Material(
            channel_id=channel_sudo.id,
            company_id=channel_sudo.company_id.id,
            mchid=channel_sudo.mchid,
            appid=channel_sudo.app_id.appid,
            merchant=Merchant(
                mchid=channel_sudo.mchid,
                serial_no=channel_sudo.merchant_serial,
                private_key=keys.load_private_key(channel_sudo.private_key),
            ),
            apiv3_key=keys.check_apiv3_key(channel_sudo.apiv3_key),
            keys=MappingProxyType(channel_sudo._verification_keys()),
            public_key_id=channel_sudo.public_key_id if with_public_key else '',
        )

    @api.model
    def _forget_keys(self):
        """Drop the parsed keys of all channels, here and in the other processes.

        Once more after the commit: until then another thread still reads, and remembers, the
        old ones.
        """
        registry = self.env.registry
        registry.clear_cache()
        self.env.cr.postcommit.add(registry.clear_cache)

    def _verification_keys(self):
        """Return public keys of the provider by serial, as the channel's mode says."""
        found = {}
        if self.verification in ('public_key', 'both'):
            serial = keys.normalize_serial(self.public_key_id)
            found[serial] = keys.load_public_key(self.public_key_pem)
        if self.verification in ('certificates', 'both'):
            for certificate in self.certificate_ids:
                loaded = keys.load_certificate(certificate.pem)
                found[loaded.serial_no] = loaded.public_key
                found[keys.normalize_serial(certificate.serial_no)] = loaded.public_key
        return found

    @contextlib.contextmanager
    def _as_validation_error(self):
        try:
            yield
        except InvalidArgument as error:
            raise ValidationError(self._translate_argument_error(error)) from error

    @api.model
    def _translate_argument_error(self, error):
        """Return a key's fault in the person's language; the wire client speaks English."""
        words = {
            'The APIv3 key must be exactly 32 ASCII characters.': self.env._(
                'The APIv3 key must be exactly 32 ASCII characters.'
            ),
            'The private key is no readable PEM text.': self.env._(
                'The private key is no readable PEM text.'
            ),
            'The public key is no readable PEM text.': self.env._(
                'The public key is no readable PEM text.'
            ),
            'The public key id must be PUB_KEY_ID_ followed by digits.': self.env._(
                'The public key ID must be PUB_KEY_ID_ followed by digits.'
            ),
        }
        return words.get(error.message, error.message)

    # === BUSINESS METHODS - CALLS === #

    def _base_url(self):
        """Return the address of the provider's API."""
        self.ensure_one()
        if self.endpoint == 'simulator':
            return (get_setting('wx_sandbox_url') or SANDBOX_URL).rstrip('/')
        return ENDPOINT_URLS[self.endpoint]

    def _client(self):
        """Return a wire client for this channel.

        :raise UserError: the channel lacks a key
        """
        material = self._material()
        return Client(
            base_url=self._base_url(),
            merchant=material.merchant,
            keys=material.keys,
            send=self._send,
            clock=self._now,
            nonces=self._nonce,
            public_key_id=material.public_key_id,
        )

    @api.model
    def _send(self, method, url, *, headers, body, timeout):
        return wx_http.send(method, url, headers=headers, body=body, timeout=timeout)

    @api.model
    def _now(self):
        return int(time.time())

    @api.model
    def _nonce(self):
        return secrets.token_hex(16)

    def _exchange(self, function):
        """Call `function(client)`; with an unknown certificate fetch it once and repeat.

        Nothing written may be uncommitted: this calls the outside.

        :raise WireError: by class, see `lib/paywire/errors.py`
        """
        self.ensure_one()
        try:
            return function(self._client())
        except UntrustedReply as error:
            if error.code != 'UNKNOWN_SERIAL' or not self._may_fetch_certificates():
                raise
            _logger.warning('channel %s: unknown serial, fetching certificates', self.id)
            self._fetch_certificates()
        return function(self._client())

    # === BUSINESS METHODS - REFUSALS === #

    def _count_refused(self, reason):
        """Count a message that was not accepted, without waiting for anybody.

        A flood of them must neither queue up at this row nor fill the database: while
        another transaction counts, this one only leaves its line in the log.
        """
        self.ensure_one()
        query = SQL(
            """UPDATE wx_payment_channel
                  SET refused_count = COALESCE(refused_count, 0) + 1,
                      refused_at = now() AT TIME ZONE 'UTC', refused_reason = %s
                WHERE id = (SELECT id FROM wx_payment_channel WHERE id = %s
                            FOR NO KEY UPDATE SKIP LOCKED)""",
            reason[:200],
            self.id,
        )
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(query, log_exceptions=False)
        except psycopg2.errors.SerializationFailure:
            _logger.info('channel %s: one refusal was not counted', self.id)
        self.invalidate_recordset(['refused_count', 'refused_at', 'refused_reason'])
