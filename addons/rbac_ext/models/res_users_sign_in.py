from odoo import api, models
from odoo.exceptions import AccessDenied
from odoo.http import request
from odoo.tools import ormcache

from .. import const_account as const


class ResUsers(models.Model):
    """Sign-ins: noted, counted in the database, and refused while locked."""

    _inherit = 'res.users'

    # === SIGN-IN === #

    def _login(self, credential, user_agent_env):
        """Override of `base` to note every sign-in, and to ask staff for the second factor."""
        logins = self.env['rbac.login']
        try:
            auth_info = super()._login(credential, user_agent_env)
            user = self.sudo().browse(auth_info['uid'])
            user._rbac_check_factor(auth_info, user_agent_env)
        except AccessDenied as denied:
            login = credential.get('login') or '?'
            if not getattr(denied, 'rbac_noted', False):
                # Nobody has that login, or the address is slowed down: answer as for everybody.
                if logins.sudo()._locked_until([login]):
                    raise self._rbac_refusal(login) from None
                logins._note('failure', login)
            raise
        second = auth_info.get('mfa') != 'skip' and user._mfa_url()
        logins._append('first' if second else 'success', user.login, user.id)
        return auth_info

    def _check_credentials(self, credential, env):
        """Override of `base` to count the failures of everything that can be guessed.

        Every road passes here: sign-in, RPC, second factor, and the password asked again.
        """
        if credential['type'] not in const.GUESSABLE:
            return super()._check_credentials(credential, env)
        user = self.env.user
        locked = user.login in self.env['rbac.login'].sudo()._locked_until([user.login])
        interactive = (env or {}).get('interactive', True)
        if locked and interactive:
            raise self._rbac_refusal(user.login, user.id)
        try:
            auth_info = super()._check_credentials(credential, env)
        except AccessDenied as denied:
            if locked:
                raise self._rbac_refusal(user.login, user.id) from None
            self._rbac_mark(denied, 'failure', user.login, user.id)
            raise
        if locked and auth_info.get('auth_method') != 'apikey':
            raise self._rbac_refusal(user.login, user.id)
        if credential['type'] == 'password':
            if interactive:
                user._rbac_see_password(credential['password'])
        elif request and not request.session.uid:
            self.env['rbac.login']._append('success', user.login, user.id)
        return auth_info

    def _rbac_mark(self, denied, result, login, user_id=False):
        """Note a failure once, however often its exception is caught."""
        if not getattr(denied, 'rbac_noted', False):
            denied.rbac_noted = True
            self.env['rbac.login']._note(result, login, user_id)

    def _rbac_refusal(self, login, user_id=False):
        denied = AccessDenied(
            self.env._(
                'Too many failed sign-ins. Wait a while, or ask an administrator to unlock you.'
            )
        )
        self._rbac_mark(denied, 'refused', login, user_id)
        return denied

    # === SECOND FACTOR === #

    def _rbac_needs_factor(self):
        """Tell whether a role in force asks for a second factor."""
        lines = self.env['res.users.role.line'].sudo().browse(self._role_state() or ())
        return any(line.role_id.require_second_factor for line in lines)

    def _rbac_has_factor(self):
        user_sudo = self.sudo()
        return user_sudo.totp_enabled or bool(user_sudo.auth_passkey_key_ids)

    def _rbac_check_factor(self, auth_info, env):
        """Refuse a password alone from whoever has a passkey and a role that asks for two.

        :raise AccessDenied: the passkey has to be used
        """
        alone = auth_info.get('mfa') != 'skip' and not self._mfa_type()
        if (
            alone
            and env.get('interactive')
            and self._rbac_has_factor()
            and self._rbac_needs_factor()
        ):
            denied = AccessDenied(self.env._('Your role asks you to sign in with your passkey.'))
            self._rbac_mark(denied, 'refused', self.login, self.id)
            raise denied

    def _rpc_api_keys_only(self):
        """Override of `base`: a password alone is not two factors, by RPC neither."""
        return self._rbac_needs_factor() or super()._rpc_api_keys_only()

    # === STEPS BEFORE ANYTHING ELSE === #

    def _rbac_next_step(self):
        """Return what the account has to do before anything else: a key of `STEP_ROUTES`."""
        change, factor = self._rbac_steps(self._role_state())
        if change and not (change == 'default' and self._rbac_default_allowed()):
            return 'password'
        return 'second_factor' if factor else None

    @ormcache('self.id', 'state')
    def _rbac_steps(self, state):
        """Return what is to be replaced and what is missing, while the role lines `state` count."""
        user_sudo = self.sudo()
        missing = user_sudo._rbac_needs_factor() and not user_sudo._rbac_has_factor()
        return user_sudo.rbac_password_change, missing

    @api.model
    def _get_invalidation_fields(self):
        return super()._get_invalidation_fields() | {'rbac_password_change', 'rbac_disabled_date'}

    @api.model
    def _check_uid_passwd(self, uid, passwd):
        """Override of `base`: by RPC too, first things come first."""
        answer = super()._check_uid_passwd(uid, passwd)
        if self.browse(uid)._rbac_next_step():
            raise AccessDenied(
                self.env._('Sign in by the browser first, to set your password or second factor.')
            )
        return answer
