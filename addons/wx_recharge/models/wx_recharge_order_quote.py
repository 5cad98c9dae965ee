import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command

from odoo.addons.rbac_ext.fields import BigInteger
from odoo.addons.wx_base.exceptions import Conflict, NotFound
from odoo.addons.wx_coupon.values import Subject

from ..lib.pricing import formula
from ..utils import check_phone_country, make_order_no
from ..values import Quote

_logger = logging.getLogger(__name__)


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
    member_level_id = fields.Many2one(
        'wx.member.level',
        readonly=True,
        ondelete='restrict',
        index='btree_not_null',
        help='The level of the customer when the order was placed.',
    )
    coupon_ids = fields.Many2many(
        'wx.coupon',
        'wx_recharge_order_coupon_rel',
        'order_id',
        'coupon_id',
        string='Coupons',
        readonly=True,
        copy=False,
        ondelete='restrict',
        groups='wx_coupon.perm_coupon_view_res_groups',
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
        help='Price without expected cost, when the order was placed.',
    )
    margin = fields.Monetary(
        string='Expected Margin', readonly=True, help='In yuan, for people and reports.'
    )

    # The same in yuan, for people
    list_price = fields.Monetary(compute='_compute_yuan', help='What the package costs everybody.')
    member_saving = fields.Monetary(compute='_compute_yuan', help='What the level takes off.')
    coupon_saving = fields.Monetary(compute='_compute_yuan', help='What the coupons take off.')
    cost_yuan = fields.Monetary(
        string='Expected Cost (CNY)', compute='_compute_yuan', help='At the rate below.'
    )

    # === COMPUTE METHODS === #

    @api.depends('list_price_fen', 'member_saving_fen', 'coupon_saving_fen', 'cost_fen')
    def _compute_yuan(self):
        for order in self:
            order.list_price = order.list_price_fen / 100
            order.member_saving = order.member_saving_fen / 100
            order.coupon_saving = order.coupon_saving_fen / 100
            order.cost_yuan = order.cost_fen / 100

    # === BUSINESS METHODS - QUOTE === #

    @api.model
    def _quote(self, wx_user, package_id, phone, coupon_ids=None):
        """Tell what a customer would pay now; nothing is written or held.

        The package is read with the customer's rights.

        :param coupon_ids: coupons to use; none are used that are not named
        :return: `Quote`
        :raise NotFound: no such package is sold, or a coupon is not the customer's
        :raise InvalidInput: the number is wrong or of another country
        :raise Conflict: not on sale now, no supplier delivers it now, or not at this price
        """
        package, customer_sudo = self._find_on_sale(wx_user, package_id)
        company_sudo, level = customer_sudo.company_id, customer_sudo._member_level()
        package._check_sale(wx_user)
        offer = package._offer()
        e164 = check_phone_country(self.env, phone, offer.country)
        package._check_limits(wx_user, e164, turn=False)
        cost = package._expected_cost(company_sudo.id)
        if not cost:
            raise Conflict(self.env._('This package cannot be delivered at the moment.'))
        terms = company_sudo._recharge_terms()
        member_price_fen = package._price_fen_for(level.id)
        quote = Quote(
            offer=offer,
            phone=e164,
            terms=terms,
            list_price_fen=offer.price_fen,
            level_id=level.id or None,
            member_price_fen=member_price_fen,
            savings=self._savings(wx_user, offer, member_price_fen, coupon_ids),
            cost=cost,
            floor_price_fen=self._floor_price_fen(package, company_sudo.id, cost, terms),
        )
        self._check_floor(quote)
        return quote

    def _find_on_sale(self, wx_user, package_id):
        """Return `(package, customer as sudo)`.

        :raise NotFound: the customer is sold no such package
        """
        package = self.env['wx.recharge.package'].browse(package_id)
        customer_sudo = wx_user.sudo()  # customers may read neither companies nor levels
        # And nothing else of a row that holds secrets.
        customer_sudo.fetch(['company_id', 'member_level_id', 'member_until'])
        spot = package._shelf().get(package_id)
        if not spot or spot.company_id not in (False, customer_sudo.company_id.id):
            raise NotFound(self.env._('There is no such package.'))
        return package, customer_sudo

    def _savings(self, wx_user, offer, price_fen, coupon_ids):
        """Return what each coupon takes off, in the order in which they apply.

        :raise NotFound: a coupon is not the customer's
        :raise Conflict: a coupon is not good for this, or not together with the others
        """
        if not coupon_ids:
            return {}
        # Whose they are and what they are good for is what `_saving` checks.
        coupons_sudo = self.env['wx.coupon'].sudo().browse(dict.fromkeys(coupon_ids))
        return coupons_sudo._saving(wx_user, self._coupon_subject(offer), price_fen)

    def _coupon_subject(self, offer):
        return Subject(
            kind=offer.kind,
            country_id=offer.country.id,
            operator_id=offer.operator_id,
            package_id=offer.id,
            model=self._name,
        )

    def _floor_price_fen(self, package, company_id, cost, terms):
        """Return the least price: a rule's floor, else the company's; 0 for none.

        :raise Conflict: there is a floor, but the cost is not known in yuan
        """
        floor_fen = package._floor_price_fen(company_id)
        if floor_fen or not terms.floor_percent:
            return floor_fen
        if cost.cost_fen is None:
            _logger.error(
                'package %s: no cost or no exchange rate in currency %s',
                package.id,
                cost.currency_id,
            )
            raise Conflict(self.env._('This package cannot be delivered at the moment.'))
        return formula.floor_price_fen(
            cost.cost_fen, formula.Terms(floor_percent=terms.floor_percent)
        )

    def _check_floor(self, quote):
        """:raise Conflict: the price leaves less than the floor margin"""
        if quote.price_fen >= quote.floor_price_fen:
            return
        if quote.member_price_fen >= quote.floor_price_fen:
            raise Conflict(
                self.env._('These coupons take off more than this package allows at the moment.')
            )
        _logger.warning(
            'package %s: the price of %s fen is below the floor of %s fen',
            quote.offer.id,
            quote.member_price_fen,
            quote.floor_price_fen,
        )
        raise Conflict(
            self.env._('This package cannot be sold at this price at the moment: try again later.')
        )

    @api.model
    def _suggest_coupons(self, wx_user, quote):
        """Return `(coupons as sudo, saving in fen)`: what the customer would best use.

        Nothing is suggested that the order would be refused with.
        """
        coupons_sudo = self.env['wx.coupon'].sudo()  # finds the customer's own only
        return coupons_sudo._suggest(
            wx_user,
            self._coupon_subject(quote.offer),
            quote.member_price_fen,
            most_fen=quote.member_price_fen - quote.floor_price_fen,
        )

    # === BUSINESS METHODS - PLACING === #

    @api.model
    def _place(self, wx_user, package_id, phone, coupon_ids=None):
        """Place an order: freeze the quote, hold what is scarce, open the payment.

        Written as sudo, because customers have no rights to write.

        :param coupon_ids: coupons to use; none are used that are not named
        :raise NotFound: no such package is sold, or a coupon is not the customer's
        :raise InvalidInput: the number is wrong or of another country
        :raise Conflict: not on sale or out of stock, over a limit, on the blacklist, no supplier
            delivers it now, or not at this price
        """
        quote = self._quote(wx_user, package_id, phone, coupon_ids)
        self.env['wx.recharge.blacklist']._check(wx_user, quote.phone, quote.offer.country)
        self.env['wx.recharge.package'].browse(package_id)._check_limits(wx_user, quote.phone)
        silent = self.sudo().with_context(tracking_disable=True, mail_create_nolog=True)
        order = silent.create(self._prepare_quote_vals(wx_user, quote))
        order._set_awaiting_payment(quote.savings)
        return self.sudo().browse(order.id)

    @api.model
    def _prepare_quote_vals(self, wx_user, quote):
        """Return the values that freeze what the customer is promised."""
        offer, cost = quote.offer, quote.cost
        currency_ids = (offer.currency_id, offer.face_currency_id, cost.currency_id)
        self.env['res.currency'].browse(filter(None, currency_ids))._preload()
        values = {
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
            'member_level_id': quote.level_id,
            'member_saving_fen': quote.member_saving_fen,
            'coupon_saving_fen': quote.coupon_saving_fen,
            'price_fen': quote.price_fen,
            'currency_id': offer.currency_id,
            'amount': quote.price_fen / 100,
            'cost_currency_id': cost.currency_id,
            'expected_cost': cost.amount,
            'expires_at': fields.Datetime.now() + timedelta(seconds=quote.terms.payment_seconds),
        }
        if quote.savings:
            values['coupon_ids'] = [Command.set(list(quote.savings))]
        if quote.margin_fen is not None:
            values |= {
                'cost_fen': cost.cost_fen,
                'cost_rate': float(cost.rate),
                'margin_fen': quote.margin_fen,
                'margin': quote.margin_fen / 100,
            }
        return values
