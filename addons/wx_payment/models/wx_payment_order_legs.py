from odoo import fields, models

from odoo.addons.wx_base.exceptions import Conflict, InvalidInput
from odoo.addons.wx_base.tools.transaction import commit_intent, lock_rows
from odoo.addons.wx_ledger.exceptions import FrozenAccount, InsufficientFunds

from ..const import MAX_WALLETS, REASON_PAYMENT
from ..values import Part


class WxPaymentOrder(models.Model):
    """The parts by which an order is paid: wallets, and one channel for the rest."""

    _inherit = 'wx.payment.order'

    choice = fields.Char(readonly=True, copy=False, help='The way of paying that was chosen last.')
    choice_count = fields.Integer(readonly=True, copy=False, default=0)
    leg_ids = fields.One2many('wx.payment.leg', 'order_id', string='Parts', readonly=True)

    # === BUSINESS METHODS - CHOICE === #

    def _choose(self, way):
        """Open the parts for a way of paying; the caller holds the lock.

        The same way again changes nothing. Another one gives up what was begun before, which
        commits: the provider has to close it first.

        :raise Conflict: an earlier payment is still in progress, or a wallet has too little
        """
        if self.choice == way.choice and self._open_parts():
            return
        self._give_up_choice()
        parts = self._split(way)
        rest = self.amount_fen - sum(part.amount_fen for part in parts)
        if rest and not way.channel_kind:
            raise Conflict(
                self.env._('The wallets do not cover the order: choose a way to pay the rest.'),
                {'missing_fen': rest},
            )
        # Counting on the locked row makes two that choose at once collide, even the same way.
        self.write({'choice': way.choice, 'choice_count': self.choice_count + 1})
        for part in parts:
            self._hold(part)
        if rest:
            self.env['wx.payment.leg'].create(
                {'order_id': self.id, 'kind': 'channel', 'amount_fen': rest}
            )

    def _open_parts(self):
        return self.leg_ids.filtered(lambda leg: leg.state == 'open')

    def _give_up_choice(self):
        """Close what was begun at providers and release the wallets."""
        if self._live_attempts():
            commit_intent(self.env)
            for attempt in self._live_attempts():
                attempt._close_at_provider()
                commit_intent(self.env)
            lock_rows(self)
            self._check_payable()
            if self._live_attempts():
                raise Conflict(self.env._('Another way of paying was started; finish that one.'))
        self._open_parts()._set_released()

    # === BUSINESS METHODS - WALLETS === #

    def _split(self, way):
        """Return the parts that wallets give, in the order in which their rows are locked."""
        codes = [code for code, _units in way.wallets]
        if len(codes) > MAX_WALLETS or len(set(codes)) < len(codes):
            raise InvalidInput(self.env._('Name each wallet once.'))
        due = self.amount_fen
        parts = []
        for code, units in way.wallets:
            part = self._prepare_part(code, units, due)
            if part:
                due -= part.amount_fen
                parts.append(part)
        return sorted(parts, key=lambda part: part.account.id)

    def _prepare_part(self, code, units, due_fen):
        """Return what one wallet gives, None when that is nothing.

        :param units: smallest units of the asset, None for as much as is there and needed
        :param int due_fen: what is still to be paid
        """
        asset = self._payable_asset(code)
        account = self.env['wx.ledger.account']._of_owner(asset, self.wx_user_id, 'customer')
        worth = self._worth_of(asset)
        if units is None:
            available = self.env['wx.ledger'].balance([account.id])[account.id].available
            # So many units are worth what is due, or a little more.
            units = max(0, min(available, -(-due_fen * worth[0] // worth[1])))
            amount_fen = min(due_fen, units * worth[1] // worth[0])
        else:
            amount_fen = units * worth[1] // worth[0]
        if amount_fen > due_fen:
            raise InvalidInput(self.env._('The wallets would pay more than the order costs.'))
        return Part(account, units, amount_fen) if amount_fen else None

    def _payable_asset(self, code):
        asset = self.env['wx.ledger.asset'].search(
            [
                ('code', '=', code),
                ('company_id', '=', self.company_id.id),
                ('owner_model', '=', False),
                ('payable', '=', True),
            ],
            limit=1,
        )
        if not asset:
            raise Conflict(self.env._('This wallet does not pay for orders.'), {'wallet': code})
        return asset

    def _worth_of(self, asset):
        """Return `(units, fen)`: so many units are worth so many fen."""
        money = self._money()
        if asset == money:
            return 1, 1
        rate = self.env['wx.ledger.rate']._current(asset, money)
        if not rate:
            raise Conflict(
                self.env._('This wallet does not pay for orders.'), {'wallet': asset.code}
            )
        return rate.source_amount, rate.target_amount

    def _hold(self, part):
        """Put money of a wallet on hold; the caller holds the order's lock.

        It does not expire by itself: the order releases it when it is closed.
        """
        leg = self.env['wx.payment.leg'].create(
            {
                'order_id': self.id,
                'kind': 'wallet',
                'amount_fen': part.amount_fen,
                'asset_id': part.account.asset_id.id,
                'account_id': part.account.id,
                'units': part.units,
            }
        )
        try:
            held = self.env['wx.ledger'].hold(
                part.account.id,
                part.units,
                key=f'payment leg:{leg.id}',
                reason=REASON_PAYMENT,
                document=self,
            )
        except InsufficientFunds as error:
            raise Conflict(
                self.env._('There is not enough in your wallet.'),
                {'wallet': part.account.asset_id.code},
            ) from error
        except FrozenAccount as error:
            raise Conflict(
                self.env._('This wallet is frozen. Ask our support.'),
                {'wallet': part.account.asset_id.code},
            ) from error
        leg.hold_id = held.hold_id
