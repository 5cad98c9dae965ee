import logging

from odoo import models

_logger = logging.getLogger(__name__)


class WxMembership(models.Model):
    _inherit = 'wx.membership'

    def _grant_benefits(self, period_start, period_end):
        """Override of `wx_member` to give the coupons of the month, and those of the first one."""
        result = super()._grant_benefits(period_start, period_end)
        user = self.wx_user_id
        # A customer has one membership of each level: it begins once.
        self.env['wx.coupon.template']._give_on('membership', user, f'membership:{self.id}')
        for line in self.plan_id.sudo().coupon_line_ids:  # its group is for staff
            self._grant_coupons(line, period_start)
        return result

    def _grant_coupons(self, line, period_start):
        """Give what one line of the plan says, once for the month."""
        template = line.template_id
        if not template._is_issuing() or template.company_id != self.company_id:
            _logger.info('coupon template %s gives nothing to %s', template.id, self)
            return
        month = f'{self.id}:{period_start:%Y%m%d}'
        keys = [f'plan:{month}:{number}' for number in range(line.quantity)]
        template._give(self.wx_user_id, 'plan', keys)
