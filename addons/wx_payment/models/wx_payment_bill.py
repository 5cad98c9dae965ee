import logging
from datetime import datetime, timedelta
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.rbac_ext.fields import BigInteger
from odoo.addons.rbac_ext.permission import requires

from ..const_bill import BILL_GAPS, BILL_KINDS, BILL_STATES, READY_HOUR
from ..lib.paywire.wxpay_v3.writing import BEIJING

_logger = logging.getLogger(__name__)


class WxPaymentBill(models.Model):
    """What a provider says of one day of one merchant account.

    A row of work: it is fetched, read and matched, each in a transaction of its own, so that a
    process that dies loses the step it was at and nothing else. Each step may be repeated.
    """

    _name = 'wx.payment.bill'
    _description = 'Provider Bill'
    _inherit = [
        'wx.payment.state.mixin',
        'wx.job.mixin',
        'mail.thread',
        'mail.activity.mixin',
    ]
    _order = 'day desc, channel_id, kind desc'
    _rec_names_search = ['channel_id']

    _todo_permission = 'payment.difference.settle'
    _job_cron = 'wx_payment.ir_cron_run_bills'
    _job_gaps = BILL_GAPS

    channel_id = fields.Many2one(
        'wx.payment.channel', required=True, readonly=True, ondelete='restrict', index=True
    )
    company_id = fields.Many2one('res.company', required=True, readonly=True, index=True)
    currency_id = fields.Many2one('res.currency', required=True, readonly=True)
    kind = fields.Selection(list(BILL_KINDS), required=True, readonly=True)
    day = fields.Date(required=True, readonly=True, help='A day in Beijing.')
    state = fields.Selection(list(BILL_STATES), required=True, readonly=True, default='queued')

    # The file, as it came
    attachment_id = fields.Many2one(
        'ir.attachment', string='File', readonly=True, copy=False, ondelete='restrict'
    )
    checksum = fields.Char(string='SHA-256', readonly=True, copy=False)
    file_bytes = BigInteger(string='Size (bytes)', readonly=True, copy=False)
    refetch = fields.Boolean(
        readonly=True, copy=False, help='Fetched anew although there is a file.'
    )
    fetched_at = fields.Datetime(string='Fetched', readonly=True, copy=False)
    matched_at = fields.Datetime(string='First Matched', readonly=True, copy=False)

    # What is in it
    line_count = BigInteger(string='# Lines', readonly=True, copy=False)
    in_fen = BigInteger(
        string='In (fen)', readonly=True, copy=False, help='Payments, or what came in.'
    )
    out_fen = BigInteger(
        string='Out (fen)', readonly=True, copy=False, help='Refunds, or what went out.'
    )
    fee_fen = BigInteger(string='Fees (fen)', readonly=True, copy=False)
    amount_in = fields.Monetary(
        string='In', compute='_compute_amounts', store=True, precompute=True
    )
    amount_out = fields.Monetary(
        string='Out', compute='_compute_amounts', store=True, precompute=True
    )
    amount_fee = fields.Monetary(
        string='Fees', compute='_compute_amounts', store=True, precompute=True
    )

    # What came of it
    difference_ids = fields.One2many(
        'wx.payment.difference', 'bill_id', string='Differences', readonly=True
    )
    difference_count = fields.Integer(string='# Differences', compute='_compute_counts')
    open_count = fields.Integer(string='# Open', compute='_compute_counts')

    _day_uniq = models.UniqueIndex(
        '(channel_id, kind, day)', 'There is one bill of a kind for a day.'
    )

    # === COMPUTE METHODS === #

    @api.depends('in_fen', 'out_fen', 'fee_fen')
    def _compute_amounts(self):
        for bill in self:
            bill.amount_in = float(Decimal(bill.in_fen) / 100)
            bill.amount_out = float(Decimal(bill.out_fen) / 100)
            bill.amount_fee = float(Decimal(bill.fee_fen) / 100)

    @api.depends('difference_ids.state')
    def _compute_counts(self):
        groups = self.env['wx.payment.difference']._read_group(
            [('bill_id', 'in', self.ids)], ['bill_id', 'state'], ['__count']
        )
        counts = {(bill.id, state): count for bill, state, count in groups}
        for bill in self:
            found = [counts.get((bill.id, state), 0) for state in ('open', 'waiting', 'settled')]
            bill.open_count, bill.difference_count = found[0], sum(found)

    @api.depends('channel_id', 'kind', 'day')
    @api.depends_context('lang')
    def _compute_display_name(self):
        kinds = dict(self._fields['kind']._description_selection(self.env))
        for bill in self:
            day = fields.Date.to_string(bill.day)
            bill.display_name = f'{bill.channel_id.name} {day} {kinds.get(bill.kind, "")}'

    # === CRUD METHODS === #

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._('Bills are kept.'))

    # === ACTION METHODS === #

    @requires('payment.bill.run')
    def action_job_retry(self):
        """Have bills fetched, read and matched again as far as they are not, and matched anew."""
        self.check_access('read')
        self.sudo()._run_again()

    @requires('payment.bill.run')
    def action_refetch(self):
        """Have bills fetched anew; one that has changed at the provider is read again."""
        self.check_access('read')
        self.sudo()._run_again(refetch=True)

    def action_open_lines(self):
        self.ensure_one()
        domain = [('bill_id', '=', self.id)]
        trade = self.kind == 'trade'
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.payment.bill.line' if trade else 'wx.payment.bill.movement',
            'view_mode': 'list,form',
            'domain': domain,
            'name': self.env._('Lines'),
        }

    def action_open_differences(self):
        self.ensure_one()
        domain = [('bill_id', '=', self.id)]
        return {
            'type': 'ir.actions.act_window',
            'res_model': 'wx.payment.difference',
            'view_mode': 'list,form',
            'domain': domain,
            'name': self.env._('Differences'),
        }

    def action_download(self):
        """Download the bill as the provider wrote it, packed."""
        self.ensure_one()
        if not self.attachment_id:
            raise UserError(self.env._('The bill has not been fetched yet.'))
        return {
            'type': 'ir.actions.act_url',
            'url': f'/web/content/{self.attachment_id.id}?download=true',
        }

    # === BUSINESS METHODS - PLANNING === #

    @api.model
    def _last_ready_day(self):
        """Return the last day in Beijing whose bills may be asked for."""
        now = datetime.now(BEIJING)
        return now.date() - timedelta(days=1 if now.hour >= READY_HOUR else 2)

    @api.model
    def _plan(self, channel, first, last):
        """Make the bills of a channel from the first to the last day, where there are none.

        :param date first: a day in Beijing
        :param date last: likewise, included
        :return: all bills of these days
        """
        self.flush_model()
        # Somebody else may plan the same day: an insert does not wait for a search to be true.
        self.env.cr.execute(
            SQL(
                """INSERT INTO wx_payment_bill
                          (channel_id, company_id, currency_id, kind, day, state, next_try_at,
                           create_uid, create_date, write_uid, write_date)
                   SELECT %(channel)s, %(company)s, %(currency)s, k.kind, d.day::date, 'queued',
                          %(now)s, %(user)s, %(now)s, %(user)s, %(now)s
                     FROM unnest(%(kinds)s) AS k(kind),
                          generate_series(%(first)s::date, %(last)s::date, '1 day') AS d(day)
                    ORDER BY d.day, k.kind DESC
                   ON CONFLICT (channel_id, kind, day) DO NOTHING""",
                channel=channel.id,
                company=channel.company_id.id,
                currency=self.env.ref('base.CNY').id,
                user=self.env.uid,
                now=fields.Datetime.now(),
                kinds=list(channel._provider()._bill_readers),
                first=first,
                last=last,
            ),
            log_exceptions=False,  # losing against another transaction is expected
        )
        self.env['ir.cron']._wake(self._job_cron)
        return self.search(
            [('channel_id', '=', channel.id), ('day', '>=', first), ('day', '<=', last)]
        )

    def _run_again(self, refetch=False):
        """Have the work on these bills done anew, from fetching or from matching on."""
        for bill in self:
            values = {'refetch': refetch and bool(bill.attachment_id), 'try_count': 0}
            if refetch or bill.state == 'none':
                values['state'] = 'queued'
            elif bill.state == 'matched':
                values['state'] = 'parsed'
            bill.write(values)
        self._job_queue()

    # === BUSINESS METHODS - RUNNING === #

    def _job_run(self):
        """Do the next step, and have the one after it done at once."""
        self.ensure_one()
        step = {
            'queued': self._run_fetch,
            'fetched': self._run_load,
            'parsed': self._run_match,
        }.get(self.state)
        if step and step():
            self.try_count = 0
            self._job_queue()

    def _job_bury(self, error):
        """Override of `wx.job.mixin` to call a person."""
        buried = super()._job_bury(error)
        self._raise_todo(
            self.env._('A bill cannot be reconciled'),
            self.env._('%(bill)s: %(error)s', bill=self.display_name, error=error),
        )
        return buried

    # === CRON METHODS === #

    @api.model
    def _cron_plan_bills(self):
        """Plan the bills of every merchant account up to the last day that is ready."""
        until = self._last_ready_day()
        for channel in self.env['wx.payment.channel']._bill_channels():
            self._plan(channel, channel._bill_start(until), until)
            self.env['ir.cron']._commit_progress(1)
