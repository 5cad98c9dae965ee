from datetime import UTC, datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import FINAL_REFUND_STATES
from ..const_desk import DASHBOARD_DAYS, DASHBOARD_PERIODS
from ..lib.paywire.wxpay_v3.writing import BEIJING

SPANS = ('today', 'yesterday', 'week', 'month')


class WxPaymentDashboard(models.AbstractModel):
    """Figures of the payments. A constant number of queries, each over an index or few rows.

    Days are those of the business, in Beijing. Record rules narrow every figure.
    """

    _name = 'wx.payment.dashboard'
    _description = 'Payment Dashboard'

    @api.model
    @api.readonly
    def load_dashboard(self, days=7):
        """Return the figures. Amounts are texts of fen, exact in JavaScript.

        :param int days: what the shares and the table of ways look back on, up to today
        :raise AccessError: the user may not see payments
        """
        if days not in DASHBOARD_PERIODS:
            raise UserError(self.env._('There is no such period.'))
        self.env['wx.payment.order'].check_access('read')
        today = datetime.now(BEIJING).date()
        since = self._midnight(today - timedelta(days=days - 1))
        ways = self._ways(since)
        channels = self._channels()
        volume = self._volume(today)
        return {
            'days': days,
            'periods': DASHBOARD_PERIODS,
            'empty': not channels and not any(span['count'] for span in volume.values()),
            'volume': volume,
            'success': self._success(ways),
            'refunds': self._refunds(since),
            'suspense': self._suspense(),
            'differences': self._differences(),
            'troubles': self.env['wx.payment.trouble'].search_count([]),
            'channels': channels,
            'ways': ways,
            'flow': self._flow(today, channels),
            'lists': self._lists(today, since),
        }

    # === DAYS === #

    def _midnight(self, day):
        """Return when a day begins, in the database's time."""
        moment = datetime.combine(day, time(), BEIJING)
        return moment.astimezone(UTC).replace(tzinfo=None)

    def _spans(self, today):
        """Return name → first day and day after the last of what the volume is told of."""
        tomorrow = today + timedelta(days=1)
        return {
            'today': (today, tomorrow),
            'yesterday': (today - timedelta(days=1), today),
            'week': (today - timedelta(days=6), tomorrow),
            'month': (today - timedelta(days=DASHBOARD_DAYS - 1), tomorrow),
        }

    def _rows(self, model, domain):
        """Return the ids that the user sees, as a subselect."""
        return self.env[model]._search(domain).subselect()

    # === FIGURES === #

    def _volume(self, today):
        spans = self._spans(today)
        columns = SQL(', ').join(
            SQL(
                'count(*) FILTER (WHERE %(within)s),'
                ' coalesce(sum(paid_fen) FILTER (WHERE %(within)s), 0)::text',
                within=SQL(
                    'paid_at >= %s AND paid_at < %s', self._midnight(first), self._midnight(end)
                ),
            )
            for first, end in spans.values()
        )
        begin = self._midnight(spans['month'][0])
        [row] = self.env.execute_query(
            SQL(
                'SELECT %s FROM wx_payment_order WHERE id IN %s',
                columns,
                self._rows('wx.payment.order', [('paid_at', '>=', begin)]),
            )
        )
        return {
            name: {'count': row[2 * number], 'amount': row[2 * number + 1]}
            for number, name in enumerate(spans)
        }

    def _ways(self, since):
        """Return what became of the payments that were started, by channel and scene."""
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT attempt.channel_id, channel.name AS channel, attempt.scene,
                          count(*) AS started,
                          count(*) FILTER (WHERE attempt.state = 'paid') AS paid,
                          count(*) FILTER (WHERE attempt.state IN ('paid', 'closed')) AS ended,
                          coalesce(sum(attempt.paid_fen), 0)::text AS amount
                     FROM wx_payment_attempt attempt
                     JOIN wx_payment_channel channel ON channel.id = attempt.channel_id
                    WHERE attempt.id IN %s
                    GROUP BY 1, 2, 3 ORDER BY sum(attempt.paid_fen) DESC NULLS LAST, 2, 3""",
                self._rows('wx.payment.attempt', [('create_date', '>=', since)]),
            )
        )
        words = dict(
            self.env['wx.payment.attempt']._fields['scene']._description_selection(self.env)
        )
        return [{**row, 'scene_name': words.get(row['scene'], row['scene'])} for row in rows]

    def _success(self, ways):
        paid, ended = (sum(way[name] for way in ways) for name in ('paid', 'ended'))
        return {'paid': paid, 'ended': ended}

    def _refunds(self, since):
        [row] = self.env.execute_query_dict(
            SQL(
                """SELECT count(*) FILTER (WHERE under_way) AS count,
                          coalesce(sum(amount_fen) FILTER (WHERE under_way), 0)::text AS amount,
                          count(*) FILTER (WHERE under_way AND (dead OR state = 'abnormal'))
                              AS stuck,
                          count(*) FILTER (WHERE create_date >= %(since)s) AS requested
                     FROM (SELECT *, state NOT IN ('done', 'closed') AS under_way
                             FROM wx_payment_refund WHERE id IN %(rows)s) refund""",
                since=since,
                rows=self._rows(
                    'wx.payment.refund',
                    [
                        '|',
                        ('state', 'not in', tuple(FINAL_REFUND_STATES)),
                        ('create_date', '>=', since),
                    ],
                ),
            )
        )
        return row

    def _suspense(self):
        [(count, amount)] = self.env.execute_query(
            SQL(
                """SELECT count(*), coalesce(sum(paid_fen - refunded_fen), 0)::text
                     FROM wx_payment_attempt
                    WHERE paid_fen > refunded_fen AND id IN %s""",
                self._rows('wx.payment.attempt', [('state', '=', 'suspense')]),
            )
        )
        return {'count': count, 'amount': amount}

    def _differences(self):
        """Return how many differences are open, None for who may not see them."""
        differences = self.env['wx.payment.difference']
        if not differences.has_access('read'):
            return None
        return differences.search_count([('state', '!=', 'settled')])

    def _channels(self):
        channels = self.env['wx.payment.channel'].search([])
        words = dict(channels._fields['health']._description_selection(self.env))
        return [
            {
                'id': channel.id,
                'name': channel.name,
                'health': channel.health,
                'health_name': words[channel.health],
                'called': bool(channel.called_at),
                'share': channel.success_share,
                'latency': channel.latency,
                'failure': channel.failure or '',
            }
            for channel in channels
        ]

    # === FLOW === #

    def _flow(self, today, channels):
        """Return what was paid each day, by channel; wallets are a series of their own.

        :return: dict of `days` and `series`, each with its `name` (empty: wallets) and `amounts`
        """
        first, end = self._spans(today)['month']
        days = [first + timedelta(days=number) for number in range((end - first).days)]
        rows = self.env.execute_query(
            SQL(
                """SELECT (payment.paid_at AT TIME ZONE 'UTC' AT TIME ZONE %s)::date,
                          coalesce(channel.name, ''), sum(leg.paid_fen)::bigint
                     FROM wx_payment_order payment
                     JOIN wx_payment_leg leg
                          ON leg.order_id = payment.id AND leg.state = 'confirmed'
                     LEFT JOIN wx_payment_attempt attempt
                          ON attempt.leg_id = leg.id AND attempt.state = 'paid'
                     LEFT JOIN wx_payment_channel channel ON channel.id = attempt.channel_id
                    WHERE payment.id IN %s GROUP BY 1, 2""",
                'Asia/Shanghai',
                self._rows('wx.payment.order', [('paid_at', '>=', self._midnight(first))]),
            )
        )
        paid = {}
        for day, name, amount in rows:
            paid.setdefault(name, {})[day] = amount
        return {
            'days': [fields.Date.to_string(day) for day in days],
            'series': [
                {'name': name, 'amounts': [str(paid[name].get(day, 0)) for day in days]}
                for name in sorted(paid, key=lambda name: (-sum(paid[name].values()), name))
            ],
        }

    # === LISTS BEHIND THE FIGURES === #

    def _lists(self, today, since):
        """Return name of a figure → model and domain of what it counts."""
        text = fields.Datetime.to_string
        lists = {
            name: {
                'model': 'wx.payment.order',
                'domain': [
                    ('paid_at', '>=', text(self._midnight(first))),
                    ('paid_at', '<', text(self._midnight(end))),
                ],
            }
            for name, (first, end) in self._spans(today).items()
        }
        started = [('create_date', '>=', text(since))]
        lists['success'] = {
            'model': 'wx.payment.attempt',
            'domain': [*started, ('state', 'in', ['paid', 'closed'])],
        }
        lists['ways'] = {'model': 'wx.payment.attempt', 'domain': started}
        lists['refunds'] = {
            'model': 'wx.payment.refund',
            'domain': [('state', 'not in', sorted(FINAL_REFUND_STATES))],
        }
        lists['suspense'] = {
            'model': 'wx.payment.attempt',
            'domain': [('state', '=', 'suspense')],
        }
        return lists
