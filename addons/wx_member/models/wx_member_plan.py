from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from odoo.addons.rbac_ext.fields import BigInteger

from ..const import DURATION_UNITS, MAX_DURATION, PLANS_MAX


class WxMemberPlan(models.Model):
    """What customers buy: a level for so long, at a price."""

    _name = 'wx.member.plan'
    _description = 'Membership Plan'
    _inherit = ['mail.thread']
    _order = 'sequence, id'
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help='The order in which customers see plans.')
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one('res.company', index=True, help='Empty: of all companies.')
    description = fields.Text(translate=True, help='Shown to customers.')

    # What is sold
    level_id = fields.Many2one(
        'wx.member.level',
        required=True,
        index=True,
        ondelete='restrict',
        check_company=True,
        tracking=True,
    )
    duration = fields.Integer(required=True, default=1, tracking=True)
    duration_unit = fields.Selection(
        list(DURATION_UNITS), string='Unit', required=True, default='month', tracking=True
    )
    is_trial = fields.Boolean(
        string='Trial', help='Each customer may have one trial ever. It may cost nothing.'
    )

    # Price: fen count, yuan are for people
    price_fen = BigInteger(
        string='Price (fen)', required=True, default=0, aggregator=None, tracking=True
    )
    currency_id = fields.Many2one(
        'res.currency', compute='_compute_currency_id', default=lambda self: self._cny()
    )
    price = fields.Monetary(
        compute='_compute_price', inverse='_inverse_price', help='In yuan; 0 for a free trial.'
    )

    # When it is sold
    sale_from = fields.Datetime(string='Sold From', help='Empty: at once.')
    sale_until = fields.Datetime(string='Sold Until', help='Empty: without end.')

    order_count = fields.Integer(string='Orders', compute='_compute_order_count')

    _duration_check = models.Constraint(
        f'CHECK(duration BETWEEN 1 AND {MAX_DURATION})',
        f'A plan lasts 1 to {MAX_DURATION} days or months.',
    )
    _price_check = models.Constraint(
        'CHECK(price_fen > 0 OR (is_trial IS TRUE AND price_fen = 0))',
        'Only a trial may cost nothing.',
    )
    _sale_check = models.Constraint(
        'CHECK(sale_from < sale_until)', 'The sale must end after it begins.'
    )

    @api.model
    def _cny(self):
        # Cached, unlike `env.ref`, which asks the database each time.
        return self.env['ir.model.data']._xmlid_to_res_id('base.CNY')

    # === COMPUTE METHODS === #

    def _compute_currency_id(self):
        self.currency_id = self._cny()

    @api.depends('price_fen')
    def _compute_price(self):
        for plan in self:
            plan.price = float(Decimal(plan.price_fen) / 100)

    def _inverse_price(self):
        for plan in self:
            # What the person sees has two decimals: its text, not the float behind it, counts.
            plan.price_fen = int(Decimal(f'{plan.price:.2f}') * 100)

    def _compute_order_count(self):
        orders = self.env['wx.membership.order']
        if not orders.has_access('read'):
            self.order_count = 0
            return
        counts = dict(orders._read_group([('plan_id', 'in', self.ids)], ['plan_id'], ['__count']))
        for plan in self:
            plan.order_count = counts.get(plan, 0)

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_except_ordered(self):
        if (
            self.env['wx.membership.order']
            .sudo()
            .search_count([('plan_id', 'in', self.ids)], limit=1)
        ):
            raise UserError(self.env._('Somebody has ordered this plan: archive it instead.'))

    # === BUSINESS METHODS === #

    @api.model
    def _on_sale(self, wx_user):
        """Return the plans that a customer can buy now, read with the rights of `self`."""
        domain = self._sale_domain(wx_user.company_id, fields.Datetime.now())
        return self.search(domain, limit=PLANS_MAX)

    @api.model
    def _sale_domain(self, company, now):
        """Return which plans customers of a company can buy at a moment."""
        return (
            Domain('level_id.active', '=', True)
            & Domain('company_id', 'in', (False, company.id))
            & Domain('level_id.company_id', 'in', (False, company.id))
            & (Domain('sale_from', '=', False) | Domain('sale_from', '<=', now))
            & (Domain('sale_until', '=', False) | Domain('sale_until', '>', now))
        )
