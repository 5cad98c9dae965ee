from decimal import Decimal, InvalidOperation

from odoo import api, fields, models
from odoo.exceptions import UserError


class WxRechargePackageMaker(models.TransientModel):
    """Dialogue that makes packages of supplier products, or connects them with those there are."""

    _name = 'wx.recharge.package.maker'
    _description = 'Make Packages'

    product_ids = fields.Many2many(
        'wx.recharge.supplier.product',
        string='Supplier Products',
        default=lambda self: self._default_product_ids(),
        readonly=True,
    )
    product_count = fields.Integer(string='# Products', compute='_compute_products')
    has_range = fields.Boolean(compute='_compute_products')
    amounts = fields.Char(
        help='Of products of any amount: those that are sold, such as 5, 10, 20.50.'
    )
    sell = fields.Boolean(
        string='Sell at Once', help='Otherwise new packages are archived until you have looked.'
    )

    @api.model
    def _default_product_ids(self):
        return self.env['wx.recharge.supplier.product'].browse(
            self.env.context.get('active_ids', [])
        )

    # === COMPUTE METHODS === #

    @api.depends('product_ids')
    def _compute_products(self):
        for maker in self:
            maker.product_count = len(maker.product_ids)
            maker.has_range = any(product.denomination == 'range' for product in maker.product_ids)

    # === ACTION METHODS === #

    def action_make(self):
        """Make the packages and tell what has none."""
        self.ensure_one()
        left = self.product_ids.action_make_packages(self._parse_amounts(), self.sell)
        if not left:
            return {'type': 'ir.actions.act_window_close'}
        return {
            'type': 'ir.actions.client',
            'tag': 'display_notification',
            'params': {
                'type': 'warning',
                'message': '\n'.join(left),
                'sticky': True,
                'next': {'type': 'ir.actions.act_window_close'},
            },
        }

    # === BUSINESS METHODS === #

    def _parse_amounts(self):
        """Return the amounts as texts, each a positive decimal number.

        :raise UserError: one is something else
        """
        texts = (self.amounts or '').replace('，', ',').replace(';', ',').split(',')
        texts = [text.strip() for text in texts if text.strip()]
        for text in texts:
            try:
                good = Decimal(text).is_finite() and Decimal(text) > 0
            except InvalidOperation:
                good = False
            if not good:
                raise UserError(self.env._('"%(text)s" is not an amount.', text=text))
        return texts
