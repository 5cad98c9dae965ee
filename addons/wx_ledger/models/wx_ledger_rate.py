from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..amounts import LedgerAmount, scaled


class WxLedgerRate(models.Model):
    """At what one asset is converted into another from a moment on."""

    _name = 'wx.ledger.rate'
    _description = 'Ledger Conversion Rate'
    _order = 'valid_from desc, id desc'
    _check_company_auto = True

    company_id = fields.Many2one(
        related='source_asset_id.company_id', store=True, precompute=True, index=True
    )
    source_asset_id = fields.Many2one('wx.ledger.asset', required=True, ondelete='restrict')
    target_asset_id = fields.Many2one(
        'wx.ledger.asset', required=True, ondelete='restrict', check_company=True
    )
    valid_from = fields.Datetime(required=True, default=fields.Datetime.now)
    source_amount = LedgerAmount(
        required=True,
        decimals='source_decimal_places',
        aggregator=None,
        help='So much of the source …',
    )
    target_amount = LedgerAmount(
        required=True,
        decimals='target_decimal_places',
        aggregator=None,
        help='… gives so much of the target.',
    )
    source_decimal_places = fields.Integer(
        related='source_asset_id.decimal_places', string='Decimal Places of the Source'
    )
    target_decimal_places = fields.Integer(
        related='target_asset_id.decimal_places', string='Decimal Places of the Target'
    )
    fee_permille = fields.Integer(
        string='Fee (‰)', help='Taken of the source before it is converted, rounded up.'
    )
    is_used = fields.Boolean(compute='_compute_is_used', help='Something was converted at it.')

    _latest = models.Index('(source_asset_id, target_asset_id, valid_from DESC, id DESC)')
    _amounts_positive = models.Constraint(
        'CHECK (source_amount > 0 AND target_amount > 0)', 'Both amounts must be positive.'
    )
    _assets_differ = models.Constraint(
        'CHECK (source_asset_id <> target_asset_id)', 'An asset is not converted into itself.'
    )
    _fee_range = models.Constraint(
        'CHECK (fee_permille BETWEEN 0 AND 999)', 'The fee is 0 to 999 ‰.'
    )

    # === COMPUTE METHODS === #

    def _compute_is_used(self):
        self.env.cr.execute(
            'SELECT DISTINCT rate_id FROM wx_ledger_posting WHERE rate_id = ANY(%s)', (self.ids,)
        )
        used = {rate_id for (rate_id,) in self.env.cr.fetchall()}
        for rate in self:
            rate.is_used = rate.id in used

    @api.depends('source_asset_id', 'target_asset_id', 'source_amount', 'target_amount')
    def _compute_display_name(self):
        for rate in self:
            if not rate.source_asset_id or not rate.target_asset_id:
                rate.display_name = self.env._('New Rate')
                continue
            source = scaled(rate.source_amount, rate.source_decimal_places)
            target = scaled(rate.target_amount, rate.target_decimal_places)
            rate.display_name = (
                f'{source} {rate.source_asset_id.code} → {target} {rate.target_asset_id.code}'
            )

    # === CONSTRAINT METHODS === #

    @api.constrains('source_asset_id', 'target_asset_id')
    def _check_convertible(self):
        for rate in self:
            if not (rate.source_asset_id.convertible and rate.target_asset_id.convertible):
                raise ValidationError(self.env._('Both assets must be convertible.'))

    # === CRUD METHODS === #

    def write(self, vals):
        """Override to keep what was converted at explicable."""
        self._check_unused()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_unused()

    def _check_unused(self):
        if any(rate.is_used for rate in self):
            raise UserError(
                self.env._('Something was converted at this rate already. Add a new one.')
            )

    # === BUSINESS METHODS === #

    @api.model
    def _current(self, source_asset, target_asset):
        """Return the rate in force now, or an empty recordset."""
        return self.search(
            [
                ('source_asset_id', '=', source_asset.id),
                ('target_asset_id', '=', target_asset.id),
                ('valid_from', '<=', fields.Datetime.now()),
            ],
            limit=1,
        )

    def _quote(self, amount):
        """Split `amount` of the source: nothing is created or lost, rounding favours the house.

        :return: dict with `fee`, `used`, `rest` (together `amount`) in units of the source and
            `result` in units of the target
        """
        self.ensure_one()
        fee = -(-amount * self.fee_permille // 1000)
        net = amount - fee
        result = net * self.target_amount // self.source_amount
        used = -(-result * self.source_amount // self.target_amount)
        return {'fee': fee, 'used': used, 'rest': net - used, 'result': result}
