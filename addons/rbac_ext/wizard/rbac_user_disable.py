from odoo import api, fields, models


class RbacUserDisable(models.TransientModel):
    _name = 'rbac.user.disable'
    _description = 'Disable Accounts'

    user_ids = fields.Many2many(
        'res.users',
        string='Accounts',
        required=True,
        default=lambda self: self._default_user_ids(),
        domain=[('share', '=', False)],
    )
    reason = fields.Char(required=True)
    successor_id = fields.Many2one(
        'res.users',
        string='Colleague Who Takes Over',
        domain=[('share', '=', False)],
        help='Open to-dos go to him; without one to the head of the department, or else to you.',
    )
    activity_count = fields.Integer(string='# Open To-Dos', compute='_compute_activity_count')

    # === DEFAULTS === #

    @api.model
    def _default_user_ids(self):
        if self.env.context.get('active_model') != 'res.users':
            return self.env['res.users']
        return self.env['res.users'].browse(self.env.context.get('active_ids', []))

    # === COMPUTE METHODS === #

    @api.depends('user_ids')
    def _compute_activity_count(self):
        # In sudo: how many there are, not which.
        activities = self.env['mail.activity'].sudo()
        for form in self:
            form.activity_count = activities.search_count([('user_id', 'in', form.user_ids.ids)])

    # === ACTIONS === #

    def action_confirm(self):
        """Disable the accounts; the guard is on the accounts."""
        self.ensure_one()
        answer = self.user_ids.action_rbac_disable(
            reason=self.reason, successor_id=self.successor_id.id
        )
        # A request for approval is an action of its own.
        return answer if isinstance(answer, dict) else {'type': 'ir.actions.act_window_close'}
