import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.rbac_ext.permission import requires
from odoo.addons.wx_base.tools.transaction import commit_intent

from ..const import LIVE_ATTEMPT_STATES, NOTICE_TOPICS, NOTIFICATION_STATES, REFUND_GAPS
from ..lib.paywire import masking
from ..lib.paywire.errors import Malformed, SignatureError, WireError
from ..lib.paywire.messages import Transaction
from ..values import RefundHint

_logger = logging.getLogger(__name__)

# What arrived is evidence: nobody changes it, not even through the server.
SEALED_FIELDS = frozenset(
    {
        'channel_id',
        'topic',
        'event_id',
        'event_type',
        'original_type',
        'dedup_key',
        'headers',
        'body',
    }
)


class WxPaymentNotification(models.Model):
    """Inbox of provider notices: verified and stored raw first, processed afterwards."""

    _name = 'wx.payment.notification'
    _description = 'Provider Notice'
    _inherit = ['wx.job.mixin']
    _order = 'id desc'
    _rec_name = 'event_id'
    _rec_names_search = ['event_id', 'business_key']

    _job_cron = 'wx_payment.ir_cron_process_notifications'
    _job_gaps = (5, 30, 60, 300, 600, 1800)
    _job_max_tries = 12

    channel_id = fields.Many2one(
        'wx.payment.channel', required=True, readonly=True, index=True, ondelete='restrict'
    )
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    state = fields.Selection(
        list(NOTIFICATION_STATES), required=True, default='received', readonly=True
    )
    outcome = fields.Char(readonly=True)
    received_at = fields.Datetime(required=True, readonly=True, index=True)
    processed_at = fields.Datetime(readonly=True)

    # As it came
    topic = fields.Selection(
        list(NOTICE_TOPICS), required=True, default='notify', readonly=True, string='Address'
    )
    event_id = fields.Char(required=True, readonly=True, index=True)
    event_type = fields.Char(required=True, readonly=True)
    original_type = fields.Char(readonly=True)
    summary = fields.Char(readonly=True)
    dedup_key = fields.Char(required=True, readonly=True)
    headers = fields.Text(
        readonly=True, groups='wx_payment.perm_payment_notification_view_raw_res_groups'
    )
    body = fields.Text(
        readonly=True,
        groups='wx_payment.perm_payment_notification_view_raw_res_groups',
        help='The raw text. WeChat Pay v3 encrypts what matters in it; v2 and Alipay name the '
        'customer and the amount.',
    )
    masked_body = fields.Text(
        string='Text',
        compute='_compute_masked_body',
        compute_sudo=True,
        help='As it came, without what tells of the customer, the amount and the signature.',
    )

    # What it is about
    business_key = fields.Char(
        string='Number', readonly=True, index='btree_not_null', help='Our number at the provider.'
    )
    order_id = fields.Many2one('wx.payment.order', readonly=True, index='btree_not_null')
    attempt_id = fields.Many2one('wx.payment.attempt', string='Payment', readonly=True)
    refund_id = fields.Many2one('wx.payment.refund', readonly=True)

    _dedup_uniq = models.UniqueIndex('(channel_id, dedup_key)', 'This notice is stored already.')

    # === COMPUTE METHODS === #

    @api.depends('body')
    def _compute_masked_body(self):
        for notice in self:
            notice.masked_body = masking.mask(notice.body or '')

    # === CRUD METHODS === #

    def write(self, vals):
        """Override of `odoo` to keep what arrived as it arrived."""
        if SEALED_FIELDS & vals.keys():
            raise UserError(self.env._('A stored notice is not changed.'))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._('A stored notice is not deleted.'))

    # === ACTION METHODS === #

    @requires('payment.notification.retry')
    def action_job_retry(self):
        """Have notices processed again now."""
        self._job_restart()

    # === BUSINESS METHODS === #

    def _job_run(self):
        """Process the notice; doing it twice does nothing.

        Source: spec/wechat_pay_v3.md §11, wechat_pay_v2.md §4, §5, alipay.md §6.
        """
        provider = self.channel_id._provider()
        try:
            content = provider._read_notice(self.channel_id, self.topic, self.body.encode())
            if isinstance(content, RefundHint):
                content = self._send_query_request(content)
        except (Malformed, SignatureError) as error:
            # Perhaps a key was changed: a person can enter the right one meanwhile.
            self._job_retry(str(error))
        except WireError as error:
            self._job_retry(self.channel_id._describe_error(error))
        else:
            self._process(content)

    def _send_query_request(self, hint):
        """Return the refund that a notice only points at; nothing written may be uncommitted.

        :raise WireError: the provider does not say
        """
        commit_intent(self.env)
        refund = self.channel_id._exchange(
            lambda client: client.query_refund(hint.out_trade_no, hint.out_refund_no)
        )
        commit_intent(self.env)
        return refund

    def _process(self, content):
        if content is None and self.topic == 'transfer':
            self._finish('ignored', self.env._('Notices of transfers are not used here yet.'))
        elif content is None:
            self._finish('ignored', self.env._('Not a kind of notice that is used here.'))
        elif isinstance(content, Transaction):
            self._process_transaction(content)
        else:
            self._process_refund(content)

    def _finish(self, state, outcome='', **values):
        now = fields.Datetime.now()
        self.write({'state': state, 'outcome': outcome, 'processed_at': now, **values})

    def _find_attempt(self, out_trade_no):
        return self.env['wx.payment.attempt'].search(
            [('out_trade_no', '=', out_trade_no), ('channel_id', '=', self.channel_id.id)]
        )

    def _process_transaction(self, transaction):
        if transaction.mchid != (self.channel_id.mchid or ''):
            self._refuse_foreign('mchid', transaction.mchid)
            return
        attempt = self._find_attempt(transaction.out_trade_no)
        if not attempt:
            self._report_unknown(transaction.out_trade_no)
            return
        result = attempt._book_transaction(transaction)
        self._finish(result, attempt_id=attempt.id, order_id=attempt.order_id.id)

    def _process_refund(self, refund):
        if refund.mchid and refund.mchid != self.channel_id.mchid:
            self._refuse_foreign('mchid', refund.mchid)
            return
        record = self.env['wx.payment.refund'].search(
            [
                ('out_refund_no', '=', refund.out_refund_no),
                ('channel_id', '=', self.channel_id.id),
            ]
        )
        if not record:
            attempt = self._find_attempt(refund.out_trade_no)
            if not attempt:
                self._report_unknown(refund.out_trade_no)
                return
            if not attempt.transaction_id:
                # Refunded in the console before we know of the payment: ask for that first.
                attempt.filtered(lambda attempt: attempt.state in LIVE_ATTEMPT_STATES)._job_queue()
                self._job_retry(self.env._('The payment itself is not known yet.'))
                return
            record = record._adopt(attempt, refund)
            if not record:
                self._report_unknown(refund.out_refund_no)
                return
        result = record._book_refund(refund)
        if record.is_open and not record.next_try_at:
            # Taken in from the console, and not at its end yet.
            record._job_queue(REFUND_GAPS[0])
        self._finish(
            result,
            refund_id=record.id,
            attempt_id=record.attempt_id.id,
            order_id=record.order_id.id,
        )

    def _refuse_foreign(self, name, value):
        """Refuse a notice that the provider signed, but for somebody else."""
        _logger.error('notice %s carries another %s: %r', self.event_id, name, value)
        self.channel_id._count_refused(f'wrong {name}')
        self._finish('refused', self.env._('Another %(field)s', field=name))

    def _report_unknown(self, number):
        """Refuse a notice about money that we know nothing of, and tell a person."""
        _logger.error('notice %s is about an unknown number %s', self.event_id, number)
        self._finish('refused', self.env._('Unknown number %(number)s', number=number))
        self.channel_id._raise_todo(
            self.env._('The provider reports money that is not known here'),
            self.env._('Number %(number)s, notice %(event)s.', number=number, event=self.event_id),
        )

    def _job_bury(self, error):
        """Override of `wx.job.mixin` to call a person."""
        buried = super()._job_bury(error)
        self.channel_id._raise_todo(
            self.env._('A notice cannot be processed'),
            self.env._('Notice %(event)s: %(error)s', event=self.event_id, error=error),
        )
        return buried
