from decimal import Decimal

from odoo import api, fields, models

from odoo.addons.rbac_ext.fields import BigInteger

from ..const_bill import LINE_KINDS


class WxPaymentBillRow(models.AbstractModel):
    """What lines of all bills have in common. Only the loading of a bill writes them."""

    _name = 'wx.payment.bill.row'
    _description = 'Line of a Bill'
    _inherit = ['rbac.read.only']
    _order = 'bill_id desc, line_no'
    _rec_name = 'number'
    _log_access = False

    bill_id = fields.Many2one('wx.payment.bill', required=True, readonly=True, ondelete='restrict')
    channel_id = fields.Many2one(related='bill_id.channel_id')
    company_id = fields.Many2one(related='bill_id.company_id')
    day = fields.Date(related='bill_id.day')
    currency_id = fields.Many2one(related='bill_id.currency_id')
    line_no = fields.Integer(
        string='Line',
        required=True,
        readonly=True,
        aggregator=None,
        help='The first line of data is 1.',
    )
    kind = fields.Selection(list(LINE_KINDS), required=True, readonly=True)
    number = fields.Char(required=True, readonly=True, index=True)
    moment = fields.Datetime(string='Time', required=True, readonly=True)


class WxPaymentBillLine(models.Model):
    """One payment or refund of a trade bill, as the provider has it."""

    _name = 'wx.payment.bill.line'
    _description = 'Line of a Trade Bill'
    _inherit = ['wx.payment.bill.row']
    _rec_names_search = ['number', 'transaction_id']

    number = fields.Char(
        help='Our number of the payment or refund; where the provider tells none, its own.'
    )
    appid = fields.Char(string='AppID', readonly=True)
    mchid = fields.Char(string='Merchant ID', readonly=True)
    out_trade_no = fields.Char(string='Our Payment Number', readonly=True)
    transaction_id = fields.Char(
        string="Provider's Payment Number", readonly=True, index='btree_not_null'
    )
    out_refund_no = fields.Char(string='Our Refund Number', readonly=True)
    refund_id = fields.Char(string="Provider's Refund Number", readonly=True)
    trade_state = fields.Char(string="Provider's State", readonly=True)
    amount_fen = BigInteger(string='Amount (fen)', required=True, readonly=True)
    fee_fen = BigInteger(string='Fee (fen)', required=True, readonly=True)
    currency = fields.Char(string='Currency Code', readonly=True)
    amount = fields.Monetary(compute='_compute_amount')
    fee = fields.Monetary(compute='_compute_amount')

    _line_uniq = models.UniqueIndex('(bill_id, line_no)', 'A bill has each line once.')

    # === COMPUTE METHODS === #

    @api.depends('amount_fen', 'fee_fen')
    def _compute_amount(self):
        for line in self:
            line.amount = float(Decimal(line.amount_fen) / 100)
            line.fee = float(Decimal(line.fee_fen) / 100)


class WxPaymentBillMovement(models.Model):
    """One movement of the merchant's account with the provider."""

    _name = 'wx.payment.bill.movement'
    _description = 'Line of a Fund Flow Bill'
    _inherit = ['wx.payment.bill.row']
    _rec_names_search = ['number', 'voucher', 'serial']

    number = fields.Char(help="Provider's number of the payment or refund behind it.")
    serial = fields.Char(string='Movement', readonly=True)
    voucher = fields.Char(readonly=True, help='Our number, where the provider tells it.')
    business = fields.Char(readonly=True, help="The provider's words.")
    in_fen = BigInteger(string='In (fen)', required=True, readonly=True)
    out_fen = BigInteger(string='Out (fen)', required=True, readonly=True)
    balance_fen = BigInteger(string='Balance (fen)', required=True, readonly=True, aggregator=None)
    amount_in = fields.Monetary(string='In', compute='_compute_amounts')
    amount_out = fields.Monetary(string='Out', compute='_compute_amounts')
    balance = fields.Monetary(compute='_compute_amounts')

    _line_uniq = models.UniqueIndex('(bill_id, line_no)', 'A bill has each line once.')

    # === COMPUTE METHODS === #

    @api.depends('in_fen', 'out_fen', 'balance_fen')
    def _compute_amounts(self):
        for line in self:
            line.amount_in = float(Decimal(line.in_fen) / 100)
            line.amount_out = float(Decimal(line.out_fen) / 100)
            line.balance = float(Decimal(line.balance_fen) / 100)
