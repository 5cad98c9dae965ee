from odoo import http

from odoo.addons.wx_base.api import api_route, decode_cursor, encode_cursor, read_id
from odoo.addons.wx_base.const import API_BASE

from . import present
from .schemas import Coupon, CouponTemplateList, PageQuery

TEMPLATES = f'{API_BASE}/coupons/templates'


class CouponTemplateApi(http.Controller):
    @api_route(
        TEMPLATES, methods=['GET'], query=PageQuery, answer=CouponTemplateList, readonly=True
    )
    def templates(self, call):
        """List the coupons that one may claim, in the order of the shop."""
        templates = call.env['wx.coupon.template']
        page, has_more = templates._list_claimable(
            call.wx_user, decode_cursor(call.env, call.query.cursor), call.query.limit
        )
        own = page._own_claims(call.wx_user)
        return CouponTemplateList(
            items=[present.template(template, own.get(template, 0)) for template in page],
            next_cursor=encode_cursor(page[-1].id) if has_more else None,
        )

    @api_route(
        f'{TEMPLATES}/<string:template_id>/claim',
        methods=['POST'],
        answer=Coupon,
        idempotent=True,
        rate='30/minute',
    )
    def claim(self, call, template_id):
        """Take a coupon from the claim centre."""
        template = call.env['wx.coupon.template'].browse(read_id(template_id))
        return present.coupon(template._claim(call.wx_user))
