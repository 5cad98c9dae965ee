from odoo import api, fields, models

from ..fields import BigMany2oneReference


class WxLedgerPosting(models.Model):
    """One act: any number of transfers, all or none."""

    _name = 'wx.ledger.posting'
    _description = 'Ledger Posting'
    _inherit = ['rbac.read.only', 'wx.ledger.document']
    _auto = False
    _log_access = False
    _order = 'id desc'
    _rec_name = 'key'

    company_id = fields.Many2one('res.company')
    key = fields.Char(help='Idempotency key: the same act is booked once.')
    user_id = fields.Many2one('res.users', string='Actor')
    posted_at = fields.Datetime(string='Booked')
    event_at = fields.Datetime(string='Happened')
    document_model = fields.Char()
    document_id = BigMany2oneReference(string='Document', model_field='document_model')
    note = fields.Char()
    rate_id = fields.Many2one('wx.ledger.rate', help='At which it converted.')
    evidence_ids = fields.One2many(
        'ir.attachment',
        'res_id',
        domain=[('res_model', '=', 'wx.ledger.posting')],
    )
    transfer_ids = fields.One2many('wx.ledger.transfer', 'posting_id', string='Transfers')

    # === COMPUTE METHODS === #

    @api.depends('key')
    def _compute_display_name(self):
        for posting in self:
            posting.display_name = f'{posting.id} · {posting.key}'
