from odoo import api, models, tools
from odoo.tools import SQL

from .. import const

OPENED = 'wx_ledger.opened'
COLUMNS = ('asset_id', 'kind', 'purpose', 'owner_model', 'owner_res_id')


class WxLedgerAccount(models.Model):
    """How accounts are found: opened on first use, once, however many ask at the same moment."""

    _inherit = 'wx.ledger.account'

    # === BUSINESS METHODS === #

    @api.model
    def _of_owner(self, asset, owner, owner_kind, purpose='wallet'):
        """Return the account that `owner` has of `asset`.

        :param asset: record of `wx.ledger.asset`
        :param owner: the record that owns it, of any model
        :param owner_kind: key of `const.OWNER_KINDS`, written down when the account is opened
        :param purpose: key of `const.PURPOSES`: an owner may have several accounts of an asset
        """
        key = (asset.id, 'user', purpose, owner._name, owner.id)
        return self.browse(self._find(*key) or self._open(*key, owner_kind, 'serial'))

    @api.model
    def _of_purpose(self, asset, purpose, ref=None):
        """Return the system account of a purpose, deferred unless it was made serial before.

        :param ref: record that tells several accounts of a purpose apart, e.g. a channel
        """
        owner = (ref._name, ref.id) if ref else (None, None)
        return self.browse(self._system_id(asset.id, 'system', purpose, *owner))

    @api.model
    def _central(self, asset):
        """Return the account of the issuer, which is negative by what is in circulation."""
        return self.browse(self._system_id(asset.id, 'central', None, None, None))

    def _system_id(self, *key):
        if key in self.env.cr.cache.get(OPENED, ()):
            # Opened in this transaction: it may still vanish, so no process may remember it.
            return self._find(*key)
        try:
            return self._known_id(*key)
        except LookupError:
            self.env.cr.cache.setdefault(OPENED, set()).add(key)
            self.env.cr.postcommit.add(self.env.cr.cache[OPENED].clear)
            self.env.cr.postrollback.add(self.env.cr.cache[OPENED].clear)
            return self._open(*key, 'platform', 'deferred')

    @tools.ormcache('asset_id', 'kind', 'purpose', 'owner_model', 'owner_res_id')
    def _known_id(self, asset_id, kind, purpose, owner_model, owner_res_id):
        account_id = self._find(asset_id, kind, purpose, owner_model, owner_res_id)
        if not account_id:
            raise LookupError(purpose)
        return account_id

    def _find(self, *key):
        self.env.cr.execute(
            """SELECT id FROM wx_ledger_account
                WHERE asset_id = %s AND kind = %s AND COALESCE(purpose, '') = COALESCE(%s, '')
                  AND COALESCE(owner_model, '') = COALESCE(%s, '')
                  AND COALESCE(owner_res_id, 0) = COALESCE(%s, 0)""",
            key,
        )
        row = self.env.cr.fetchone()
        return row and row[0]

    def _open(self, *values):
        """Insert an account unless somebody else has done so since, and return its id.

        Under Odoo's isolation an insert that meets another's fails with 40001 and the request
        starts over, finding the account.
        """
        self.env.flush_all()
        *key, owner_kind, booking_mode = values
        self.env.cr.execute(
            SQL(
                """INSERT INTO wx_ledger_account
                      (company_id, %s, owner_kind, booking_mode, state, opened_at, overdraft_limit,
                       limit_watched, balance, held, version)
                   SELECT company_id, %s, %s, %s, 'open', now() AT TIME ZONE 'UTC', 0, %s, 0, 0, 0
                     FROM wx_ledger_asset WHERE id = %s
                   ON CONFLICT DO NOTHING RETURNING id""",
                SQL(', ').join(map(SQL.identifier, COLUMNS)),
                SQL(', ').join(SQL('%s', value) for value in key),
                owner_kind,
                booking_mode,
                key[2] in const.WATCHED_PURPOSES,
                key[0],
            ),
            log_exceptions=False,
        )
        row = self.env.cr.fetchone()
        return row[0] if row else self._find(*key)
