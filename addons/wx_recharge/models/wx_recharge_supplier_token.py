from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from odoo.addons.wx_base.fields import EncryptedText

from ..const.suppliers import TOKEN_MARGIN_SECONDS

# First half of the advisory lock's key, so that it meets no other lock of the database.
LOCK_CLASS = 0x77787274


class WxRechargeSupplierToken(models.Model):
    """The access token of each supplier, shared by all processes through the database."""

    _name = 'wx.recharge.supplier.token'
    _description = 'Supplier Access Token'
    _rec_name = 'supplier_id'

    supplier_id = fields.Many2one('wx.recharge.supplier', required=True, ondelete='cascade')
    token = EncryptedText(groups='base.group_system', copy=False)
    expires_at = fields.Datetime()

    _supplier_uniq = models.Constraint('UNIQUE(supplier_id)', 'A supplier has one access token.')

    # === BUSINESS METHODS === #

    @api.model
    def _get(self, supplier, fetch, rejected=None):
        """Return a valid access token, fetched when needed.

        Works in transactions of its own, so the caller's is neither committed nor widened.

        :param fetch: callable that asks the supplier and returns a `topup` Token
        :param str rejected: a token that the supplier has refused
        :raise TopupError: it cannot be fetched
        """
        cached = self._cached(supplier)
        if cached and cached != rejected:
            return cached
        with self.env.registry.cursor() as lock_cr:
            lock_cr.execute(SQL('SELECT pg_advisory_xact_lock(%s, %s)', LOCK_CLASS, supplier.id))
            # The wait used up that cursor's snapshot, so the work is done in a new one: it
            # sees what the others have stored, and N workers fetch one token.
            cached = self._cached(supplier)
            if cached and cached != rejected:
                return cached
            return self._fetch(supplier, fetch)

    @api.model
    def _cached(self, supplier):
        with self.env.registry.cursor() as cr:
            tokens = self.with_env(self.env(cr=cr)).sudo()  # nobody reads tokens; we use them
            now = fields.Datetime.now()
            row = tokens.search([('supplier_id', '=', supplier.id), ('expires_at', '>', now)])
            return row.token

    @api.model
    def _fetch(self, supplier, fetch):
        fresh = fetch()
        lifetime = max(fresh.expires_in_s - TOKEN_MARGIN_SECONDS, 60)
        values = {
            'token': fresh.value,
            'expires_at': fields.Datetime.now() + timedelta(seconds=lifetime),
        }
        with self.env.registry.cursor() as cr:
            tokens = self.with_env(self.env(cr=cr)).sudo()
            row = tokens.search([('supplier_id', '=', supplier.id)])
            if row:
                row.write(values)
            else:
                tokens.create({'supplier_id': supplier.id, **values})
        return fresh.value

    @api.model
    def _forget(self, supplier):
        """Drop the cached token, because the credentials have changed."""
        self.sudo().search([('supplier_id', '=', supplier.id)]).unlink()
