"""Statements: what was booked on accounts in a period, and balances of the past."""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from odoo.tools import SQL

from ..values import Balance

FETCH = 500
NUMBERS = count(1)  # names of cursors: one that is left halfway stays until the transaction ends
LINE = """
    SELECT l.entry_id, l.posted_at, p.event_at, l.amount, l.version, l.balance, t.id, t.reason_id,
           CASE WHEN l.amount < 0 THEN t.credit_account_id ELSE t.debit_account_id END,
           p.document_model, p.document_id, p.key, p.note
      FROM %s l
      JOIN wx_ledger_transfer t ON t.id = l.transfer_id
      JOIN wx_ledger_posting p ON p.id = t.posting_id
     WHERE %s
     ORDER BY %s"""


def balances_at(env, account_ids, at):
    """Return the state of accounts after all that was booked before a moment.

    A posting that is still under way in another transaction may bear an earlier time: the very
    last moments may still change.

    :param at: UTC; what was booked at this very moment is not in it
    :return: `Balance` by account id, without `available`: limits of the past are not known
    :rtype: dict[int, Balance]
    """
    env.flush_all()
    env.cr.execute('SELECT * FROM wx_ledger_balances_at(%s, %s)', (list(account_ids), at))
    return {
        account_id: Balance(account_id, asset_id, balance, held, None, version)
        for account_id, asset_id, balance, held, version in env.cr.fetchall()
    }


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of a statement; amounts in the asset's smallest unit."""

    entry_id: int
    posted_at: datetime
    event_at: datetime
    amount: int
    version: int | None
    balance: int
    transfer_id: int
    reason_id: int
    counter_id: int
    document_model: str | None
    document_id: int | None
    key: str
    note: str | None


@dataclass(frozen=True, slots=True)
class Summary:
    """An account in the period: `opening` + `credited` - `debited` = `closing`."""

    opening: int
    credited: int
    debited: int
    closing: int
    entry_count: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are shown; the balances are those of all entries."""

    reason_ids: tuple[int, ...] = ()
    direction: str | None = None  # debit or credit
    document_model: str | None = None
    document_id: int | None = None

    @property
    def is_narrow(self):
        """Tell whether some entries are left out."""
        return any((self.reason_ids, self.direction, self.document_model, self.document_id))

    def condition(self):
        parts = [SQL('true')]
        if self.reason_ids:
            parts.append(SQL('t.reason_id = ANY(%s)', list(self.reason_ids)))
        if self.direction:
            parts.append(SQL('l.amount < 0' if self.direction == 'debit' else 'l.amount > 0'))
        if self.document_model:
            parts.append(SQL('p.document_model = %s', self.document_model))
        if self.document_id:
            parts.append(SQL('p.document_id = %s', self.document_id))
        return SQL(' AND ').join(parts)


@dataclass(slots=True)
class AccountStatement:
    """Statement of one account from `begin` until before `end` (UTC)."""

    env: object
    account_id: int
    begin: datetime
    end: datetime
    filter: Filter = field(default_factory=Filter)

    def __post_init__(self):
        self.env.flush_all()

    def summary(self):
        """Return the `Summary`: two balances and one pass over the period."""
        opening, closing = self._ends()
        self.env.cr.execute(
            SQL(
                """SELECT count(*), COALESCE(sum(amount) FILTER (WHERE amount > 0), 0)::text,
                          COALESCE(-sum(amount) FILTER (WHERE amount < 0), 0)::text FROM %s l""",
                self._source(opening, closing, None),
            )
        )
        entries, credited, debited = self.env.cr.fetchone()
        return Summary(opening.balance, int(credited), int(debited), closing.balance, entries)

    def lines(self, after=None, limit=None):
        """Yield the entries in their order, in bounded memory.

        :param after: the `Line` to go on behind
        :param int limit: so many at most
        """
        opening, closing = self._ends()
        source = self._source(opening, closing, after)
        # That of the source, so that nothing has to be sorted.
        order = 'l.posted_at, l.entry_id' if opening.version is None else 'l.version'
        query = SQL(LINE, source, self.filter.condition(), SQL(order))
        if limit:
            self.env.cr.execute(SQL('%s LIMIT %s', query, limit))
            yield from (Line(*row) for row in self.env.cr.fetchall())
        else:
            yield from self._stream(query)

    def _ends(self):
        opening = balances_at(self.env, [self.account_id], self.begin)
        closing = balances_at(self.env, [self.account_id], self.end)
        return opening[self.account_id], closing[self.account_id]

    def _source(self, opening, closing, after):
        """Return the SQL function of the account's entries behind `after`."""
        if opening.version is not None:
            return SQL(
                'wx_ledger_serial_lines(%s, %s, %s)',
                self.account_id,
                after.version if after else opening.version,
                closing.version,
            )
        return SQL(
            'wx_ledger_deferred_lines(%s, %s, %s, %s, %s)',
            self.account_id,
            after.posted_at if after else self.begin,
            after.entry_id if after else 0,
            after.balance if after else opening.balance,
            self.end,
        )

    def _stream(self, query):
        """Yield lines through a cursor of the server."""
        cr, name = self.env.cr, SQL.identifier(f'wx_ledger_statement_{next(NUMBERS)}')
        cr.execute(SQL('DECLARE %s NO SCROLL CURSOR FOR %s', name, query))
        while True:
            cr.execute(SQL('FETCH %s FROM %s', FETCH, name))
            rows = cr.fetchall()
            if not rows:
                break
            for row in rows:
                yield Line(*row)
        cr.execute(SQL('CLOSE %s', name))
