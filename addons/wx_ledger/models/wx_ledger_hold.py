from odoo import api, fields, models

from .. import const
from ..amounts import LedgerAmount
from ..fields import BigMany2oneReference


class WxLedgerHold(models.Model):
    """A part of an account that waits for its use."""

    _name = 'wx.ledger.hold'
    _description = 'Ledger Hold'
    _inherit = ['rbac.read.only', 'wx.ledger.amounts', 'wx.ledger.document']
    _auto = False
    _log_access = False
    _order = 'id desc'
    _rec_name = 'key'

    company_id = fields.Many2one('res.company')
    key = fields.Char(help='Idempotency key: the same hold is made once.')
    account_id = fields.Many2one('wx.ledger.account')
    asset_id = fields.Many2one(related='account_id.asset_id')
    reason_id = fields.Many2one('wx.ledger.reason')
    amount = LedgerAmount()
    captured = LedgerAmount()
    released = LedgerAmount()
    remaining = LedgerAmount(compute='_compute_remaining')
    state = fields.Selection(list(const.HOLD_STATES))
    user_id = fields.Many2one('res.users', string='Actor')
    created_at = fields.Datetime(string='Held At')
    expires_at = fields.Datetime(help='It counts as held until it is really released.')
    closed_at = fields.Datetime()
    document_model = fields.Char()
    document_id = BigMany2oneReference(string='Document', model_field='document_model')
    event_ids = fields.One2many('wx.ledger.hold.event', 'hold_id', string='History')
    decimal_places = fields.Integer(related='account_id.decimal_places', aggregator=None)

    # === COMPUTE METHODS === #

    @api.depends('amount', 'captured', 'released')
    def _compute_remaining(self):
        for hold in self:
            hold.remaining = hold.amount - hold.captured - hold.released


class WxLedgerHoldEvent(models.Model):
    """What happened to a hold."""

    _name = 'wx.ledger.hold.event'
    _description = 'Ledger Hold Event'
    _inherit = ['rbac.read.only', 'wx.ledger.amounts']
    _auto = False
    _log_access = False
    _order = 'id'

    hold_id = fields.Many2one('wx.ledger.hold')
    company_id = fields.Many2one(related='hold_id.company_id')
    asset_id = fields.Many2one(related='hold_id.asset_id')
    kind = fields.Selection(list(const.HOLD_EVENTS))
    amount = LedgerAmount()
    posting_id = fields.Many2one('wx.ledger.posting')
    key = fields.Char()
    user_id = fields.Many2one('res.users', string='Actor')
    created_at = fields.Datetime(string='At')
    decimal_places = fields.Integer(related='hold_id.decimal_places', aggregator=None)
