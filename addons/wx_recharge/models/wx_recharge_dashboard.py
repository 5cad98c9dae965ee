from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.wx_base.const import DASHBOARD_PERIODS

from ..const.catalogue import KINDS
from ..const.dashboard import ENDED_STATES, FIGURES, GOOD_STATES, TOP_COUNTRIES


class WxRechargeDashboard(models.AbstractModel):
    """Figures of the top-ups. A constant number of queries, each over an index or few rows."""

    _name = 'wx.recharge.dashboard'
    _description = 'Recharge Dashboard'
    _inherit = ['wx.dashboard.mixin']

    @api.model
    @api.readonly
    def load_dashboard(self, days=7):
        """Return the figures. Amounts are texts of fen, exact in JavaScript.

        :param int days: what suppliers and countries look back on, up to today
        :raise AccessError: the user may not see orders
        """
        since, today = self._since(days), self._today()
        self.env['wx.recharge.order'].check_access('read')
        figures = self._figures(today)
        return {
            'days': days,
            'periods': DASHBOARD_PERIODS,
            'empty': not any(span['count'] for span in figures['orders'].values()),
            'figures': figures,
            'desk': self._desk(),
            'suppliers': self._suppliers(since),
            'countries': self._countries(since),
            'flow': self._flow(today),
            'lists': self._lists(today, since),
        }

    # === FIGURES === #

    def _visible_figures(self):
        """Return the figures of models that the user may see, as in `const.FIGURES`."""
        return {
            name: figure
            for name, figure in FIGURES.items()
            if self.env[figure[0]].has_access('read')
        }

    def _figures(self, today):
        """Return figure → span → `count` and `amount`, None for what the user may not see."""
        begin = self._midnight(self._days(today)[0])
        visible = self._visible_figures()
        query = SQL(' UNION ALL ').join(
            SQL(
                'SELECT %s, %s FROM %s WHERE id IN %s',
                name,
                self._per_span(
                    today, SQL.identifier(moment), SQL.identifier(added) if added else SQL('0')
                ),
                SQL.identifier(self.env[model]._table),
                self._rows(model, [(moment, '>=', begin), *domain]),
            )
            for name, (model, moment, domain, added) in visible.items()
        )
        rows = {row[0]: row[1:] for row in self.env.execute_query(query)}
        return {
            name: self._by_span(today, rows[name]) if name in rows else None for name in FIGURES
        }

    def _desk(self):
        """Return how much waits for somebody, None for what the user may not see."""
        counts = {}
        for name, (model, domain) in self._desk_domains().items():
            records = self.env[model]
            counts[name] = records.search_count(domain) if records.has_access('read') else None
        return counts

    def _desk_domains(self):
        return {
            'person': (
                'wx.recharge.order',
                ['|', ('state', '=', 'anomaly'), ('anomaly_note', '!=', False)],
            ),
            'requests': ('wx.recharge.refund.request', [('state', '=', 'open')]),
            'alarms': ('wx.recharge.shipping', [('alarm', '=', True)]),
            'moving': (
                'wx.recharge.order',
                [('state', 'in', ['paid', 'fulfilling', 'failed', 'refunding'])],
            ),
        }

    def _suppliers(self, since):
        """Return what became of the attempts that ended, by supplier, the busiest first."""
        return self.env.execute_query_dict(
            SQL(
                """SELECT attempt.supplier_id AS id, supplier.name, count(*) AS ended,
                          count(*) FILTER (WHERE attempt.state IN %s) AS good,
                          round(avg(attempt.duration))::int AS seconds
                     FROM wx_recharge_attempt attempt
                     JOIN wx_recharge_supplier supplier ON supplier.id = attempt.supplier_id
                    WHERE attempt.id IN %s GROUP BY 1, 2 ORDER BY 3 DESC, 2""",
                GOOD_STATES,
                self._rows('wx.recharge.attempt', self._ended_domain(since)),
            )
        )

    def _ended_domain(self, since):
        since = fields.Datetime.to_string(since)
        return [('finished_at', '>=', since), ('state', 'in', list(ENDED_STATES))]

    def _countries(self, since):
        """Return the countries that were paid most for."""
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT country_id AS id, count(*) AS count, sum(price_fen)::text AS amount
                     FROM wx_recharge_order WHERE id IN %s
                    GROUP BY 1 ORDER BY sum(price_fen) DESC, 1 LIMIT %s""",
                self._rows('wx.recharge.order', self._paid_domain(since)),
                TOP_COUNTRIES,
            )
        )
        # Whoever sees orders sees the names of their countries.
        countries_sudo = self.env['wx.recharge.country'].sudo()
        countries_sudo = countries_sudo.browse(row['id'] for row in rows)
        names = {country.id: country.display_name for country in countries_sudo}
        return [{**row, 'name': names[row['id']]} for row in rows]

    def _paid_domain(self, since):
        return [('paid_at', '>=', fields.Datetime.to_string(since))]

    def _flow(self, today):
        """Return what was paid each day, by kind.

        :return: dict of `days` and `series`, each with its `name` and `amounts`
        """
        days = self._days(today)
        rows = self.env.execute_query(
            SQL(
                'SELECT %s, kind, sum(price_fen)::bigint FROM wx_recharge_order'
                ' WHERE id IN %s GROUP BY 1, 2',
                self._day_of(SQL('paid_at')),
                self._rows('wx.recharge.order', self._paid_domain(self._midnight(days[0]))),
            )
        )
        paid = {(kind, day): amount for day, kind, amount in rows}
        words = dict(self.env['wx.recharge.order']._fields['kind']._description_selection(self.env))
        return {
            'days': [fields.Date.to_string(day) for day in days],
            'series': [
                {'name': words[kind], 'amounts': [str(paid.get((kind, day), 0)) for day in days]}
                for kind, _label in KINDS
                if any(found == kind for found, _day in paid)
            ],
        }

    # === LISTS BEHIND THE FIGURES === #

    def _lists(self, today, since):
        """Return name of a figure → model and domain of what it counts."""
        lists = {
            f'{name}.{span}': {
                'model': model,
                'domain': [*self._within(moment, first, end), *domain],
            }
            for name, (model, moment, domain, _added) in self._visible_figures().items()
            for span, (first, end) in self._spans(today).items()
        }
        lists |= {
            name: {'model': model, 'domain': domain}
            for name, (model, domain) in self._desk_domains().items()
        }
        lists['suppliers'] = {'model': 'wx.recharge.attempt', 'domain': self._ended_domain(since)}
        lists['countries'] = {'model': 'wx.recharge.order', 'domain': self._paid_domain(since)}
        return lists
