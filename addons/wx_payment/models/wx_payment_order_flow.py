import secrets
from datetime import UTC, datetime, timedelta

from odoo import api, fields, models

from odoo.addons.wx_base.exceptions import Conflict, OutcomeUnknown
from odoo.addons.wx_base.tools.transaction import commit_intent, lock_rows

from ..const import CLOSE_GAPS, FROZEN_GAP, LIVE_ATTEMPT_STATES, REFRESH_GAP, UNPAID_ORDER_STATES
from ..lib.paywire.wxpay_v3.writing import BEIJING


class WxPaymentOrder(models.Model):
    """Opening, paying and closing of an order, and its moves."""

    _inherit = 'wx.payment.order'

    # === BUSINESS METHODS - OPENING === #

    @api.model
    def _create_for(self, document, wx_user, amount_fen, description, expires_at, merchant=None):
        """Create the order for a document, in state `draft`, and link it there.

        :param document: record of a model with `wx.payment.document.mixin`
        :param wx_user: who is to pay
        :param int amount_fen: at least 1
        :param str description: shown in the customer's bill
        :param datetime expires_at: naive UTC; nobody can start to pay later
        :param merchant: contact for whom the money is taken; None: the company itself
        """
        values = {
            'name': self._new_number(),
            'company_id': wx_user.sudo().company_id.id,
            'wx_user_id': wx_user.id,
            'res_model': document._name,
            'res_id': document.id,
            'description': description,
            'amount_fen': amount_fen,
            'expires_at': expires_at,
            'next_try_at': expires_at,
            'merchant_id': merchant.id if merchant else False,
        }
        # Customers create no payment orders by right; and nobody has to be told of a draft.
        # An earlier order of the document, closed in this transaction, must be closed in the rows.
        self.flush_model(['state'])
        silent = self.sudo().with_context(tracking_disable=True, mail_create_nolog=True)
        order = silent.create(values).with_env(self.sudo().env)
        document._set_payment_order(order)
        return order

    @api.model
    def _new_number(self):
        """Return 24 digits: the time in Beijing and a random part nobody can guess."""
        stamp = datetime.now(BEIJING).strftime('%y%m%d%H%M%S')
        return f'{stamp}{secrets.randbelow(10**12):012d}'

    # === BUSINESS METHODS - PAYING === #

    def _pay(self, way):
        """Let the customer pay and return what the client needs for it.

        May be called again while the order is unpaid: same number, same parameters. Commits.

        :param Way way: how to pay
        :return: `{channel, scene, state, expires_at, invoke}`; the state is `paid` when wallets
            paid all of it or the scanned code did, otherwise `pending`
        :raise Conflict: paid, closed, expired, being cancelled, no such channel, a wallet has
            too little
        :raise InvalidInput: the wallets or the scene do not fit
        :raise RefusedByProvider: the provider does not want this payment
        :raise OutcomeUnknown: no answer; call again
        """
        order = self.sudo()  # customers start payments, but write no payment orders
        order.ensure_one()
        lock_rows(order)
        order._check_payable()
        if way.scene == 'code':
            order._await_last_code()
        order._choose(way)
        leg = order._open_parts().filtered(lambda leg: leg.kind == 'channel')
        if not leg:
            order._set_pending()
            order._set_paid(order.env['wx.payment.attempt'])
            return order._prepare_answer(way)
        attempt = order._ongoing_attempt(way) or order._open_attempt(leg, way)
        order._set_pending()
        commit_intent(order.env)
        invoke = attempt._prepay()
        return order._prepare_answer(way, invoke)

    def _await_last_code(self):
        """See what became of the code that was scanned before: a number takes one code.

        :raise Conflict: the customer is still at it, or has paid
        """
        charged = self._live_attempts().filtered(lambda attempt: attempt.scene == 'code')[:1]
        if not charged:
            return
        commit_intent(self.env)
        charged._learn()
        commit_intent(self.env)
        lock_rows(self)
        self._check_payable()
        if self._live_attempts():
            raise Conflict(self.env._('The last code is still being charged: wait a moment.'))

    def _prepare_answer(self, way, invoke=None):
        """Return the unified answer to "pay". Source: ARCHITECTURE.md §4."""
        expires_at = self.expires_at.replace(tzinfo=UTC).astimezone(BEIJING)
        return {
            'channel': way.channel_kind,
            'scene': way.scene if way.channel_kind else '',
            'state': 'paid' if self.state == 'paid' else 'pending',
            'expires_at': expires_at.isoformat(),
            'invoke': invoke or {},
        }

    def _check_payable(self):
        if self.state not in UNPAID_ORDER_STATES:
            raise Conflict(self.env._('The order cannot be paid any more.'))
        if self.close_requested_at:
            raise Conflict(self.env._('The order is being cancelled.'))
        if self.expires_at <= fields.Datetime.now():
            raise Conflict(self.env._('The time to pay is over.'))

    def _live_attempts(self):
        return self.attempt_ids.filtered(lambda attempt: attempt.state in LIVE_ATTEMPT_STATES)

    def _ongoing_attempt(self, way):
        """Return the attempt to go on with, empty when a new one is to be opened.

        One that got no answer is passed over while its channel is down and another works: no
        customer has ever seen it, and it is closed with the others.
        """
        attempt = self._live_attempts()[:1]
        if attempt.state == 'draft' and attempt.channel_id.health == 'down':
            return attempt.filtered(lambda attempt: attempt.channel_id == self._find_channel(way))
        return attempt

    def _find_channel(self, way):
        channels = self.env['wx.payment.channel']
        return channels._find_for(self.wx_user_id, way.channel_kind, way.scene, self.name)

    def _open_attempt(self, leg, way):
        """Create an attempt under a new number at the provider; the caller holds the lock."""
        channel = self._find_channel(way)
        if not channel:
            raise Conflict(self.env._('This way of paying is not available.'))
        # Counting on the locked row makes two openers at once collide.
        self.attempt_count += 1
        number = f'{self.name}_{self.attempt_count}'
        return self.env['wx.payment.attempt']._open(leg, channel, number, way)

    def _refresh(self):
        """Ask the provider now about what is not settled; commits. Not more often than that."""
        self.ensure_one()
        oldest = fields.Datetime.now() - timedelta(seconds=REFRESH_GAP)
        for attempt in self._live_attempts():
            if not attempt.asked_at or attempt.asked_at < oldest:
                commit_intent(self.env)
                attempt._learn()

    # === BUSINESS METHODS - CLOSING === #

    def _cancel(self, reason):
        """Close the order: at the provider first, then here. Commits if a payment was started.

        :param str reason: for the staff
        :raise Conflict: the customer has paid
        :raise OutcomeUnknown: the provider did not close it yet; the job goes on trying
        """
        order = self.sudo()  # customers cancel their orders, but write no payment orders
        order.ensure_one()
        lock_rows(order)
        if order.state == 'closed':
            return
        order._check_unpaid()
        order.close_reason = reason
        if not order._live_attempts():
            order._set_closed()
            return
        order.close_requested_at = fields.Datetime.now()
        # Should this process die, the job goes on.
        order.next_try_at = fields.Datetime.now() + timedelta(seconds=CLOSE_GAPS[1])
        commit_intent(self.env)
        if not order._close():
            raise OutcomeUnknown(self.env._('The payment is being cancelled.'))
        order._check_unpaid()

    def _check_unpaid(self):
        if self.state not in UNPAID_ORDER_STATES | {'closed'}:
            raise Conflict(self.env._('The order has been paid.'))

    def _close(self):
        """Close every open number at the provider, then the order; tell whether it is settled.

        Nothing written may be uncommitted. Afterwards the order is closed or paid, or (False)
        a payment is still in progress.
        """
        for attempt in self._live_attempts():
            attempt._close_at_provider()
            # What was written of this one must be safe before the next call.
            commit_intent(self.env)
        lock_rows(self)
        if self.state in UNPAID_ORDER_STATES and not self._live_attempts():
            self._set_closed()
        return self.state not in UNPAID_ORDER_STATES

    def _job_run(self):
        """Close an order that has expired or is being cancelled; book what had to wait."""
        if self.state not in UNPAID_ORDER_STATES:
            lock_rows(self)
            self._confirm_parts()
            if self._open_parts():
                self._job_retry(self.env._('A wallet is frozen.'), FROZEN_GAP)
            return
        if not self.close_reason:
            self.close_reason = self.env._('Expired')
        commit_intent(self.env)
        if not self._close():
            self._job_retry(self.env._('A payment is still in progress.'))

    # === BUSINESS METHODS - STATES === #

    def _tell_document(self, hook):
        """Call a hook of the document; the caller holds the lock.

        :param str hook: name of a method of `wx.payment.document.mixin`
        """
        document = self.env[self.res_model].browse(self.res_id).exists()
        if document:
            getattr(document, hook)()
        else:
            self._raise_todo(self.env._('The document of this payment does not exist any more'))

    def _set_pending(self):
        if self.state != 'pending':
            self._move('pending')

    def _set_paid(self, attempt):
        """Book the whole amount; the caller holds the lock.

        :param attempt: what the channel's part was paid by, empty when wallets paid all of it
        """
        moved = self._move(
            'paid',
            paid_fen=self.amount_fen,
            paid_at=attempt.success_time or fields.Datetime.now(),
            next_try_at=False,
            **self._prepare_fee_vals(attempt),
        )
        if moved:
            self._book_paid(attempt)
            self._tell_document('_on_paid')

    def _set_closed(self):
        """Close the order for good; the caller holds the lock, nothing is open outside."""
        if self._move('closed', closed_at=fields.Datetime.now(), next_try_at=False):
            self._open_parts()._set_released()
            self._tell_document('_on_closed')
