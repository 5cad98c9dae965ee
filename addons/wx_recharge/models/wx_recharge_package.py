from decimal import ROUND_HALF_UP, Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.rbac_ext.fields import BigInteger

from ..const.catalogue import KINDS


class WxRechargePackage(models.Model):
    """What a customer buys: an operator's airtime or data at our price."""

    _name = 'wx.recharge.package'
    _description = 'Recharge Package'
    _inherit = ['wx.recharge.catalogue.mixin', 'mail.thread']
    _order = 'sequence, id'

    _live_fields = frozenset({'stock_qty'})

    name = fields.Char(required=True, translate=True, tracking=True)
    description = fields.Char(translate=True)
    kind = fields.Selection(list(KINDS), required=True, default='airtime', index=True)
    operator_id = fields.Many2one(
        'wx.recharge.operator', required=True, index=True, ondelete='restrict'
    )
    country_id = fields.Many2one(related='operator_id.country_id', store=True, index=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one('res.company', index=True, help='Empty: sold by all companies.')

    # What arrives at the number
    face_value = fields.Monetary(currency_field='face_currency_id')
    face_currency_id = fields.Many2one('res.currency')
    validity_days = fields.Integer(help='Days the balance or data can be used; 0 when unknown.')

    # What the customer pays
    price_fen = BigInteger(string='Price (fen)', required=True, tracking=True)
    currency_id = fields.Many2one('res.currency', compute='_compute_currency_id')
    price = fields.Monetary(compute='_compute_price', inverse='_inverse_price')

    # Stock, for packages that are scarce
    stock_limited = fields.Boolean(
        string='Limited Stock', help='Orders hold a piece; without one nothing is sold.'
    )
    stock_qty = fields.Integer(string='Stock', copy=False, help='Pieces not held by any order.')

    supplier_product_ids = fields.One2many(
        'wx.recharge.supplier.product', 'package_id', string='Supplier Products'
    )
    order_count = fields.Integer(
        compute='_compute_order_count', groups='wx_recharge.perm_recharge_order_view_res_groups'
    )

    _price_positive = models.Constraint('CHECK(price_fen > 0)', 'The price must be positive.')
    _stock_not_negative = models.Constraint(
        'CHECK(stock_qty >= 0)', 'More pieces would be sold than are in stock.'
    )
    _validity_not_negative = models.Constraint(
        'CHECK(validity_days >= 0)', 'The validity cannot be negative.'
    )
    # The list of the API: a country's active packages in the order of the shop.
    _list_idx = models.Index('(country_id, sequence, id) WHERE active')

    # === COMPUTE METHODS === #

    def _compute_currency_id(self):
        # By its cached id: `env.ref` asks the database each time.
        self.currency_id = self.env['ir.model.data']._xmlid_to_res_id('base.CNY')

    @api.depends('price_fen')
    def _compute_price(self):
        for package in self:
            package.price = package.price_fen / 100

    def _inverse_price(self):
        for package in self:
            yuan = Decimal(str(package.price))
            package.price_fen = int((yuan * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))

    def _compute_order_count(self):
        groups = self.env['wx.recharge.order']._read_group(
            [('package_id', 'in', self.ids)], ['package_id'], ['__count']
        )
        counts = dict(groups)
        for package in self:
            package.order_count = counts.get(package, 0)

    # === CONSTRAINT METHODS === #

    @api.constrains('face_value', 'face_currency_id')
    def _check_face_currency(self):
        for package in self:
            if package.face_value < 0 or (package.face_value and not package.face_currency_id):
                raise ValidationError(
                    self.env._(
                        'A face value is positive and has a currency: %(name)s', name=package.name
                    )
                )

    # === ACTION METHODS === #

    def action_open_orders(self):
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.recharge.order',
            'view_mode': 'list,form',
            'domain': [('package_id', '=', self.id)],
            # After the domain: the export of terms takes strings in it for terms otherwise.
            'name': self.env._('Orders'),
        }

    # === BUSINESS METHODS === #

    def _take_stock(self):
        """Take one piece; the caller holds the row's lock.

        :return: False when none is left
        """
        self.ensure_one()
        if not self.stock_limited:
            return True
        if self.stock_qty < 1:
            return False
        self.stock_qty -= 1
        return True

    def _return_stock(self):
        """Give one piece back; the caller holds the row's lock."""
        self.ensure_one()
        self.stock_qty += 1
