from datetime import timedelta

from odoo import fields, models

from ..const.attempts import ATTEMPT_IN_FLIGHT
from ..const.suppliers import REFUSED_HOURS

ATTEMPT = 'wx.recharge.attempt'
ORDER = 'wx.recharge.order'
SUPPLIER = 'wx.recharge.supplier'


class WxRechargeDesk(models.Model):
    """The lists of the supplier desk: what waits for a person, with how many there are.

    The rows are data; each is as long as the user's own rights let it be.
    """

    _name = 'wx.recharge.desk'
    _description = 'Supplier Desk'
    _order = 'sequence, id'

    name = fields.Char(required=True, translate=True, readonly=True)
    note = fields.Char(translate=True, readonly=True)
    code = fields.Char(required=True, readonly=True)
    sequence = fields.Integer(readonly=True)
    count = fields.Integer(compute='_compute_count')

    _code_uniq = models.Constraint('UNIQUE(code)', 'The desk has this list already.')

    # === COMPUTE METHODS === #

    def _compute_count(self):
        for desk in self:
            model, domain = desk._list()
            records = self.env[model]
            desk.count = records.search_count(domain) if records.has_access('read') else 0

    # === ACTION METHODS === #

    def action_open(self):
        """Open the list."""
        self.ensure_one()
        model, domain = self._list()
        return {
            'type': 'ir.actions.act_window',
            'res_model': model,
            'view_mode': 'list,form',
            'domain': domain,
            # The list of what people deliver tells who is at it.
            'context': {'create': False, 'by_hand': self.code == 'hand'},
            # After the context: the export of terms takes strings in it for terms otherwise.
            'name': self.name,
        }

    # === BUSINESS METHODS === #

    def _list(self):
        """Return the model and the domain of what waits."""
        return {
            'hand': (ATTEMPT, [('is_by_hand', '=', True), ('state', 'in', ATTEMPT_IN_FLIGHT)]),
            'unknown': (ATTEMPT, [('state', '=', 'unknown')]),
            'late': (ATTEMPT, [('late_alerted', '=', True), ('state', 'in', ATTEMPT_IN_FLIGHT)]),
            'anomaly': (ORDER, [('state', '=', 'anomaly')]),
            'odd': (ORDER, [('state', '!=', 'anomaly'), ('anomaly_note', '!=', False)]),
            'paused': (SUPPLIER, [('paused', '=', True)]),
            'low': (
                SUPPLIER,
                ['|', ('is_balance_low', '=', True), ('is_exhausted', '=', True)],
            ),
            'refused': (SUPPLIER, [('refused_at', '>', self._refused_since())]),
        }[self.code]

    def _refused_since(self):
        return fields.Datetime.to_string(fields.Datetime.now() - timedelta(hours=REFUSED_HOURS))
