import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from odoo.addons.wx_base.tools.transaction import commit_intent

from ..const_desk import HEALTH_STATES, HEALTH_WINDOW, PROBE_GAP, WORKING_OUTCOMES
from ..health import Tally, judge
from ..lib.paywire.errors import WireError

_logger = logging.getLogger(__name__)


class WxPaymentChannel(models.Model):
    """How well a channel works, found out from its calls, and the switch-over that follows."""

    _inherit = 'wx.payment.channel'

    # Written by SQL only: `write_date` would make requests for approval fail.
    health = fields.Selection(
        list(HEALTH_STATES), required=True, default='up', readonly=True, copy=False
    )
    health_at = fields.Datetime(string='Health Since', readonly=True, copy=False)
    success_share = fields.Float(
        string='Answered (%)',
        digits=(5, 1),
        readonly=True,
        copy=False,
        aggregator='avg',
        help='Of the calls of the last quarter of an hour in which there were any.',
    )
    latency = fields.Integer(
        string='Latency (ms)',
        readonly=True,
        copy=False,
        aggregator='avg',
        help='Half of the calls were answered faster.',
    )
    failure = fields.Char(string='Last Failure', readonly=True, copy=False)
    failure_at = fields.Datetime(string='Last Failure At', readonly=True, copy=False)
    called_at = fields.Datetime(string='Last Call', readonly=True, copy=False)

    # === ACTION METHODS === #

    def action_open_calls(self):
        return self._open(self.env._('Calls'), 'wx.payment.channel.call')

    # === BUSINESS METHODS === #

    @api.model
    def _fold_calls(self):
        """Judge every channel that was called of late. Two queries, however many there are."""
        tallies = self._tally_calls()
        channels = self.with_context(active_test=False).browse(tallies)
        for channel in channels:
            tally, newest = tallies[channel.id]
            channel._set_health(judge(tally, channel.health), tally, newest)

    @api.model
    def _tally_calls(self):
        """Return channel id → its `Tally`, and a dict of what stands in the newest calls."""
        rows = self.env.execute_query_dict(
            SQL(
                """WITH recent AS (
                       SELECT *, outcome IN %s AS worked FROM wx_payment_channel_call
                        WHERE ended_at > now() AT TIME ZONE 'UTC' - %s * interval '1 second'),
                   newest AS (
                       SELECT channel_id, max(id) FILTER (WHERE worked) AS worked_id,
                              max(id) FILTER (WHERE NOT worked) AS failed_id
                         FROM recent GROUP BY channel_id)
                   SELECT channel_id, count(*) AS calls,
                          count(*) FILTER (WHERE worked) AS worked,
                          percentile_disc(0.5) WITHIN GROUP (ORDER BY milliseconds) AS median,
                          count(*) FILTER (WHERE id > coalesce(worked_id, 0)) AS failures,
                          count(*) FILTER (WHERE id > coalesce(failed_id, 0)) AS successes,
                          max(error) FILTER (WHERE id = failed_id) AS failure,
                          max(ended_at) FILTER (WHERE id = failed_id) AS failure_at,
                          max(ended_at) AS called_at
                     FROM recent JOIN newest USING (channel_id) GROUP BY channel_id""",
                WORKING_OUTCOMES,
                HEALTH_WINDOW,
            )
        )
        return {
            row.pop('channel_id'): (
                Tally(*(row.pop(name) for name in Tally.__dataclass_fields__)),
                row,
            )
            for row in rows
        }

    def _set_health(self, health, tally, newest):
        """Write what was found out, and ring the bell when the channel goes down or comes back."""
        before, since = self.health, self.health_at
        self.env.cr.execute(
            SQL(
                """UPDATE wx_payment_channel
                      SET success_share = %s, latency = %s, called_at = %s, health = %s,
                          failure = coalesce(%s, failure), failure_at = coalesce(%s, failure_at),
                          health_at = CASE WHEN health = %s THEN health_at
                                           ELSE now() AT TIME ZONE 'UTC' END
                    WHERE id = %s""",
                round(tally.share, 1),
                tally.median,
                newest['called_at'],
                health,
                newest['failure'],
                newest['failure_at'],
                health,
                self.id,
            )
        )
        self.invalidate_recordset(
            [
                'success_share',
                'latency',
                'called_at',
                'health',
                'failure',
                'failure_at',
                'health_at',
            ]
        )
        if health == 'down' and before != 'down':
            self._tell_down()
        elif before == 'down' and health != 'down':
            self._tell_back(since)

    def _down_summary(self):
        return self.env._('The payment channel does not work')

    def _tell_down(self):
        self._raise_todo(
            self._down_summary(),
            self.env._(
                '%(channel)s: %(failure)s. Payments go through other channels of the same kind, '
                'if there are any. It is tried again by itself.',
                channel=self.name,
                failure=self.failure or '–',
            ),
        )

    def _tell_back(self, since):
        """Note that it works again; the to-dos about it are done."""
        summary = self._down_summary()
        # Whose to-dos they are does not matter: the cause is gone for everybody.
        channel_sudo = self.sudo()
        channel_sudo.activity_ids.filtered(lambda todo: todo.summary == summary).unlink()
        channel_sudo.message_post(
            body=self.env._(
                'The channel works again; it did not since %(since)s (UTC).', since=since
            )
        )
        _logger.info('channel %s works again', self.id)

    def _probe(self):
        """Ask about an order that cannot exist; the answer to it is counted like any other.

        Nothing written may be uncommitted.
        """
        self.ensure_one()
        try:
            self._exchange(lambda client: client.query(f'TEST{self._nonce()[:24]}'))
        except (WireError, UserError) as error:
            _logger.info('channel %s: probe: %s', self.id, error)
        commit_intent(self.env)

    # === CRON METHODS === #

    @api.model
    def _cron_watch_channels(self):
        """Judge the channels, remove old calls, and ask those that do not work."""
        # What is written for people is in the shop's language.
        self = self.with_context(lang=self.env.company.partner_id.lang)
        if not self._judge_channels():
            return
        while self.env['wx.payment.channel.call']._trim():
            self.env['ir.cron']._commit_progress(1)
        if self._probe_ailing():
            self._judge_channels()

    @api.model
    def _judge_channels(self):
        """Fold the calls and commit, and tell whether nobody changed a channel meanwhile."""
        try:
            self._fold_calls()
            self.env['ir.cron']._commit_progress(1)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
            self.env.cr.rollback()
            _logger.info('channels are not judged this time: %s', error)
            return False
        return True

    @api.model
    def _probe_ailing(self):
        """Ask the channels that do not work and that nobody called of late, and return them."""
        cron = self.env['ir.cron']
        oldest = fields.Datetime.now() - timedelta(seconds=PROBE_GAP)
        ailing = self.search([('health', '!=', 'up'), ('called_at', '<', oldest)])
        cron._commit_progress(remaining=len(ailing))
        for channel in ailing:
            channel._probe()
            if not cron._commit_progress(1):
                break
        if ailing:
            cron._wake('wx_payment.ir_cron_watch_channels', PROBE_GAP)
        return ailing
