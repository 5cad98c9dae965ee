import re
from datetime import UTC, datetime

from odoo import api, models

from odoo.addons.wx_base.api.schema import SHOP_ZONE
from odoo.addons.wx_base.exceptions import Conflict, InvalidInput, NotFound
from odoo.addons.wx_ledger.exceptions import DuplicateKey, FrozenAccount, InsufficientFunds
from odoo.addons.wx_ledger.values import Transfer

from ..const import OWNER_KIND, REASON_TRANSFER, WALLET_NO_PATTERN


class WxWallet(models.AbstractModel):
    _inherit = 'wx.wallet'

    @api.model
    def _transfer(self, wx_user, asset, wallet_no, amount, key):
        """Send `amount` to another customer and return the sender's entry.

        :param str wallet_no: number of the recipient's wallet, as people write it
        :param str key: the client's idempotency key
        :raise NotFound: nobody, or nobody who may receive, has that number
        :raise InvalidInput: it is the customer's own number
        :raise Conflict: the asset, a limit, the balance or the wallet's state forbids it
        """
        source = self._account(wx_user, asset)
        self._check_transfer(asset, source, amount)
        recipient_sudo = self._recipient(wx_user, wallet_no)
        if not source:
            self._refuse_amount(source)
        # Customers may not open accounts nor book: the ledger does, by its own rules.
        target_sudo = source.sudo()._of_owner(asset.sudo(), recipient_sudo, OWNER_KIND)
        try:
            posted = (
                self.env['wx.ledger']
                .sudo()
                .post(
                    [Transfer(source.id, target_sudo.id, amount, REASON_TRANSFER)],
                    key=f'wallet:transfer:{wx_user.id}:{key}',
                )
            )
        except InsufficientFunds:
            self._refuse_amount(source)
        except FrozenAccount:
            if source.state == 'open':
                self._refuse_recipient()
            self._refuse_frozen()
        except DuplicateKey:
            self._refuse_key()
        debit_id, _credit_id = posted.entries
        return self.env['wx.ledger.entry'].browse(debit_id)

    @api.model
    def _check_transfer(self, asset, source, amount):
        """:raise Conflict: the asset does not allow to send so much"""
        if not asset.transferable:
            raise Conflict(self.env._('%(asset)s cannot be sent to others.', asset=asset.name))
        if asset.transfer_max and amount > asset.transfer_max:
            raise Conflict(
                self.env._('This is more than can be sent at once.'),
                {'transfer_max': asset.transfer_max},
            )
        # The account's row is locked when the transfer is booked. Whoever has counted without
        # another transfer of this account starts over and counts again.
        left = asset.transfer_day_max and asset.transfer_day_max - self._sent_today(source)
        if asset.transfer_day_max and amount > left:
            raise Conflict(
                self.env._('This is more than can be sent on one day.'),
                {'transfer_day_max': asset.transfer_day_max, 'left_today': max(left, 0)},
            )

    @api.model
    def _sent_today(self, source):
        midnight = datetime.now(SHOP_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        [(total,)] = self.env['wx.ledger.entry']._read_group(
            [
                ('account_id', '=', source.id),
                ('posted_at', '>=', midnight.astimezone(UTC).replace(tzinfo=None)),
                ('amount', '<', 0),
                ('reason_id.code', '=', REASON_TRANSFER),
            ],
            aggregates=['amount:sum'],
        )
        return -(total or 0)

    @api.model
    def _recipient(self, wx_user, wallet_no):
        """Return who receives; the same answer for nobody and for who may not receive."""
        number = re.sub(r'[\s-]', '', wallet_no).upper()
        # Customers see only themselves; the sender learns nothing about the one found.
        recipient_sudo = self.env['wx.user'].sudo()
        if re.fullmatch(WALLET_NO_PATTERN, number):
            recipient_sudo = recipient_sudo.search(
                [
                    ('wallet_no', '=', number),
                    ('company_id', '=', wx_user.company_id.id),
                    ('state', '=', 'active'),
                    ('app_id.active', '=', True),
                ]
            )
        if not recipient_sudo:
            self._refuse_recipient()
        if recipient_sudo.id == wx_user.id:
            raise InvalidInput(
                self.env._('This is your own wallet.'),
                {'to': self.env._("Enter somebody else's wallet number.")},
            )
        return recipient_sudo

    @api.model
    def _refuse_recipient(self):
        """:raise NotFound: always, in the same words for whatever reason"""
        raise NotFound(self.env._('Nobody with this wallet number can receive this.'))
