from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

MAX_DAYS = 366
TOP_ACCOUNTS = 10
SHOWN_REASONS = 8


class WxLedgerDashboard(models.AbstractModel):
    """Figures of one asset. A constant number of queries, each over an index or few rows."""

    _name = 'wx.ledger.dashboard'
    _description = 'Ledger Dashboard'

    @api.model
    @api.readonly
    def load_dashboard(self, asset_id=None, date_from=None, date_to=None):
        """Return the figures of an asset. Amounts are texts of smallest units, exact in JavaScript.

        :param int asset_id: none: the first asset
        :param str date_from: first day, in the user's time zone; none: 30 days up to today
        :param str date_to: last day
        :raise AccessError: the user may not see the ledger
        """
        self.env['wx.ledger.account'].check_access('read')
        assets = self.env['wx.ledger.asset'].search([])
        asset = assets.filtered(lambda asset: asset.id == asset_id) or assets[:1]
        first, last = self._days(date_from, date_to)
        answer = {
            'assets': [{'id': each.id, 'name': f'{each.code} {each.name}'} for each in assets],
            'asset_id': asset.id,
            'date_from': fields.Date.to_string(first),
            'date_to': fields.Date.to_string(last),
        }
        if asset:
            central = self.env['wx.ledger.account'].sudo()._central(asset)
            begin, end = self._bounds(first, last)
            answer |= {
                'decimal_places': asset.decimal_places,
                'figures': {
                    'circulation': str(-central.current_balance),
                    **self._issue(central, begin, end),
                    **self._holdings(asset),
                },
                'top': self._top_accounts(asset),
                'flow': self._flow(asset, first, last),
            }
        return answer

    # === PERIOD === #

    def _days(self, date_from, date_to):
        today = fields.Date.context_today(self)
        last = fields.Date.to_date(date_to) or today
        first = fields.Date.to_date(date_from) or last - timedelta(days=29)
        if not first <= last < first + timedelta(days=MAX_DAYS):
            raise UserError(self.env._('Choose a period of 1 to %(days)s days.', days=MAX_DAYS))
        return first, last

    def _bounds(self, first, last):
        """Return the period in the database's time (UTC), the end excluded."""
        zone = ZoneInfo(self._zone())
        midnights = (
            datetime.combine(day, time(), zone) for day in (first, last + timedelta(days=1))
        )
        return tuple(
            moment.astimezone(ZoneInfo('UTC')).replace(tzinfo=None) for moment in midnights
        )

    def _zone(self):
        return self.env.context.get('tz') or self.env.user.tz or 'UTC'

    # === FIGURES === #

    def _issue(self, central, begin, end):
        """Return what the issuer gave out and took back."""
        [(issued, burnt)] = self.env.execute_query(
            SQL(
                'SELECT (-coalesce(sum(amount) FILTER (WHERE amount < 0), 0))::text,'
                '       coalesce(sum(amount) FILTER (WHERE amount > 0), 0)::text'
                '  FROM wx_ledger_entry'
                ' WHERE account_id = %s AND posted_at >= %s AND posted_at < %s',
                central.id,
                begin,
                end,
            )
        )
        return {'issued': issued, 'burnt': burnt}

    def _holdings(self, asset):
        [(accounts, held)] = self.env.execute_query(
            SQL(
                'SELECT (SELECT count(*) FROM wx_ledger_account WHERE asset_id = %(asset)s),'
                '       (SELECT coalesce(sum(hold.amount - hold.captured - hold.released), 0)::text'
                '          FROM wx_ledger_hold hold'
                '          JOIN wx_ledger_account account ON account.id = hold.account_id'
                "         WHERE hold.state = 'open' AND account.asset_id = %(asset)s)",
                asset=asset.id,
            )
        )
        return {'accounts': accounts, 'held': held}

    def _top_accounts(self, asset):
        accounts = self.env['wx.ledger.account'].search(
            [('asset_id', '=', asset.id), ('kind', '=', 'user'), ('balance', '>', 0)],
            order='balance desc, id',
            limit=TOP_ACCOUNTS,
        )
        return [
            {'id': account.id, 'name': account.display_name, 'balance': str(account.balance)}
            for account in accounts
        ]

    # === FLOW === #

    def _flow(self, asset, first, last):
        """Return what moved, by reason and day; small reasons are put together.

        :return: dict of `days` and `reasons`, each with its `name` (empty: all others) and the
            `amounts` of the days
        """
        days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        moved = self._moved(asset, first, last)
        total = {reason_id: sum(amounts.values()) for reason_id, amounts in moved.items()}
        ranked = sorted(moved, key=lambda reason_id: (-total[reason_id], reason_id))
        shown, others = ranked[:SHOWN_REASONS], ranked[SHOWN_REASONS:]
        names = {r.id: r.display_name for r in self.env['wx.ledger.reason'].browse(shown)}
        groups = [(names[reason_id], [reason_id]) for reason_id in shown]
        groups += [('', others)] if others else []
        return {
            'days': [fields.Date.to_string(day) for day in days],
            'reasons': [
                {
                    'name': name,
                    'amounts': [str(sum(moved[r].get(day, 0) for r in members)) for day in days],
                }
                for name, members in groups
            ],
        }

    def _moved(self, asset, first, last):
        """Return reason id → day → amount."""
        begin, end = self._bounds(first, last)
        rows = self.env.execute_query(
            SQL(
                "SELECT reason_id, (posted_at AT TIME ZONE 'UTC' AT TIME ZONE %s)::date,"
                '       sum(amount)::text'
                '  FROM wx_ledger_transfer'
                ' WHERE asset_id = %s AND posted_at >= %s AND posted_at < %s'
                ' GROUP BY 1, 2',
                self._zone(),
                asset.id,
                begin,
                end,
            )
        )
        moved = {}
        for reason_id, day, amount in rows:
            moved.setdefault(reason_id, {})[day] = int(amount)
        return moved
