from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.rbac_ext.fields import BigInteger
from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.exceptions import InvalidInput

from ..const import COUPON_STATES, KINDS, SOURCES
from ..utils import discount_text


class WxCoupon(models.Model):
    """One coupon: what it is worth was copied when it was issued.

    Choosing: `wx_coupon_choice.py`; states: `wx_coupon_flow.py`.
    """

    _name = 'wx.coupon'
    _description = 'Coupon'
    _order = 'id desc'
    _rec_name = 'template_id'

    template_id = fields.Many2one(
        'wx.coupon.template', string='Coupon', required=True, readonly=True, ondelete='restrict'
    )
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    wx_user_id = fields.Many2one('wx.user', string='Customer', readonly=True, ondelete='restrict')
    state = fields.Selection(
        list(COUPON_STATES), required=True, readonly=True, copy=False, default='issued'
    )
    source = fields.Selection(list(SOURCES), required=True, readonly=True, string='Came By')
    code = fields.Char(
        readonly=True,
        copy=False,
        groups='wx_coupon.perm_coupon_code_res_groups',
        help='Whoever has it can redeem it: it is shown to those who make codes only.',
    )

    # What it is worth
    kind = fields.Selection(list(KINDS), required=True, readonly=True)
    amount_fen = BigInteger(string='Amount (fen)', required=True, readonly=True, aggregator=None)
    percent = fields.Integer(required=True, readonly=True, aggregator=None)
    cap_fen = BigInteger(string='Cap (fen)', required=True, readonly=True, aggregator=None)
    discount_text = fields.Char(string='Discount', compute='_compute_discount_text')
    threshold_fen = BigInteger(
        string='Threshold (fen)', required=True, readonly=True, aggregator=None
    )
    threshold = fields.Monetary(
        string='From a Price of', compute='_compute_threshold', help='In yuan, before any coupon.'
    )
    stackable = fields.Boolean(readonly=True)
    scope = fields.Json(readonly=True, help='What it is good for; empty: everything.')
    valid_from = fields.Datetime(string='Good From', readonly=True)
    valid_until = fields.Datetime(string='Good Until', readonly=True)
    valid_days = fields.Integer(
        readonly=True, aggregator=None, help='From the moment the code is redeemed.'
    )

    # How it came
    job_id = fields.Many2one(
        'wx.coupon.job', string='Gift', readonly=True, index='btree_not_null', ondelete='restrict'
    )
    batch = fields.Char(string='Batch of Codes', readonly=True, copy=False, index='btree_not_null')
    claim_no = fields.Integer(
        readonly=True, aggregator=None, help="The customer's first, second … of this template."
    )
    claim_limit = fields.Integer(readonly=True, aggregator=None)
    grant_key = fields.Char(readonly=True, help='What it was given for: it is given once.')

    # What it did
    res_model = fields.Char(string='Document Model', readonly=True, copy=False)
    res_id = fields.Many2oneReference(
        string='Document', model_field='res_model', readonly=True, copy=False
    )
    saving_fen = BigInteger(string='Saving (fen)', readonly=True, copy=False, aggregator=None)
    revenue_fen = BigInteger(string='Revenue (fen)', readonly=True, copy=False, aggregator=None)
    currency_id = fields.Many2one('res.currency', required=True, readonly=True)
    saving = fields.Monetary(
        readonly=True, copy=False, help='What it took off when it was used, in yuan.'
    )
    revenue = fields.Monetary(
        readonly=True, copy=False, help='What the customer paid beside it, in yuan.'
    )
    held_at = fields.Datetime(readonly=True, copy=False)
    used_at = fields.Datetime(readonly=True, copy=False)
    given_back_at = fields.Datetime(string='Given Back', readonly=True, copy=False)
    given_back_count = fields.Integer(
        string='Times Given Back', required=True, readonly=True, copy=False, default=0
    )
    reminded_at = fields.Datetime(readonly=True, copy=False)
    void_reason = fields.Char(readonly=True, copy=False)
    void_uid = fields.Many2one('res.users', string='Made Void By', readonly=True, copy=False)

    _code_uniq = models.UniqueIndex('(code)', 'This code exists already.')
    _claim_uniq = models.UniqueIndex(
        '(template_id, wx_user_id, claim_no) WHERE claim_no IS NOT NULL',
        'A customer has claimed this coupon already.',
    )
    _grant_uniq = models.UniqueIndex(
        '(template_id, wx_user_id, grant_key) WHERE grant_key IS NOT NULL',
        'This was given to the customer already.',
    )
    _claim_check = models.Constraint(
        'CHECK (claim_no IS NULL OR claim_no BETWEEN 1 AND claim_limit)',
        'A customer has no more of a coupon than one may have.',
    )
    _owner_check = models.Constraint(
        """CHECK (CASE WHEN state IN ('issued', 'held', 'used')
                  THEN wx_user_id IS NOT NULL AND valid_from IS NOT NULL
                       AND valid_until IS NOT NULL ELSE true END)""",
        'A coupon belongs to somebody and ends some day.',
    )
    _document_check = models.Constraint(
        """CHECK ((state IN ('held', 'used')) = (res_id IS NOT NULL AND res_id > 0))""",
        'A coupon is held or used by one document.',
    )
    _own_idx = models.Index('(wx_user_id, state, valid_until)')
    _own_list_idx = models.Index('(wx_user_id, id)')
    _template_idx = models.Index('(template_id, state)')
    _document_idx = models.Index('(res_model, res_id) WHERE res_id IS NOT NULL')
    _expiry_idx = models.Index("(valid_until) WHERE state IN ('ready', 'issued')")

    # === COMPUTE METHODS === #

    @api.depends('template_id')
    def _compute_display_name(self):
        for coupon in self:
            coupon.display_name = f'{coupon.template_id.name} #{coupon.id}'

    @api.depends('kind', 'amount_fen', 'percent', 'cap_fen')
    @api.depends_context('lang')
    def _compute_discount_text(self):
        for coupon in self:
            coupon.discount_text = discount_text(coupon)

    @api.depends('threshold_fen')
    def _compute_threshold(self):
        for coupon in self:
            coupon.threshold = coupon.threshold_fen / 100

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._('Coupons are kept: make it void instead.'))

    # === ACTION METHODS === #

    @requires('coupon.void')
    def action_void(self, reason):
        """Take coupons away from their owners.

        :param str reason: staff read it on the coupon
        :raise InvalidInput: no reason
        :raise Conflict: one of them is held, used or gone already
        """
        self.check_access('read')
        if not (reason or '').strip():
            text = self.env._('Say why the coupons are made void.')
            raise InvalidInput(text, {'reason': text})
        self.sudo()._void(reason.strip())  # nobody has the right to write coupons

    def action_open_document(self):
        """Open what the coupon is held or was used for."""
        self.ensure_one()
        if not self.res_id:
            raise UserError(self.env._('No document has this coupon.'))
        return {
            'type': 'ir.actions.act_window',
            'res_model': self.res_model,
            'view_mode': 'form',
            'res_id': self.res_id,
            'name': self.env._('Document'),
        }

    # === BUSINESS METHODS === #

    @api.model
    def _list(self, last_id, limit, state=None):
        """Return `(coupons, whether more follow)` after `last_id`, newest first.

        :param str state: as customers see it: what is past is expired
        """
        past = Domain('state', '=', 'issued') & Domain('valid_until', '<=', fields.Datetime.now())
        domain = Domain('state', '=', state) if state else Domain.TRUE
        if state == 'issued':
            domain &= ~past
        elif state == 'expired':
            domain |= past
        if last_id:
            domain &= Domain('id', '<', last_id)
        found = self.search(domain, order='id desc', limit=limit + 1)
        return found[:limit], len(found) > limit

    @api.model
    def _insert(self, rows):
        """Insert coupons in one statement and return those that are new.

        :param rows: dicts with the same keys
        """
        if not rows:
            return self.browse()
        uid = self.env.uid
        given = {'state': 'issued', 'given_back_count': 0, 'create_uid': uid, 'write_uid': uid}
        full = [{**given, **row} for row in rows]
        columns = list(full[0])
        now = SQL("now() AT TIME ZONE 'UTC'")
        values = SQL(', ').join(
            SQL('(%s)', SQL(', ').join([*(SQL('%s', _adapt(row[name])) for name in columns), now]))
            for row in full
        )
        found = self.env.execute_query(
            SQL(
                """INSERT INTO wx_coupon (%s, create_date) VALUES %s
                   ON CONFLICT DO NOTHING RETURNING id""",
                SQL(', ').join(SQL.identifier(name) for name in columns),
                values,
            )
        )
        return self.browse(coupon_id for (coupon_id,) in found)


def _adapt(value):
    """Return a value as the database takes it."""
    if isinstance(value, dict):
        return Json(value)
    return None if value is False else value
