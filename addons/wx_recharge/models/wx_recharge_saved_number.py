from dataclasses import dataclass
from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.wx_base.exceptions import Conflict, InvalidInput, NotFound

from ..const.numbers import RECENT_MAX, RECENT_ORDERS, SAVED_MAX
from ..utils import parse_phone


@dataclass(frozen=True)
class RecentNumber:
    """A number that a customer has ordered for."""

    number: str
    country_id: int
    operator_id: int
    order_no: str
    used_at: datetime


class WxRechargeSavedNumber(models.Model):
    """A number that a customer keeps, such as the one of somebody of the family."""

    _name = 'wx.recharge.saved.number'
    _description = 'Saved Number'
    _order = 'id desc'
    _rec_name = 'number'
    _rec_names_search = ['number', 'label']

    wx_user_id = fields.Many2one(
        'wx.user', string='Customer', required=True, readonly=True, index=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='wx_user_id.company_id', store=True, index=True)
    number = fields.Char(required=True, readonly=True, help='As +66812345678.')
    label = fields.Char(readonly=True, help='What the customer calls it.')
    country_id = fields.Many2one(
        'wx.recharge.country', required=True, readonly=True, index=True, ondelete='cascade'
    )
    operator_id = fields.Many2one(
        'wx.recharge.operator',
        readonly=True,
        index='btree_not_null',
        ondelete='set null',
        help='What the customer has chosen for it.',
    )
    last_used_at = fields.Datetime(
        compute='_compute_last_used_at', help="The customer's last order for the number."
    )

    _number_uniq = models.Constraint(
        'UNIQUE(wx_user_id, number)', 'The customer has saved this number already.'
    )

    # === COMPUTE METHODS === #

    def _compute_last_used_at(self):
        groups = (
            self.env['wx.recharge.order']
            .sudo()
            ._read_group(  # own orders; staff: see help
                [('wx_user_id', 'in', self.wx_user_id.ids), ('phone', 'in', self.mapped('number'))],
                ['wx_user_id', 'phone'],
                ['create_date:max'],
            )
        )
        used = {(user.id, phone): last_at for user, phone, last_at in groups}
        for saved in self:
            saved.last_used_at = used.get((saved.wx_user_id.id, saved.number))

    # === CONSTRAINT METHODS === #

    @api.constrains('operator_id', 'country_id')
    def _check_operator(self):
        for saved in self:
            if saved.operator_id and saved.operator_id.country_id != saved.country_id:
                raise ValidationError(
                    self.env._('The operator is of another country than the number.')
                )

    # === BUSINESS METHODS === #

    @api.model
    def _save(self, wx_user, phone, country=None, operator_id=None, label=None):
        """Save a number for a customer.

        :param str country: ISO2 of a number without `+`
        :raise InvalidInput: the number or the operator is not valid
        :raise Conflict: it is saved already, or there are too many
        """
        e164, iso2 = parse_phone(self.env, phone, country)
        own = self.env['wx.recharge.country']._of_code(iso2)
        if not own:
            raise InvalidInput(
                self.env._('Numbers of this country cannot be topped up.'),
                {'phone': self.env._('Not sold to %(country)s.', country=iso2)},
            )
        operator_id = self._operator_id(operator_id, own.id)
        # So that two at once are not one too many, and the second is told in words.
        self.env['wx.recharge.turn']._take([f'saved numbers {wx_user.id}'])
        numbers_sudo = self.sudo()  # customers have no rights to write
        saved = numbers_sudo.search_fetch([('wx_user_id', '=', wx_user.id)], ['number'])
        if e164 in saved.mapped('number'):
            raise Conflict(self.env._('You have saved this number already.'))
        if len(saved) >= SAVED_MAX:
            raise Conflict(self.env._('You can save %(count)s numbers.', count=SAVED_MAX))
        return numbers_sudo.create(
            {
                'wx_user_id': wx_user.id,
                'number': e164,
                'label': label,
                'country_id': own.id,
                'operator_id': operator_id,
            }
        )

    @api.model
    def _operator_id(self, operator_id, country_id):
        """Return the operator if customers see it in that country.

        :raise InvalidInput: they do not
        """
        operators = self.env['wx.recharge.operator']._shown(country_id)
        if operator_id and operator_id not in {operator.id for operator in operators}:
            raise InvalidInput(
                self.env._('There is no such operator in this country.'),
                {'operator_id': self.env._('Choose one of GET /operators.')},
            )
        return operator_id

    @api.model
    def _own(self, number_id):
        """Return the customer's saved number; the record rule hides everybody else's.

        :raise NotFound: the customer has none of that id
        """
        # The rule leaves the customer's own, which are not many; any number may be asked for.
        saved = self.search([]).filtered(lambda number: number.id == number_id)
        if not saved:
            raise NotFound(self.env._('There is no such number.'))
        return saved.sudo()  # customers have no rights to write; it is theirs

    def _update(self, values):
        """Change what a customer may: label and operator. Runs as sudo."""
        self.ensure_one()
        if 'operator_id' in values:
            self._operator_id(values['operator_id'], self.country_id.id)
        self.write(values)

    @api.model
    def _recent(self, wx_user, without):
        """Return numbers of the customer's last orders, the last one first.

        :param without: numbers that are offered already
        :rtype: list[RecentNumber]
        """
        orders = self.env['wx.recharge.order'].search_fetch(
            [('wx_user_id', '=', wx_user.id)],
            ['phone', 'country_id', 'operator_id', 'order_no', 'create_date'],
            limit=RECENT_ORDERS,
        )
        recent = {}
        for order in orders:
            if order.phone not in without:
                recent.setdefault(order.phone, order)
        return [
            RecentNumber(
                number=phone,
                country_id=order.country_id.id,
                operator_id=order.operator_id.id,
                order_no=order.order_no,
                used_at=order.create_date,
            )
            for phone, order in list(recent.items())[:RECENT_MAX]
        ]
