from dataclasses import dataclass
from typing import Any

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.wx_base.exceptions import Conflict
from odoo.addons.wx_ledger.exceptions import DuplicateKey, FrozenAccount, InsufficientFunds

from ..const import OWNER_KIND


@dataclass(frozen=True)
class Offer:
    """What a conversion of `amount` at the present rate gives.

    :param rate: record of `wx.ledger.rate`
    """

    rate: Any
    amount: int
    fee: int
    received: int


class WxWallet(models.AbstractModel):
    _inherit = 'wx.wallet'

    @api.model
    def _rates(self, wx_user):
        """Return the rates in force, one for each pair of assets that customers may convert."""
        domain = [
            (f'{side}_asset_id.{name}', operator, value)
            for side in ('source', 'target')
            for name, operator, value in [
                *self._asset_domain(wx_user),
                ('convertible', '=', True),
            ]
        ]
        rates = self.env['wx.ledger.rate']
        query = rates._search([*domain, ('valid_from', '<=', fields.Datetime.now())])
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT ON (source_asset_id, target_asset_id) id
                   FROM wx_ledger_rate WHERE id IN %s
                   ORDER BY source_asset_id, target_asset_id, valid_from DESC, id DESC""",
                query.subselect(),
            )
        )
        return rates.browse(rate_id for (rate_id,) in rows)

    @api.model
    def _offer(self, source_asset, target_asset, amount):
        """Return what `amount` of the one asset gives in the other now.

        :raise Conflict: there is no rate, or one of the assets is not converted
        """
        rate = self.env['wx.ledger.rate']
        if source_asset.convertible and target_asset.convertible:
            rate = rate._current(source_asset, target_asset)
        if not rate:
            raise Conflict(
                self.env._(
                    '%(given)s cannot be converted into %(wanted)s.',
                    given=source_asset.name,
                    wanted=target_asset.name,
                )
            )
        split = rate._quote(amount)
        return Offer(rate, amount, split['fee'], split['result'])

    @api.model
    def _convert(self, wx_user, source_asset, target_asset, amount, expected, key):
        """Convert `amount` of the customer's wallet and return the offer it was done at.

        :param int expected: what the customer was told to get
        :param str key: the client's idempotency key
        :raise Conflict: the rate, the balance or a wallet's state forbids it
        """
        offer = self._offer(source_asset, target_asset, amount)
        self._check_expected(offer, expected)
        source = self._account(wx_user, source_asset)
        if not source:
            self._refuse_amount(source)
        # Customers may not open accounts nor book: the ledger does, by its own rules.
        target_sudo = source.sudo()._of_owner(target_asset.sudo(), wx_user.sudo(), OWNER_KIND)
        try:
            posted = (
                self.env['wx.ledger']
                .sudo()
                .convert(
                    source.id, target_sudo.id, amount, key=f'wallet:convert:{wx_user.id}:{key}'
                )
            )
        except InsufficientFunds:
            self._refuse_amount(source)
        except FrozenAccount:
            self._refuse_frozen()
        except DuplicateKey:
            self._refuse_key()
        # Another rate may have come into force since the offer, within this very request.
        posting_sudo = self.env['wx.ledger.posting'].sudo().browse(posted.posting_id)
        if posted.is_new and posting_sudo.rate_id.id != offer.rate.id:
            self._refuse_offer(self._offer(source_asset, target_asset, amount))
        return offer

    @api.model
    def _check_expected(self, offer, expected):
        """:raise Conflict: the customer was told something else, or would get nothing"""
        if not offer.received:
            raise Conflict(self.env._('This is too little to be converted.'))
        if offer.received != expected:
            self._refuse_offer(offer)

    @api.model
    def _refuse_offer(self, offer):
        """:raise Conflict: always: this is what the customer gets now"""
        raise Conflict(
            self.env._('The rate has changed: confirm the new amount.'),
            {'received': offer.received, 'fee': offer.fee},
        )
