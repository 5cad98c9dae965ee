import logging
from datetime import timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from odoo.addons.wx_base.exceptions import ApiError, Conflict
from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const.refunds import REFUND_ACTIVITY, REQUESTABLE_STATES, RESUME_MINUTES, SWEEP_BATCH
from ..lib.pricing import formula

_logger = logging.getLogger(__name__)


class WxRechargeOrder(models.Model):
    """Giving the money back: what customers ask for, and a refund that always comes to its end.

    Steps of a refund, each a transaction that a killed process leaves undone or done: the order
    moves to `refunding` together with the refunds of every part of the payment; each refund is
    asked for, and its outcome written, by the payment's own job; with the last one the order is
    `refunded`, and stock, coupons and points go back. What stands still is taken up by
    `_cron_resume_refunds`.
    """

    _inherit = 'wx.recharge.order'

    refund_request_ids = fields.One2many(
        'wx.recharge.refund.request', 'order_id', string='Refund Requests', readonly=True
    )
    refund_asked_at = fields.Datetime(
        readonly=True, copy=False, help='When the customer asked for the money the last time.'
    )

    # === BUSINESS METHODS - CUSTOMERS === #

    def _refund_refusal(self):
        """Return why the customer may not ask for the money, None if so; nothing is written."""
        if self.state not in REQUESTABLE_STATES:
            return self.env._('A refund cannot be asked for any more.')
        if self.confirmed_at:
            return self.env._('You have confirmed that you have received it.')
        days = self.sudo().company_id.wx_recharge_refund_days  # customers read no companies
        if not days:
            return self.env._('Ask our support for a refund.')
        if self.delivered_at and fields.Datetime.now() > self.delivered_at + timedelta(days=days):
            return self.env._(
                'A refund can be asked for within %(days)s days of the delivery.', days=days
            )
        return None

    def _ask_refund(self, reason, note=''):
        """Write that the customer wants the money back, for a person to decide.

        A second request while one is open changes nothing. Runs as sudo.

        :param str reason: key of `const.refunds.REASONS`
        :param str note: in the words of the customer
        :raise Conflict: too late, confirmed, or there is nothing to give back
        """
        self.ensure_one()
        lock_rows(self)
        requests = self.refund_request_ids
        if requests.filtered(lambda request: request.state == 'open'):
            return
        refusal = self._refund_refusal()
        if refusal:
            raise Conflict(refusal)
        if requests.filtered(lambda request: request.state == 'refused'):
            raise Conflict(self.env._('Your request was refused: ask our support.'))
        # Whoever asked at the same moment starts over, because the locked row has changed.
        self.refund_asked_at = fields.Datetime.now()
        request = requests.create(
            {'order_id': self.id, 'wx_user_id': self.wx_user_id.id, 'reason': reason, 'note': note}
        )
        words = dict(request._fields['reason']._description_selection(self.env))
        self._alert(
            self.env._('The customer asks for a refund: %(reason)s', reason=words[reason]),
            'recharge.refund.decide',
            REFUND_ACTIVITY,
        )

    # === BUSINESS METHODS - MONEY === #

    def _give_back_money(self, reason, part_fen=None):
        """Ask for what is left of the payment, or for a part; the caller holds the locks.

        Staff may have given a part back, or all of it. What the payment refuses (too late, too
        many refunds, less is left) must not undo the outcome of the order: a person is called.
        """
        payment_sudo = self.payment_order_id.sudo()
        amount_fen = part_fen or payment_sudo.refundable_fen
        if amount_fen:
            try:
                with self.env.cr.savepoint():
                    payment_sudo._request_refund(amount_fen, reason)
            except ApiError as error:
                self._flag_refused_refund(error)
        elif payment_sudo.state == 'refunded':
            self._set_refunded()

    def _flag_refused_refund(self, error):
        """Call a person, once: a refund that stands still is asked for again and again."""
        note = self.env._('No refund was possible: %(error)s', error=error)
        if self.anomaly_note != note:
            self._flag_anomaly(note)

    def _resume_refund(self):
        """Take up a refund that stands still; repeating it does nothing."""
        self.ensure_one()
        lock_rows(self.payment_order_id)
        lock_rows(self)
        reason = self.env._('Top-up failed')
        if self.state == 'failed':
            self._set_refunding(reason)
            return
        payment_sudo = self.payment_order_id.sudo()
        if self.state != 'refunding' or payment_sudo.refunding_fen:
            return
        if not payment_sudo.refund_ids or payment_sudo.state == 'refunded':
            self._give_back_money(reason)
        elif payment_sudo.refundable_fen:
            self._flag_closed_refund()

    def _flag_closed_refund(self):
        """Call a person, once: the provider has closed a refund, so asking again is no use."""
        if self.state == 'refunding' and not self.anomaly_note:
            self._flag_anomaly(
                self.env._('A refund was closed without the money going back: refund the payment.')
            )

    def _on_refund_ended(self):
        """Override of `wx_payment`: nothing is on its way back, and not all of it went back."""
        result = super()._on_refund_ended()
        self._flag_closed_refund()
        return result

    def _prepare_profit_vals(self, values):
        """Return what a delivery leaves of the price.

        :param dict values: what the order keeps of the attempt, maybe its cost
        """
        cost_fen = self.cost_fen
        currency = self.env['res.currency'].browse(values.get('cost_currency_id', []))
        rate = self._rate_of(currency)
        if rate and values.get('cost'):
            cost_fen = formula.cost_fen(Decimal(str(values['cost'])), rate)
        profit_fen = self.price_fen - cost_fen
        return {'profit_fen': profit_fen, 'profit': profit_fen / 100}

    def _rate_of(self, currency):
        """Return yuan for one unit: as the order was placed, or today's for another currency."""
        if currency and currency == self.cost_currency_id and self.cost_rate:
            return Decimal(str(self.cost_rate))
        return currency._yuan_rates(self.company_id, currency._yuan_day()).get(currency.id)

    # === CRON METHODS === #

    @api.model
    def _cron_resume_refunds(self):
        """Take up refunds that have not moved for a while, in batches."""
        self = self.with_context(lang=self.env.company.partner_id.lang)
        before = fields.Datetime.now() - timedelta(minutes=RESUME_MINUTES)
        domain = [('state', 'in', ('failed', 'refunding')), ('write_date', '<', before)]
        last_id, time_left = 0, True
        while time_left:
            found = self.search([*domain, ('id', '>', last_id)], order='id', limit=SWEEP_BATCH)
            if not found:
                return
            last_id = found[-1].id
            for order in found:
                time_left = order._resume_refund_alone()
                if not time_left:
                    break

    def _resume_refund_alone(self):
        """Take up one refund in a transaction of its own; return the seconds left."""
        try:
            self._resume_refund()
            self.env.flush_all()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
            self.env.cr.rollback()
            _logger.info('order %s met another transaction: %s', self.id, error)
        except Exception:
            self.env.cr.rollback()
            _logger.exception('the refund of order %s was not taken up', self.id)
        return self.env['ir.cron']._commit_progress(1)
