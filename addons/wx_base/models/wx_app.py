import logging
import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.rbac_ext.permission import requires

from ..const import SANDBOX_URL, WECHAT_API
from ..exceptions import OutcomeUnknown, RefusedByProvider
from ..fields import EncryptedChar
from ..lib.wxwire import client
from ..lib.wxwire.errors import TokenExpired, UnknownOutcome, WireError
from ..tools import http
from ..tools.settings import get_setting

_logger = logging.getLogger(__name__)


class WxApp(models.Model):
    _name = 'wx.app'
    _description = 'WeChat App'
    _inherit = ['mail.thread']
    _order = 'sequence, id'

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        'res.company', required=True, default=lambda self: self._default_company_id()
    )

    # Identity at WeChat
    appid = fields.Char(
        string='AppID', required=True, copy=False, tracking=True, help='wx and 16 characters.'
    )
    secret = EncryptedChar(
        string='AppSecret',
        groups='base.group_system',
        copy=False,
        help='Stored encrypted and never shown again. Enter a new one to replace it.',
    )
    endpoint = fields.Selection(
        [('production', 'WeChat'), ('simulator', 'Sandbox')],
        required=True,
        default='production',
        tracking=True,
        help='The sandbox plays WeChat for demonstrations and tests; nothing is real there.',
    )
    miniprogram_state = fields.Selection(
        [('formal', 'Released'), ('trial', 'Trial'), ('developer', 'Developer')],
        string='Messages Open',
        required=True,
        default='formal',
        help='Version of the mini-program that a subscription message opens.',
    )

    # What hangs on it
    user_count = fields.Integer(
        compute='_compute_user_count', groups='wx_base.perm_wechat_user_view_res_groups'
    )

    _appid_uniq = models.Constraint('UNIQUE(appid)', 'There is already an app with this AppID.')

    @api.model
    def _default_company_id(self):
        return self.env.company

    # === COMPUTE METHODS === #

    def _compute_user_count(self):
        counts = dict(
            self.env['wx.user']._read_group([('app_id', 'in', self.ids)], ['app_id'], ['__count'])
        )
        for app in self:
            app.user_count = counts.get(app, 0)

    # === CONSTRAINT METHODS === #

    @api.constrains('appid')
    def _check_appid(self):
        for app in self:
            if not re.fullmatch(r'wx[0-9a-z]{16}', app.appid):
                raise ValidationError(
                    self.env._('The AppID is "wx" and 16 digits or lower-case letters.')
                )

    # === ACTION METHODS === #

    @requires('wechat.app.test')
    def action_test_connection(self):
        """Fetch an access token and tell whether WeChat accepts AppID and AppSecret."""
        self.ensure_one()
        self.check_access('read')
        app_sudo = self.sudo()  # the secret is readable by the system group only
        try:
            client.stable_token(http.send, self._api_base(), self.appid, app_sudo.secret or '')
        except UnknownOutcome as error:
            return self._notice('danger', self.env._('No answer: %(error)s', error=error))
        except WireError as error:
            return self._notice('danger', self.env._('WeChat refused: %(error)s', error=error))
        return self._notice('success', self.env._('WeChat accepts the AppID and the AppSecret.'))

    def action_open_users(self):
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.user',
            'view_mode': 'list,form',
            'domain': [('app_id', '=', self.id)],
            'name': self.env._('Users'),
        }

    def _notice(self, kind, message):
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {'type': kind, 'message': message, 'sticky': kind == 'danger'},
        }

    # === BUSINESS METHODS === #

    def _api_base(self):
        """Return the address of WeChat's server API for this app."""
        self.ensure_one()
        if self.endpoint == 'simulator':
            return (get_setting('wx_sandbox_url') or SANDBOX_URL).rstrip('/')
        return WECHAT_API

    def _call(self, path, payload):
        """Call WeChat with the app's access token and return its answer.

        A token that WeChat no longer takes is fetched anew and the call repeated once: a
        loop would burn the daily quota (spec/wechat_miniprogram.md §2 and §11.5).

        :param str path: e.g. `/cgi-bin/message/subscribe/send`
        :raise WireError: by class, see `lib/wxwire/errors.py`
        """
        self.ensure_one()
        tokens = self.env['wx.access.token'].sudo()  # nobody reads tokens; we use them
        token = tokens._get(self)
        try:
            return client.post(http.send, self._api_base(), path, token, payload)
        except TokenExpired:
            token = tokens._get(self, instead_of=token)
            return client.post(http.send, self._api_base(), path, token, payload)

    def _raise_for_customer(self, error):
        """Turn a wire error into what a customer's client can act upon."""
        _logger.warning('app %s: %s', self.appid, error)
        if isinstance(error, UnknownOutcome):
            raise OutcomeUnknown(self.env._('WeChat did not answer: try again.')) from error
        raise RefusedByProvider(self.env._('WeChat refused the request.')) from error
