from odoo import api, fields, models
from odoo.tools import SQL

# A row is worth nothing once its transaction has ended.
KEPT = '1 day'


class WxRechargeTurn(models.Model):
    """Names of what only one transaction at a time may count and add to.

    A count cannot be made safe by an index, and a lock alone does not help: under REPEATABLE
    READ the one that has waited still counts what it saw before. So each writes the row of its
    name; the one that comes second fails to serialize, starts over, and counts what the first
    one has added.
    """

    _name = 'wx.recharge.turn'
    _description = 'Turn'
    _log_access = False

    name = fields.Char(required=True, readonly=True)
    taken = fields.Integer(readonly=True, help='How often it was taken.')
    taken_at = fields.Datetime(readonly=True, index=True)

    _name_uniq = models.Constraint('UNIQUE(name)', 'A name has one row.')

    # === BUSINESS METHODS === #

    @api.model
    def _take(self, names):
        """Let nobody else go on with these names until this transaction ends.

        Taken in the order of the names, before any other lock.
        """
        self.env.cr.execute(
            SQL(
                """INSERT INTO wx_recharge_turn AS turn (name, taken, taken_at)
                   SELECT name, 1, now() AT TIME ZONE 'UTC' FROM unnest(%s) AS name ORDER BY name
                   ON CONFLICT (name) DO UPDATE
                   SET taken = turn.taken + 1, taken_at = excluded.taken_at""",
                sorted(set(names)),
            ),
            log_exceptions=False,  # losing against another transaction is expected
        )

    @api.autovacuum
    def _gc_turns(self):
        self.env.cr.execute(
            SQL(
                """DELETE FROM wx_recharge_turn
                   WHERE taken_at < now() AT TIME ZONE 'UTC' - %s::interval""",
                KEPT,
            )
        )
