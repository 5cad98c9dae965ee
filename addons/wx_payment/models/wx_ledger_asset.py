from odoo import api, fields, models, tools
from odoo.exceptions import UserError


class WxLedgerAsset(models.Model):
    _inherit = 'wx.ledger.asset'

    payable = fields.Boolean(
        string='Pays for Orders',
        help='Customers may pay orders with it. Points also need a rate into the currency.',
    )

    # === BUSINESS METHODS === #

    @api.model
    def _money_of(self, company, currency):
        """Return the asset that is the money of a company.

        :raise UserError: there is none
        """
        asset = self.browse(self._money_id_of(company.id, currency.id))
        if not asset:
            raise UserError(
                self.env._(
                    'The ledger of %(company)s has no asset for %(currency)s.',
                    company=company.name,
                    currency=currency.name,
                )
            )
        return asset

    @tools.ormcache('company_id', 'currency_id')
    def _money_id_of(self, company_id, currency_id):
        # What the ledger keeps of a company does not depend on who asks.
        return (
            self.sudo()
            .search(
                [
                    ('company_id', '=', company_id),
                    ('currency_id', '=', currency_id),
                    ('kind', '=', 'money'),
                    ('owner_model', '=', False),
                ],
                order='id',
                limit=1,
            )
            .id
        )
