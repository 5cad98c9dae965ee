import json
import logging
from collections import Counter

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const import imports
from .wx_recharge_import_compare import COSTS, FACTS

_logger = logging.getLogger(__name__)

# Judged anew: a country or a currency may have been entered since.
JUDGE = """
WITH told AS (
    SELECT d.id, d.kind, c.id AS country_id, m.id AS currency_id,
           COALESCE(NULLIF(l.cost, 0), l.cost_min, 0) AS cost
      FROM wx_recharge_import_difference d
      JOIN wx_recharge_import_line l ON l.id = d.line_id
      LEFT JOIN res_country c ON c.code = l.country_code
      LEFT JOIN res_currency m ON m.name = l.cost_currency
     WHERE d.id IN %(ids)s AND d.problem IS NOT NULL
),
judged AS (
    SELECT id, country_id, currency_id,
           CASE WHEN kind <> 'price' AND country_id IS NULL THEN 'country'
                WHEN kind <> 'other' AND currency_id IS NULL THEN 'currency'
                WHEN kind <> 'other' AND cost <= 0 THEN 'cost' END AS problem
      FROM told
),
named AS (
    UPDATE wx_recharge_import_line l SET cost_currency_id = j.currency_id
      FROM judged j JOIN wx_recharge_import_difference d ON d.id = j.id
     WHERE l.id = d.line_id AND j.currency_id IS NOT NULL
)
UPDATE wx_recharge_import_difference d
   SET problem = j.problem, country_id = j.country_id, new_currency_id = j.currency_id,
       state = CASE WHEN j.problem IS NULL THEN d.state ELSE 'open' END
  FROM judged j WHERE d.id = j.id
"""
ADD = """
INSERT INTO wx_recharge_supplier_product (
       supplier_id, company_id, sku, amount, priority, active, imported, country_id,
       validity_days, %(columns)s, create_uid, create_date, write_uid, write_date)
SELECT d.supplier_id, d.company_id, l.sku, 0, 10, TRUE, TRUE, d.country_id, l.validity_days,
       %(values)s, %(user)s, %(now)s, %(user)s, %(now)s
  FROM wx_recharge_import_difference d JOIN wx_recharge_import_line l ON l.id = d.line_id
 WHERE d.id IN %(ids)s AND d.kind = 'new'
 ORDER BY d.id
ON CONFLICT (supplier_id, sku, COALESCE(amount, 0)) DO UPDATE
   SET active = TRUE, imported = TRUE, gone_at = NULL, country_id = EXCLUDED.country_id,
       validity_days = EXCLUDED.validity_days, write_uid = EXCLUDED.write_uid,
       write_date = EXCLUDED.write_date, %(excluded)s
"""
CHANGE = """
UPDATE wx_recharge_supplier_product p
   SET write_uid = %(user)s, write_date = %(now)s, %(columns)s
  FROM wx_recharge_import_difference d JOIN wx_recharge_import_line l ON l.id = d.line_id
 WHERE d.id IN %(ids)s AND d.kind = %(kind)s AND p.id = d.product_id
"""
GONE = """
UPDATE wx_recharge_supplier_product p
   SET active = FALSE, gone_at = %(now)s, write_uid = %(user)s, write_date = %(now)s
  FROM wx_recharge_import_difference d
 WHERE d.id IN %(ids)s AND d.kind = 'gone' AND d.product_id IN (p.id, p.range_id) AND p.active
"""
# What was never told says nothing; one unit of the currency's rounding is no difference.
UNFIT = """
UPDATE wx_recharge_supplier_product p
   SET package_id = NULL, write_uid = %(user)s, write_date = %(now)s
  FROM wx_recharge_import_difference d, wx_recharge_package k
  LEFT JOIN res_currency m ON m.id = k.face_currency_id
 WHERE d.id IN %(ids)s AND d.product_id IN (p.id, p.range_id) AND k.id = p.package_id
   AND (d.kind = 'new' OR d.kind = 'other' AND jsonb_exists_any(d.changes, %(arriving)s))
   AND (p.denomination = 'range' OR p.redemption <> k.redemption
        OR p.kind <> '' AND %(kinds)s::jsonb ->> p.kind IS DISTINCT FROM k.kind
        OR k.face_value > 0
           AND (p.receive_amount > 0 OR jsonb_exists_any(d.changes, %(arriving_amount)s))
           AND (p.receive_currency_id IS DISTINCT FROM k.face_currency_id
                OR COALESCE(p.receive_amount, 0) < k.face_value - m.rounding))
RETURNING p.id
"""
DONE = """
UPDATE wx_recharge_import_difference d
   SET state = 'applied', applied_at = %(now)s, write_date = %(now)s, product_id = x.product_id
  FROM (SELECT d.id, COALESCE(d.product_id, p.id) AS product_id
          FROM wx_recharge_import_difference d
          LEFT JOIN wx_recharge_supplier_product p
            ON d.product_id IS NULL AND p.supplier_id = d.supplier_id AND p.sku = d.sku
           AND COALESCE(p.amount, 0) = 0
         WHERE d.id IN %(ids)s) x
 WHERE d.id = x.id
"""

