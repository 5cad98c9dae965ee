from odoo import fields, models
from odoo.tools import SQL


class WxLedgerAccount(models.Model):
    """What screens need of accounts beside their fields."""

    _inherit = 'wx.ledger.account'

    expiring = fields.Boolean(related='asset_id.expiring')

    def _field_to_sql(self, alias, field_expr, query=None):
        """Override to let lists sort and sum the current balance, of deferred accounts too."""
        if field_expr != 'current_balance':
            return super()._field_to_sql(alias, field_expr, query)
        return SQL(
            '(%s + coalesce((SELECT sum(amount) FROM wx_ledger_delta WHERE account_id = %s), 0))',
            SQL.identifier(alias, 'balance'),
            SQL.identifier(alias, 'id'),
        )
