from odoo import http

from odoo.addons.wx_base.api import api_route, read_id
from odoo.addons.wx_base.const import API_BASE
from odoo.addons.wx_payment.controllers.sale import SaleRoutes

from ..const.orders import ORDER_NO_PATTERN
from .present import View
from .schemas import AgainAnswer, NumberChange, NumberList, NumberRequest, SavedNumber

NUMBERS = f'{API_BASE}/recharge/numbers'


class RechargeNumberApi(SaleRoutes, http.Controller):
    _sale_model = 'wx.recharge.order'
    _sale_number = ORDER_NO_PATTERN

    @api_route(NUMBERS, methods=['GET'], answer=NumberList, readonly=True)
    def numbers(self, call):
        """List one's saved numbers, and those of one's last orders."""
        saved, view = call.env['wx.recharge.saved.number'].search([]), View.of(call)
        recent = saved._recent(call.wx_user, without=set(saved.mapped('number')))
        return NumberList(
            items=[view.saved_number(number) for number in saved],
            recent=[view.recent_number(call.env, number) for number in recent],
        )

    @api_route(
        NUMBERS,
        methods=['POST'],
        body=NumberRequest,
        answer=SavedNumber,
        idempotent=True,
        rate='30/minute',
    )
    def save(self, call):
        """Save a number."""
        saved = call.env['wx.recharge.saved.number']._save(
            call.wx_user,
            call.body.phone,
            country=call.body.country,
            operator_id=call.body.operator_id,
            label=call.body.label,
        )
        return View.of(call).saved_number(saved)

    @api_route(
        f'{NUMBERS}/<string:number_id>',
        methods=['PATCH'],
        body=NumberChange,
        answer=SavedNumber,
        rate='30/minute',
    )
    def change(self, call, number_id):
        """Change label or operator of a saved number; what is not sent stays."""
        saved = call.env['wx.recharge.saved.number']._own(read_id(number_id))
        saved._update(call.body.model_dump(exclude_unset=True))
        return View.of(call).saved_number(saved)

    @api_route(f'{NUMBERS}/<string:number_id>', methods=['DELETE'], rate='30/minute')
    def forget(self, call, number_id):
        """Delete a saved number."""
        call.env['wx.recharge.saved.number']._own(read_id(number_id)).unlink()
        return {}

    @api_route(
        f'{API_BASE}/recharge/orders/<string:order_no>/again',
        methods=['GET'],
        answer=AgainAnswer,
        readonly=True,
    )
    def again(self, call, order_no):
        """Tell what may be bought now instead of what an own order bought; nothing is ordered."""
        found, view = self._own(call, order_no)._again(), View.of(call)
        in_stock = found.package._in_stock() if found.package else ()
        return AgainAnswer(
            phone=found.phone,
            package=view.package(found.package, in_stock) if found.package else None,
            same=found.same,
        )
