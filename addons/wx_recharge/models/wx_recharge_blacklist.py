import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from odoo.addons.wx_base.exceptions import Conflict, InvalidInput

from ..const.blacklist import BLACKLIST_KINDS
from ..utils import parse_phone

PREFIX = re.compile(r'\+[1-9][0-9]{0,14}')
# What people put between digits.
FILLING = re.compile(r'[\s().\-/]')


class WxRechargeBlacklist(models.Model):
    """Customers, numbers, beginnings of numbers and countries that are not sold to.

    Looked at before an order is placed and before its payment is opened. Not before a paid
    order is fulfilled: whoever has paid was promised the top-up, and staff can still refund.
    """

    _name = 'wx.recharge.blacklist'
    _description = 'Blacklist Entry'
    _inherit = ['mail.thread']
    _order = 'id desc'
    _rec_name = 'subject'
    _check_company_auto = True

    kind = fields.Selection(list(BLACKLIST_KINDS), required=True, default='number', tracking=True)
    wx_user_id = fields.Many2one(
        'wx.user', string='Customer', index='btree_not_null', ondelete='cascade', tracking=True
    )
    number = fields.Char(
        string='Number or Prefix',
        tracking=True,
        help='With + and country code: +66812345678, or its beginning: +6681.',
    )
    country_id = fields.Many2one(
        'wx.recharge.country', index='btree_not_null', ondelete='cascade', tracking=True
    )
    subject = fields.Char(compute='_compute_subject', store=True)
    company_id = fields.Many2one('res.company', index=True, help='Empty: for all companies.')

    reason = fields.Char(required=True, tracking=True, help='For staff; customers never see it.')
    date_from = fields.Datetime(string='From', help='Empty: at once.', tracking=True)
    date_until = fields.Datetime(string='Until', help='Empty: for good.', tracking=True)
    active = fields.Boolean(default=True, tracking=True)

    hit_ids = fields.One2many('wx.recharge.blacklist.hit', 'blacklist_id', readonly=True)
    hit_count = fields.Integer(
        string='Refused', compute='_compute_hits', help='Orders refused within the last year.'
    )
    last_hit_at = fields.Datetime(string='Last Refused', compute='_compute_hits')

    _subject_given = models.Constraint(
        """CHECK(CASE kind WHEN 'user' THEN wx_user_id IS NOT NULL AND number IS NULL
                                        AND country_id IS NULL
                           WHEN 'country' THEN country_id IS NOT NULL AND number IS NULL
                                        AND wx_user_id IS NULL
                           ELSE number IS NOT NULL AND wx_user_id IS NULL
                                        AND country_id IS NULL END)""",
        'Enter what the entry is about, and nothing else.',
    )
    _period = models.Constraint('CHECK(date_from < date_until)', 'It must begin before it ends.')
    _number_uniq = models.UniqueIndex(
        '(number, kind, COALESCE(company_id, 0)) WHERE active AND number IS NOT NULL',
        'This number is in the list already.',
    )
    _user_uniq = models.UniqueIndex(
        '(wx_user_id, COALESCE(company_id, 0)) WHERE active AND wx_user_id IS NOT NULL',
        'This customer is in the list already.',
    )
    _country_uniq = models.UniqueIndex(
        '(country_id, COALESCE(company_id, 0)) WHERE active AND country_id IS NOT NULL',
        'This country is in the list already.',
    )

    # === COMPUTE METHODS === #

    @api.depends('kind', 'number', 'wx_user_id.display_name', 'country_id')
    def _compute_subject(self):
        for entry in self:
            entry.subject = (
                entry.number or entry.wx_user_id.display_name or entry.country_id.display_name
            )

    def _compute_hits(self):
        groups = self.env['wx.recharge.blacklist.hit']._read_group(
            [('blacklist_id', 'in', self.ids)],
            ['blacklist_id'],
            ['__count', 'create_date:max'],
        )
        hits = {entry: (count, last_at) for entry, count, last_at in groups}
        for entry in self:
            entry.hit_count, entry.last_hit_at = hits.get(entry, (0, False))

    # === CONSTRAINT METHODS === #

    @api.onchange('kind')
    def _onchange_kind(self):
        """What belongs to another kind is not kept."""
        for name, kinds in (
            ('wx_user_id', {'user'}),
            ('number', {'number', 'prefix'}),
            ('country_id', {'country'}),
        ):
            if self.kind not in kinds:
                self[name] = False

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `odoo` to keep numbers the way orders have them."""
        self.flush_model()  # else an entry just archived is still in the unique indexes
        default = self._fields['kind'].default(self)
        return super().create(
            [
                self._with_normal_number(values, values.get('kind') or default)
                for values in vals_list
            ]
        )

    def write(self, vals):
        """Override of `odoo` to keep numbers the way orders have them."""
        if not vals.get('number'):
            return super().write(vals)
        for entry in self:
            kind = vals.get('kind', entry.kind)
            super(WxRechargeBlacklist, entry).write(self._with_normal_number(vals, kind))
        return True

    def _with_normal_number(self, vals, kind):
        """Return the values with the number as E.164, or the prefix as its beginning.

        :raise ValidationError: it is neither
        """
        if not vals.get('number'):
            return vals
        return {**vals, 'number': self._normalize(vals['number'], kind)}

    def _normalize(self, text, kind):
        if kind == 'prefix':
            prefix = FILLING.sub('', text)
            if not PREFIX.fullmatch(prefix):
                raise ValidationError(
                    self.env._('A prefix is + and digits, such as +6681: %(text)s', text=text)
                )
            return prefix
        try:
            return parse_phone(self.env, text)[0]
        except InvalidInput as error:
            raise ValidationError(
                self.env._(
                    '%(text)s: %(reason)s', text=text, reason=error.fields.get('phone', error)
                )
            ) from error

    # === BUSINESS METHODS === #

    @api.model
    def _check(self, wx_user, e164, country):
        """Refuse an order that the list does not let pass, and remember that it was tried.

        The customer is told neither which entry matched nor that there is a list.

        :param wx_user: who orders
        :param str e164: the number, as E.164
        :param country: of the number; a `wx.recharge.country`, or what has its `id`
        :raise Conflict: an entry matches
        """
        entry_id = self._find(wx_user, e164, country.id)
        if entry_id:
            self.env['wx.recharge.blacklist.hit']._remember(entry_id, wx_user.id, e164)
            raise Conflict(self.env._('This order cannot be placed. Please ask our support.'))

    @api.model
    def _find(self, wx_user, e164, country_id):
        """Return the id of an entry in force that matches, None without one."""
        self.flush_model()
        # Customers may not read the list. One statement; each kind has its own index.
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM wx_recharge_blacklist
                   WHERE active
                     AND (wx_user_id = %(user)s OR country_id = %(country)s
                          OR (number = %(number)s AND kind = 'number')
                          OR (number = ANY(%(prefixes)s) AND kind = 'prefix'))
                     AND COALESCE(company_id, %(company)s) = %(company)s
                     AND COALESCE(date_from <= %(now)s, true)
                     AND COALESCE(date_until > %(now)s, true)
                   ORDER BY id LIMIT 1""",
                user=wx_user.id,
                country=country_id,
                number=e164,
                prefixes=[e164[:length] for length in range(2, len(e164) + 1)],
                # Customers may not read companies.
                company=wx_user.sudo().company_id.id,
                now=fields.Datetime.now(),
            )
        )
        return rows[0][0] if rows else None
