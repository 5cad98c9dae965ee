from odoo import models

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.exceptions import Conflict

from ..utils import check_reason


class WxMemberPlan(models.Model):
    """Memberships that staff give away."""

    _inherit = 'wx.member.plan'

    # Consent to a gift is worth nothing once the plan means something else.
    _rbac_fingerprint_fields = ('price_fen', 'duration', 'duration_unit', 'level_id')

    # === ACTION METHODS === #

    @requires('member.grant', amount='worth_fen')
    def action_grant(self, wx_user_id, worth_fen, reason):
        """Give a customer this plan for nothing.

        :param int wx_user_id: id of the customer
        :param int worth_fen: what the plan costs; a limit of the permission is compared with it
        :param str reason: stays on the order
        :return: id of the order; the gate returns the action on a request where a second person
            decides
        :raise InvalidInput: no reason to speak of
        :raise Conflict: the plan costs something else, or is of another company
        """
        self.ensure_one()
        self.check_access('read')
        customer = self.env['wx.user'].browse(wx_user_id)
        customer.check_access('read')
        check_reason(self.env, reason)
        if worth_fen != self.price_fen:
            raise Conflict(self.env._('The price of the plan has changed.'))
        if self.company_id not in (self.company_id.browse(), customer.sudo().company_id):
            raise Conflict(self.env._('The plan is of another company than the customer.'))
        return self.env['wx.membership.order'].sudo()._grant(customer, self, reason.strip()).id
