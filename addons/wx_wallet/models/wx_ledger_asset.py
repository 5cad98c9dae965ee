from odoo import models

from odoo.addons.wx_ledger.amounts import LedgerAmount


class WxLedgerAsset(models.Model):
    _inherit = 'wx.ledger.asset'

    # Limits of transfers between customers
    transfer_max = LedgerAmount(
        string='Most per Transfer',
        help='What a customer may send to another one at once. 0: no limit.',
    )
    transfer_day_max = LedgerAmount(
        string='Most per Day',
        help='What a customer may send to others between two midnights in Shanghai. 0: no limit.',
    )

    _transfer_limits_positive = models.Constraint(
        'CHECK (transfer_max >= 0 AND transfer_day_max >= 0)', 'A limit is never negative.'
    )
