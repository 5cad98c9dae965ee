import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

from odoo.addons.rbac_ext.fields import BigInteger
from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const import (
    AUDIENCES,
    KINDS,
    OCCASIONS,
    TEMPLATE_STATES,
    TEMPLATE_TRANSITIONS,
    VALIDITIES,
)
from ..utils import discount_text, to_fen

_logger = logging.getLogger(__name__)

# Moved by acts of their own, never by hand.
SEALED_FIELDS = frozenset({'state', 'taken_qty', 'is_recount'})
YUAN_FIELDS = frozenset({'amount', 'cap', 'threshold'})


class WxCouponTemplate(models.Model):
    """What a coupon is worth, whom it is for and how many there are.

    A coupon copies what it says of discount, validity and scope: changing a template changes no
    coupon that was issued.
    """

    _name = 'wx.coupon.template'
    _description = 'Coupon Template'
    _inherit = ['mail.thread']
    _order = 'sequence, id'

    name = fields.Char(required=True, translate=True, tracking=True)
    terms = fields.Text(translate=True, help='What customers are told about the use of it.')
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        'res.company', required=True, index=True, default=lambda self: self._default_company()
    )
    state = fields.Selection(
        list(TEMPLATE_STATES),
        required=True,
        readonly=True,
        copy=False,
        default='draft',
        tracking=True,
        help='Coupons are issued while it is open; those issued stay good after its end.',
    )

    # Discount
    kind = fields.Selection(list(KINDS), required=True, default='fixed', tracking=True)
    amount_fen = BigInteger(string='Amount (fen)', required=True, default=0, tracking=True)
    percent = fields.Integer(
        string='Per Cent Off',
        required=True,
        default=0,
        tracking=True,
        aggregator=None,
        help='15 takes 15 per cent off the price.',
    )
    cap_fen = BigInteger(string='Cap (fen)', required=True, default=0, tracking=True)
    threshold_fen = BigInteger(string='Threshold (fen)', required=True, default=0, tracking=True)
    currency_id = fields.Many2one('res.currency', compute='_compute_currency_id')
    amount = fields.Monetary(
        string='Amount Off',
        compute='_compute_amounts',
        inverse='_inverse_amount',
        help='What the coupon takes off, in yuan.',
    )
    cap = fields.Monetary(
        string='At Most',
        compute='_compute_amounts',
        inverse='_inverse_cap',
        help='The most that per cent may take off, in yuan. 0: no limit.',
    )
    threshold = fields.Monetary(
        string='From a Price of',
        compute='_compute_amounts',
        inverse='_inverse_threshold',
        help='Least price, in yuan, before any coupon. 0: any price.',
    )
    discount_text = fields.Char(string='Discount', compute='_compute_discount_text')
    stackable = fields.Boolean(
        tracking=True, help='May be used together with other stackable coupons.'
    )

    # Validity of the coupons issued
    validity = fields.Selection(list(VALIDITIES), required=True, default='relative', tracking=True)
    valid_from = fields.Datetime(string='Good From', tracking=True)
    valid_until = fields.Datetime(string='Good Until', tracking=True)
    valid_days = fields.Integer(
        string='Days', required=True, default=30, help='From the moment a coupon is issued.'
    )

    # How many, and who gets them
    total_qty = fields.Integer(
        string='Total Quantity', required=True, default=0, tracking=True, help='0: no limit.'
    )
    taken_qty = fields.Integer(
        string='Counted',
        required=True,
        readonly=True,
        copy=False,
        default=0,
        help='Coupons counted against the total quantity; void ones stay counted.',
    )
    is_recount = fields.Boolean(
        string='To Count Anew',
        required=True,
        readonly=True,
        copy=False,
        default=False,
        help='The total is new: the next coupon counts what was issued meanwhile.',
    )
    user_qty = fields.Integer(
        string='Per Customer',
        required=True,
        default=1,
        tracking=True,
        help='How many one customer may claim or redeem. Gifts are not counted.',
    )
    audience = fields.Selection(
        list(AUDIENCES),
        required=True,
        default='all',
        tracking=True,
        help='New customers have paid for nothing yet.',
    )
    level_ids = fields.Many2many(
        'wx.member.level', string='Levels', help='Customers who have one of these levels now.'
    )
    claimable = fields.Boolean(
        string='In the Claim Centre', default=True, tracking=True, help='Customers may take it.'
    )
    claim_from = fields.Datetime(string='Claims From', help='Empty: as soon as it is open.')
    claim_until = fields.Datetime(string='Claims Until', help='Empty: until it ends.')
    occasion = fields.Selection(
        list(OCCASIONS),
        string='Given On',
        tracking=True,
        index='btree_not_null',
        help='Everybody of the audience gets one by itself at this event.',
    )

    _discount_check = models.Constraint(
        """CHECK (CASE kind WHEN 'fixed' THEN amount_fen > 0
                  ELSE percent BETWEEN 1 AND 99 END)""",
        'A coupon takes off an amount, or 1 to 99 per cent.',
    )
    _amounts_check = models.Constraint(
        'CHECK (cap_fen >= 0 AND threshold_fen >= 0)', 'Amounts are not negative.'
    )
    _validity_check = models.Constraint(
        """CHECK (CASE validity WHEN 'relative' THEN valid_days BETWEEN 1 AND 3650
                  ELSE valid_until IS NOT NULL
                       AND (valid_from IS NULL OR valid_from < valid_until) END)""",
        'Say how many days coupons are good, or until when.',
    )
    _quantity_check = models.Constraint(
        """CHECK (total_qty >= 0 AND user_qty >= 1 AND taken_qty >= 0
                  AND (total_qty = 0 OR taken_qty <= total_qty))""",
        'There cannot be fewer coupons than were issued, nor less than one for a customer.',
    )

    # === DEFAULTS === #

    @api.model
    def _default_company(self):
        return self.env.company

    # === COMPUTE METHODS === #

    def _compute_currency_id(self):
        # By its cached id: `env.ref` asks the database each time.
        self.currency_id = self.env['ir.model.data']._xmlid_to_res_id('base.CNY')

    @api.depends('amount_fen', 'cap_fen', 'threshold_fen')
    def _compute_amounts(self):
        for template in self:
            template.amount = template.amount_fen / 100
            template.cap = template.cap_fen / 100
            template.threshold = template.threshold_fen / 100

    @api.depends('kind', 'amount_fen', 'percent', 'cap_fen')
    @api.depends_context('lang')
    def _compute_discount_text(self):
        for template in self:
            template.discount_text = discount_text(template)

    def _inverse_amount(self):
        for template in self:
            template.amount_fen = to_fen(template.amount)

    def _inverse_cap(self):
        for template in self:
            template.cap_fen = to_fen(template.cap)

    def _inverse_threshold(self):
        for template in self:
            template.threshold_fen = to_fen(template.threshold)

    # === CONSTRAINT METHODS === #

    @api.constrains('claim_from', 'claim_until')
    def _check_claim_times(self):
        for template in self:
            if (
                template.claim_from
                and template.claim_until
                and template.claim_from >= template.claim_until
            ):
                raise ValidationError(self.env._('Claims end after they begin.'))

    @api.constrains('audience', 'level_ids')
    def _check_levels(self):
        if self.filtered(lambda one: one.audience == 'level' and not one.level_ids):
            raise ValidationError(self.env._('Say which member levels the coupon is for.'))

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `odoo`: states move by acts; a total that comes later counts from now."""
        if not self.env.su and (sealed := SEALED_FIELDS & vals.keys()):
            raise AccessError(
                self.env._('%(names)s cannot be edited.', names=', '.join(sorted(sealed)))
            )
        if 'total_qty' in vals:
            # Coupons of a template without a limit are not counted as they are issued.
            lock_rows(self)
            for template_sudo in self.sudo():  # the counter is sealed
                template_sudo.write(
                    {'taken_qty': template_sudo._count_issued(), 'is_recount': True}
                )
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `odoo`: a template begins as a draft, with fen where people gave yuan.

        The database looks at the row before the ORM would turn yuan into fen.
        """
        sealed = frozenset() if self.env.su else SEALED_FIELDS
        return super().create(
            [
                {
                    (f'{name}_fen' if name in YUAN_FIELDS else name): (
                        to_fen(value) if name in YUAN_FIELDS else value
                    )
                    for name, value in vals.items()
                    if name not in sealed
                }
                for vals in vals_list
            ]
        )

    # === ACTION METHODS === #

    @requires('coupon.template.manage')
    def action_open(self):
        """Begin to issue coupons."""
        self.check_access('write')
        for template_sudo in self.sudo():
            template_sudo._move('open')

    @requires('coupon.template.manage')
    def action_end(self):
        """Issue no more coupons, for good; those issued stay as they are."""
        self.check_access('write')
        for template_sudo in self.sudo():
            template_sudo._move('ended')

    # === BUSINESS METHODS === #

    def _move(self, state):
        """Move to `state` if the table allows it from the state the locked row is in.

        :return: whether it moved
        """
        self.ensure_one()
        lock_rows(self)
        if self.state == state:
            _logger.info('coupon template %s is %s already', self.id, state)
            return False
        if state not in TEMPLATE_TRANSITIONS[self.state]:
            _logger.warning(
                'coupon template %s may not go from %s to %s', self.id, self.state, state
            )
            return False
        self.state = state
        return True
