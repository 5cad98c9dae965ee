from odoo import fields, models

from .. import const_log


class ResConfigSettings(models.TransientModel):
    _inherit = 'res.config.settings'

    rbac_approval_hours = fields.Integer(
        string='Requests for approval expire after (hours)',
        default=const_log.APPROVAL_HOURS,
        config_parameter=const_log.APPROVAL_HOURS_PARAMETER,
    )
    rbac_log_keep_months = fields.Integer(
        string='Keep logs for (months)',
        default=const_log.LOG_KEEP_MONTHS,
        config_parameter=const_log.LOG_KEEP_PARAMETER,
        help='Older months are dropped as a whole. 0 keeps them for ever.',
    )
