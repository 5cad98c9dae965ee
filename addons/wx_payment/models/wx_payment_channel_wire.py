import contextlib
import logging
import secrets
import time
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

from ..lib.paywire.errors import (
    InvalidArgument,
    Refused,
    WireError,
)
from ..values import Address

_logger = logging.getLogger(__name__)


class WxPaymentChannel(models.Model):
    _inherit = 'wx.payment.channel'

    # === ACTION METHODS === #

    @requires('payment.channel.test')
    def action_test_connection(self):
        """Ask the provider whether it accepts the keys."""
        self.ensure_one()
        self.check_access('read')
        commit_intent(self.env)
        channel_sudo = self.sudo()  # the keys are readable by the system group only
        try:
            told = channel_sudo._provider()._test(channel_sudo)
        except UserError as error:
            return self._notice('danger', str(error))
        except Refused as error:
            return self._notice('danger', self._describe_error(error))
        except WireError as error:
            return self._notice('warning', self._describe_error(error))
        return self._notice('success', told or self.env._('The provider accepts the keys.'))

    def _notice(self, kind, message):
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {'type': kind, 'message': message, 'sticky': kind != 'success'},
        }

    def _describe_error(self, error):
        """Return what went wrong at the provider, in words a person can act on."""
        return self.env._(
            '%(channel)s: %(message)s (status %(status)s, code %(code)s, request %(request)s)',
            channel=self.name,
            message=self._explain(error.code) or error.message or '–',
            status=error.http_status or '–',
            code=error.code or '–',
            request=error.request_id or '–',
        )

    def _explain(self, code):
        """Return what a provider's code asks the staff to do, '' when its own words are enough."""
        words = {
            'APPID_MCHID_NOT_MATCH': self.env._(
                'The app %(app)s is not bound to the merchant %(merchant)s. Bind it in the '
                'merchant console, or choose the app that is.',
                app=self._provider()._appid(self) or '–',
                merchant=self.mchid or '–',
            ),
            'SIGN_ERROR': self.env._(
                'The provider does not accept our signature: private key, certificate serial or '
                'API key are not those of this merchant.'
            ),
            'INVALID_SIGNATURE': self.env._(
                'Alipay does not accept our signature: the public key that the app has at Alipay '
                'is not the other half of this private key.'
            ),
            'INVALID_APP_ID': self.env._('Alipay does not know this app ID.'),
            'APP_CERT_NOT_EXIST': self.env._(
                'Alipay does not know this certificate of the app: it was replaced in the console.'
            ),
        }
        return words.get(code, '')

    # === BUSINESS METHODS - KEYS === #

    @api.model
    @tools.ormcache()
    def _addresses(self):
        """Return `(word of the provider, notify path)` → `Address`, archived channels too: late
        money comes to them."""
        channels_sudo = self.sudo().with_context(active_test=False).search([])
        return MappingProxyType(
            {
                (channel._provider()._notify_word, channel.slug): Address(
                    channel.id, channel.company_id.id, channel._provider()._name
                )
                for channel in channels_sudo
            }
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
            'The APIv2 key must be exactly 32 ASCII characters.': self.env._(
                'The APIv2 key must be exactly 32 ASCII characters.'
            ),
            'The APIv3 key must be exactly 32 ASCII characters.': self.env._(
                'The APIv3 key must be exactly 32 ASCII characters.'
            ),
            'The private key is no readable PEM text.': self.env._(
                'The private key is no readable PEM text.'
            ),
            'The public key is no readable PEM text.': self.env._(
                'The public key is no readable PEM text.'
            ),
            'The key is no readable PEM or base64 text.': self.env._(
                'The key is no readable PEM or base64 text.'
            ),
            'The certificate is no readable PEM text.': self.env._(
                'The certificate is no readable PEM text.'
            ),
            'The root file holds no RSA certificate.': self.env._(
                'The root file holds no RSA certificate.'
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
        return self._provider()._base_urls[self.endpoint]

    def _client(self):
        """Return the wire client of this channel.

        :raise UserError: the channel lacks a key
        """
        return self._provider()._client(self)

    @api.model
    def _send(self, method, url, *, headers, body, timeout, **certificate):
        """Perform one exchange.

        :param certificate: `certificate`, a `ClientCertificate`, where one is to be shown
        """
        return wx_http.send(method, url, headers=headers, body=body, timeout=timeout, **certificate)

    @api.model
    def _stream(self, method, url, *, headers, timeout, write, body=b''):
        return wx_http.stream(method, url, headers=headers, timeout=timeout, write=write, body=body)

    @api.model
    def _now(self):
        return int(time.time())

    @api.model
    def _nonce(self):
        return secrets.token_hex(16)

    def _exchange(self, function):
        """Call `function(client)`; once more when the provider's model could mend a failure.

        Nothing written may be uncommitted: this calls the outside.

        :raise WireError: by class, see `lib/paywire/errors.py`
        """
        self.ensure_one()
        calls = self.env['wx.payment.channel.call']
        try:
            with calls._measure(self):
                return function(self._client())
        except WireError as error:
            if not self._provider()._repair(self, error):
                raise
            _logger.warning('channel %s: mended after: %s', self.id, error)
        with calls._measure(self):
            return function(self._client())

    # === BUSINESS METHODS - REFUSALS === #

    def _count_refused(self, reason):
        """Count a message that was not accepted, without waiting for anybody.

        A flood of them must neither queue up at this row nor fill the database: while
        another transaction counts, this one only leaves its line in the log.
        """
        self.ensure_one()
        query = SQL(
            """WITH counted AS (
                   UPDATE wx_payment_channel
                      SET refused_count = COALESCE(refused_count, 0) + 1,
                          refused_at = now() AT TIME ZONE 'UTC', refused_reason = %(reason)s
                    WHERE id = (SELECT id FROM wx_payment_channel WHERE id = %(channel)s
                                FOR NO KEY UPDATE SKIP LOCKED)
                RETURNING id, refused_at)
               INSERT INTO wx_payment_refusal (channel_id, hour, count, reason)
               SELECT id, date_trunc('hour', refused_at), 1, %(reason)s FROM counted
               ON CONFLICT (channel_id, hour) DO UPDATE
                   SET count = wx_payment_refusal.count + 1, reason = excluded.reason""",
            reason=reason[:200],
            channel=self.id,
        )
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(query, log_exceptions=False)
        except psycopg2.errors.SerializationFailure:
            _logger.info('channel %s: one refusal was not counted', self.id)
        self.invalidate_recordset(['refused_count', 'refused_at', 'refused_reason'])
