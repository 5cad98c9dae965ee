import os
import re

from odoo import SUPERUSER_ID, api, fields, models, tools
from odoo.exceptions import UserError
from odoo.http import request

from .. import const_account as const
from ..permission import requires

CLASSES = ('[a-z]', '[A-Z]', '[0-9]', '[^a-zA-Z0-9]')


class ResUsers(models.Model):
    _inherit = 'res.users'

    rbac_password_change = fields.Selection(
        const.PASSWORD_CHANGES,
        string='Password to Be Replaced',
        readonly=True,
        copy=False,
        groups='base.group_erp_manager,rbac_ext.group_auditor',
        help='Until a new password is set, the account reaches nothing else.',
    )

    # === POLICY === #

    def _set_password(self):
        """Override of `base`: who may set whose password, which, and what follows.

        The superuser passes: data files, and accounts for tests, have passwords of their own.
        """
        person = self.env.uid != SUPERUSER_ID
        for user in self:
            by_other = person and not self.env.su and user != self.env.user
            if by_other:
                self.env['rbac.gate']._check(user, 'rbac.user.reset_password')
            if person:
                user._rbac_check_password(user.password)
            change = 'given' if by_other else False
            if user.sudo().rbac_password_change != change:
                user.sudo().rbac_password_change = change
        return super()._set_password()

    def _check_password_policy(self, passwords):
        """Override of `auth_password_policy`: data files have passwords of their own."""
        person = self.env.uid != SUPERUSER_ID
        return super()._check_password_policy(passwords if person else [])

    def _rbac_check_password(self, password):
        """Refuse passwords that are guessed first; the length is for `auth_password_policy`.

        :raise UserError: says what is wrong with it
        """
        low = (password or '').lower()
        if not low:
            return
        name = (self.login or '').lower().partition('@')[0]
        if len(name) > 2 and name in low:
            raise UserError(self.env._('A password must not contain the login.'))
        bare = re.sub(r'[^a-z@0]', '', low)
        if low in const.DEFAULT_PASSWORDS or any(
            word in (low, bare) or low.startswith(word) for word in const.COMMON_WORDS
        ):
            raise UserError(self.env._('This password is among those that are guessed first.'))
        if len(set(low)) < 5:
            raise UserError(self.env._('A password needs five different characters at least.'))
        kinds = sum(bool(re.search(kind, password)) for kind in CLASSES)
        if kinds < 3 and len(password) < const.PHRASE_LENGTH:
            raise UserError(
                self.env._(
                    'A password mixes three of: small letters, capitals, digits, other characters;'
                    ' or it has %(length)s characters.',
                    length=const.PHRASE_LENGTH,
                )
            )

    # === DEFAULT PASSWORDS === #

    @api.model
    def _rbac_default_allowed(self):
        """Tell whether default passwords are in order: with demo data, and in tests."""
        if os.environ.get('RBAC_ALLOW_DEFAULT_PASSWORD') == '1' or tools.config['test_enable']:
            return True
        return bool(self.env.ref('base.module_base').sudo().demo)

    def _rbac_see_password(self, password):
        """Look at a password that was just right: a default one has to be replaced."""
        user_sudo = self.sudo()
        if password not in const.DEFAULT_PASSWORDS or user_sudo.rbac_password_change:
            return
        if not self.share and not self._rbac_default_allowed():
            user_sudo.rbac_password_change = 'default'  # noqa: S105

    @api.model
    def _rbac_flag_default_passwords(self):
        """Have the administrator replace the password that Odoo installs."""
        if self._rbac_default_allowed():
            return
        admin = self.env.ref('base.user_admin')
        self.env.cr.execute('SELECT password FROM res_users WHERE id = %s', (admin.id,))
        [stored] = self.env.cr.fetchone()
        context = self._crypt_context()
        if stored and any(context.verify(word, stored) for word in const.DEFAULT_PASSWORDS):
            admin.rbac_password_change = 'default'  # noqa: S105

    # === CHANGE AND RESET === #

    def _rbac_replace_password(self, old, new, confirm):
        """Replace the own password in a web session, which goes on.

        :raise AccessDenied: the old password is wrong
        :raise UserError: the new one is not good enough
        """
        if new != confirm:
            raise UserError(self.env._('The two new passwords differ.'))
        if new == old:
            raise UserError(self.env._('The new password is the old one.'))
        self.with_user(self).change_password(old, new)
        self.env.flush_all()
        self.env.registry.clear_cache()
        request.session.session_token = self._compute_session_token(request.session.sid)

    @requires('rbac.user.reset_password')
    def action_rbac_reset_password(self):
        """Mail a link to set a new password; the old one opens nothing but that page."""
        answer = self.sudo().action_reset_password()
        self.sudo().write({'rbac_password_change': 'asked'})
        return answer

    @requires('rbac.user.reset_password')
    def action_rbac_set_password(self):
        """Open Odoo's form for new passwords of others; `_set_password` asks once more."""
        return self.action_change_password_wizard()

    def action_reset_password(self):
        """Override of `auth_signup`: staff send links by the guarded action, the log-in page may.

        Only server code is in sudo: the log-in page when the person himself asks.
        """
        if self.env.su:
            return super().action_reset_password()
        return self.action_rbac_reset_password()
