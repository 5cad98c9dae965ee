from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.rbac_ext.permission import requires

from ..const import (
    LOGIN_BLOCKED_ERRORS,
    LOGIN_CODE_ERRORS,
    USER_STATES,
    WATERMARK_MAX_AGE_SECONDS,
)
from ..exceptions import Forbidden, InvalidInput, NotFound, StaleSession
from ..fields import EncryptedChar
from ..lib.wxwire import client, userdata
from ..lib.wxwire.errors import ForeignData, Refused, WireError
from ..lib.wxwire.errors import StaleSession as WireStaleSession
from ..tools import http, tokens
from ..tools.transaction import lock_rows

# What WeChat says of a user, and whether the user is let in: not corrected by hand.
SEALED_FIELDS = frozenset(
    {
        'app_id',
        'company_id',
        'last_seen',
        'openid',
        'phone',
        'session_key',
        'state',
        'token_version',
        'unionid',
    }
)


class WxUser(models.Model):
    _name = 'wx.user'
    _description = 'WeChat User'
    _inherit = ['mail.thread']
    _order = 'id desc'
    _rec_names_search = ['nickname', 'openid', 'phone']

    # Identity at WeChat
    app_id = fields.Many2one(
        'wx.app', required=True, readonly=True, index=True, ondelete='restrict'
    )
    openid = fields.Char(string='OpenID', required=True, readonly=True, copy=False)
    unionid = fields.Char(string='UnionID', readonly=True, index='btree_not_null')
    session_key = EncryptedChar(groups='base.group_system', copy=False, readonly=True)
    company_id = fields.Many2one(related='app_id.company_id', store=True, index=True)

    # The person
    partner_id = fields.Many2one('res.partner', string='Contact', index='btree_not_null')
    nickname = fields.Char()
    avatar_url = fields.Char(string='Avatar')
    gender = fields.Selection([('male', 'Male'), ('female', 'Female')])
    phone = fields.Char(readonly=True, index='btree_not_null', help='Confirmed by WeChat.')

    # Access
    state = fields.Selection(list(USER_STATES), required=True, default='active', tracking=True)
    last_seen = fields.Datetime(readonly=True)
    token_version = fields.Integer(
        readonly=True, required=True, default=1, help='Raised to end all sessions of the user.'
    )

    _openid_uniq = models.Constraint(
        'UNIQUE(app_id, openid)', 'A person is one user of an app: the OpenID exists already.'
    )
    # Of dashboards: who is new.
    _created_idx = models.Index('USING brin (create_date)')

    # === COMPUTE METHODS === #

    @api.depends('nickname', 'openid')
    def _compute_display_name(self):
        for user in self:
            user.display_name = user.nickname or f'…{(user.openid or "")[-8:]}'

    @api.model
    def _search_display_name(self, operator, value):
        # An id at WeChat is pasted whole: do not search it as a part of a text.
        domain = super()._search_display_name(operator, value)
        if operator in ('ilike', 'like') and value:
            domain = Domain(domain) | Domain('unionid', '=', value)
        return domain

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `odoo`: staff correct the person, the rest has its own guarded acts."""
        if not self.env.su and (sealed := SEALED_FIELDS & vals.keys()):
            raise AccessError(
                self.env._('%(names)s cannot be edited.', names=', '.join(sorted(sealed)))
            )
        return super().write(vals)

    # === ACTION METHODS === #

    @requires('wechat.user.block')
    def action_block(self):
        """Shut the users out: their tokens are worthless at once."""
        self.check_access('read')
        for user in lock_rows(self.sudo()):
            user.write({'state': 'blocked', 'token_version': user.token_version + 1})

    @requires('wechat.user.block')
    def action_unblock(self):
        """Let the users in again; they have to log in."""
        self.check_access('read')
        self.sudo().write({'state': 'active'})

    @requires('wechat.user.end_sessions')
    def action_end_sessions(self):
        """Revoke all tokens of the users."""
        self.check_access('read')
        for user in lock_rows(self.sudo()):
            user.token_version += 1

    # === BUSINESS METHODS - LOGIN === #

    @api.model
    def _login(self, call, appid, code):
        """Log a customer in with the code of `wx.login` and return `(user, token, seconds)`.

        Runs as sudo: whoever logs in is not known yet and owns nothing.

        :raise NotFound: unknown app
        :raise InvalidInput: the code is wrong, used or too old
        :raise Forbidden: WeChat or the staff has blocked the user
        """
        app_sudo = self.env['wx.app'].sudo().search([('appid', '=', appid)])
        if not app_sudo:
            raise NotFound(self.env._('There is no such app.'))
        session = call.once(self._exchange_code, app_sudo, code)
        user_sudo = self._find_or_create(app_sudo, session)
        if user_sudo.state == 'blocked':
            raise Forbidden(self.env._('This account is blocked. Ask our support.'))
        token, seconds = tokens.issue(self.env.cr.dbname, user_sudo.id, user_sudo.token_version)
        return user_sudo, token, seconds

    @api.model
    def _exchange_code(self, app_sudo, code):
        """Exchange a login code; never to be repeated with the same code.

        Source: spec/wechat_miniprogram.md §1.
        """
        try:
            return client.code2session(
                http.send, app_sudo._api_base(), app_sudo.appid, app_sudo.secret or '', code
            )
        except Refused as error:
            if error.code in LOGIN_CODE_ERRORS:
                raise InvalidInput(
                    self.env._('The login code is not valid any more.'),
                    {'code': self.env._('Call wx.login again.')},
                ) from error
            if error.code in LOGIN_BLOCKED_ERRORS:
                raise Forbidden(self.env._('WeChat has blocked this user.')) from error
            app_sudo._raise_for_customer(error)
        except WireError as error:
            app_sudo._raise_for_customer(error)

    @api.model
    def _find_or_create(self, app_sudo, session):
        """Return the app's user with that OpenID, created at the first login.

        The insert decides between two first logins at the same time: the loser's
        transaction starts over and finds the row.
        """
        self.env.cr.execute(
            SQL(
                """INSERT INTO wx_user (app_id, company_id, openid, state, token_version,
                                        create_uid, create_date, write_uid, write_date)
                   VALUES (%(app)s, %(company)s, %(openid)s, 'active', 1,
                           %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC')
                   ON CONFLICT (app_id, openid) DO NOTHING RETURNING id""",
                app=app_sudo.id,
                company=app_sudo.company_id.id,
                openid=session.openid,
                uid=self.env.uid,
            ),
            log_exceptions=False,  # losing against another transaction is expected
        )
        created = self.env.cr.fetchone()
        user_sudo = self.sudo().search(
            [('app_id', '=', app_sudo.id), ('openid', '=', session.openid)]
        )
        values = {'session_key': session.session_key, 'last_seen': fields.Datetime.now()}
        if session.unionid:
            values['unionid'] = session.unionid
        if created:
            values['partner_id'] = user_sudo._create_partner().id
        user_sudo.write(values)
        if created:
            user_sudo._on_registered()
        return user_sudo

    def _on_registered(self):
        """Hook: a customer has just logged in for the first time."""

    def _create_partner(self):
        """Create the contact of a new user; customers are people of the app's company."""
        return (
            self.env['res.partner']
            .sudo()
            .create(
                {
                    'name': self.env._('WeChat user %(openid)s', openid=self.openid[-8:]),
                    'company_id': self.app_id.company_id.id,
                    'is_company': False,
                }
            )
        )

    # === BUSINESS METHODS - PROFILE === #

    def _update_profile(self, values):
        """Write what customers may say of themselves: nickname, avatar, gender."""
        self.ensure_one()
        # Customers have no write rights on any model; the caller passed only these fields.
        user_sudo = self.sudo()
        user_sudo.write(values)
        if values.get('nickname') and user_sudo.partner_id:
            user_sudo.partner_id.name = values['nickname']

    def _decrypt(self, encrypted_data, iv, now):
        """Decrypt data of WeChat's client with the stored session key and keep what it tells.

        :param int now: unix seconds
        :raise StaleSession: the session key has changed: log in again
        :raise InvalidInput: the data belongs to another app, user or time
        """
        self.ensure_one()
        user_sudo = self.sudo()  # the session key is readable by the system group only
        try:
            values = userdata.decrypt(
                user_sudo.session_key or '',
                iv,
                encrypted_data,
                appid=user_sudo.app_id.appid,
                now=now,
                max_age=WATERMARK_MAX_AGE_SECONDS,
            )
        except WireStaleSession as error:
            raise StaleSession(
                self.env._('The WeChat session has changed: log in again.')
            ) from error
        except ForeignData as error:
            raise InvalidInput(
                self.env._('The data is not for this app, or too old.'),
                {'encryptedData': str(error)},
            ) from error
        if values.get('openId', user_sudo.openid) != user_sudo.openid:
            raise InvalidInput(
                self.env._('The data belongs to somebody else.'), {'encryptedData': 'openId'}
            )
        user_sudo._keep_decrypted(values)
        return values

    def _keep_decrypted(self, values):
        kept = {}
        if values.get('unionId'):
            kept['unionid'] = values['unionId']
        if values.get('phoneNumber'):
            kept['phone'] = values['phoneNumber']
        if values.get('nickName') and not self.nickname:
            kept['nickname'] = values['nickName']
        if kept:
            self.write(kept)

    def _exchange_phone_code(self, code):
        """Return the phone number behind the code of the phone number button.

        Source: spec/wechat_miniprogram.md §3.
        """
        self.ensure_one()
        app_sudo = self.sudo().app_id  # the app's secret is needed for the access token
        access_tokens = self.env['wx.access.token'].sudo()
        try:
            token = access_tokens._get(app_sudo)
            return client.phone_number(http.send, app_sudo._api_base(), token, app_sudo.appid, code)
        except Refused as error:
            if error.code in LOGIN_CODE_ERRORS:
                raise InvalidInput(
                    self.env._('The phone code is not valid any more.'),
                    {'code': self.env._('Ask for the phone number again.')},
                ) from error
            app_sudo._raise_for_customer(error)
        except WireError as error:
            app_sudo._raise_for_customer(error)

    def _set_phone(self, number):
        """Keep a number that WeChat has confirmed; only we write it, never the customer."""
        self.ensure_one()
        user_sudo = self.sudo()
        user_sudo.phone = number
        if user_sudo.partner_id:
            user_sudo.partner_id.phone = number
