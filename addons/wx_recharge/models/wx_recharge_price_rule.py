from decimal import Decimal

from odoo import api, fields, models, tools

from odoo.addons.rbac_ext.fields import BigInteger
from odoo.addons.rbac_ext.permission import requires

from ..const.catalogue import KINDS
from ..const.imports import PRICE_ENDINGS
from ..lib.pricing import formula
from ..lib.pricing.formula import Ending, Terms
from ..lib.pricing.rules import Rule, choose, in_order


class WxRechargePriceRule(models.Model):
    """How a price follows from a cost, and for what.

    Rules are tried by sequence; of the same sequence the narrowest comes first (an operator counts
    more than a country, a country more than a kind). The first one that fits names the price, and
    no other adds to it. A rule with a member level is for the price of that level alone.
    """

    _name = 'wx.recharge.price.rule'
    _description = 'Price Rule'
    _inherit = ['wx.recharge.catalogue.mixin', 'mail.thread']
    _order = 'sequence, id'

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10, tracking=True, help='The lowest number is tried first.')
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one('res.company', index=True, help='Empty: for all companies.')

    # Whom it is for
    country_id = fields.Many2one('wx.recharge.country', index='btree_not_null', tracking=True)
    operator_id = fields.Many2one('wx.recharge.operator', index='btree_not_null', tracking=True)
    kind = fields.Selection(list(KINDS), tracking=True)
    level_id = fields.Many2one(
        'wx.member.level',
        index='btree_not_null',
        ondelete='cascade',
        tracking=True,
        help='The rule names the price of this level alone. Empty: the price for everybody.',
    )

    # What it says
    margin_percent = fields.Float(
        string='Margin (%)', digits=(8, 2), tracking=True, help='Of the cost in yuan.'
    )
    margin_fen = BigInteger(
        string='Margin (fen)', tracking=True, help='Added besides, in fen: 50 is ¥0.50.'
    )
    floor_percent = fields.Float(
        string='Floor (%)',
        digits=(8, 2),
        tracking=True,
        help='No price leaves less than this share of the cost, coupons included.',
    )
    floor_fen = BigInteger(
        string='Floor (fen)', tracking=True, help='No price leaves less than this; the more counts.'
    )
    ending = fields.Selection(
        list(PRICE_ENDINGS), required=True, default='none', tracking=True, string='Rounding'
    )
    auto_apply = fields.Boolean(
        string='Apply by Itself',
        tracking=True,
        help='Prices this rule changes are changed at once; otherwise somebody has to agree.',
    )

    _margins_not_negative = models.Constraint(
        'CHECK(margin_percent >= 0 AND margin_fen >= 0 AND floor_percent >= 0 AND floor_fen >= 0)',
        'A margin cannot be negative.',
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `odoo` to have prices computed anew."""
        rules = super().create(vals_list)
        rules._plan_prices()
        return rules

    def write(self, vals):
        """Override of `odoo` to have prices computed anew."""
        written = super().write(vals)
        if vals.keys() - {'name', 'auto_apply'}:
            self._plan_prices()
        return written

    def unlink(self):
        """Override of `odoo` to have prices computed anew."""
        unlinked = super().unlink()
        self.env['wx.recharge.price.rule']._plan_everywhere()
        return unlinked

    # === ACTION METHODS === #

    @requires('recharge.price.apply')
    def action_compute(self):
        """Have prices computed now."""
        return self.env['wx.recharge.price.run'].action_compute()

    # === BUSINESS METHODS === #

    def _plan_prices(self):
        if any(not rule.company_id for rule in self):
            self._plan_everywhere()
            return
        # Who keeps rules need not be able to write runs.
        self.env['wx.recharge.price.run'].sudo()._plan(self.company_id)

    @api.model
    def _plan_everywhere(self):
        # Who keeps rules or enters rates need not be able to write runs.
        self.env['wx.recharge.price.run'].sudo()._plan(self.env['res.company'])

    @api.model
    @tools.ormcache('company_id', cache='stable')
    def _in_order(self, company_id):
        """Return a company's rules in the order they are tried, kept in memory.

        :rtype: tuple of `pricing.rules.Rule`
        """
        # The same for whoever asks first.
        rules_sudo = self.sudo().search([('company_id', 'in', (False, company_id))])
        return in_order(rule._to_values() for rule in rules_sudo)

    @api.model
    def _price_fen(self, cost_fen, subject, company_id):
        """Return the price the rules name, None when none fits.

        :param subject: `pricing.rules.Subject`
        """
        rule = choose(self._in_order(company_id), subject)
        return formula.price_fen(cost_fen, rule.terms) if rule else None

    def _to_values(self):
        """Return the rule as a `pricing.rules.Rule`."""
        self.ensure_one()
        terms = Terms(
            percent=_decimal(self.margin_percent),
            fixed_fen=self.margin_fen,
            floor_percent=_decimal(self.floor_percent),
            floor_fixed_fen=self.floor_fen,
            ending=Ending(self.ending),
        )
        return Rule(
            id=self.id,
            sequence=self.sequence,
            terms=terms,
            country_id=self.country_id.id or None,
            operator_id=self.operator_id.id or None,
            kind=self.kind or None,
            level_id=self.level_id.id or None,
        )


def _decimal(percent):
    return Decimal(str(percent)).quantize(Decimal('0.01'))
