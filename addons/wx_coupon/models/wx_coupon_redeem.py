from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.wx_base.exceptions import Conflict, NotFound
from odoo.addons.wx_base.tools.transaction import lock_rows

from ..utils import read_code


class WxCoupon(models.Model):
    """Printed codes: whoever redeems one first owns the coupon."""

    _inherit = 'wx.coupon'

    # === BUSINESS METHODS - CODES === #

    @api.model
    def _redeem(self, wx_user, typed):
        """Give the coupon of a code to the customer; the owner may repeat it.

        :raise NotFound: no such code, for this customer
        :raise Conflict: somebody else has it, it is past, or the customer has enough of these
        """
        user_sudo = wx_user.sudo()  # customers may not read companies
        code = read_code(typed)
        # Nobody reads codes by right, and the coupon is nobody's yet.
        coupon_sudo = self.sudo().search(
            [('code', '=', code), ('company_id', '=', user_sudo.company_id.id)]
            if code
            else [(0, '=', 1)]
        )
        templates = coupon_sudo.template_id
        if not templates.filtered_domain(templates._audience_domain(user_sudo)):
            raise NotFound(self.env._('There is no such code.'))
        lock_rows(coupon_sudo)
        if coupon_sudo.wx_user_id != wx_user:
            coupon_sudo._set_redeemed(wx_user)
        return coupon_sudo.with_env(self.env)

    def _set_redeemed(self, wx_user):
        now = fields.Datetime.now()
        if self.state != 'ready' or (self.valid_until and self.valid_until <= now):
            raise Conflict(self.env._('This code has been redeemed already, or it is past.'))
        values = {}
        if self.valid_days:
            values = {
                'valid_from': now,
                'valid_until': now + timedelta(days=self.valid_days),
            }
        template = self.template_id
        self._move(
            'issued',
            wx_user_id=wx_user.id,
            claim_no=template._next_claim_no(wx_user),
            claim_limit=template.user_qty,
            **values,
        )
        # The index on numbered claims decides now, not at the end of the request.
        self.flush_recordset()
