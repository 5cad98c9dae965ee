import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

# A national number is dialled with zeros in front that are no part of it.
NATIONAL = re.compile(r'0*([1-9][0-9]*)')
FILLING = re.compile(r'[\s().\-/]')
LONGEST = 16


class WxRechargePrefix(models.Model):
    """Which numbers begin as an operator's do.

    The longest beginning counts. It may belong to several operators: who has taken a number
    along to another one is in no table, so these are candidates and nothing more.
    """

    _name = 'wx.recharge.prefix'
    _description = 'Number Prefix'
    _order = 'prefix, id'
    _rec_name = 'prefix'

    prefix = fields.Char(
        required=True,
        index=True,
        help='With + and country code, such as +6681, or as it is dialled there, such as 081.',
    )
    operator_id = fields.Many2one(
        'wx.recharge.operator', required=True, index=True, ondelete='cascade'
    )
    country_id = fields.Many2one(related='operator_id.country_id', store=True, index=True)

    _prefix_uniq = models.Constraint(
        'UNIQUE(prefix, operator_id)', 'This prefix of the operator is in the list already.'
    )

    # === CONSTRAINT METHODS === #

    @api.constrains('prefix', 'operator_id')
    def _check_prefix(self):
        for entry in self:
            code = f'+{entry.country_id.calling_code}'
            if not entry.prefix.startswith(code) or not entry.prefix[1:].isdecimal():
                raise ValidationError(
                    self.env._(
                        'Prefixes of %(operator)s begin with %(code)s: %(prefix)s',
                        operator=entry.operator_id.name,
                        code=code,
                        prefix=entry.prefix,
                    )
                )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `odoo` to keep prefixes with their country code."""
        operators = self.env['wx.recharge.operator']
        return super().create(
            [
                {
                    **values,
                    'prefix': self._normalize(
                        values.get('prefix') or '', operators.browse(values.get('operator_id'))
                    ),
                }
                for values in vals_list
            ]
        )

    def write(self, vals):
        """Override of `odoo` to keep prefixes with their country code."""
        if not vals.get('prefix'):
            return super().write(vals)
        for entry in self:
            operator = entry.operator_id
            if vals.get('operator_id'):
                operator = operator.browse(vals['operator_id'])
            prefix = self._normalize(vals['prefix'], operator)
            super(WxRechargePrefix, entry).write({**vals, 'prefix': prefix})
        return True

    @api.model
    def _normalize(self, text, operator):
        """Return a prefix with + and country code; `_check_prefix` refuses what is none."""
        text = FILLING.sub('', text)
        national = NATIONAL.fullmatch(text)
        return f'+{operator.country_id.calling_code}{national[1]}' if national else text

    # === BUSINESS METHODS === #

    @api.model
    def _match(self, e164):
        """Return the operators of the longest prefix of a number, empty when none is known."""
        prefixes = [e164[:length] for length in range(2, min(len(e164), LONGEST) + 1)]
        found = self.search_fetch([('prefix', 'in', prefixes)], ['prefix', 'operator_id'])
        longest = max((len(entry.prefix) for entry in found), default=0)
        return found.filtered(lambda entry: len(entry.prefix) == longest).operator_id
