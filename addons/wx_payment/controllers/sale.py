"""What routes of customers' orders do, whatever is sold; each product declares its own routes."""

import re

from odoo.addons.wx_base.api import decode_cursor, encode_cursor
from odoo.addons.wx_base.exceptions import NotFound


class SaleRoutes:
    """Reading, paying and giving up of one's own orders of one model.

    The model has `wx.payment.sale.mixin`. Its record rule hides everybody else's orders, so that
    they are answered as if there were none. To be mixed into a controller, which calls these
    from its routes.
    """

    # Name of the model, how its numbers look, and `order → answer`.
    _sale_model = None
    _sale_number = None
    _sale_answer = None

    def _page(self, call):
        """Return the page of one's own orders that is asked for, newest first."""
        domain = [('state', '=', call.query.state)] if call.query.state else []
        last_id = decode_cursor(call.env, call.query.cursor)
        if last_id:
            domain.append(('id', '<', last_id))
        found = call.env[self._sale_model].search(domain, limit=call.query.limit + 1)
        page = found[: call.query.limit]
        return {
            'items': [self._sale_answer(order) for order in page],
            'next_cursor': encode_cursor(page[-1].id) if len(found) > len(page) else None,
        }

    def _own(self, call, order_no):
        """Return the customer's order.

        :raise NotFound: there is no such order of this customer
        """
        order = call.env[self._sale_model]
        # What does not look like a number of ours is not searched.
        if re.fullmatch(self._sale_number, order_no):
            order = order.search([('order_no', '=', order_no)])
        if not order:
            raise NotFound(call.env._('There is no such order.'))
        return order

    def _pay(self, call, order_no):
        """Open the payment of one's own order."""
        # Customers have no rights to write; the order is theirs by the rule that found it.
        return self._own(call, order_no).sudo()._pay(call.body.way(call))

    def _refresh(self, call, order_no):
        """Have the provider asked about the payment of one's own order now."""
        order = self._own(call, order_no)
        # Customers have no rights to write; the order is theirs by the rule that found it.
        order.sudo().payment_order_id._refresh()
        return self._sale_answer(order)

    def _cancel(self, call, order_no):
        """Give up one's own unpaid order."""
        order = self._own(call, order_no)
        # Customers have no rights to write; the order is theirs by the rule that found it.
        order.sudo()._cancel(call.env._('Cancelled by the customer'))
        return self._sale_answer(order)
