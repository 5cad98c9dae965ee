from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.exceptions import Conflict

from ..const import imports


class WxRechargeSupplier(models.Model):
    """The supplier's catalogue here."""

    _inherit = 'wx.recharge.supplier'

    catalogue_at = fields.Datetime(
        string='Catalogue As Of',
        copy=False,
        readonly=True,
        help='When its whole catalogue was fetched last.',
    )
    import_daily = fields.Boolean(
        tracking=True,
        help='The catalogue is fetched and compared each day; nothing is applied by that.',
    )
    auto_price_percent = fields.Float(
        string='Apply Cost Changes up to (%)',
        digits=(5, 2),
        tracking=True,
        help='Costs that rose or fell by no more are applied by themselves. 0: none is.',
    )
    import_packages = fields.Selection(
        list(imports.PACKAGE_POLICIES),
        required=True,
        default='none',
        string='New Products',
        tracking=True,
        help='What applying a new product makes. A package is only made where a price rule fits.',
    )
    import_ids = fields.One2many('wx.recharge.import', 'supplier_id', string='Imports')
    product_count = fields.Integer(compute='_compute_product_count')

    _auto_price_range = models.Constraint(
        'CHECK(auto_price_percent >= 0 AND auto_price_percent <= 100)',
        'The limit is between 0 and 100 per cent.',
    )

    # === COMPUTE METHODS === #

    @api.depends('product_ids')
    def _compute_product_count(self):
        groups = self.env['wx.recharge.supplier.product']._read_group(
            [('supplier_id', 'in', self.ids)], ['supplier_id'], ['__count']
        )
        counts = dict(groups)
        for supplier in self:
            supplier.product_count = counts.get(supplier, 0)

    # === ACTION METHODS === #

    @requires('recharge.import.run')
    def action_import(self):
        """Begin to import the catalogue and show how far it is."""
        self.ensure_one()
        self.check_access('read')
        if self.adapter == 'manual':
            raise UserError(self.env._('What people deliver by hand has no catalogue.'))
        # Nobody writes imports by right.
        run = self.env['wx.recharge.import'].sudo()._start(self.sudo())
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.recharge.import',
            'res_id': run.id,
            'view_mode': 'form',
            'name': self.env._('Import of a Catalogue'),
        }

    def action_open_products(self):
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.recharge.supplier.product',
            'view_mode': 'list,form',
            'domain': [('supplier_id', '=', self.id)],
            'context': {'default_supplier_id': self.id},
            # After the domain: the export of terms takes strings in it for terms otherwise.
            'name': self.env._('Supplier Products'),
        }

    # === CRON METHODS === #

    @api.model
    def _cron_plan_imports(self):
        """Begin the daily import of each supplier that wants it and has none running."""
        for supplier in self.search([('import_daily', '=', True)]):
            try:
                self.env['wx.recharge.import']._start(supplier)
            except Conflict:
                # The one that is running will do.
                continue
            self.env['ir.cron']._commit_progress(1)
