from odoo import api, fields, models


class RbacUserRestore(models.TransientModel):
    _name = 'rbac.user.restore'
    _description = 'Restore an Account'

    user_id = fields.Many2one(
        'res.users',
        string='Account',
        required=True,
        readonly=True,
        default=lambda self: self.env.context.get('active_id'),
    )
    former_role_ids = fields.Many2many('res.users.role', compute='_compute_former_role_ids')
    role_ids = fields.Many2many(
        'res.users.role',
        string='Roles to Give Back',
        compute='_compute_role_ids',
        store=True,
        readonly=False,
        domain="[('id', 'in', former_role_ids)]",
    )
    groups_by_hand = fields.Boolean(
        string='Give Back Groups', help='The account had no roles, but groups given by hand.'
    )

    # === COMPUTE METHODS === #

    @api.depends('user_id')
    def _compute_former_role_ids(self):
        for form in self:
            # Roles of a disabled account are archived with it.
            user = form.user_id.sudo().with_context(active_test=False)
            form.former_role_ids = user.role_line_ids.role_id

    @api.depends('former_role_ids')
    def _compute_role_ids(self):
        for form in self:
            form.role_ids = form.former_role_ids

    # === ACTIONS === #

    def action_confirm(self):
        """Restore the account with the chosen roles; the guard is on the account."""
        self.ensure_one()
        answer = self.user_id.action_rbac_restore(
            role_ids=self.sudo().role_ids.ids, groups_by_hand=self.groups_by_hand
        )
        # A request for approval is an action of its own.
        return answer if isinstance(answer, dict) else {'type': 'ir.actions.act_window_close'}
