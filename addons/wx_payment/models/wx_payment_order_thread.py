from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# Where a number may stand: every branch is one look into an index.
FIND = """
    SELECT id FROM wx_payment_order WHERE name = %(number)s
    UNION SELECT order_id FROM wx_payment_attempt WHERE out_trade_no = %(number)s
    UNION SELECT order_id FROM wx_payment_attempt WHERE transaction_id = %(number)s
    UNION SELECT order_id FROM wx_payment_refund WHERE out_refund_no = %(number)s
    UNION SELECT order_id FROM wx_payment_refund WHERE refund_id = %(number)s
    UNION SELECT payment.id FROM wx_payment_order payment
            JOIN wx_user customer ON customer.id = payment.wx_user_id
           WHERE customer.phone IN %(phones)s
    UNION SELECT payment.id FROM wx_payment_order payment
            JOIN wx_user customer ON customer.id = payment.wx_user_id
            JOIN res_partner contact ON contact.id = customer.partner_id
           WHERE contact.phone_sanitized IN %(phones)s"""


class WxPaymentOrder(models.Model):
    """All that belongs to an order, and the ways to find it."""

    _inherit = 'wx.payment.order'

    number = fields.Char(
        string='Any Number',
        store=False,
        search='_search_number',
        help="Of the order, a payment or a refund, by whoever gave it; or the customer's phone.",
    )
    transfer_ids = fields.Many2many(
        'wx.ledger.transfer',
        string='Ledger',
        compute='_compute_transfer_ids',
        groups='wx_ledger.perm_ledger_view_res_groups',
    )
    bill_line_ids = fields.Many2many(
        'wx.payment.bill.line',
        string='Bill Lines',
        compute='_compute_bill_line_ids',
        groups='wx_payment.perm_payment_bill_view_res_groups',
    )
    refundable_until = fields.Datetime(compute='_compute_refundable_until')

    # Of the repair desk
    _unpaid_idx = models.Index("(expires_at) WHERE state IN ('draft', 'pending')")

    # === COMPUTE METHODS === #

    def _compute_transfer_ids(self):
        transfers = self.env['wx.ledger.transfer']
        for order in self:
            documents = [order, *order.attempt_ids, *order.refund_ids]
            of_documents = Domain.OR(
                [('document_model', '=', document._name), ('document_id', '=', document.id)]
                for document in documents
            )
            postings = self.env['wx.ledger.posting'].search(of_documents)
            order.transfer_ids = transfers.search([('posting_id', 'in', postings.ids)], order='id')

    def _compute_bill_line_ids(self):
        lines = self.env['wx.payment.bill.line']
        for order in self:
            numbers = [
                *order.attempt_ids.mapped('out_trade_no'),
                *order.refund_ids.mapped('out_refund_no'),
            ]
            order.bill_line_ids = lines.search([('number', 'in', numbers)])

    @api.model
    def _search_number(self, operator, value):
        """Find orders by a whole number, wherever it stands."""
        if operator not in ('ilike', '=', 'in'):
            return NotImplemented
        words = value if operator == 'in' else [value]
        return Domain.OR(self._domain_of_number(word) for word in words)

    @api.model
    def _domain_of_number(self, word):
        number = (word or '').strip()
        digits = number.lstrip('+')
        # As people write them, and as they are kept.
        phones = tuple({number, digits, f'+{digits}', f'+86{digits}'})
        self.env.flush_all()
        rows = self.env.execute_query(SQL(FIND, number=number, phones=phones))
        return Domain('id', 'in', [order_id for (order_id,) in rows])

    @api.depends('paid_at', 'company_id.wx_refund_days')
    def _compute_refundable_until(self):
        for order in self:
            order.refundable_until = order._last_refund_time()
