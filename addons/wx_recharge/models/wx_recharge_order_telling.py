from datetime import UTC

from odoo import fields, models

from ..utils import SHOP_ZONE


class WxRechargeOrder(models.Model):
    """What the customer and WeChat are told of an order."""

    _inherit = 'wx.recharge.order'

    # === BUSINESS METHODS === #

    def _announce_delivery(self):
        """Write the message to the customer and the shipping information for WeChat."""
        self._tell_customer('topup_delivered')
        self.env['wx.recharge.shipping']._queue_for(self)

    def _tell_customer(self, code, **values):
        """Write a message to the customer, in the transaction of what it tells of.

        :param str code: event, see `wx.message.template`
        :param values: what the texts of this event may name besides
        """
        values |= self._prepare_message_values()
        self.env['wx.message']._queue(self.wx_user_id, code, values, document=self)

    def _prepare_message_values(self):
        """Return what the texts of the message's template may name: `const.MESSAGE_SAMPLES`."""
        moment = self.finished_at or self.delivered_at or fields.Datetime.now()
        local = moment.replace(tzinfo=UTC).astimezone(SHOP_ZONE)
        return {
            'order_no': self.order_no,
            'package': self.package_name,
            'operator': self.operator_name,
            'phone': self.phone,
            'amount': f'{self.price_fen // 100}.{self.price_fen % 100:02d}',
            'time': f'{local:%Y-%m-%d %H:%M}',
        }
