from datetime import timedelta

from odoo import fields, models

from odoo.addons.wx_base.exceptions import Conflict


class WxPaymentOrder(models.Model):
    """Until when a payment may be given back."""

    _inherit = 'wx.payment.order'

    # === BUSINESS METHODS === #

    def _last_refund_time(self):
        """Return until when the company gives this payment back, False for unpaid orders and
        where it sets no limit."""
        days = self.company_id.wx_refund_days
        return bool(days and self.paid_at) and self.paid_at + timedelta(days=days)

    def _check_refund_time(self):
        """Refuse to give back what was paid too long ago.

        :raise Conflict: the time is over
        """
        until = self._last_refund_time()
        if until and until < fields.Datetime.now():
            raise Conflict(
                self.env._(
                    'Payments are given back within %(days)s days. This one was paid on %(day)s.',
                    days=self.company_id.wx_refund_days,
                    day=fields.Date.to_string(self.paid_at),
                )
            )
