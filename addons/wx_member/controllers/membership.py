from odoo import http

from odoo.addons.wx_base.api import api_route
from odoo.addons.wx_base.const import API_BASE
from odoo.addons.wx_payment.controllers.sale import SaleRoutes
from odoo.addons.wx_payment.controllers.schemas import PayAnswer, PayRequest

from ..const import ORDER_NO_PATTERN
from . import present
from .schemas import (
    Membership,
    MembershipOrder,
    MembershipOrderList,
    MembershipOrderQuery,
    MembershipOrderRequest,
    MembershipPlanList,
)

MEMBERSHIP = f'{API_BASE}/membership'
ORDERS = f'{MEMBERSHIP}/orders'


class MembershipApi(SaleRoutes, http.Controller):
    _sale_model = 'wx.membership.order'
    _sale_number = ORDER_NO_PATTERN
    _sale_answer = staticmethod(present.order)

    @api_route(MEMBERSHIP, methods=['GET'], answer=Membership, readonly=True)
    def membership(self, call):
        """Read one's own level, its benefits, and what follows."""
        level, until, periods = call.wx_user._membership_now()
        return Membership(
            level=present.level(level),
            until=until,
            periods=[present.period(period) for period in periods],
            trial_available=call.wx_user._may_have_trial(),
        )

    @api_route(f'{MEMBERSHIP}/plans', methods=['GET'], answer=MembershipPlanList, readonly=True)
    def plans(self, call):
        """List the plans for sale, in the order of the shop."""
        plans = call.env['wx.member.plan']._on_sale(call.wx_user)
        trial_available = call.wx_user._may_have_trial()
        return MembershipPlanList(items=[present.plan(plan, trial_available) for plan in plans])

    @api_route(
        ORDERS,
        methods=['POST'],
        body=MembershipOrderRequest,
        answer=MembershipOrder,
        idempotent=True,
        rate='30/minute',
    )
    def place(self, call):
        """Order a plan at the shop's price; a free trial is booked at once."""
        order = call.env['wx.membership.order']._place(call.wx_user, call.body.plan_id)
        return present.order(order)

    @api_route(
        ORDERS,
        methods=['GET'],
        query=MembershipOrderQuery,
        answer=MembershipOrderList,
        readonly=True,
    )
    def orders(self, call):
        """List one's own orders of plans, newest first."""
        return self._page(call)

    @api_route(
        f'{ORDERS}/<string:order_no>', methods=['GET'], answer=MembershipOrder, readonly=True
    )
    def order(self, call, order_no):
        """Read one of one's own orders of plans."""
        return present.order(self._own(call, order_no))

    @api_route(
        f'{ORDERS}/<string:order_no>/pay',
        methods=['POST'],
        body=PayRequest,
        answer=PayAnswer,
        rate='30/minute',
    )
    def pay(self, call, order_no):
        """Open the payment: returns what the client goes on with, as for any other order."""
        return self._pay(call, order_no)

    @api_route(
        f'{ORDERS}/<string:order_no>/refresh',
        methods=['POST'],
        answer=MembershipOrder,
        rate='10/minute',
    )
    def refresh(self, call, order_no):
        """Have the provider asked about the payment now: the customer says "I have paid"."""
        return self._refresh(call, order_no)

    @api_route(
        f'{ORDERS}/<string:order_no>/cancel',
        methods=['POST'],
        answer=MembershipOrder,
        rate='30/minute',
    )
    def cancel(self, call, order_no):
        """Cancel one of one's own orders of plans that is not paid."""
        return self._cancel(call, order_no)
