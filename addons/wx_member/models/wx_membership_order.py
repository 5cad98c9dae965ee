from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.exceptions import Conflict, NotFound

from ..const import DURATION_UNITS, ORDER_STATES, ORDER_TRANSITIONS, ORIGINS, PAYMENT_SECONDS
from ..utils import make_order_no


class WxMembershipOrder(models.Model):
    """A customer's order of one plan, paid or given.

    What the customer was promised is copied from the plan and never read from it again. States
    and their changes: `wx_membership_order_flow.py`.
    """

    _name = 'wx.membership.order'
    _description = 'Membership Order'
    _inherit = ['wx.payment.sale.mixin', 'mail.thread', 'mail.activity.mixin']
    _order = 'id desc'
    _rec_name = 'order_no'
    _rec_names_search = ['order_no', 'plan_name']
    # Nobody has the right to write orders; whoever reads one may talk about it.
    _mail_post_access = 'read'
    # Consent to take an order back is worth nothing once the order has moved.
    _rbac_fingerprint_fields = ('state',)
    _sale_moves = ORDER_TRANSITIONS

    state = fields.Selection(
        list(ORDER_STATES),
        required=True,
        readonly=True,
        copy=False,
        default='draft',
        tracking=True,
        help='Booked: its time was added to the membership.',
    )
    origin = fields.Selection(list(ORIGINS), required=True, readonly=True, default='sale')
    reason = fields.Char(
        string='Why It Was Granted', readonly=True, copy=False, help='Told by whoever granted it.'
    )

    # What was promised, frozen when the order was placed
    plan_id = fields.Many2one(
        'wx.member.plan', required=True, readonly=True, index=True, ondelete='restrict'
    )
    plan_name = fields.Char(required=True, readonly=True)
    level_id = fields.Many2one(
        'wx.member.level', required=True, readonly=True, index=True, ondelete='restrict'
    )
    duration = fields.Integer(required=True, readonly=True, aggregator=None)
    duration_unit = fields.Selection(
        list(DURATION_UNITS), string='Unit', required=True, readonly=True
    )
    is_trial = fields.Boolean(string='Trial', readonly=True)

    # Outcome
    membership_id = fields.Many2one(
        'wx.membership', readonly=True, copy=False, index='btree_not_null', ondelete='restrict'
    )
    period_ids = fields.One2many('wx.membership.period', 'order_id', readonly=True)
    booked_at = fields.Datetime(readonly=True, copy=False)
    amount_refunded = fields.Monetary(
        related='payment_order_id.amount_refunded',
        string='Given Back',
        help='A part that was given back shortens nothing; the whole price takes the time back.',
    )

    _order_no_uniq = models.Constraint('UNIQUE(order_no)', 'The order number exists already.')
    _price_check = models.Constraint('CHECK(price_fen >= 0)', 'A price is never negative.')
    _customer_idx = models.Index('(wx_user_id, id)')
    _trial_uniq = models.UniqueIndex(
        "(wx_user_id) WHERE is_trial AND origin = 'sale' AND state NOT IN ('closed', 'cancelled')",
        'The customer has had a trial already.',
    )

    # === ACTION METHODS === #

    @requires('member.order.cancel')
    def action_cancel(self):
        """Cancel unpaid orders on behalf of their customers."""
        self.check_access('read')
        for order in self:
            order.sudo()._cancel(self.env._('Cancelled by %(user)s', user=self.env.user.name))

    def action_open_membership(self):
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.membership',
            'view_mode': 'form',
            'res_id': self.membership_id.id,
            'name': self.env._('Membership'),
        }

    # === BUSINESS METHODS - PLACING === #

    @api.model
    def _place(self, wx_user, plan_id):
        """Place a customer's order: freeze what is promised, open the payment.

        The plan is read with the customer's rights; the rest is written as sudo, because
        customers have no rights to write. What costs nothing is booked at once.

        :raise NotFound: no such plan is sold
        :raise Conflict: it is a trial and the customer has had one
        """
        customer_sudo = wx_user.sudo()  # customers may read neither companies nor all of a user
        plans = self.env['wx.member.plan']
        domain = plans._sale_domain(customer_sudo.company_id, fields.Datetime.now())
        plan = plans.search([('id', '=', plan_id), *domain])
        if not plan:
            raise NotFound(self.env._('There is no such plan.'))
        if plan.is_trial:
            # Two trials at once: the second one waits here, starts over and finds the first.
            customer_sudo._begin_change()
            if not customer_sudo._may_have_trial():
                raise Conflict(self.env._('You have had your trial already.'))
        order = self._create_for(customer_sudo, plan.sudo(), price_fen=plan.price_fen)
        if order.price_fen:
            order._set_awaiting_payment()
        else:
            order._set_paid()
        return order

    @api.model
    def _grant(self, wx_user, plan, reason):
        """Give a customer a plan for nothing and return the order; `self` is sudo."""
        order = self._create_for(
            wx_user.sudo(), plan.sudo(), price_fen=0, origin='grant', reason=reason
        )
        order._set_paid()
        return order

    @api.model
    def _create_for(self, customer, plan, **values):
        silent = self.sudo().with_context(tracking_disable=True, mail_create_nolog=True)
        order = silent.create({**self._prepare_quote_vals(customer, plan), **values})
        # In yuan, for people: what fen say.
        order.amount = float(Decimal(order.price_fen) / 100)
        return self.sudo().browse(order.id)

    @api.model
    def _prepare_quote_vals(self, customer, plan):
        """Return the values that freeze what the customer is promised."""
        return {
            'order_no': make_order_no(),
            'wx_user_id': customer.id,
            'company_id': customer.company_id.id,
            'plan_id': plan.id,
            'plan_name': plan.name,
            'level_id': plan.level_id.id,
            'duration': plan.duration,
            'duration_unit': plan.duration_unit,
            'is_trial': plan.is_trial,
            'currency_id': plan._cny(),
            'expires_at': fields.Datetime.now() + timedelta(seconds=PAYMENT_SECONDS),
        }

    def _is_booked(self):
        """Tell whether the order's time counts."""
        return self.state in ('active', 'refunding')
