from datetime import UTC, datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..api.schema import SHOP_ZONE
from ..const import DASHBOARD_DAYS, DASHBOARD_PERIODS


class WxDashboardMixin(models.AbstractModel):
    """What the dashboards of the shop share: business days, spans, rows by record rules.

    Days are those of the business, in Shanghai. Figures are added up by the database, from rows
    that the record rules let the user see.
    """

    _name = 'wx.dashboard.mixin'
    _description = 'Figures of the Shop'

    # === DAYS === #

    @api.model
    def _today(self):
        return datetime.now(SHOP_ZONE).date()

    @api.model
    def _midnight(self, day):
        """Return when a day begins, in the database's time."""
        return datetime.combine(day, time(), SHOP_ZONE).astimezone(UTC).replace(tzinfo=None)

    @api.model
    def _since(self, days):
        """Return when a period of so many days up to today begins.

        :raise UserError: there is no such period to choose
        """
        if days not in DASHBOARD_PERIODS:
            raise UserError(self.env._('There is no such period.'))
        return self._midnight(self._today() - timedelta(days=days - 1))

    @api.model
    def _spans(self, today):
        """Return name → first day and day after the last of what figures are told of."""
        tomorrow = today + timedelta(days=1)
        return {
            'today': (today, tomorrow),
            'yesterday': (today - timedelta(days=1), today),
            'week': (today - timedelta(days=6), tomorrow),
            'month': (today - timedelta(days=DASHBOARD_DAYS - 1), tomorrow),
        }

    @api.model
    def _days(self, today):
        """Return the days that charts show, oldest first."""
        first, end = self._spans(today)['month']
        return [first + timedelta(days=number) for number in range((end - first).days)]

    # === ROWS === #

    @api.model
    def _rows(self, model, domain):
        """Return the ids that the user sees, as a subselect."""
        return self.env[model]._search(Domain(domain)).subselect()

    @api.model
    def _within(self, field, first, end):
        """Return the domain of the moments of these days, as it goes to the client."""
        text = fields.Datetime.to_string
        return [(field, '>=', text(self._midnight(first))), (field, '<', text(self._midnight(end)))]

    @api.model
    def _day_of(self, column):
        """Return the business day of a time stamp, for SQL."""
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", column, SHOP_ZONE.key)

    @api.model
    def _per_span(self, today, column, amount):
        """Return SQL of how many moments lie within each span, and what they add up to as text.

        :param SQL column: the moments
        :param SQL amount: what is added up
        """
        return SQL(', ').join(
            SQL(
                'count(*) FILTER (WHERE %(within)s),'
                ' coalesce(sum(%(amount)s) FILTER (WHERE %(within)s), 0)::text',
                amount=amount,
                within=SQL(
                    '%(column)s >= %(first)s AND %(column)s < %(end)s',
                    column=column,
                    first=self._midnight(first),
                    end=self._midnight(end),
                ),
            )
            for first, end in self._spans(today).values()
        )

    @api.model
    def _by_span(self, today, row):
        """Return name of each span → `count` and `amount`, of a row that `_per_span` asked for."""
        return {
            name: {'count': row[2 * number], 'amount': row[2 * number + 1]}
            for number, name in enumerate(self._spans(today))
        }
