from odoo import fields, models

from ..amounts import LedgerAmount


class WxLedgerLot(models.Model):
    """A credit that expires; debits use the lot that expires first."""

    _name = 'wx.ledger.lot'
    _description = 'Ledger Lot'
    _inherit = ['rbac.read.only', 'wx.ledger.amounts']
    _auto = False
    _log_access = False
    _order = 'expires_at, id'
    _rec_name = 'id'

    account_id = fields.Many2one('wx.ledger.account')
    company_id = fields.Many2one(related='account_id.company_id')
    asset_id = fields.Many2one(related='account_id.asset_id')
    entry_id = fields.Many2one('wx.ledger.entry', string='Source')
    amount = LedgerAmount()
    remaining = LedgerAmount()
    expires_at = fields.Datetime(help='Empty: never.')
    created_at = fields.Datetime(string='Opened')
    move_ids = fields.One2many('wx.ledger.lot.move', 'lot_id', string='Moves')
    decimal_places = fields.Integer(related='account_id.decimal_places', aggregator=None)


class WxLedgerLotMove(models.Model):
    """What an entry took from a lot or gave back to it."""

    _name = 'wx.ledger.lot.move'
    _description = 'Ledger Lot Move'
    _inherit = ['rbac.read.only', 'wx.ledger.amounts']
    _auto = False
    _log_access = False
    _order = 'id'
    _rec_name = 'id'

    lot_id = fields.Many2one('wx.ledger.lot')
    company_id = fields.Many2one(related='lot_id.company_id')
    asset_id = fields.Many2one(related='lot_id.asset_id')
    entry_id = fields.Many2one('wx.ledger.entry')
    amount = LedgerAmount(help='Negative: taken. Positive: given back.')
    decimal_places = fields.Integer(related='lot_id.decimal_places', aggregator=None)
