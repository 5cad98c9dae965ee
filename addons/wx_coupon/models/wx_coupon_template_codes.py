import secrets

from odoo import fields, models

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.exceptions import Conflict, InvalidInput

from ..const import CODES_AT_ONCE
from ..utils import make_code


class WxCouponTemplate(models.Model):
    """Printed codes: coupons that belong to whoever redeems them first."""

    _inherit = 'wx.coupon.template'

    # === ACTION METHODS === #

    @requires('coupon.code')
    def action_make_codes(self, quantity):
        """Make codes and return the name of their batch.

        :raise InvalidInput: too many at once, or none
        :raise Conflict: coupons of this template are not issued, or not so many are left
        """
        self.ensure_one()
        self.check_access('read')
        if not 1 <= quantity <= CODES_AT_ONCE:
            text = self.env._('Make 1 to %(most)s codes at once.', most=CODES_AT_ONCE)
            raise InvalidInput(text, {'quantity': text})
        # Who may make codes may not write coupons.
        return self.sudo()._make_codes(quantity)

    # === BUSINESS METHODS === #

    def _make_codes(self, quantity):
        if not self._is_issuing():
            raise Conflict(self.env._('Coupons of this template are not issued now.'))
        if self._take(quantity) < quantity:
            raise Conflict(self.env._('There are not so many of these coupons left.'))
        batch = f'{fields.Datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}'
        late = {'valid_from': None, 'valid_until': None} if self.validity == 'relative' else {}
        rows = [
            {'state': 'ready', 'source': 'code', 'batch': batch, 'code': make_code(), **late}
            for _number in range(quantity)
        ]
        if len(self._issue(rows)) < quantity:
            raise Conflict(self.env._('A code came out twice: try again.'))
        return batch
