from odoo import api, models

NOTIFICATION = 'rbac.approval/waiting'


class RbacApproval(models.Model):
    """What the counter in the web client's bar shows."""

    _inherit = 'rbac.approval'

    @api.model
    @api.readonly
    def count_waiting(self):
        """Return the number of requests that wait for a decision of the person at work."""
        if self.env.user._is_internal() and not self.has_access('read'):
            return 0  # the bar asks for everybody, employees without any permission too
        return self.search_count([('can_decide', '=', True)])

    def _notify_waiting(self):
        """Have the counters asked anew of everybody who may decide this request."""
        self.ensure_one()
        self._approvers()._bus_send(NOTIFICATION, {})
