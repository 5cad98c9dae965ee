from odoo import http

from odoo.addons.wx_base.api import api_route
from odoo.addons.wx_base.const import API_BASE
from odoo.addons.wx_payment.controllers.sale import SaleRoutes
from odoo.addons.wx_payment.controllers.schemas import PayAnswer, PayRequest

from ..const.orders import ORDER_NO_PATTERN
from . import present_orders as present
from .schemas_orders import (
    Order,
    OrderDetail,
    OrderList,
    OrderQuery,
    OrderRequest,
    Quote,
    RefundRequest,
)

ORDERS = f'{API_BASE}/recharge/orders'


class RechargeOrderApi(SaleRoutes, http.Controller):
    _sale_model = 'wx.recharge.order'
    _sale_number = ORDER_NO_PATTERN
    _sale_answer = staticmethod(present.order)

    @api_route(
        f'{API_BASE}/recharge/quote',
        methods=['POST'],
        body=OrderRequest,
        answer=Quote,
        rate='60/minute',
    )
    def quote(self, call):
        """Tell what an order would cost now, in its parts, and which coupons to use best.

        Nothing is held: the order names the price again.
        """
        body = call.body
        found = call.env['wx.recharge.order']._quote(
            call.wx_user, body.package_id, body.phone, body.coupon_ids
        )
        return present.quote(call.env, call.wx_user, found)

    @api_route(
        ORDERS,
        methods=['POST'],
        body=OrderRequest,
        answer=Order,
        idempotent=True,
        rate='30/minute',
    )
    def place(self, call):
        """Order a package for a number; the price is the shop's at this moment."""
        order = call.env['wx.recharge.order']._place(
            call.wx_user, call.body.package_id, call.body.phone, call.body.coupon_ids
        )
        return present.order(order)

    @api_route(ORDERS, methods=['GET'], query=OrderQuery, answer=OrderList, readonly=True)
    def orders(self, call):
        """List one's own orders, newest first."""
        return self._page(call)

    @api_route(f'{ORDERS}/<string:order_no>', methods=['GET'], answer=OrderDetail, readonly=True)
    def order(self, call, order_no):
        """Read one of one's own orders, with the code where one was bought."""
        return present.order_detail(self._own(call, order_no))

    @api_route(
        f'{ORDERS}/<string:order_no>/pay',
        methods=['POST'],
        body=PayRequest,
        answer=PayAnswer,
        rate='30/minute',
    )
    def pay(self, call, order_no):
        """Open the payment: returns what the client goes on with.

        Wallets are put on hold first; the rest is taken by the channel.
        """
        return self._pay(call, order_no)

    @api_route(
        f'{ORDERS}/<string:order_no>/refresh', methods=['POST'], answer=Order, rate='10/minute'
    )
    def refresh(self, call, order_no):
        """Have the provider asked about the payment now: the customer says "I have paid"."""
        return self._refresh(call, order_no)

    @api_route(
        f'{ORDERS}/<string:order_no>/cancel', methods=['POST'], answer=Order, rate='30/minute'
    )
    def cancel(self, call, order_no):
        """Cancel one of one's own orders that is not paid."""
        return self._cancel(call, order_no)

    @api_route(
        f'{ORDERS}/<string:order_no>/confirm', methods=['POST'], answer=Order, rate='30/minute'
    )
    def confirm(self, call, order_no):
        """Confirm that the top-up has arrived; a refund can no longer be asked for then."""
        order = self._own(call, order_no)
        # Customers have no rights to write; the order is theirs by the rule that found it.
        order.sudo()._confirm_receipt()
        return present.order(order)

    @api_route(
        f'{ORDERS}/<string:order_no>/refund-request',
        methods=['POST'],
        body=RefundRequest,
        answer=Order,
        rate='10/minute',
    )
    def request_refund(self, call, order_no):
        """Ask for the money back; a person decides. Failed top-ups are refunded by themselves."""
        order = self._own(call, order_no)
        # Customers have no rights to write; the order is theirs by the rule that found it.
        order.sudo()._ask_refund(call.body.reason, call.body.note)
        return present.order(order)
