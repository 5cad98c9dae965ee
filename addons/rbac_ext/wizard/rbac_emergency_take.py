from odoo import api, fields, models

from ..permission import requires


class RbacEmergencyTake(models.TransientModel):
    _name = 'rbac.emergency.take'
    _description = 'Take an Emergency Role'

    role_id = fields.Many2one(
        'res.users.role', required=True, domain="[('id', 'in', offered_role_ids)]"
    )
    offered_role_ids = fields.Many2many('res.users.role', compute='_compute_offered_role_ids')
    longest = fields.Integer(related='role_id.emergency_minutes', string='Longest Use')
    minutes = fields.Integer(required=True, default=30)
    reason = fields.Text(required=True)

    @api.depends_context('uid')
    def _compute_offered_role_ids(self):
        roles = self.env['res.users.role'].search([('is_emergency', '=', True)])
        self.offered_role_ids = roles._takeable_by(self.env.user)

    @api.onchange('role_id')
    def _onchange_role_id(self):
        if self.role_id:
            self.minutes = min(self.minutes, self.role_id.emergency_minutes)

    @requires('rbac.emergency.take')
    def action_take(self):
        self.ensure_one()
        self.env['rbac.emergency']._take(self.role_id.sudo(), self.reason, self.minutes)
        # The menus of the role appear with the page.
        return {'type': 'ir.actions.client', 'tag': 'reload'}
