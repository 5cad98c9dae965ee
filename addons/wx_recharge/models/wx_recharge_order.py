from odoo import fields, models

from odoo.addons.rbac_ext.fields import BigInteger
from odoo.addons.rbac_ext.permission import requires

from ..const.catalogue import KINDS
from ..const.orders import FAILURES, ORDER_STATES


class WxRechargeOrder(models.Model):
    """A customer's order of one package for one number.

    What the customer was promised is copied from the package and never read from it again:
    `wx_recharge_order_quote.py`. States and their changes: `wx_recharge_order_flow.py`; what
    an order holds meanwhile: `wx_recharge_order_scarce.py`; what happens after payment:
    `wx_recharge_order_fulfilment.py`.
    """

    _name = 'wx.recharge.order'
    _description = 'Recharge Order'
    _inherit = ['wx.payment.sale.mixin', 'mail.thread', 'mail.activity.mixin']
    _order = 'id desc'
    _rec_names_search = ['order_no', 'phone']
    # Nobody has the right to write orders; whoever reads one may talk about it.
    _mail_post_access = 'read'
    # Consent to settle an order is worth nothing once the order has moved.
    _rbac_fingerprint_fields = ('state', 'anomaly_note')

    state = fields.Selection(
        list(ORDER_STATES), required=True, readonly=True, copy=False, default='draft', tracking=True
    )

    # What is delivered to which number
    package_id = fields.Many2one(
        'wx.recharge.package', required=True, readonly=True, index=True, ondelete='restrict'
    )
    operator_id = fields.Many2one(
        'wx.recharge.operator', required=True, readonly=True, ondelete='restrict'
    )
    country_id = fields.Many2one(
        'wx.recharge.country', required=True, readonly=True, ondelete='restrict'
    )
    phone = fields.Char(required=True, readonly=True, index=True, help='As +66812345678.')

    # Quote, frozen when the order was placed
    kind = fields.Selection(list(KINDS), required=True, readonly=True)
    package_name = fields.Char(required=True, readonly=True)
    operator_name = fields.Char(required=True, readonly=True)
    face_value = fields.Monetary(currency_field='face_currency_id', readonly=True)
    face_currency_id = fields.Many2one('res.currency', readonly=True)
    price_fen = BigInteger(
        string='Price (fen)',
        required=True,
        readonly=True,
        aggregator=None,
        help='What the customer pays: the list price without what level and coupons take off.',
    )
    expected_cost = fields.Monetary(currency_field='cost_currency_id', readonly=True)

    # Outcome
    cost = fields.Monetary(currency_field='cost_currency_id', readonly=True)
    cost_currency_id = fields.Many2one('res.currency', readonly=True)
    supplier_id = fields.Many2one('wx.recharge.supplier', readonly=True, index=True)
    failure = fields.Selection(list(FAILURES), readonly=True, copy=False)
    failure_note = fields.Char(readonly=True, copy=False, help='For staff only.')
    anomaly_note = fields.Char(string='For a Person', readonly=True, copy=False)
    stock_held = fields.Boolean(readonly=True, copy=False)
    profit_fen = BigInteger(
        string='Earned (fen)',
        readonly=True,
        copy=False,
        help='Price without what the supplier took in the end, of delivered orders.',
    )
    profit = fields.Monetary(
        string='Earned', readonly=True, copy=False, help='In yuan, for people and reports.'
    )

    # Times, besides those of the mixin
    delivered_at = fields.Datetime(readonly=True, copy=False)

    attempt_ids = fields.One2many('wx.recharge.attempt', 'order_id')
    attempt_count = fields.Integer(compute='_compute_attempt_count')

    _order_no_uniq = models.Constraint('UNIQUE(order_no)', 'The order number exists already.')
    _price_positive = models.Constraint('CHECK(price_fen > 0)', 'The price must be positive.')
    _customer_idx = models.Index('(wx_user_id, id)')
    _open_idx = models.Index(
        "(state, id) WHERE state IN ('paid', 'fulfilling', 'refunding', 'anomaly')"
    )

    # Of the dashboard
    _created_idx = models.Index('USING brin (create_date)')
    _paid_idx = models.Index('(paid_at) WHERE paid_at IS NOT NULL')
    _delivered_idx = models.Index('(delivered_at) WHERE delivered_at IS NOT NULL')
    _refunded_idx = models.Index("(finished_at) WHERE state = 'refunded'")

    # === COMPUTE METHODS === #

    def _compute_attempt_count(self):
        groups = self.env['wx.recharge.attempt']._read_group(
            [('order_id', 'in', self.ids)], ['order_id'], ['__count']
        )
        counts = dict(groups)
        for order in self:
            order.attempt_count = counts.get(order, 0)

    # === ACTION METHODS === #

    @requires('recharge.order.cancel')
    def action_cancel(self):
        """Cancel unpaid orders on behalf of their customers."""
        self.check_access('read')
        for order in self:
            order.sudo()._cancel(self.env._('Cancelled by %(user)s', user=self.env.user.name))

    def action_open_attempts(self):
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.recharge.attempt',
            'view_mode': 'list,form',
            'domain': [('order_id', '=', self.id)],
            # After the domain: the export of terms takes strings in it for terms otherwise.
            'name': self.env._('Attempts'),
        }

    # === BUSINESS METHODS - PERSONS === #

    def _alert(self, text, code='recharge.order.settle', activity='mail.mail_activity_data_todo'):
        """Leave a note for staff and a to-do for somebody who may do something about it.

        :param str code: the permission to do something
        :param str activity: external id of the type of the to-do
        """
        self.ensure_one()
        self.message_post(body=text)
        for user in self.env['rbac.permission']._holders_for(code, self)[:1]:
            self.activity_schedule(activity, summary=text[:200], user_id=user.id)
