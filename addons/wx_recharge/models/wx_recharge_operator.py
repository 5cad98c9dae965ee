import hashlib

from odoo import api, fields, models, tools

from ..const.catalogue import LOGO_PATH
from ..shown import ShownOperator


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
    hot = fields.Boolean(help='Shown among the popular operators of its country.')
    logo = fields.Image(max_width=256, max_height=256, help='Shown to everybody, at most 256 px.')
    logo_stamp = fields.Char(compute='_compute_logo_stamp', store=True, index='btree_not_null')
    logo_url = fields.Char(
        string='Logo Address',
        help='Where the supplier keeps its picture; shown as long as there is no logo here.',
    )
    package_ids = fields.One2many('wx.recharge.package', 'operator_id', string='Packages')
    package_count = fields.Integer(compute='_compute_package_count')

    _name_uniq = models.UniqueIndex(
        "(country_id, (name->>'en_US'))", 'This operator is in the list already.'
    )

    # === COMPUTE METHODS === #

    @api.depends('logo')
    def _compute_logo_stamp(self):
        for operator in self:
            logo = operator.with_context(bin_size=False).logo
            operator.logo_stamp = hashlib.sha256(logo).hexdigest()[:16] if logo else False

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

    # The cache `default`: changing record rules or groups clears it.
    @api.model
    @tools.ormcache('self.env.uid', 'self.env.su', 'self.env.lang', 'country_id')
    def _shown(self, country_id):
        """Return the operators of a country that the record rules let this user see.

        :rtype: tuple[ShownOperator]
        """
        operators = self.search([('country_id', '=', country_id)])
        return tuple(operator._shown_operator() for operator in operators)

    @tools.ormcache('self.id', 'self.env.lang', cache='stable')
    def _shown_operator(self):
        """Return what customers see of the operator; the caller knows that they may."""
        self.ensure_one()
        # What is remembered must not depend on who asks first.
        operator_sudo = self.sudo()
        stamp = operator_sudo.logo_stamp
        return ShownOperator(
            id=operator_sudo.id,
            name=operator_sudo.name,
            hot=operator_sudo.hot,
            logo_path=f'{LOGO_PATH}/{operator_sudo.id}/{stamp}' if stamp else '',
            logo_url=operator_sudo.logo_url or '',
        )
