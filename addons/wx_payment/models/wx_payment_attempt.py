import logging
from datetime import UTC, timedelta

from odoo import api, fields, models

from odoo.addons.rbac_ext.fields import BigInteger
from odoo.addons.wx_base.exceptions import Conflict, OutcomeUnknown, RefusedByProvider
from odoo.addons.wx_base.tools.transaction import commit_intent, lock_rows

from ..const import (
    ATTEMPT_MOVES,
    ATTEMPT_STATES,
    CHANNEL_KINDS,
    CODE_ORDER_CLOSED,
    CODES_NUMBER_SPENT,
    LIVE_ATTEMPT_STATES,
    PREPAY_REUSE_SECONDS,
    QUERY_GAPS,
    SCENE_MINIPROGRAM,
    SCENES,
    SUSPENSE_REASONS,
    UNPAID_ORDER_STATES,
)
from ..lib.paywire.errors import NotFound, Refused, Throttled, WireError
from ..lib.paywire.orders import MINIPROGRAM, PrepayOrder
from ..lib.paywire.wxpay_v3.invoke import invoke_jsapi
from ..lib.paywire.wxpay_v3.writing import BEIJING

_logger = logging.getLogger(__name__)


class WxPaymentAttempt(models.Model):
    """One number at one provider under which (a part of) an order is paid.

    As a row of work it queries a payment whose notice does not come.
    """

    _name = 'wx.payment.attempt'
    _description = 'Payment'
    _inherit = ['wx.payment.state.mixin', 'wx.job.mixin']
    _order = 'id desc'
    _rec_name = 'out_trade_no'
    _rec_names_search = ['out_trade_no', 'transaction_id']

    _state_moves = ATTEMPT_MOVES
    _job_cron = 'wx_payment.ir_cron_query_payments'
    _job_gaps = QUERY_GAPS[1:]

    order_id = fields.Many2one(
        'wx.payment.order', required=True, readonly=True, index=True, ondelete='restrict'
    )
    company_id = fields.Many2one(related='order_id.company_id', store=True, index=True)
    wx_user_id = fields.Many2one(related='order_id.wx_user_id')
    currency_id = fields.Many2one(related='order_id.currency_id')
    channel_id = fields.Many2one(
        'wx.payment.channel', required=True, readonly=True, index=True, ondelete='restrict'
    )
    kind = fields.Selection(list(CHANNEL_KINDS), required=True, readonly=True)
    scene = fields.Selection(list(SCENES), required=True, readonly=True)
    state = fields.Selection(list(ATTEMPT_STATES), required=True, default='draft', readonly=True)
    suspense_reason = fields.Selection(list(SUSPENSE_REASONS), readonly=True)

    # What was agreed with the provider
    out_trade_no = fields.Char(string='Our Number', required=True, readonly=True, copy=False)
    amount_fen = BigInteger(string='Amount (fen)', required=True, readonly=True)
    appid = fields.Char(string='AppID', required=True, readonly=True)
    mchid = fields.Char(string='Merchant ID', required=True, readonly=True)
    openid = fields.Char(string='OpenID', required=True, readonly=True)
    prepay_body = fields.Text(
        readonly=True, help='The request as it was first sent; it is repeated byte for byte.'
    )
    prepay_id = fields.Char(readonly=True, copy=False)
    prepay_at = fields.Datetime(readonly=True, copy=False)

    # What the provider said
    transaction_id = fields.Char(string="Provider's Number", readonly=True, copy=False)
    trade_state = fields.Char(string="Provider's State", readonly=True, copy=False)
    bank_type = fields.Char(string='Bank', readonly=True, copy=False)
    success_time = fields.Datetime(string='Paid At', readonly=True, copy=False)
    paid_fen = BigInteger(string='Paid (fen)', readonly=True, copy=False, default=0)
    payer_fen = BigInteger(
        string='Paid by Customer (fen)',
        readonly=True,
        copy=False,
        default=0,
        help='Less than the amount when the customer used a coupon of WeChat Pay.',
    )
    refunding_fen = BigInteger(string='Refunding (fen)', readonly=True, copy=False, default=0)
    refunded_fen = BigInteger(string='Refunded (fen)', readonly=True, copy=False, default=0)
    refund_ids = fields.One2many('wx.payment.refund', 'attempt_id', string='Refunds', readonly=True)

    _out_trade_no_uniq = models.Constraint(
        'UNIQUE(out_trade_no)', 'Our number at the provider exists already.'
    )
    _transaction_id_uniq = models.UniqueIndex(
        '(transaction_id) WHERE transaction_id IS NOT NULL',
        "The provider's number belongs to another payment.",
    )
    _amount_check = models.Constraint('CHECK(amount_fen > 0)', 'The amount must be positive.')
    _refunds_check = models.Constraint(
        """CHECK(refunding_fen >= 0 AND refunded_fen >= 0
                 AND refunding_fen + refunded_fen <= paid_fen)""",
        'No more can be refunded than was paid.',
    )

    # === BUSINESS METHODS - OPENING === #

    @api.model
    def _open(self, order, channel, out_trade_no):
        """Create the attempt and plan its first query; the caller holds the order's lock."""
        attempt = self.create(
            {
                'order_id': order.id,
                'channel_id': channel.id,
                'kind': channel.kind,
                'scene': SCENE_MINIPROGRAM,
                'out_trade_no': out_trade_no,
                'amount_fen': order.amount_fen,
                'appid': channel.app_id.appid,
                'mchid': channel.mchid,
                'openid': order.wx_user_id.openid,
            }
        )
        attempt.prepay_body = channel._client().prepay_body(attempt._prepare_prepay()).decode()
        attempt._job_queue(QUERY_GAPS[0])
        return attempt

    def _prepare_prepay(self):
        return PrepayOrder(
            scene=MINIPROGRAM,
            appid=self.appid,
            payer=self.openid,
            out_trade_no=self.out_trade_no,
            description=self.order_id.description,
            amount_fen=self.amount_fen,
            notify_url=self.channel_id.notify_url,
            expires_at=self.order_id.expires_at.replace(tzinfo=UTC),
        )

    # === BUSINESS METHODS - PREPAY === #

    def _prepay(self):
        """Get a prepay_id unless there is a young one, and return the client's fields.

        Nothing written may be uncommitted. Source: spec/wechat_pay_v3.md §5.
        """
        self.ensure_one()
        if not self._has_young_prepay():
            prepay_id = self._send_prepay_request()
            # A new snapshot: what came in during the call must be seen under the lock.
            commit_intent(self.env)
            lock_rows(self.order_id)
            if (
                self.order_id.state not in UNPAID_ORDER_STATES
                or self.state not in LIVE_ATTEMPT_STATES
            ):
                raise Conflict(self.env._('The order cannot be paid any more.'))
            self._set_open(prepay_id)
        return self._prepare_invocation()

    def _has_young_prepay(self):
        oldest = fields.Datetime.now() - timedelta(seconds=PREPAY_REUSE_SECONDS)
        return bool(self.prepay_id and self.prepay_at > oldest)

    def _set_open(self, prepay_id):
        values = {'prepay_id': prepay_id, 'prepay_at': fields.Datetime.now(), 'last_error': False}
        if self.state == 'open':
            self.write(values)
        else:
            self._move('open', **values)

    def _send_prepay_request(self):
        """Return a new prepay_id.

        :raise Conflict: the number is spent (paid or closed at the provider)
        :raise RefusedByProvider: the provider said no
        :raise OutcomeUnknown: no answer; the query job looks what became of it
        """
        body = self.prepay_body.encode()
        try:
            return self.channel_id._exchange(lambda wxpay: wxpay.prepay_jsapi(body))
        except Refused as error:
            self._note_error(error)
            if error.code in CODES_NUMBER_SPENT:
                self._give_number_up()
                raise Conflict(self.env._('The order cannot be paid any more.')) from error
            if isinstance(error, Throttled):
                raise OutcomeUnknown(self.env._('WeChat Pay is busy: try again.')) from error
            raise RefusedByProvider(self.env._('WeChat Pay refused the payment.')) from error
        except WireError as error:
            self._note_error(error)
            raise OutcomeUnknown(self.env._('WeChat Pay did not answer: try again.')) from error

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

    def _prepare_invocation(self):
        """Return the unified answer to "pay". Source: ARCHITECTURE.md §4."""
        material = self.channel_id._material()
        invocation = invoke_jsapi(
            material.merchant.private_key,
            appid=self.appid,
            prepay_id=self.prepay_id,
            now=self.channel_id._now(),
            nonce=self.channel_id._nonce(),
        )
        expires_at = self.order_id.expires_at.replace(tzinfo=UTC).astimezone(BEIJING)
        return {
            'channel': self.kind,
            'scene': self.scene,
            'expires_at': expires_at.isoformat(),
            'invoke': invocation.as_fields(),
        }

    # === BUSINESS METHODS - QUERY AND CLOSE === #

    def _job_run(self):
        """Ask the provider about a payment whose notice has not come."""
        if self.state not in LIVE_ATTEMPT_STATES:
            return
        commit_intent(self.env)
        trouble = self._learn()
        if self.state in LIVE_ATTEMPT_STATES:
            self._job_retry(trouble or self.env._('Not paid yet'))

    def _learn(self):
        """Query the payment and book what the provider says; nothing may be uncommitted.

        :return: what went wrong, for the staff; '' when there was an answer
        :rtype: str
        """
        self.ensure_one()
        try:
            transaction = self.channel_id._exchange(lambda wxpay: wxpay.query(self.out_trade_no))
        except NotFound:
            # Our prepay call may not have arrived, or not yet.
            return self.env._('WeChat Pay does not know the number (yet)')
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
            self.channel_id._exchange(lambda wxpay: wxpay.close(self.out_trade_no))
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

    def _set_closed(self):
        self.invalidate_recordset(['state'])
        if self.state in LIVE_ATTEMPT_STATES:
            self._move('closed', next_try_at=False, trade_state='CLOSED')
