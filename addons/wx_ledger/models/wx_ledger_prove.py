from odoo import api, models
from odoo.tools import SQL

from .. import const_proof
from ..values import Difference


class WxLedger(models.AbstractModel):
    """Proof: the checks themselves. `wx.ledger.proof` runs them slice by slice."""

    _inherit = 'wx.ledger'

    # === PROOF METHODS === #

    @api.private
    def prove(self, account_ids=None):
        """Check everything, or what concerns some accounts, at once and change nothing.

        Everything is seen as it is in this transaction. A large ledger is proven by
        `wx.ledger.proof`, which stops and goes on.

        :param account_ids: ids of accounts; none: all accounts, postings, assets and the chain
        :return: tuple of `Difference`, empty if all is well
        """
        self.env.flush_all()
        found = []
        for check, first, last in self._proof_bounds():
            if first is None:
                continue
            if account_ids is None:
                found += self._differences(check, first, last)[0]
            elif check in const_proof.ACCOUNT_RANGES:
                for account_id in account_ids:
                    found += self._differences(check, account_id, account_id)[0]
            elif check in const_proof.ACCOUNT_CHECKS:
                found += self._differences(check, first, last, list(account_ids))[0]
        return tuple(found)

    @api.model
    def _proof_bounds(self):
        """Return `(check, first id, last id)` of all checks in SQL, in their order."""
        self.env.cr.execute('SELECT code, first, last FROM wx_ledger_prove_bounds()')
        return self.env.cr.fetchall()

    @api.model
    def _differences(self, check, first, last, account_ids=None):
        """Run one check over one range, both ends included, in one statement.

        :return: the first differences and the number of all
        :rtype: tuple[list[Difference], int]
        """
        only = SQL('true') if account_ids is None else SQL('account_id = ANY(%s)', account_ids)
        self.env.cr.execute(
            SQL(
                """SELECT problem, subject, subject_id, account_id, expected, found,
                          count(*) OVER () AS total
                     FROM %s(%s, %s) WHERE %s
                    ORDER BY subject, subject_id, problem LIMIT %s""",
                SQL.identifier(f'wx_ledger_prove_{check}'),
                first,
                last,
                only,
                const_proof.MAX_FINDINGS,
            )
        )
        rows = self.env.cr.fetchall()
        return [Difference(check, *row[:-1]) for row in rows], rows[0][-1] if rows else 0
