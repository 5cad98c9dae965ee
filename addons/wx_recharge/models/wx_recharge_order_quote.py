from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.rbac_ext.fields import BigInteger
from odoo.addons.wx_base.exceptions import Conflict, NotFound

from ..const.orders import PAYMENT_SECONDS
from ..utils import check_phone_country, make_order_no
from ..values import Quote


class WxRechargeOrder(models.Model):
    """What an order costs: named by the server, shown before, frozen when it is placed."""

    _inherit = 'wx.recharge.order'

    list_price_fen = BigInteger(
        string='List Price (fen)',
        readonly=True,
        aggregator=None,
        help='What the package costs everybody.',
    )
    member_saving_fen = BigInteger(
        string='Member Saving (fen)',
        readonly=True,
        help="What the customer's level takes off the list price.",
    )
    coupon_saving_fen = BigInteger(
        string='Coupon Saving (fen)', readonly=True, help='What the coupons take off.'
    )
    cost_fen = BigInteger(
        string='Expected Cost (fen)',
        readonly=True,
        help='What the supplier that is tried first takes, in Chinese money at the rate below.',
    )
    cost_rate = fields.Float(
        string='Exchange Rate',
        digits=(16, 8),
        readonly=True,
        aggregator=None,
        help="Yuan for one unit of the cost's currency when the order was placed.",
    )
    margin_fen = BigInteger(
        string='Margin (fen)',
        readonly=True,
        help='Price without expected cost, as the order was placed.',
    )

    # === BUSINESS METHODS - QUOTE === #

    @api.model
    def _quote(self, wx_user, package_id, phone, coupon_ids=None):
        """Tell what a customer would pay now; nothing is written or held.

        The package is read with the customer's rights.

        :param coupon_ids: coupons to use; none are used that are not named
        :return: `Quote`
        :raise NotFound: no such package is sold, or a coupon is not the customer's
        :raise InvalidInput: the number is wrong or of another country
        :raise Conflict: no supplier delivers it now, or not at this price
        """
        package, company_id = self._find_on_sale(wx_user, package_id)
        offer = package._offer()
        e164 = check_phone_country(self.env, phone, offer.country)
        cost = package._expected_cost(company_id)
        if not cost:
            raise Conflict(self.env._('This package cannot be delivered at the moment.'))
        return Quote(
            offer=offer,
            phone=e164,
            list_price_fen=offer.price_fen,
            level_id=None,
            member_price_fen=offer.price_fen,
            savings=(),
            price_fen=offer.price_fen,
            cost=cost,
            floor_price_fen=0,
        )

    def _find_on_sale(self, wx_user, package_id):
        """Return `(package, id of the customer's company)`.

        :raise NotFound: the customer is sold no such package
        """
        package = self.env['wx.recharge.package'].browse(package_id)
        customer_sudo = wx_user.sudo()  # customers may not read companies
        customer_sudo.fetch(['company_id'])  # and nothing else of a row that holds secrets
        company_id = customer_sudo.company_id.id
        spot = package._shelf().get(package_id)
        if not spot or spot.company_id not in (False, company_id):
            raise NotFound(self.env._('There is no such package.'))
        return package, company_id

    # === BUSINESS METHODS - PLACING === #

    @api.model
    def _place(self, wx_user, package_id, phone, coupon_ids=None):
        """Place an order: freeze the quote, hold what is scarce, open the payment.

        Written as sudo, because customers have no rights to write.

        :param coupon_ids: coupons to use; none are used that are not named
        :raise NotFound: no such package is sold, or a coupon is not the customer's
        :raise InvalidInput: the number is wrong or of another country
        :raise Conflict: out of stock, no supplier delivers it now, or not at this price
        """
        quote = self._quote(wx_user, package_id, phone, coupon_ids)
        silent = self.sudo().with_context(tracking_disable=True, mail_create_nolog=True)
        order = silent.create(self._prepare_quote_vals(wx_user, quote))
        order._set_awaiting_payment()
        return self.sudo().browse(order.id)

    @api.model
    def _prepare_quote_vals(self, wx_user, quote):
        """Return the values that freeze what the customer is promised."""
        offer, cost = quote.offer, quote.cost
        currency_ids = (offer.currency_id, offer.face_currency_id, cost.currency_id)
        self.env['res.currency'].browse(filter(None, currency_ids))._preload()
        return {
            'order_no': make_order_no(),
            'wx_user_id': wx_user.id,
            'company_id': wx_user.sudo().company_id.id,
            'package_id': offer.id,
            'operator_id': offer.operator_id,
            'country_id': offer.country.id,
            'phone': quote.phone,
            'kind': offer.kind,
            'package_name': offer.name,
            'operator_name': offer.operator_name,
            # Each currency before its amounts: else `create` asks the database for it.
            'face_currency_id': offer.face_currency_id,
            'face_value': offer.face_value,
            'list_price_fen': quote.list_price_fen,
            'member_saving_fen': quote.member_saving_fen,
            'coupon_saving_fen': quote.coupon_saving_fen,
            'price_fen': quote.price_fen,
            'currency_id': offer.currency_id,
            'amount': quote.price_fen / 100,
            'cost_currency_id': cost.currency_id,
            'expected_cost': cost.amount,
            'expires_at': fields.Datetime.now() + timedelta(seconds=PAYMENT_SECONDS),
        }
