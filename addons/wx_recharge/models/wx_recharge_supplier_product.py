from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import imports
from ..lib.pricing.duration import to_days


class WxRechargeSupplierProduct(models.Model):
    """A product of a supplier as its catalogue has it, and the package it fulfils.

    Many products may fulfil one package, each at most one. A product of any amount in a range
    (`denomination` range) fulfils none itself: for each amount that is sold there is a row of the
    same sku with `amount`, whose cost is its share of the range.

    Source: spec/topup_suppliers.md §5.2
    """

    _name = 'wx.recharge.supplier.product'
    _description = 'Supplier Product'
    _inherit = ['wx.recharge.catalogue.mixin']
    _order = 'priority, id'
    _rec_names_search = ['sku', 'name']

    package_id = fields.Many2one(
        'wx.recharge.package',
        index=True,
        ondelete='set null',
        help='What customers buy that this product delivers; empty: it is not sold.',
    )
    supplier_id = fields.Many2one(
        'wx.recharge.supplier', required=True, index=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='supplier_id.company_id', store=True, index=True)
    sku = fields.Char(
        string='SKU', required=True, help="The supplier's name of it; Reloadly: operatorId:amount."
    )
    priority = fields.Integer(default=10, help='The lowest number is tried first.')
    active = fields.Boolean(default=True)

    # What it is
    name = fields.Char(help='What the supplier calls it.')
    kind = fields.Selection(list(imports.PRODUCT_KINDS))
    country_id = fields.Many2one('res.country', index='btree_not_null', ondelete='restrict')
    country_code = fields.Char(
        help='What the supplier says: a code of ISO 3166-1, or one of its own for a region.'
    )
    operator_ref = fields.Char(
        compute='_compute_operator_ref',
        store=True,
        readonly=False,
        index=True,
        string="Supplier's Operator",
    )
    operator_name = fields.Char(help='As the supplier writes it.')
    description = fields.Text()
    logo_url = fields.Char(string='Logo Address')
    denomination = fields.Selection(
        list(imports.DENOMINATIONS), required=True, default='fixed', index=True
    )
    redemption = fields.Selection(list(imports.REDEMPTIONS), required=True, default='immediate')
    processing = fields.Selection(list(imports.PROCESSINGS), required=True, default='instant')
    validity = fields.Char(help='A duration of ISO 8601, such as P30D; empty when it is unknown.')
    validity_days = fields.Integer(compute='_compute_validity_days', store=True)
    benefits = fields.Json(help='Voice, data, messages and credit, with quantity and unit.')
    required_fields = fields.Json(help='What the supplier wants to know besides the number.')
    phone_regex = fields.Char(string='Number Pattern', help="As the supplier writes it.")

    # What it costs us
    cost = fields.Float(digits=imports.AMOUNT_DIGITS, help='What one costs us, fees included.')
    cost_min = fields.Float(
        digits=imports.AMOUNT_DIGITS, string='Least Cost', help='Of a range: cost of the least.'
    )
    cost_max = fields.Float(
        digits=imports.AMOUNT_DIGITS, string='Greatest Cost', help='Of a range: of the greatest.'
    )
    fee = fields.Float(digits=imports.AMOUNT_DIGITS, help='The part of the cost that is a fee.')
    cost_currency_id = fields.Many2one(
        'res.currency', required=True, default=lambda self: self._default_cost_currency_id()
    )

    # What arrives at the number
    receive_amount = fields.Float(digits=imports.AMOUNT_DIGITS, string='Received')
    receive_min = fields.Float(digits=imports.AMOUNT_DIGITS, string='Least Received')
    receive_max = fields.Float(digits=imports.AMOUNT_DIGITS, string='Greatest Received')
    receive_step = fields.Float(digits=imports.AMOUNT_DIGITS, string='Step')
    receive_currency_id = fields.Many2one('res.currency', string='Received Currency')

    # Of a range: what may be ordered, and the one amount that is sold
    side = fields.Selection(list(imports.SIDES), required=True, default='send', string='Ordered By')
    amount_min = fields.Float(digits=imports.AMOUNT_DIGITS, string='Least Amount')
    amount_max = fields.Float(digits=imports.AMOUNT_DIGITS, string='Greatest Amount')
    amount = fields.Float(
        digits=imports.AMOUNT_DIGITS,
        help='Of a product of any amount: the one that is ordered, on the side it is ordered by.',
    )
    amount_currency_id = fields.Many2one('res.currency', compute='_compute_amount_currency_id')
    range_id = fields.Many2one(
        'wx.recharge.supplier.product',
        readonly=True,
        index='btree_not_null',
        ondelete='cascade',
        help='The product of any amount that this is one amount of.',
    )
    amount_ids = fields.One2many('wx.recharge.supplier.product', 'range_id', string='Amounts')

    # Where it comes from
    imported = fields.Boolean(readonly=True, copy=False, help="Found in the supplier's catalogue.")
    gone_at = fields.Datetime(
        string='Gone Since',
        readonly=True,
        copy=False,
        help='When it was accepted that the supplier has it no more.',
    )
    last_seen_at = fields.Datetime(compute='_compute_last_seen_at', string='Last in Catalogue')

    _sku_uniq = models.UniqueIndex(
        '(supplier_id, sku, COALESCE(amount, 0))', 'This supplier product is in the list already.'
    )
    _costs_not_negative = models.Constraint(
        'CHECK(cost >= 0 AND cost_min >= 0 AND cost_max >= 0 AND fee >= 0)',
        'A cost cannot be negative.',
    )

    @api.model
    def _default_cost_currency_id(self):
        return self.env.ref('base.USD')

    # === COMPUTE METHODS === #

    @api.depends('sku', 'name', 'amount')
    def _compute_display_name(self):
        for product in self:
            text = f'{product.sku} · {product.name}' if product.name else product.sku or ''
            product.display_name = f'{text} · {product.amount:g}' if product.amount else text

    @api.depends('sku', 'supplier_id.adapter')
    def _compute_operator_ref(self):
        for product in self:
            # What the catalogue says is better than what the sku tells.
            if not product.imported or not product.operator_ref:
                product.operator_ref = product.supplier_id._operator_ref(product.sku or '')

    @api.depends('validity')
    def _compute_validity_days(self):
        for product in self:
            product.validity_days = to_days(product.validity)

    @api.depends('side', 'cost_currency_id', 'receive_currency_id')
    def _compute_amount_currency_id(self):
        for product in self:
            receives = product.side == 'receive'
            product.amount_currency_id = (
                product.receive_currency_id if receives else product.cost_currency_id
            )

    @api.depends('imported', 'gone_at', 'supplier_id.catalogue_at')
    def _compute_last_seen_at(self):
        for product in self:
            seen = product.gone_at or product.supplier_id.catalogue_at
            product.last_seen_at = seen if product.imported else False

    # === CONSTRAINT METHODS === #

    @api.constrains('sku', 'supplier_id', 'denomination')
    def _check_sku(self):
        for product in self:
            # The sku of a range names no amount.
            if product.denomination == 'range' or product.range_id:
                continue
            reason = product.supplier_id._check_sku(product.sku)
            if reason:
                raise ValidationError(reason)

    @api.constrains('cost', 'cost_min', 'cost_max', 'fee')
    def _check_cost(self):
        for product in self:
            if min(product.cost, product.cost_min, product.cost_max, product.fee) < 0:
                raise ValidationError(self.env._('The cost cannot be negative.'))

    @api.constrains('amount', 'range_id')
    def _check_amount(self):
        for product in self.filtered('range_id'):
            offered = product.range_id
            low, high = offered.amount_min, offered.amount_max
            if not low <= product.amount <= high or not product.amount:
                raise ValidationError(
                    self.env._(
                        'The amount must be between %(low)s and %(high)s: %(name)s',
                        low=f'{low:g}',
                        high=f'{high:g}',
                        name=offered.display_name,
                    )
                )

    @api.constrains('package_id', 'denomination', 'amount')
    def _check_package(self):
        for product in self:
            if product.package_id and product.denomination == 'range':
                raise ValidationError(
                    self.env._(
                        'A package is one amount: name the amount of %(name)s first.',
                        name=product.display_name,
                    )
                )
