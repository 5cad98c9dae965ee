from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..const import TOKEN_MARGIN_SECONDS
from ..fields import EncryptedText
from ..lib.wxwire import client
from ..tools import http

# First half of the advisory lock's key, so that it meets no other lock of the database.
LOCK_CLASS = 0x77786174


class WxAccessToken(models.Model):
    """The stable access token of each app, shared by all processes through the database."""

    _name = 'wx.access.token'
    _description = 'WeChat Access Token'
    _rec_name = 'app_id'

    app_id = fields.Many2one('wx.app', required=True, ondelete='cascade')
    token = EncryptedText(groups='base.group_system', copy=False)
    expires_at = fields.Datetime()

    _app_uniq = models.Constraint('UNIQUE(app_id)', 'An app has one access token.')

    # === BUSINESS METHODS === #

    @api.model
    def _get(self, app, instead_of=None):
        """Return a valid access token of `app`, fetched when needed.

        :param str instead_of: a token that WeChat has refused
        :raise WireError: it cannot be fetched
        """
        cached = self._cached(app)
        if cached and cached != instead_of:
            return cached
        return self._fetch(app, instead_of)

    @api.model
    def _cached(self, app):
        row = self.search([('app_id', '=', app.id), ('expires_at', '>', fields.Datetime.now())])
        return row.token

    @api.model
    def _fetch(self, app, instead_of):
        """Fetch a token in a transaction of its own, one process at a time.

        The caller's transaction is not touched. The lock makes N workers fetch once; this
        transaction writes nothing but the token, and fetching it twice does no harm, so the
        call within it is safe.
        """
        with self.env.registry.cursor() as cr:
            tokens = self.with_env(self.env(cr=cr))
            cr.execute(SQL('SELECT pg_advisory_xact_lock(%s, %s)', LOCK_CLASS, app.id))
            # The wait above used an old snapshot: begin anew to see what others stored.
            cached = tokens._cached_by_others(app)
            if cached and cached != instead_of:
                return cached
            fresh_app = app.with_env(tokens.env).sudo()
            fresh = client.stable_token(
                http.send,
                fresh_app._api_base(),
                fresh_app.appid,
                fresh_app.secret or '',
                force_refresh=False,
            )
            tokens._store(fresh_app, fresh)
            return fresh.token

    @api.model
    def _cached_by_others(self, app):
        with self.env.registry.cursor() as cr:
            return self.with_env(self.env(cr=cr))._cached(app)

    @api.model
    def _store(self, app, fresh):
        lifetime = max(fresh.expires_in - TOKEN_MARGIN_SECONDS, 60)
        values = {
            'token': fresh.token,
            'expires_at': fields.Datetime.now() + timedelta(seconds=lifetime),
        }
        row = self.search([('app_id', '=', app.id)])
        if row:
            row.write(values)
        else:
            self.create({'app_id': app.id, **values})
