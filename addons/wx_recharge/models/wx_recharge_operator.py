import logging

from odoo import api, fields, models

from ..lib.topup.errors import TopupError

_logger = logging.getLogger(__name__)


class WxRechargeOperator(models.Model):
    """A mobile network operator of a country."""

    _name = 'wx.recharge.operator'
    _description = 'Recharge Operator'
    _inherit = ['wx.recharge.catalogue.mixin']
    _order = 'country_id, sequence, id'

    name = fields.Char(required=True, translate=True)
    country_id = fields.Many2one(
        'wx.recharge.country', required=True, index=True, ondelete='restrict'
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    package_ids = fields.One2many('wx.recharge.package', 'operator_id', string='Packages')
    package_count = fields.Integer(compute='_compute_package_count')

    _name_uniq = models.UniqueIndex(
        "(country_id, (name->>'en_US'))", 'This operator is in the list already.'
    )

    # === COMPUTE METHODS === #

    def _compute_package_count(self):
        groups = self.env['wx.recharge.package']._read_group(
            [('operator_id', 'in', self.ids)], ['operator_id'], ['__count']
        )
        counts = dict(groups)
        for operator in self:
            operator.package_count = counts.get(operator, 0)

    # === ACTION METHODS === #

    def action_open_packages(self):
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.recharge.package',
            'view_mode': 'list,kanban,form',
            'domain': [('operator_id', '=', self.id)],
            'context': {'default_operator_id': self.id},
            # After the domain: the export of terms takes strings in it for terms otherwise.
            'name': self.env._('Packages'),
        }

    # === BUSINESS METHODS === #

    @api.model
    def _lookup(self, e164, country):
        """Return `(operators detected by prefix, all operators of the country)`.

        Nothing is chosen: a ported number has another operator than its prefix says
        (spec/topup_suppliers.md §6 trap 9), so the customer confirms. A supplier that does
        not answer leaves the whole list. Must run before anything is written, because the
        supplier is called in the open transaction.

        :param str e164: number as E.164
        :param country: `wx.recharge.country`
        """
        operators = self.search([('country_id', '=', country.id)])
        detected = self.browse()
        # Customers read no supplier; only operators they may see are returned.
        suppliers = self.env['wx.recharge.supplier'].sudo()._for_lookup(country)
        for supplier in suppliers:
            try:
                candidates = supplier._lookup_number(e164, country.iso2)
            except TopupError as error:
                _logger.info('lookup at supplier %s failed: %s', supplier.id, error)
                continue
            detected = supplier._operators_of(candidates) & operators
            break
        return detected, operators
