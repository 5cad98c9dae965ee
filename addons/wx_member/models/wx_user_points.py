import logging

from odoo import models

from odoo.addons.wx_ledger.exceptions import LedgerError
from odoo.addons.wx_ledger.values import Reversal, Transfer

from ..const import OWNER_KIND, PLAIN_PERCENT, REASON_POINTS

_logger = logging.getLogger(__name__)


class WxUser(models.Model):
    """Points that customers collect by buying. Their documents call this as sudo.

    What the ledger refuses never undoes the document's own change: a refusal changes nothing,
    and is left as a note on the customer.
    """

    _inherit = 'wx.user'

    # === BUSINESS METHODS === #

    def _award_points(self, base_fen, key, document):
        """Give the points that an amount earns, once for each key.

        Rounded down to the asset's smallest unit, each document by itself.

        :param int base_fen: what was paid
        :param str key: what earned them, e.g. `recharge:17`; derived from the document
        :param document: the record that earned them
        :return: smallest units that were given now; 0 when none were
        """
        self.ensure_one()
        asset = self.company_id.wx_points_asset_id
        if not asset or self._points_posting(asset, key):
            return 0
        units = self._points_of(base_fen, asset)
        if units < 1:
            return 0
        accounts = self.env['wx.ledger.account']
        wallet = accounts._of_owner(asset, self, OWNER_KIND)
        transfer = Transfer(accounts._central(asset).id, wallet.id, units, REASON_POINTS)
        try:
            self.env['wx.ledger'].post([transfer], key=f'points:{key}', document=document)
        except LedgerError as error:
            self._note_points(document, error)
            return 0
        return units

    def _take_back_points(self, key, document):
        """Take back what `_award_points` gave for the key, once.

        Points that are spent already are not owed: what is left is taken.

        :return: smallest units that were taken now
        """
        self.ensure_one()
        postings = self.env['wx.ledger.posting'].search(
            [('company_id', '=', self.company_id.id), ('key', '=', f'points:{key}')]
        )
        transfer = postings.transfer_ids
        if not transfer or transfer.reversal_ids:
            return 0
        ledger = self.env['wx.ledger']
        wallet = transfer.credit_account_id
        units = min(transfer.amount, ledger.balance([wallet.id])[wallet.id].available)
        if units < 1:
            return 0
        try:
            ledger.reverse(
                [Reversal(transfer.id, units)], key=f'points:{key}:back', document=document
            )
        except LedgerError as error:
            self._note_points(document, error)
            return 0
        return units

    def _points_of(self, base_fen, asset):
        """Return how many smallest units of the asset an amount earns at the present level."""
        level = self._member_level()
        percent = level.points_percent if level else PLAIN_PERCENT
        per_yuan = self.company_id.wx_points_per_yuan * 10**asset.decimal_places
        # Fen and per cent: a hundredth each.
        return base_fen * per_yuan * percent // 10_000

    def _points_posting(self, asset, key):
        return self.env['wx.ledger.posting'].search_count(
            [('company_id', '=', asset.company_id.id), ('key', '=', f'points:{key}')], limit=1
        )

    def _note_points(self, document, error):
        _logger.warning('points of %s,%s not booked: %s', document._name, document.id, error)
        self.message_post(
            body=self.env._(
                'Points for %(document)s were not booked: %(error)s',
                document=document.display_name,
                error=str(error),
            )
        )
