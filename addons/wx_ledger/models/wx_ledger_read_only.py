from odoo import api, models
from odoo.exceptions import AccessError


class WxLedgerReadOnly(models.AbstractModel):
    """A table that the ledger's functions write: the ORM reads it and nothing else.

    A model of such a table sets `_auto = False` and `_log_access = False` itself: Odoo does not
    inherit them, and would replace the foreign keys by its own.
    """

    _name = 'wx.ledger.read.only'
    _description = 'What Only the Ledger Writes'

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override to refuse everybody, sudo included."""
        self._refuse()
        return super().create(vals_list)

    def write(self, vals):
        """Override to refuse everybody, sudo included."""
        self._refuse()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        self._refuse()

    def _refuse(self):
        raise AccessError(self.env._('What is booked is neither changed nor deleted by anyone.'))
