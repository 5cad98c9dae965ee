import re

from odoo import models

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.exceptions import InvalidInput

from ..const import PAYMENT_CODES
from ..values import Way


class WxPaymentOrder(models.Model):
    """Payments that staff take at the till."""

    _inherit = 'wx.payment.order'

    # === ACTION METHODS === #

    @requires('payment.order.charge')
    def action_charge(self, auth_code):
        """Charge the payment code that the customer shows; whose code it is, its digits tell.

        Commits. A customer who has to type a password leaves the order pending: it is looked at
        every few seconds and taken back when it lasts too long.

        :param str auth_code: what the scanner reads
        :return: `{channel, scene, state, expires_at, invoke}`, see `_pay`
        :raise InvalidInput: no code of a provider that is used here
        :raise RefusedByProvider: the code has expired or the customer has too little
        """
        self.ensure_one()
        self.check_access('read')
        code = re.sub(r'\s', '', auth_code) if isinstance(auth_code, str) else ''
        brand = next((brand for brand, form in PAYMENT_CODES if re.fullmatch(form, code)), None)
        if not brand:
            raise InvalidInput(
                self.env._('This is no payment code of WeChat or Alipay.'),
                {'auth_code': self.env._('16 to 24 digits from the payment screen of the app')},
            )
        return self._pay(Way(brand, 'code', auth_code=code))

    @requires('payment.order.charge')
    def action_take_offline(self):
        """Begin a payment that staff take in themselves; it is confirmed with evidence later."""
        self.ensure_one()
        self.check_access('read')
        self._pay(Way('offline', 'counter'))
        return True
