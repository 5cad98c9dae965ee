import logging
from datetime import timedelta

from odoo import fields, models

from odoo.addons.wx_base.tools.transaction import commit_intent, lock_rows

from ..const import (
    CODE_ORDER_CLOSED,
    CODE_QUERY_SECONDS,
    CODE_WAIT_SECONDS,
    LIVE_ATTEMPT_STATES,
)
from ..lib.paywire.errors import NotFound, WireError

_logger = logging.getLogger(__name__)


class WxPaymentAttempt(models.Model):
    """Asking the provider about a payment, and closing it there."""

    _inherit = 'wx.payment.attempt'

    # === BUSINESS METHODS - QUERY AND CLOSE === #

    def _job_run(self):
        """Ask the provider about a payment whose notice has not come."""
        if self.state not in LIVE_ATTEMPT_STATES:
            return
        commit_intent(self.env)
        trouble = self._learn()
        if self.state not in LIVE_ATTEMPT_STATES:
            return
        if self.scene != 'code':
            self._job_retry(trouble or self.env._('Not paid yet'))
        elif self._lasts_too_long():
            commit_intent(self.env)
            self._close_at_provider()
            if self.state in LIVE_ATTEMPT_STATES:
                self._job_retry(trouble or self.env._('Not taken back yet'), CODE_QUERY_SECONDS)
        else:
            self._job_retry(trouble or self.env._('Not paid yet'), CODE_QUERY_SECONDS)

    def _lasts_too_long(self):
        """Tell whether a scanned code has kept the till waiting for too long."""
        oldest = fields.Datetime.now() - timedelta(seconds=CODE_WAIT_SECONDS)
        return bool(self.prepay_at and self.prepay_at < oldest)

    def _learn(self):
        """Query the payment and book what the provider says; nothing may be uncommitted.

        :return: what went wrong, for the staff; '' when there was an answer
        :rtype: str
        """
        self.ensure_one()
        self.asked_at = fields.Datetime.now()
        commit_intent(self.env)
        try:
            transaction = self.channel_id._exchange(lambda client: client.query(self.out_trade_no))
        except NotFound:
            # Our prepay call may not have arrived, or not yet.
            return self.env._('The provider does not know the number (yet)')
        except WireError as error:
            return self._note_error(error)
        commit_intent(self.env)
        self._book_transaction(transaction)
        return ''

    def _close_at_provider(self):
        """Close the number at the provider and here; nothing written may be uncommitted.

        Whatever does not clearly close is queried: a customer who is typing the password makes
        the provider answer FREQUENCY_LIMITED. Source: spec/wechat_pay_v3.md §7.
        """
        self.ensure_one()
        try:
            if not self.channel_id._exchange(self._send_close_request):
                self._learn()
                return
        except NotFound:
            _logger.info('%s was never known to the provider', self.out_trade_no)
        except WireError as error:
            if error.code != CODE_ORDER_CLOSED:
                self._note_error(error)
                self._learn()
                return
        commit_intent(self.env)
        lock_rows(self.order_id)
        self._set_closed()

    def _send_close_request(self, client):
        """Have the number closed and tell whether it is.

        A scanned code is taken back instead: the customer may be typing the password.
        """
        if self.scene == 'code':
            return client.reverse(self.out_trade_no)
        client.close(self.out_trade_no)
        return True

    def _set_closed(self):
        self.invalidate_recordset(['state'])
        if self.state in LIVE_ATTEMPT_STATES:
            self._move('closed', next_try_at=False, trade_state='CLOSED')
