from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.wx_base.const import DASHBOARD_PERIODS

from ..const import FINAL_REFUND_STATES


class WxPaymentDashboard(models.AbstractModel):
    """Figures of the payments. A constant number of queries, each over an index or few rows."""

    _name = 'wx.payment.dashboard'
    _description = 'Payment Dashboard'
    _inherit = ['wx.dashboard.mixin']

    @api.model
    @api.readonly
    def load_dashboard(self, days=7):
        """Return the figures. Amounts are texts of fen, exact in JavaScript.

        :param int days: what the shares and the table of ways look back on, up to today
        :raise AccessError: the user may not see payments
        """
        since, today = self._since(days), self._today()
        self.env['wx.payment.order'].check_access('read')
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

    # === FIGURES === #

    def _volume(self, today):
        begin = self._midnight(self._days(today)[0])
        [row] = self.env.execute_query(
            SQL(
                'SELECT %s FROM wx_payment_order WHERE id IN %s',
                self._per_span(today, SQL('paid_at'), SQL('paid_fen')),
                self._rows('wx.payment.order', [('paid_at', '>=', begin)]),
            )
        )
        return self._by_span(today, row)

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
        days = self._days(today)
        rows = self.env.execute_query(
            SQL(
                """SELECT %s,
                          coalesce(channel.name, ''), sum(leg.paid_fen)::bigint
                     FROM wx_payment_order payment
                     JOIN wx_payment_leg leg
                          ON leg.order_id = payment.id AND leg.state = 'confirmed'
                     LEFT JOIN wx_payment_attempt attempt
                          ON attempt.leg_id = leg.id AND attempt.state = 'paid'
                     LEFT JOIN wx_payment_channel channel ON channel.id = attempt.channel_id
                    WHERE payment.id IN %s GROUP BY 1, 2""",
                self._day_of(SQL('payment.paid_at')),
                self._rows('wx.payment.order', [('paid_at', '>=', self._midnight(days[0]))]),
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
        lists = {
            name: {
                'model': 'wx.payment.order',
                'domain': self._within('paid_at', first, end),
            }
            for name, (first, end) in self._spans(today).items()
        }
        started = [('create_date', '>=', fields.Datetime.to_string(since))]
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
