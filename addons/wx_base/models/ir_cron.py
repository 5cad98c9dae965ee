from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL


class IrCron(models.Model):
    _inherit = 'ir.cron'

    @api.model
    def _wake(self, xmlid, delay=0):
        """Have a scheduled action run once `delay` seconds from now, unless it will anyway.

        A trigger costs an insert and a fresh connection to the `postgres` database, so none
        is added while one is due in time. A running job holds a lock on the triggers it is
        consuming; those do not count, because that run may already have read its last batch.

        :param str xmlid: external id of the scheduled action
        :param int delay: seconds
        """
        # From the cache: `env.ref` asks the database whether the record exists.
        cron = self.sudo().browse(self.env['ir.model.data']._xmlid_to_res_id(xmlid))
        at = fields.Datetime.now() + timedelta(seconds=delay)
        query = SQL(
            """SELECT 1 FROM ir_cron_trigger WHERE cron_id = %s AND call_at <= %s
               LIMIT 1 FOR KEY SHARE SKIP LOCKED""",
            cron.id,
            at,
        )
        self.env['ir.cron.trigger'].flush_model(['cron_id', 'call_at'])
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(query, log_exceptions=False)
                pending = self.env.cr.fetchone()
        except psycopg2.errors.SerializationFailure:
            # The trigger was consumed after this transaction's first query.
            pending = None
        if not pending:
            cron._trigger(at)
