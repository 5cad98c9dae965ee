from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from .. import const
from ..fields import BigMany2oneReference

# What the meaning of booked amounts hangs on.
FIXED_FIELDS = frozenset({'company_id', 'kind', 'decimal_places', 'expiring'})


class WxLedgerAsset(models.Model):
    """Something that is counted: a currency or a kind of points."""

    _name = 'wx.ledger.asset'
    _description = 'Ledger Asset'
    _order = 'sequence, code, id'
    _rec_name = 'code'
    _rec_names_search = ['code', 'name']
    _check_company_auto = True

    # identity
    code = fields.Char(required=True, help='Short sign, e.g. CNY or POINTS.')
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(list(const.ASSET_KINDS), required=True, default='points')
    currency_id = fields.Many2one('res.currency', help='The currency that this money is of.')
    decimal_places = fields.Integer(
        required=True,
        default=0,
        help='Digits after the point when shown: amounts are stored in the smallest unit.'
        ' Fixed once the asset has an entry.',
    )
    company_id = fields.Many2one(
        'res.company', required=True, index=True, default=lambda self: self._default_company_id()
    )
    # whose it is
    owner_model = fields.Char(readonly=True, help='Empty: shared by all.')
    owner_res_id = BigMany2oneReference(
        string='Owner', model_field='owner_model', readonly=True, help='The merchant whose it is.'
    )
    # rules
    transferable = fields.Boolean(help='Customers may send it to each other.')
    convertible = fields.Boolean(help='It may be converted at the rate of the day.')
    withdrawable = fields.Boolean(help='It may be paid out.')
    giftable = fields.Boolean(help='It may be given away.')
    buyable = fields.Boolean(help='It may be bought.')
    expiring = fields.Boolean(
        help='What is credited expires; fixed once the asset has an entry.',
    )
    expiry_days = fields.Integer(
        help='Days until a credit expires that tells no date of its own. 0: never.'
    )
    refund_grace_days = fields.Integer(
        default=7, help='Days that remain for what is given back after it has expired.'
    )
    account_ids = fields.One2many('wx.ledger.account', 'asset_id', string='Accounts')

    _code_uniq = models.UniqueIndex('(company_id, code)', 'The company has this asset already.')
    _decimal_places_range = models.Constraint(
        'CHECK (decimal_places BETWEEN 0 AND 8)', 'An asset has 0 to 8 decimal places.'
    )
    _days_positive = models.Constraint(
        'CHECK (expiry_days >= 0 AND refund_grace_days >= 0)', 'Days cannot be negative.'
    )

    # === COMPUTE METHODS === #

    def _default_company_id(self):
        return self.env.company

    # === CONSTRAINT METHODS === #

    @api.constrains('expiring')
    def _check_expiring(self):
        """An overdraft has no lot that could expire."""
        for asset in self.filtered('expiring'):
            if any(account.overdraft_limit for account in asset.account_ids):
                raise ValidationError(
                    self.env._('An account of this asset may be overdrawn, so it cannot expire.')
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override to open the central account, the negative side of all there will be."""
        assets = super().create(vals_list)
        for asset in assets:
            self.env['wx.ledger.account'].sudo()._central(asset)
        return assets

    def write(self, vals):
        """Override to fix what booked amounts mean."""
        changed = FIXED_FIELDS.intersection(vals)
        for asset in self:
            if any(asset[name] != self._plain(name, vals[name]) for name in changed):
                asset._check_unused()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._('An asset is archived, not deleted.'))

    # === BUSINESS METHODS === #

    def _plain(self, name, value):
        """Return a value to write as the field would read it."""
        return self._fields[name].convert_to_record(
            self._fields[name].convert_to_cache(value, self), self
        )

    def _check_unused(self):
        """Refuse if anything was booked in this asset. A trigger says the same to direct SQL."""
        self.env.cr.execute(SQL('SELECT wx_ledger_asset_is_used(%s)', self.id))
        if self.env.cr.fetchone()[0]:
            raise UserError(
                self.env._(
                    'Something was booked in %(asset)s already: its company, kind, decimal places'
                    ' and whether it expires are fixed.',
                    asset=self.code,
                )
            )
