from odoo import api, models

from .rbac_log import arguments_by_name


class RbacGate(models.AbstractModel):
    _inherit = 'rbac.gate'

    @api.model
    def _outermost(self, records, guarded, args, kwargs):
        """Override to write one line of the business log, refused attempts included."""
        if not self.pool.ready:
            # Installing and upgrading are nobody's acts, and the log may not exist yet.
            return super()._outermost(records, guarded, args, kwargs)
        perform = super()._outermost
        arguments = arguments_by_name(guarded._rbac_method, records, args, kwargs)
        log = records.env['rbac.log']
        return log._run_logged(
            log._prepare_line(records, guarded._rbac_code, guarded.__name__, arguments),
            lambda: perform(records, guarded, args, kwargs),
            approval_of=self.env['rbac.approval']._of_result,
        )
