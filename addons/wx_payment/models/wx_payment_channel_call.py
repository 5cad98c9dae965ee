import time
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.tools import SQL

from ..const_desk import CALL_KEEP, CALL_OUTCOMES, CALL_TRIM, WORKING_OUTCOMES
from ..lib.paywire.errors import InvalidArgument, Refused, Unauthorized, WireError


class WxPaymentChannelCall(models.Model):
    """One call to a provider that has ended: what channels are judged by.

    Only inserted, so that calls at once do not meet at a row; removed after a day.
    """

    _name = 'wx.payment.channel.call'
    _description = 'Call to a Payment Provider'
    _order = 'id desc'
    _rec_name = 'ended_at'
    _log_access = False

    channel_id = fields.Many2one(
        'wx.payment.channel', required=True, readonly=True, ondelete='cascade'
    )
    company_id = fields.Many2one(related='channel_id.company_id')
    ended_at = fields.Datetime(required=True, readonly=True, index=True)
    outcome = fields.Selection(list(CALL_OUTCOMES), required=True, readonly=True)
    milliseconds = fields.Integer(readonly=True, aggregator='avg')
    error = fields.Char(readonly=True)

    _channel_idx = models.Index('(channel_id, id)')

    # === BUSINESS METHODS === #

    @api.model
    @contextmanager
    def _measure(self, channel):
        """Write down what becomes of the call that is made inside.

        The row is committed with what the caller does about the outcome.
        """
        started = time.monotonic()
        try:
            yield
        except WireError as error:
            self._note(channel, started, self._classify(error), error)
            raise
        self._note(channel, started, 'ok')

    @api.model
    def _classify(self, error):
        """Return the outcome that an error of the wire client means for the channel."""
        if isinstance(error, (Unauthorized, InvalidArgument)):
            return 'locked'
        return 'refused' if isinstance(error, Refused) else 'unknown'

    @api.model
    def _note(self, channel, started, outcome, error=None):
        words = None
        if outcome not in WORKING_OUTCOMES:
            words = f'{type(error).__name__} {error.http_status} {error.code}: {error.message}'
            self.env['ir.cron']._wake('wx_payment.ir_cron_watch_channels')
        self.env.cr.execute(
            SQL(
                """INSERT INTO wx_payment_channel_call
                          (channel_id, ended_at, outcome, milliseconds, error)
                   VALUES (%s, clock_timestamp() AT TIME ZONE 'UTC', %s, %s, %s)""",
                channel.id,
                outcome,
                round(1000 * (time.monotonic() - started)),
                words and words[:200],
            )
        )

    @api.model
    def _trim(self):
        """Remove calls that nobody looks at any more, and tell whether there are others."""
        self.env.cr.execute(
            SQL(
                """DELETE FROM wx_payment_channel_call WHERE id IN (
                       SELECT id FROM wx_payment_channel_call
                        WHERE ended_at < now() AT TIME ZONE 'UTC' - %s * interval '1 second'
                        ORDER BY ended_at LIMIT %s FOR UPDATE SKIP LOCKED)""",
                CALL_KEEP,
                CALL_TRIM,
            )
        )
        return self.env.cr.rowcount == CALL_TRIM
