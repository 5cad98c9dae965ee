from odoo import api, models

from ..values import Portion, Transfer

# Top-up, payment, points earned; in fen and points.
CUSTOMERS = ((50000, 12900, 129), (120000, 39900, 399), (8800, 0, 0), (300000, 188800, 1888))
FEE = 60


class WxLedgerDemo(models.AbstractModel):
    """Movements for the demo data. The tables take none from data files."""

    _name = 'wx.ledger.demo'
    _description = 'Demo Data of the Ledger'

    @api.model
    def _make(self):
        """Open wallets for some partners of Odoo's demo data and move something."""
        partners = self.env['res.partner'].search(
            [('is_company', '=', True)], order='id', limit=len(CUSTOMERS)
        )
        cny = self.env.ref('wx_ledger.wx_ledger_asset_cny')
        points = self.env.ref('wx_ledger.wx_ledger_asset_points')
        for partner, figures in zip(partners, CUSTOMERS, strict=False):
            self._make_customer(partner, cny, points, *figures)

    def _make_customer(self, partner, cny, points, topped_up, paid, earned):
        ledger, accounts = self.env['wx.ledger'], self.env['wx.ledger.account']
        wallet = accounts._of_owner(cny, partner, 'customer')
        purse = accounts._of_owner(points, partner, 'customer')
        clearing = accounts._of_purpose(cny, 'clearing')
        transfers = [
            Transfer(accounts._central(cny).id, clearing.id, topped_up, '100004'),
            Transfer(clearing.id, wallet.id, topped_up, '100001'),
        ]
        ledger.post(transfers, key=f'demo:topup:{partner.id}', document=partner)
        if not paid:
            return
        held = ledger.hold(
            wallet.id, paid, key=f'demo:hold:{partner.id}', reason='200001', document=partner
        )
        portions = [
            Portion(accounts._of_purpose(cny, 'sales').id, paid - FEE),
            Portion(accounts._of_purpose(cny, 'fee').id, FEE, '500002'),
        ]
        ledger.capture(held.hold_id, portions, key=f'demo:capture:{partner.id}', document=partner)
        ledger.post(
            [Transfer(accounts._central(points).id, purse.id, earned, '100003')],
            key=f'demo:points:{partner.id}',
            document=partner,
        )
        ledger.hold(wallet.id, topped_up // 20, key=f'demo:open:{partner.id}', reason='300001')
