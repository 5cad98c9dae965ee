from pathlib import Path

from odoo import models
from odoo.tools import file_path


class WxLedger(models.AbstractModel):
    """The ledger's service. Here: its tables and functions."""

    _name = 'wx.ledger'
    _description = 'Ledger'

    def init(self):
        """Make or complete tables, guards and functions.

        Odoo calls this in the order in which the models are defined, at installation and at
        every upgrade: the tables that the schema refers to belong to models defined before.
        """
        result = super().init()
        self.env.flush_all()
        # A function may name one of a file that comes later.
        self.env.cr.execute('SET LOCAL check_function_bodies = off')
        for path in self._sql_files():
            self.env.cr.execute(path.read_text(encoding='utf-8'))
        self.env.cr.execute('SET LOCAL check_function_bodies = on')
        return result

    def _sql_files(self):
        """Return the addon's SQL files, the tables first."""
        folder = Path(file_path('wx_ledger/sql'))
        schema = folder / 'schema.sql'
        return [schema, *sorted(set(folder.glob('*.sql')) - {schema})]
