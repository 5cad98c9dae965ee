from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.wx_ledger.amounts import scaled

from ..const import OWNER_MODEL, WALLET_NO_SQL


class WxUser(models.Model):
    _inherit = 'wx.user'

    wallet_no = fields.Char(
        string='Wallet Number',
        readonly=True,
        copy=False,
        help='Random; whoever knows it can send something to this customer, and learns nothing '
        'about them.',
    )
    wallet_summary = fields.Char(string='Wallets', compute='_compute_wallet_summary')

    _wallet_no_uniq = models.UniqueIndex('(wallet_no)', 'This wallet number exists already.')

    def init(self):
        """Let the database number all customers, those to come included."""
        table, number = SQL.identifier(self._table), SQL(WALLET_NO_SQL)
        self.env.cr.execute(
            SQL('ALTER TABLE %s ALTER COLUMN wallet_no SET DEFAULT %s', table, number)
        )
        self.env.cr.execute(
            SQL('UPDATE %s SET wallet_no = %s WHERE wallet_no IS NULL', table, number)
        )
        return super().init()

    # === COMPUTE METHODS === #

    def _compute_wallet_summary(self):
        accounts = self.env['wx.ledger.account']
        if not accounts.has_access('read'):
            self.wallet_summary = False
            return
        wallets = accounts.search(
            [('owner_model', '=', OWNER_MODEL), ('owner_res_id', 'in', self.ids)]
        ).grouped('owner_res_id')
        for user in self:
            user.wallet_summary = ' · '.join(
                f'{scaled(account.balance, account.decimal_places):f} {account.asset_id.code}'
                for account in wallets.get(user.id, accounts)
            )

    # === CRUD METHODS === #

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base`: the database has given the numbers."""
        users = super().create(vals_list)
        users.invalidate_recordset(['wallet_no'])
        return users

    @api.ondelete(at_uninstall=False)
    def _unlink_except_owner_of_accounts(self):
        # The ledger's rows outlive everything; an owner that is gone could never be named again.
        accounts_sudo = self.env['wx.ledger.account'].sudo()
        if accounts_sudo.search_count(
            [('owner_model', '=', OWNER_MODEL), ('owner_res_id', 'in', self.ids)], limit=1
        ):
            raise UserError(self.env._('A user who has a wallet cannot be deleted: block them.'))
