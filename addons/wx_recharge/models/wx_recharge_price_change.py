from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.rbac_ext.fields import BigInteger
from odoo.addons.rbac_ext.permission import requires

from ..const import imports


class WxRechargePriceChange(models.Model):
    """A price that the rules would change: what it is, what it would be, and why."""

    _name = 'wx.recharge.price.change'
    _description = 'Price Change'
    _inherit = ['wx.recharge.proposal.mixin']
    _order = 'run_id desc, id'
    _rec_name = 'package_id'

    _review_field = 'run_id'

    run_id = fields.Many2one(
        'wx.recharge.price.run', required=True, readonly=True, index=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='run_id.company_id', store=True, index=True)
    package_id = fields.Many2one(
        'wx.recharge.package', required=True, readonly=True, index=True, ondelete='cascade'
    )
    country_id = fields.Many2one(related='package_id.country_id')
    operator_id = fields.Many2one(related='package_id.operator_id')
    level_id = fields.Many2one(
        'wx.member.level',
        readonly=True,
        index='btree_not_null',
        ondelete='cascade',
        help='Empty: the price for everybody.',
    )
    rule_id = fields.Many2one(
        'wx.recharge.price.rule',
        readonly=True,
        index='btree_not_null',
        ondelete='set null',
        help='Empty: no rule names a price of this level any more.',
    )
    state = fields.Selection(
        list(imports.CHANGE_STATES), required=True, readonly=True, default='open'
    )

    cost_fen = BigInteger(string='Cost (fen)', readonly=True, aggregator=None)
    old_fen = BigInteger(string='Old Price (fen)', readonly=True, aggregator=None)
    new_fen = BigInteger(string='New Price (fen)', readonly=True, aggregator=None)
    currency_id = fields.Many2one(related='package_id.currency_id')
    cost = fields.Monetary(compute='_compute_yuan')
    old_price = fields.Monetary(compute='_compute_yuan')
    new_price = fields.Monetary(compute='_compute_yuan')
    margin = fields.Monetary(compute='_compute_yuan', help='The new price without the cost.')
    change_percent = fields.Float(
        string='Change (%)', digits=(12, 2), readonly=True, aggregator='avg'
    )

    _price_uniq = models.UniqueIndex(
        '(run_id, package_id, COALESCE(level_id, 0))', 'A price is changed once.'
    )
    _open_idx = models.Index("(run_id, id) WHERE state IN ('open', 'queued')")
    _ignored_idx = models.Index("(package_id) WHERE state = 'ignored'")

    # === COMPUTE METHODS === #

    @api.depends('cost_fen', 'old_fen', 'new_fen')
    def _compute_yuan(self):
        for change in self:
            change.cost = _yuan(change.cost_fen)
            change.old_price = _yuan(change.old_fen)
            change.new_price = _yuan(change.new_fen)
            change.margin = _yuan(change.new_fen - change.cost_fen)

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._('Price changes are applied or ignored, not deleted.'))

    # === ACTION METHODS === #

    @requires('recharge.price.apply')
    def action_apply(self):
        """Have these prices changed by the job; those decided already are left."""
        return self._decide('queued')

    @requires('recharge.price.apply')
    def action_ignore(self):
        """Leave these prices, also when the next computation proposes the same again."""
        return self._decide('ignored')

    # === CRON METHODS === #

    @api.autovacuum
    def _gc_old(self):
        """Delete what came to nothing long ago; what was applied is the history of prices."""
        limit = fields.Datetime.subtract(fields.Datetime.now(), days=imports.DIFFERENCE_DAYS)
        self.env.cr.execute(
            SQL(
                """DELETE FROM wx_recharge_price_change
                    WHERE state = 'replaced' AND create_date < %s""",
                limit,
            )
        )


def _yuan(fen):
    return float(Decimal(fen) / 100)
