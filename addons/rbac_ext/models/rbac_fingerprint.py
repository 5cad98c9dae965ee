import hashlib
import json

from odoo import models
from odoo.tools import SQL


class Base(models.AbstractModel):
    _inherit = 'base'

    # Names of fields whose change makes an approval worthless, besides `write_date`.
    _rbac_fingerprint_fields = ()

    def _rbac_fingerprint(self):
        """Return a hash of the records' state, as far as approvals depend on it.

        A record that is gone counts as changed.
        """
        records = self.sudo().with_context(lang=None, active_test=False)
        names = ['write_date'] if self._log_access else []
        names += self._rbac_fingerprint_fields
        if not names:
            names = [n for n, field in self._fields.items() if field.store and field.column_type]
        records.flush_recordset()
        records.invalidate_recordset(names)
        rows = records.exists().sorted('id').read(sorted(set(names)), load=None)
        content = json.dumps(rows, sort_keys=True, default=str)
        return hashlib.sha256(content.encode()).hexdigest()

    def _rbac_lock(self):
        """Lock the records' rows, in order, and forget what was read of them."""
        if not self or not self._auto or self._abstract:
            return
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                'SELECT id FROM %s WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE',
                SQL.identifier(self._table),
                list(self.ids),
            ),
            log_exceptions=False,  # losing against another transaction is expected
        )
        self.invalidate_recordset()
