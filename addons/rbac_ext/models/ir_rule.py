from odoo import api, fields, models
from odoo.exceptions import UserError

from ..permission import SEAL


class IrRule(models.Model):
    _inherit = 'ir.rule'

    rbac_generated = fields.Boolean(
        string='Made from Data Scopes',
        readonly=True,
        copy=False,
        help='Change the data scopes of the roles instead.',
    )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        if any(vals.get('rbac_generated') for vals in vals_list):
            self._check_by_scopes()
        return super().create(vals_list)

    def write(self, vals):
        if 'rbac_generated' in vals or any(rule.rbac_generated for rule in self.sudo()):
            self._check_by_scopes()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_generated(self):
        if any(rule.rbac_generated for rule in self.sudo()):
            self._check_by_scopes()

    def _check_by_scopes(self):
        """Refuse edits of generated rules by hand, whoever makes them."""
        if self.env.context.get('rbac_scopes') is not SEAL:
            raise UserError(
                self.env._('This rule is made from the data scopes of the roles: change those.')
            )

    # === BUSINESS METHODS === #

    @api.model
    def _eval_context(self):
        """Override of `base`: `rbac_scope(model, mode)` is the domain of the roles in force."""
        scopes = self.env['rbac.scope']
        return {**super()._eval_context(), 'rbac_scope': scopes._domain_here}

    def _compute_domain_context_values(self):
        """Override of `base`: domains are kept per roles in force, beside the user."""
        yield from super()._compute_domain_context_values()
        yield self.env.user._role_state()
