from odoo import api, fields, models

from ..amounts import LedgerAmount


class WxLedgerTransfer(models.Model):
    """One movement, from the debited to the credited account."""

    _name = 'wx.ledger.transfer'
    _description = 'Ledger Transfer'
    _inherit = ['rbac.read.only', 'wx.ledger.amounts', 'wx.ledger.document']
    _auto = False
    _log_access = False
    _order = 'id desc'
    _rec_name = 'id'

    posting_id = fields.Many2one('wx.ledger.posting')
    company_id = fields.Many2one(related='posting_id.company_id')
    document_model = fields.Char(related='posting_id.document_model')
    document_id = fields.Many2oneReference(
        related='posting_id.document_id', model_field='document_model'
    )
    asset_id = fields.Many2one('wx.ledger.asset')
    debit_account_id = fields.Many2one('wx.ledger.account', string='From')
    credit_account_id = fields.Many2one('wx.ledger.account', string='To')
    amount = LedgerAmount()
    reason_id = fields.Many2one('wx.ledger.reason')
    posted_at = fields.Datetime(string='Booked')
    reverses_id = fields.Many2one(
        'wx.ledger.transfer',
    )
    reversal_ids = fields.One2many('wx.ledger.transfer', 'reverses_id', string='Reversals')
    reversed_amount = LedgerAmount(compute='_compute_reversed_amount')
    hold_id = fields.Many2one('wx.ledger.hold')
    entry_ids = fields.One2many('wx.ledger.entry', 'transfer_id', string='Entries')
    decimal_places = fields.Integer(related='asset_id.decimal_places', aggregator=None)

    # === COMPUTE METHODS === #

    def _compute_reversed_amount(self):
        self.env.cr.execute(
            'SELECT transfer_id, reversed FROM wx_ledger_reversed WHERE transfer_id = ANY(%s)',
            (self.ids,),
        )
        amounts = dict(self.env.cr.fetchall())
        for transfer in self:
            transfer.reversed_amount = amounts.get(transfer.id, 0)

    @api.depends('reason_id')
    def _compute_display_name(self):
        for transfer in self:
            transfer.display_name = f'{transfer.id} · {transfer.reason_id.display_name}'
