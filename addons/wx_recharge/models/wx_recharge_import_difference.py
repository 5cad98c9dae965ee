from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.rbac_ext.permission import requires

from ..const import imports


class WxRechargeImportDifference(models.Model):
    """What a supplier's catalogue says otherwise than what is here.

    Made by the comparison, applied by the import's job when a person or a rule has said so.
    """

    _name = 'wx.recharge.import.difference'
    _description = 'Difference in a Catalogue'
    _inherit = ['wx.recharge.proposal.mixin']
    _order = 'import_id desc, kind, id'
    _rec_name = 'sku'
    _rec_names_search = ['sku', 'name']

    _review_field = 'import_id'

    import_id = fields.Many2one(
        'wx.recharge.import', required=True, readonly=True, index=True, ondelete='cascade'
    )
    supplier_id = fields.Many2one(
        'wx.recharge.supplier', required=True, readonly=True, index=True, ondelete='cascade'
    )
    company_id = fields.Many2one('res.company', readonly=True, index=True)
    line_id = fields.Many2one(
        'wx.recharge.import.line', readonly=True, index='btree_not_null', ondelete='set null'
    )
    product_id = fields.Many2one(
        'wx.recharge.supplier.product',
        readonly=True,
        index='btree_not_null',
        ondelete='cascade',
        help='Empty as long as the product is not here.',
    )
    package_id = fields.Many2one(related='product_id.package_id')
    kind = fields.Selection(list(imports.DIFFERENCE_KINDS), required=True, readonly=True)
    state = fields.Selection(
        list(imports.DIFFERENCE_STATES), required=True, readonly=True, default='open'
    )
    problem = fields.Selection(
        list(imports.DIFFERENCE_PROBLEMS),
        readonly=True,
        help='Why it cannot be applied; it is looked at again when it is.',
    )

    # What it is about
    sku = fields.Char(string='SKU', required=True, readonly=True)
    name = fields.Char(readonly=True)
    product_kind = fields.Selection(list(imports.PRODUCT_KINDS), readonly=True)
    country_id = fields.Many2one('res.country', readonly=True)
    country_code = fields.Char(readonly=True)
    operator_name = fields.Char(string='Operator', readonly=True)

    # What differs
    old_cost = fields.Float(digits=imports.AMOUNT_DIGITS, readonly=True, aggregator=None)
    new_cost = fields.Float(digits=imports.AMOUNT_DIGITS, readonly=True, aggregator=None)
    old_currency_id = fields.Many2one('res.currency', readonly=True)
    new_currency_id = fields.Many2one('res.currency', readonly=True)
    new_currency = fields.Char(string='Currency Told', readonly=True)
    change_percent = fields.Float(
        string='Change (%)',
        digits=(12, 2),
        readonly=True,
        aggregator=None,
        help='Of the cost; 0 where the old one is not known or of another currency.',
    )
    changes = fields.Json(readonly=True, help='Field → what it is here and what it would be.')
    summary = fields.Char(compute='_compute_summary')
    digest = fields.Char(readonly=True, help='Of what it would be: one that is ignored stays so.')

    _sku_uniq = models.UniqueIndex(
        '(import_id, sku, kind)', 'An import has each difference of a product once.'
    )
    _queued_idx = models.Index("(import_id, id) WHERE state = 'queued'")
    _ignored_idx = models.Index("(supplier_id, sku) WHERE state = 'ignored'")
    _open_idx = models.Index("(import_id, kind) WHERE state = 'open'")

    # === COMPUTE METHODS === #

    @api.depends('kind', 'problem', 'changes', 'country_code', 'new_currency')
    @api.depends_context('lang')
    def _compute_summary(self):
        for difference in self:
            difference.summary = difference._describe_problem() or difference._describe_changes()

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._('Differences are applied or ignored, not deleted.'))

    # === ACTION METHODS === #

    @requires('recharge.import.apply')
    def action_apply(self):
        """Have these applied by the job; those with a problem, or decided already, are left."""
        return self._decide('queued')

    @requires('recharge.import.apply')
    def action_ignore(self):
        """Leave what is here as it is, also when the next import says the same again."""
        return self._decide('ignored')

    # === BUSINESS METHODS === #

    def _describe_problem(self):
        """Return in words why it cannot be applied, '' when it can."""
        if self.problem == 'country':
            return self.env._(
                'There is no country with the code "%(code)s" in Odoo.',
                code=self.country_code or '',
            )
        if self.problem == 'currency':
            return self.env._(
                'There is no currency "%(name)s" in Odoo.', name=self.new_currency or ''
            )
        if self.problem == 'cost':
            return self.env._('The supplier does not tell what it costs.')
        return ''

    def _describe_changes(self):
        """Return in words what differs besides the cost."""
        products = self.env['wx.recharge.supplier.product']
        texts = []
        for name, (old, new) in sorted((self.changes or {}).items()):
            field = products._fields[name]
            label = field._description_string(self.env)
            pair = [self._describe_value(field, value) for value in (old, new)]
            texts.append(f'{label}: {pair[0]} → {pair[1]}')
        return '; '.join(texts)[:500]

    def _describe_value(self, field, value):
        if field.type == 'many2one':
            return self.env[field.comodel_name].browse(value or 0).display_name or '–'
        if field.type == 'selection':
            return dict(field._description_selection(self.env)).get(value, value) or '–'
        return '–' if value in ('', None, 0) else str(value)[:80]

    # === CRON METHODS === #

    @api.autovacuum
    def _gc_old(self):
        """Delete what was decided long ago, except what stays ignored."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=imports.DIFFERENCE_DAYS)
        self.env.cr.execute(
            SQL(
                """DELETE FROM wx_recharge_import_difference
                    WHERE state IN ('applied', 'replaced') AND create_date < %s""",
                limit,
            )
        )
