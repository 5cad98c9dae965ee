from odoo import api, models

from .. import const
from ..exceptions import InvalidPosting
from ..values import Transfer


class WxLedger(models.AbstractModel):
    """Conversion of one asset into another through a liquidity account of each."""

    _inherit = 'wx.ledger'

    @api.private
    def convert(self, source_id, target_id, amount, *, key, document=None):
        """Convert an amount at the rate in force.

        What does not make a whole unit of the target goes to the rounding account of the source:
        nothing is created or lost. The fee is a transfer of its own.

        :param source_id: account that pays `amount`
        :param target_id: account of the other asset
        :rtype: Posted
        :raise InvalidPosting: there is no rate, or the amount is too small for one unit
        :raise LedgerError: as for `post`
        """
        self._check_key(key)
        self._check_amount(amount)
        accounts = self.env['wx.ledger.account'].sudo()  # rates and accounts of the ledger itself
        source, target = accounts.browse(source_id), accounts.browse(target_id)
        if not (source.exists() and target.exists()):
            raise InvalidPosting(self.env._('The account does not exist.'))
        rate = self._rate_of(source, target, key)
        quote = rate._quote(amount)
        if not quote['result']:
            raise InvalidPosting(self.env._('The amount is too small to convert.'), amount=amount)
        transfers = [
            Transfer(source_id, accounts._of_purpose(source.asset_id, purpose).id, amount, reason)
            for purpose, amount, reason in (
                ('liquidity', quote['used'], const.REASON_CONVERSION),
                ('rounding', quote['rest'], const.REASON_ROUNDING),
                ('fee', quote['fee'], const.REASON_FEE),
            )
            if amount
        ]
        liquidity = accounts._of_purpose(target.asset_id, 'liquidity')
        transfers.append(
            Transfer(liquidity.id, target_id, quote['result'], const.REASON_CONVERSION)
        )
        return self._post(transfers, key=key, document=document, rate=rate)

    def _rate_of(self, source, target, key):
        """Return the rate in force, or the one at which the key was converted before.

        :raise InvalidPosting: there is none
        """
        self.env.cr.execute(
            'SELECT rate_id FROM wx_ledger_posting WHERE company_id = %s AND key = %s',
            (source.company_id.id, key),
        )
        row = self.env.cr.fetchone()
        rates = self.env['wx.ledger.rate'].sudo()
        rate = rates.browse(row[0]) if row and row[0] else None
        rate = rate or rates._current(source.asset_id, target.asset_id)
        if not rate:
            raise InvalidPosting(
                self.env._(
                    '%(asset)s is not converted into %(other)s at present.',
                    asset=source.asset_id.code,
                    other=target.asset_id.code,
                )
            )
        return rate
