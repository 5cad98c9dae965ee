from odoo import models
from odoo.http import request
from odoo.tools import SQL

from ..const import PLATFORMS
from ..exceptions import InvalidToken
from ..tools import tokens


class IrHttp(models.AbstractModel):
    _inherit = 'ir.http'

    @classmethod
    def _auth_method_wx_customer(cls):
        """Accept a customer's bearer token; run as the service user, for that customer.

        :raise InvalidToken: no token, a wrong, expired or revoked one, or a blocked customer
        """
        scheme, _, token = request.httprequest.headers.get('Authorization', '').partition(' ')
        claims = (
            tokens.read(request.env.cr.dbname, token.strip())
            if scheme.lower() == 'bearer'
            else None
        )
        company_id = claims and cls._wx_company_id(*claims)
        if not company_id:
            raise InvalidToken
        # The customer's company, which also spares Odoo asking for the service user's own.
        cls._wx_enter(wx_user_id=claims[0], allowed_company_ids=[company_id])
        # What the check has read is not asked for again in this transaction.
        user = request.env['wx.user'].browse(claims[0])
        user._fields['company_id']._insert_cache(user, [company_id])

    @classmethod
    def _auth_method_wx_anyone(cls):
        """Run as the service user, for no customer: rules of own records match nothing."""
        cls._wx_enter(wx_user_id=0)

    @classmethod
    def _wx_enter(cls, wx_user_id, **context):
        languages = {code.replace('_', '-') for code, _name in cls._wx_languages()}
        best = request.httprequest.accept_languages.best_match(sorted(languages))
        platform = request.httprequest.headers.get('X-Platform', '').lower()
        request.update_env(
            user=request.env['ir.model.data']._xmlid_to_res_model_res_id('wx_base.user_api')[1],
            context={
                **context,
                'wx_user_id': wx_user_id,
                'wx_platform': platform if platform in PLATFORMS else None,
                'lang': best.replace('-', '_') if best else cls._wx_default_language(),
            },
        )

    @classmethod
    def _wx_languages(cls):
        return request.env['res.lang'].sudo().get_installed()

    @classmethod
    def _wx_default_language(cls):
        """Customers are Chinese unless their client says otherwise."""
        installed = {code for code, _name in cls._wx_languages()}
        return 'zh_CN' if 'zh_CN' in installed else 'en_US'

    @classmethod
    def _wx_company_id(cls, wx_user_id, version):
        """Return the company of the token's user, None unless all of the token still holds.

        The user must be active, in an active app, with that version.

        Plain SQL: there is no user yet whose rights could be checked, and every request of
        a customer passes here.
        """
        rows = request.env.execute_query(
            SQL(
                """SELECT a.company_id FROM wx_user u JOIN wx_app a ON a.id = u.app_id
                   WHERE u.id = %s AND u.token_version = %s AND u.state = 'active' AND a.active""",
                wx_user_id,
                version,
            )
        )
        return rows[0][0] if rows else None
