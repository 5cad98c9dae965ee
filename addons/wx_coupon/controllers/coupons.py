from odoo import http

from odoo.addons.wx_base.api import api_route, decode_cursor, encode_cursor, read_id
from odoo.addons.wx_base.const import API_BASE
from odoo.addons.wx_base.exceptions import NotFound

from . import present
from .schemas import Coupon, CouponList, CouponQuery, RedeemRequest

COUPONS = f'{API_BASE}/coupons'


class CouponApi(http.Controller):
    @api_route(COUPONS, methods=['GET'], query=CouponQuery, answer=CouponList, readonly=True)
    def coupons(self, call):
        """List one's own coupons, newest first."""
        page, has_more = call.env['wx.coupon']._list(
            decode_cursor(call.env, call.query.cursor), call.query.limit, call.query.state
        )
        return CouponList(
            items=[present.coupon(coupon) for coupon in page],
            next_cursor=encode_cursor(page[-1].id) if has_more else None,
        )

    @api_route(f'{COUPONS}/<string:coupon_id>', methods=['GET'], answer=Coupon, readonly=True)
    def coupon(self, call, coupon_id):
        """Read one of one's own coupons."""
        # The record rule hides everybody else's.
        coupon = call.env['wx.coupon'].search([('id', '=', read_id(coupon_id))])
        if not coupon:
            raise NotFound(call.env._('There is no such coupon.'))
        return present.coupon(coupon)

    @api_route(
        f'{COUPONS}/redeem', methods=['POST'], body=RedeemRequest, answer=Coupon, rate='10/minute'
    )
    def redeem(self, call):
        """Get the coupon of a code; the one who has redeemed it may repeat the call."""
        return present.coupon(call.env['wx.coupon']._redeem(call.wx_user, call.body.code))
