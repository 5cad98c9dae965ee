from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# What an amount has from its range.
SAME = (
    *('supplier_id', 'company_id', 'sku', 'denomination', 'cost_currency_id', 'name', 'kind'),
    *('receive_currency_id', 'country_id', 'country_code', 'operator_ref', 'operator_name'),
    *('description', 'logo_url', 'side', 'redemption', 'processing', 'required_fields'),
    *('validity', 'validity_days', 'phone_regex'),
)
ADD = """
INSERT INTO wx_recharge_supplier_product (
       range_id, amount, priority, active, imported, create_uid, create_date, write_uid,
       write_date, %(same)s)
SELECT r.id, a.amount, r.priority, TRUE, r.imported, %(user)s, %(now)s, %(user)s, %(now)s, %(own)s
  FROM wx_recharge_supplier_product r CROSS JOIN unnest(%(amounts)s::numeric[]) a(amount)
 WHERE r.id IN %(ranges)s AND a.amount BETWEEN r.amount_min AND r.amount_max
ON CONFLICT (supplier_id, sku, COALESCE(amount, 0)) DO NOTHING
"""
SPREAD = """
UPDATE wx_recharge_supplier_product a
   SET cost = ceil((r.cost_min + r.share * (r.cost_max - r.cost_min)) * 1000000) / 1000000,
       receive_amount = COALESCE(
           round(r.receive_min + r.share * (r.receive_max - r.receive_min), 6), 0),
       write_uid = %(user)s, write_date = %(now)s, %(assigned)s
  FROM (SELECT y.id AS amount_id, r.*,
               COALESCE((y.amount - r.amount_min)
                        / NULLIF(r.amount_max - r.amount_min, 0), 0) AS share
          FROM wx_recharge_supplier_product y
          JOIN wx_recharge_supplier_product r ON r.id = y.range_id
         WHERE r.id IN %(ranges)s) r
 WHERE a.id = r.amount_id
"""


class WxRechargeSupplierProduct(models.Model):
    """Products of any amount: the amounts that are sold, each with its share of the cost."""

    _inherit = 'wx.recharge.supplier.product'

    # === BUSINESS METHODS - RANGES === #

    def _add_amounts(self, amounts):
        """Return the rows of these amounts, made where there are none.

        :param amounts: iterable of `Decimal`, on the side each range is ordered by
        :raise UserError: no range holds an amount
        """
        ranges = self.filtered(lambda product: product.denomination == 'range')
        if not ranges:
            return self.browse()
        ranges.flush_recordset()
        self.env.cr.execute(
            SQL(
                ADD,
                same=SQL(', ').join(map(SQL.identifier, SAME)),
                own=SQL(', ').join(
                    # An amount is fixed, whatever its range is.
                    SQL("'fixed'") if name == 'denomination' else SQL.identifier('r', name)
                    for name in SAME
                ),
                amounts=[str(amount) for amount in amounts],
                ranges=tuple(ranges.ids),
                user=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        ranges._spread_range()
        found = self.search(
            [('range_id', 'in', ranges.ids), ('amount', 'in', [float(one) for one in amounts])]
        )
        if not found:
            raise UserError(self.env._('None of these products can be ordered by this amount.'))
        return found

    def _spread_range(self):
        """Bring the amounts of these ranges in line with them."""
        if not self:
            return
        names = [name for name in SAME if name not in ('supplier_id', 'sku', 'denomination')]
        self.env.cr.execute(
            SQL(
                SPREAD,
                ranges=tuple(self.ids),
                assigned=SQL(', ').join(
                    SQL('%s = r.%s', SQL.identifier(name), SQL.identifier(name)) for name in names
                ),
                user=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        self.invalidate_model()
        self._forget_catalogue()
