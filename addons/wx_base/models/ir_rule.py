from odoo import api, models


class IrRule(models.Model):
    _inherit = 'ir.rule'

    @api.model
    def _eval_context(self):
        """Override of `base` to let rules speak of the customer whose request this is.

        `wx_user_id` is 0 outside a customer's request. Only rules of the service user's
        group use it: staff can put anything into their context.
        """
        return {
            **super()._eval_context(),
            'wx_user_id': int(self.env.context.get('wx_user_id') or 0),
        }

    def _compute_domain_keys(self):
        """Override of `base`: domains are cached per customer too."""
        return [*super()._compute_domain_keys(), 'wx_user_id']
