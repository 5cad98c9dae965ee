import re

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.wx_base.exceptions import Conflict, NotFound

from ..const import ASSET_CODE, OWNER_MODEL, PURPOSE


def _numbered(before):
    """Return the domain of entries with a number, below `before` if it is given.

    The ORM's own comparison adds "or empty", which keeps the index of versions from being used:
    a page far back would cost as much as all pages before it.
    """

    def to_sql(model, alias, query):
        version = model._field_to_sql(alias, 'version', query)
        return SQL('%s < %s', version, before) if before else SQL('%s > 0', version)

    return Domain.custom(to_sql=to_sql)


class WxWallet(models.AbstractModel):
    """What customers do with their accounts of the ledger.

    The environment is that of a customer's request: record rules narrow what is found to the
    customer. Booking happens as sudo, because customers may write nothing.
    """

    _name = 'wx.wallet'
    _description = 'Wallets of Customers'

    # === BUSINESS METHODS - READING === #

    @api.model
    def _list(self, wx_user):
        """Return `[(asset, account)]`, an empty account where nothing was ever booked."""
        assets = self.env['wx.ledger.asset'].search(self._asset_domain(wx_user))
        accounts = self._accounts(wx_user, assets).grouped('asset_id')
        nothing = self.env['wx.ledger.account']
        return [(asset, accounts.get(asset, nothing)) for asset in assets]

    @api.model
    def _asset(self, wx_user, code):
        """Return the asset with that code.

        :raise NotFound: no such asset for this customer
        """
        asset = self.env['wx.ledger.asset']
        # What cannot be a code is not searched: the database takes no NUL, for one.
        if re.fullmatch(ASSET_CODE, code):
            asset = asset.search([*self._asset_domain(wx_user), ('code', '=', code)], limit=1)
        if not asset:
            raise NotFound(self.env._('There is no such wallet.'))
        return asset

    @api.model
    def _account(self, wx_user, asset):
        """Return the customer's account, empty when nothing was ever booked: none is opened."""
        return self._accounts(wx_user, asset)

    @api.model
    def _entries(self, account, after, limit, **filters):
        """Return `(entries, whether there are more)`, newest first.

        :param int after: number of the last entry of the page before, None on the first page
        :param filters: see `_entry_domain`
        """
        domain = self._entry_domain(account, after, **filters)
        found = self.env['wx.ledger.entry'].search(domain, order='version desc', limit=limit + 1)
        return found[:limit], len(found) > limit

    @api.model
    def _entry_domain(self, account, after, reason=None, since=None, until=None):
        """Return which entries of the account to show.

        :param str reason: code of the only reason to show
        :param since: naive time in UTC, included
        :param until: naive time in UTC, excluded
        """
        domain = Domain('account_id', '=', account.id) & _numbered(after)
        for field, operator, value in (
            ('reason_id.code', '=', reason),
            ('posted_at', '>=', since),
            ('posted_at', '<', until),
        ):
            if value:
                domain &= Domain(field, operator, value)
        return domain

    @api.model
    def _document_numbers(self, entries):
        """Return the public numbers of the documents behind the entries, by entry.

        Rules of the documents decide what the customer may know of.
        """
        # The posting also tells who booked and why: only its document is taken from it.
        references = {
            entry: (posting.document_model, posting.document_id)
            for entry in entries
            if (posting := entry.sudo().posting_id).document_model
        }
        numbers = {}
        for model, field in self._document_number_fields().items():
            ids = [number for name, number in references.values() if name == model]
            if ids and self.env[model].has_access('read'):
                for document in self.env[model].search([('id', 'in', ids)]):
                    numbers[model, document.id] = document[field]
        return {entry: numbers.get(reference) for entry, reference in references.items()}

    @api.model
    def _document_number_fields(self):
        """Return model → field with the number that customers know its documents by.

        Addons whose documents are booked in wallets add theirs.
        """
        return {}

    @api.model
    def _asset_domain(self, wx_user):
        # Assets of a merchant are no wallets of the shop's customers.
        return [
            ('active', '=', True),
            ('owner_model', '=', False),
            ('company_id', '=', wx_user.company_id.id),
        ]

    @api.model
    def _accounts(self, wx_user, assets):
        return self.env['wx.ledger.account'].search(
            [
                ('asset_id', 'in', assets.ids),
                ('kind', '=', 'user'),
                ('purpose', '=', PURPOSE),
                ('owner_model', '=', OWNER_MODEL),
                ('owner_res_id', '=', wx_user.id),
            ]
        )

    # === BUSINESS METHODS - REFUSALS === #

    @api.model
    def _refuse_amount(self, account):
        """:raise Conflict: always: there is not enough in the wallet"""
        raise Conflict(
            self.env._('There is not enough in your wallet.'), {'available': account.available}
        )

    @api.model
    def _refuse_frozen(self):
        """:raise Conflict: always: the customer's wallet is frozen"""
        raise Conflict(self.env._('This wallet is frozen. Ask our support.'))

    @api.model
    def _refuse_key(self):
        """:raise Conflict: always: the key was used before, longer ago than it is remembered"""
        raise Conflict(self.env._('This Idempotency-Key was used for another request.'))
