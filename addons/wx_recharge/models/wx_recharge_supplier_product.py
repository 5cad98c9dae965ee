from odoo import api, fields, models
from odoo.exceptions import ValidationError


class WxRechargeSupplierProduct(models.Model):
    """Which product of which supplier fulfils a package, at which cost."""

    _name = 'wx.recharge.supplier.product'
    _description = 'Supplier Product'
    _inherit = ['wx.recharge.catalogue.mixin']
    _order = 'priority, id'
    _rec_name = 'sku'

    package_id = fields.Many2one(
        'wx.recharge.package', required=True, index=True, ondelete='cascade'
    )
    supplier_id = fields.Many2one(
        'wx.recharge.supplier', required=True, index=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='supplier_id.company_id', store=True, index=True)
    sku = fields.Char(
        string='SKU', required=True, help="The supplier's name of it; Reloadly: operatorId:amount."
    )
    operator_ref = fields.Char(
        compute='_compute_operator_ref',
        store=True,
        index=True,
        string="Supplier's Operator",
    )
    cost = fields.Monetary(currency_field='cost_currency_id', help='What we pay, for reports.')
    cost_currency_id = fields.Many2one(
        'res.currency', required=True, default=lambda self: self._default_cost_currency_id()
    )
    priority = fields.Integer(default=10, help='The lowest number is tried first.')
    active = fields.Boolean(default=True)

    _product_uniq = models.Constraint(
        'UNIQUE(package_id, supplier_id, sku)', 'This supplier product is in the list already.'
    )

    @api.model
    def _default_cost_currency_id(self):
        return self.env.ref('base.USD')

    # === COMPUTE METHODS === #

    @api.depends('sku', 'supplier_id.adapter')
    def _compute_operator_ref(self):
        for product in self:
            product.operator_ref = product.supplier_id._operator_ref(product.sku or '')

    # === CONSTRAINT METHODS === #

    @api.constrains('sku', 'supplier_id')
    def _check_sku(self):
        for product in self:
            reason = product.supplier_id._check_sku(product.sku)
            if reason:
                raise ValidationError(reason)

    @api.constrains('cost')
    def _check_cost(self):
        if any(product.cost < 0 for product in self):
            raise ValidationError(self.env._('The cost cannot be negative.'))
