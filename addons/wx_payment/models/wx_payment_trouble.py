from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.rbac_ext.fields import BigInteger
from odoo.addons.rbac_ext.permission import requires

from ..const_desk import CLOSING_AFTER, TROUBLES, UNKNOWN_AFTER

# Every part reads a partial index of the few rows that need somebody.
QUERY = """
    SELECT id * 8::bigint AS id, 'suspense' AS kind, 'wx.payment.attempt' AS res_model,
           id AS res_id, order_id, channel_id, company_id, out_trade_no AS number,
           paid_fen - refunding_fen - refunded_fen AS amount_fen,
           coalesce(success_time, create_date) AS since, suspense_reason AS words
      FROM wx_payment_attempt
     WHERE state = 'suspense' AND paid_fen > refunding_fen + refunded_fen
    UNION ALL
    SELECT id * 8::bigint + CASE state WHEN 'abnormal' THEN 2 ELSE 1 END,
           CASE state WHEN 'abnormal' THEN 'abnormal' ELSE 'refund' END, 'wx.payment.refund',
           id, order_id, channel_id, company_id, out_refund_no, amount_fen, create_date, last_error
      FROM wx_payment_refund
     WHERE state NOT IN ('done', 'closed') AND (state = 'abnormal' OR dead)
    UNION ALL
    SELECT id * 8::bigint + 3, 'notice', 'wx.payment.notification', id, order_id, channel_id,
           company_id, coalesce(business_key, event_id), NULL, received_at,
           coalesce(last_error, outcome)
      FROM wx_payment_notification
     WHERE (dead OR state = 'refused') AND put_aside_at IS NULL
    UNION ALL
    SELECT id * 8::bigint + 4, 'unknown', 'wx.payment.attempt', id, order_id, channel_id,
           company_id, out_trade_no, amount_fen, create_date, last_error
      FROM wx_payment_attempt
     WHERE state IN ('draft', 'open')
       AND create_date < now() AT TIME ZONE 'UTC' - %(unknown)s * interval '1 second'
       AND (state = 'draft' OR scene = 'code')
    UNION ALL
    SELECT id * 8::bigint + 5, 'closing', 'wx.payment.order', id, id, NULL, company_id, name,
           amount_fen, coalesce(close_requested_at, expires_at), last_error
      FROM wx_payment_order
     WHERE state IN ('draft', 'pending')
       AND least(close_requested_at, expires_at)
           < now() AT TIME ZONE 'UTC' - %(closing)s * interval '1 second'"""


class WxPaymentNotification(models.Model):
    _inherit = 'wx.payment.notification'

    put_aside_at = fields.Datetime(readonly=True, help='When a person took it off the repair desk.')
    put_aside_by_id = fields.Many2one('res.users', readonly=True)

    _trouble_idx = models.Index("(id) WHERE (dead OR state = 'refused') AND put_aside_at IS NULL")

    # === ACTION METHODS === #

    @requires('payment.notification.retry')
    def action_put_aside(self):
        """Take notices off the repair desk that need nobody any more."""
        self.check_access('read')
        # Evidence is not written by people; that somebody has seen it is noted beside it.
        self.sudo().write({'put_aside_at': fields.Datetime.now(), 'put_aside_by_id': self.env.uid})


class WxPaymentTrouble(models.Model):
    """Repair desk: money that came in or goes out and is not at its end by itself."""

    _name = 'wx.payment.trouble'
    _description = 'Payment That Needs a Person'
    _auto = False
    _order = 'since desc, id desc'
    _rec_name = 'number'
    _depends = {
        'wx.payment.attempt': ['state', 'paid_fen', 'refunding_fen', 'refunded_fen'],
        'wx.payment.refund': ['state', 'dead', 'last_error'],
        'wx.payment.notification': ['state', 'dead', 'put_aside_at', 'last_error', 'outcome'],
        'wx.payment.order': ['state', 'close_requested_at', 'expires_at', 'last_error'],
    }

    kind = fields.Selection(list(TROUBLES), string='Trouble', readonly=True)
    res_model = fields.Char(readonly=True)
    res_id = fields.Many2oneReference(model_field='res_model', readonly=True)
    order_id = fields.Many2one('wx.payment.order', readonly=True)
    channel_id = fields.Many2one('wx.payment.channel', readonly=True)
    company_id = fields.Many2one('res.company', readonly=True)
    number = fields.Char(readonly=True)
    currency_id = fields.Many2one(related='order_id.currency_id')
    amount_fen = BigInteger(string='Amount (fen)', readonly=True)
    amount = fields.Monetary(compute='_compute_amount')
    since = fields.Datetime(readonly=True)
    words = fields.Char(string='What Happened', compute='_compute_words')
    raw_words = fields.Char(readonly=True)

    @property
    def _table_query(self):
        return SQL(
            'SELECT *, words AS raw_words FROM (%s) AS trouble',
            SQL(QUERY, unknown=UNKNOWN_AFTER, closing=CLOSING_AFTER),
        )

    # === COMPUTE METHODS === #

    @api.depends('amount_fen')
    def _compute_amount(self):
        for trouble in self:
            trouble.amount = float(Decimal(trouble.amount_fen) / 100)

    @api.depends('raw_words', 'kind')
    def _compute_words(self):
        reasons = self.env['wx.payment.attempt']._fields['suspense_reason']
        labels = dict(reasons._description_selection(self.env))
        for trouble in self:
            words = trouble.raw_words
            trouble.words = labels.get(words, words) if trouble.kind == 'suspense' else words

    # === ACTION METHODS === #

    def action_open(self):
        """Open what is in trouble."""
        self.ensure_one()
        return {
            'type': 'ir.actions.act_window',
            'res_model': self.res_model,
            'res_id': self.res_id,
            'view_mode': 'form',
        }

    @requires('payment.order.query')
    def action_query(self):
        """Have the provider asked about these."""
        self.order_id.action_query()

    def action_push(self):
        """Have these go their normal way once more; each way has a permission of its own."""
        for kind, troubles in self.grouped('kind').items():
            records = self.env[troubles[0].res_model].browse(troubles.mapped('res_id'))
            if kind in ('notice', 'refund', 'abnormal'):
                records.action_job_retry()
            elif kind == 'closing':
                records.action_cancel()
            else:
                troubles.action_query()

    def action_put_aside(self):
        """Take notices off the desk."""
        notices = self.filtered(lambda trouble: trouble.kind == 'notice')
        self.env['wx.payment.notification'].browse(notices.mapped('res_id')).action_put_aside()

    def action_refund(self):
        """Ask how much of the money in suspense goes back, and why."""
        self.ensure_one()
        context = {'default_attempt_id': self.res_id}
        return {
            'type': 'ir.actions.act_window',
            'name': self.env._('Give Back'),
            'res_model': 'wx.payment.suspense.wizard',
            'view_mode': 'form',
            'target': 'new',
            'context': context,
        }
