import base64
import io
import logging
from datetime import timedelta

import qrcode

from odoo import fields, models

from odoo.addons.wx_base.exceptions import Conflict, OutcomeUnknown, RefusedByProvider
from odoo.addons.wx_base.tools.transaction import commit_intent, lock_rows

from ..const import (
    CODES_NUMBER_SPENT,
    LIVE_ATTEMPT_STATES,
    PREPAY_REUSE_SECONDS,
    QR_BOX_PIXELS,
    UNPAID_ORDER_STATES,
)
from ..lib.paywire.errors import Refused, Throttled, WireError

_logger = logging.getLogger(__name__)


class WxPaymentAttempt(models.Model):
    """Opening of a payment at the provider."""

    _inherit = 'wx.payment.attempt'

    # === BUSINESS METHODS - PREPAY === #

    def _prepay(self):
        """Open the payment at the provider, unless that was done a short while ago, and return
        the fields with which the client goes on.

        Nothing written may be uncommitted. Source: spec/wechat_pay_v3.md §5, §9.
        """
        self.ensure_one()
        if self.scene == 'code':
            self._charge()
            return {}
        if not self._has_young_prepay():
            handle = self._send_prepay_request()
            # A new snapshot: what came in during the call must be seen under the lock.
            commit_intent(self.env)
            lock_rows(self.order_id)
            if (
                self.order_id.state not in UNPAID_ORDER_STATES
                or self.state not in LIVE_ATTEMPT_STATES
            ):
                raise Conflict(self.env._('The order cannot be paid any more.'))
            self._set_open(handle)
        invoke = self.channel_id._client().invoke(
            self.scene, self.prepay_body.encode(), self.prepay_id or '', appid=self.appid
        )
        if 'code_url' in invoke:
            invoke['qr_image'] = self._draw_code(invoke['code_url'])
        return invoke

    def _draw_code(self, text):
        """Return a QR code as a data URL of a PNG, ready to be shown."""
        image = io.BytesIO()
        qrcode.make(text, box_size=QR_BOX_PIXELS).save(image, format='PNG')
        return f'data:image/png;base64,{base64.b64encode(image.getvalue()).decode()}'

    def _has_young_prepay(self):
        oldest = fields.Datetime.now() - timedelta(seconds=PREPAY_REUSE_SECONDS)
        return bool(self.prepay_at and self.prepay_at > oldest)

    def _set_open(self, handle):
        values = {'prepay_id': handle, 'prepay_at': fields.Datetime.now(), 'last_error': False}
        if self.state == 'open':
            self.write(values)
        else:
            self._move('open', **values)

    def _send_prepay_request(self):
        """Return the provider's handle of the payment, a prepay_id for example.

        :raise Conflict: the number is spent (paid or closed at the provider)
        :raise RefusedByProvider: the provider said no
        :raise OutcomeUnknown: no answer; the query job looks what became of it
        """
        body = self.prepay_body.encode()
        try:
            return self.channel_id._exchange(lambda client: client.prepay(self.scene, body))
        except Refused as error:
            self._note_error(error)
            if error.code in CODES_NUMBER_SPENT:
                self._give_number_up()
                raise Conflict(self.env._('The order cannot be paid any more.')) from error
            if isinstance(error, Throttled):
                raise OutcomeUnknown(self.env._('The provider is busy: try again.')) from error
            raise RefusedByProvider(self.env._('The provider refused the payment.')) from error
        except WireError as error:
            self._note_error(error)
            raise OutcomeUnknown(self.env._('The provider did not answer: try again.')) from error

    def _give_number_up(self):
        """Settle a number that the provider takes no more: paid, or closed for a next one."""
        self._learn()
        if self.state in LIVE_ATTEMPT_STATES:
            commit_intent(self.env)
            self._close_at_provider()
        commit_intent(self.env)

    def _note_error(self, error):
        """Keep what went wrong for the staff, also when the request is answered with an error.

        :return: the words kept
        :rtype: str
        """
        message = self.channel_id._describe_error(error)
        _logger.warning('%s: %s', self.out_trade_no, message)
        self.last_error = message[:500]
        commit_intent(self.env)
        return message

    # === BUSINESS METHODS - CODE PAYMENT === #

    def _charge(self):
        """Charge the code that staff scanned, once; whatever is not clear is queried.

        A customer who has to type a password leaves it open: the query job looks every few
        seconds and takes the payment back when it lasts too long. Source: spec/wechat_pay_v2.md
        §3 (micropay), alipay.md §7.
        """
        if self.prepay_at:
            self._learn()
            return
        self._set_open(False)
        commit_intent(self.env)
        body = self.prepay_body.encode()
        try:
            transaction = self.channel_id._exchange(lambda client: client.charge(body))
        except Refused as error:
            self._note_error(error)
            if not isinstance(error, Throttled):
                self._refuse_code()
            return
        except WireError as error:
            self._note_error(error)
            return
        commit_intent(self.env)
        if transaction.trade_state == 'PAYERROR':
            self._refuse_code()
            return
        self._book_transaction(transaction)

    def _refuse_code(self):
        """Have nothing left open of a code that was refused; commits.

        :raise RefusedByProvider: unless the money came in all the same
        """
        self._learn()
        if self.state in LIVE_ATTEMPT_STATES:
            commit_intent(self.env)
            self._close_at_provider()
        commit_intent(self.env)
        if self.state != 'paid':
            raise RefusedByProvider(self.env._('The payment was refused: scan a new code.'))
