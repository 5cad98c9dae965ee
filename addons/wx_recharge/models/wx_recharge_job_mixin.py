from odoo import models

from ..utils import check_group


class WxRechargeJobMixin(models.AbstractModel):
    """Rows of work that staff read and never write."""

    _name = 'wx.recharge.job.mixin'
    _description = 'Row of Recharge Work'
    _inherit = ['wx.job.mixin']

    # === ACTION METHODS === #

    def action_job_retry(self):
        """Override of `wx_base`: operators may, though nobody has the right to write."""
        self.check_access('read')
        check_group(self.env, 'rbac_ext.group_operator')
        self.sudo()._job_queue()