NO_TABLE, LINE, EXCLUDED = SQL(), SQL('l.'), SQL('EXCLUDED.')


class WxRechargeImport(models.Model):
    """Applying: what was chosen, a batch a transaction, each as a handful of statements."""

    _inherit = 'wx.recharge.import'

    # === BUSINESS METHODS - APPLYING === #

    def _run_apply(self):
        """Apply the next batch and tell whether there is a next step to do."""
        lock_rows(self)
        if self.state != 'applying':
            return False
        chosen = self._next_chosen(imports.APPLY_BATCH)
        if not chosen:
            self._finish_applying()
            return False
        applied = self._apply(chosen)
        self.applied_count += len(chosen)
        _logger.info('import %s: %s differences applied', self.id, applied)
        return True

    def _apply(self, chosen):
        """Apply differences; return how many, the others are open again with their problem."""
        self.env.flush_all()
        self._execute(JUDGE, ids=chosen)
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM wx_recharge_import_difference
                    WHERE id IN %s AND state = 'queued'""",
                chosen,
            )
        )
        ids = tuple(row[0] for row in rows)
        if ids:
            self._apply_sound(ids)
            self.env['wx.recharge.supplier.product']._forget_catalogue()
        self.env.invalidate_all()
        return len(ids)

    def _apply_sound(self, ids):
        columns = [*FACTS, *COSTS]
        self._execute(
            ADD,
            ids=ids,
            columns=_join(columns),
            values=_join(columns, LINE),
            excluded=_assign(columns, EXCLUDED),
        )
        self._execute(CHANGE, ids=ids, kind='price', columns=_assign(COSTS, LINE))
        facts = SQL(
            '%s, imported = TRUE, validity_days = l.validity_days, country_id = d.country_id',
            _assign(FACTS, LINE),
        )
        self._execute(CHANGE, ids=ids, kind='other', columns=facts)
        self._execute(GONE, ids=ids)
        self._execute(DONE, ids=ids)
        self._spread(ids)
        self._disconnect_unfit(ids)
        self._make_packages(ids)

    def _spread(self, ids):
        """Bring the amounts of ranges in line with the ranges."""
        rows = self.env.execute_query(
            SQL(
                """SELECT DISTINCT p.id FROM wx_recharge_import_difference d
                     JOIN wx_recharge_supplier_product p ON p.id = d.product_id
                    WHERE d.id IN %s AND d.kind IN ('new', 'price', 'other')
                      AND p.denomination = 'range'""",
                ids,
            )
        )
        products = self.env['wx.recharge.supplier.product']
        products.browse(row[0] for row in rows)._spread_range()

    def _disconnect_unfit(self, ids):
        """Take products from packages that promise what does not arrive any more."""
        unfit = self.env.execute_query(
            SQL(
                UNFIT,
                ids=ids,
                arriving=list(imports.ARRIVING),
                arriving_amount=list(imports.ARRIVING_AMOUNT),
                kinds=json.dumps(dict(imports.PACKAGE_KINDS)),
                user=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        if unfit:
            self.env.invalidate_all()
            self._note_left(
                {self.env._('what arrives is not what their package promises'): len(unfit)}
            )

    def _make_packages(self, ids):
        """Make packages of products that are new, as far as the supplier's rule wants it."""
        policy = self.supplier_id.import_packages
        if policy == 'none':
            return
        differences = self.env['wx.recharge.import.difference'].browse(ids)
        differences.invalidate_recordset()
        products = differences.filtered(lambda one: one.kind == 'new').product_id
        left = products._make_packages(sell=policy == 'sold')
        if left:
            self._note_left(left)

    def _note_left(self, left):
        """Keep one sentence for each reason, whatever batch the products were in."""
        self.left_out = dict(Counter(self.left_out or {}) + Counter(left))
        products = self.env['wx.recharge.supplier.product']
        self.note = '\n'.join(products._describe_left(self.left_out))

    def _finish_applying(self):
        self._close_if_decided()
        self.env['wx.recharge.price.run']._plan(self.company_id)
        self.message_post(
            body=self.env._('%(count)s differences were applied.', count=self.applied_count)
        )

    def _execute(self, query, **values):
        self.env.cr.execute(SQL(query, user=self.env.uid, now=fields.Datetime.now(), **values))


def _join(columns, table=NO_TABLE):
    return SQL(', ').join(SQL('%s%s', table, SQL.identifier(name)) for name in columns)


def _assign(columns, table):
    return SQL(', ').join(
        SQL('%s = %s%s', SQL.identifier(name), table, SQL.identifier(name)) for name in columns
    )
