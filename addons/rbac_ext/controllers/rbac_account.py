import base64
import os

from odoo.exceptions import AccessDenied, UserError
from odoo.http import Controller, request, route

from odoo.addons.auth_totp.models.totp import TOTP_SECRET_SIZE

from ..const_account import STEP_ROUTES

SECRET = 'rbac_totp_secret'  # noqa: S105 - its name in the session


class RbacAccount(Controller):
    """The pages that come before everything else."""

    @route(
        STEP_ROUTES['password'], type='http', auth='user', methods=['GET', 'POST'], sitemap=False
    )
    def first_password(self, old='', new='', confirm='', **kwargs):
        """Have the person replace the password."""
        user, error = request.env.user, None
        if user._rbac_next_step() != 'password':
            return request.redirect('/odoo')
        if request.httprequest.method == 'POST':
            try:
                user._rbac_replace_password(old, new, confirm)
                return request.redirect('/odoo')
            except AccessDenied:
                error = request.env._('The old password is wrong.')
            except UserError as refused:
                error = refused.args[0]
        return request.render('rbac_ext.first_password', {'login': user.login, 'error': error})

    @route(
        STEP_ROUTES['second_factor'],
        type='http',
        auth='user',
        methods=['GET', 'POST'],
        sitemap=False,
    )
    def first_second_factor(self, code='', **kwargs):
        """Have the person connect an authenticator app."""
        user, error = request.env.user, None
        if user._rbac_next_step() != 'second_factor':
            return request.redirect('/odoo')
        if SECRET not in request.session:
            request.session[SECRET] = base64.b32encode(os.urandom(TOTP_SECRET_SIZE // 8)).decode()
        secret = request.session[SECRET]
        if request.httprequest.method == 'POST':
            digits = ''.join(code.split())
            # The session's user, not in sudo, is who sets a factor.
            own = request.env['res.users'].browse(user.id)
            if digits.isdecimal() and own._totp_try_setting(secret, int(digits)):
                del request.session[SECRET]
                return request.redirect('/odoo')
            error = request.env._('The code is wrong. Mind the clock of your phone.')
        form = request.env['auth_totp.wizard'].sudo().new({'user_id': user.id, 'secret': secret})
        values = {'error': error, 'secret': secret, 'qrcode': form.qrcode.decode()}
        return request.render('rbac_ext.first_second_factor', values)
