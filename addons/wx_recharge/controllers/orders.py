import re

from odoo import http

from odoo.addons.wx_base.api import api_route, decode_cursor, encode_cursor
from odoo.addons.wx_base.const import API_BASE
from odoo.addons.wx_base.exceptions import NotFound
from odoo.addons.wx_payment.controllers.schemas import PayAnswer, PayRequest

from ..const.orders import ORDER_NO_PATTERN
from . import present
from .schemas import Order, OrderList, OrderQuery, OrderRequest

ORDERS = f'{API_BASE}/recharge/orders'


class RechargeOrderApi(http.Controller):
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
            call.wx_user, call.body.package_id, call.body.phone
        )
        return present.order(order)

    @api_route(ORDERS, methods=['GET'], query=OrderQuery, answer=OrderList, readonly=True)
    def orders(self, call):
        """List one's own orders, newest first."""
        domain = [('state', '=', call.query.state)] if call.query.state else []
        last_id = decode_cursor(call.env, call.query.cursor)
        if last_id:
            domain.append(('id', '<', last_id))
        found = call.env['wx.recharge.order'].search(domain, limit=call.query.limit + 1)
        page = found[: call.query.limit]
        return OrderList(
            items=[present.order(order) for order in page],
            next_cursor=encode_cursor(page[-1].id) if len(found) > len(page) else None,
        )

    @api_route(f'{ORDERS}/<string:order_no>', methods=['GET'], answer=Order, readonly=True)
    def order(self, call, order_no):
        """Read one of one's own orders."""
        return present.order(self._own(call, order_no))

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
        return self._own(call, order_no).sudo()._pay(call.body.way(call))

    @api_route(
        f'{ORDERS}/<string:order_no>/refresh', methods=['POST'], answer=Order, rate='10/minute'
    )
    def refresh(self, call, order_no):
        """Have the provider asked about the payment now: the customer says "I have paid"."""
        order = self._own(call, order_no)
        # Customers have no rights to write; the order is theirs by the rule that found it.
        order.sudo().payment_order_id._refresh()
        return present.order(order)

    @api_route(
        f'{ORDERS}/<string:order_no>/cancel', methods=['POST'], answer=Order, rate='30/minute'
    )
    def cancel(self, call, order_no):
        """Cancel one of one's own orders that is not paid."""
        order = self._own(call, order_no)
        # Customers have no rights to write; the order is theirs by the rule that found it.
        order.sudo()._cancel(call.env._('Cancelled by the customer'))
        return present.order(order)

    def _own(self, call, order_no):
        """Return the customer's order; the record rule hides everybody else's.

        :raise NotFound: there is no such order of this customer
        """
        order = call.env['wx.recharge.order']
        # What does not look like a number of ours is not searched.
        if re.fullmatch(ORDER_NO_PATTERN, order_no):
            order = order.search([('order_no', '=', order_no)])
        if not order:
            raise NotFound(call.env._('There is no such order.'))
        return order
