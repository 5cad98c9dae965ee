import logging

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.wx_base.tools.transaction import lock_rows

from ..const import imports

_logger = logging.getLogger(__name__)

# What is compared of a product, and how nothing is written: as people and COPY write it are one.
TEXT, NUMBER, RELATION, DOCUMENT = "''", '0', '0', "'null'"
FACTS = {
    **dict.fromkeys(('name', 'kind', 'country_code', 'operator_ref', 'operator_name'), TEXT),
    **dict.fromkeys(('description', 'logo_url', 'denomination', 'redemption'), TEXT),
    **dict.fromkeys(('processing', 'side', 'validity', 'phone_regex'), TEXT),
    **dict.fromkeys(('benefits', 'required_fields'), DOCUMENT),
    **dict.fromkeys(('amount_min', 'amount_max', 'receive_amount', 'receive_min'), NUMBER),
    **dict.fromkeys(('receive_max', 'receive_step'), NUMBER),
    'receive_currency_id': RELATION,
}
COSTS = {
    **dict.fromkeys(('cost', 'cost_min', 'cost_max', 'fee'), NUMBER),
    'cost_currency_id': RELATION,
}

# Rows are compared as rows; only those that differ are looked at closely.
COMPARE = """
WITH known AS (
    SELECT * FROM wx_recharge_supplier_product
     WHERE supplier_id = %(supplier)s AND range_id IS NULL AND COALESCE(amount, 0) = 0
       AND (active OR gone_at IS NOT NULL)
),
told AS (
    SELECT DISTINCT ON (sku) * FROM wx_recharge_import_line
     WHERE import_id = %(run)s
     ORDER BY sku, line_no
),
paired AS (
    SELECT k.id AS product_id, t.id AS line_id, COALESCE(k.sku, t.sku) AS sku, k.active,
           COALESCE(t.listed, FALSE) AS listed,
           (%(known_facts)s) <> (%(told_facts)s) AS facts_differ,
           (%(known_costs)s) <> (%(told_costs)s) AS costs_differ
      FROM known k FULL JOIN told t ON t.sku = k.sku
),
found AS (
    SELECT p.*, kinds.kind
      FROM paired p
     CROSS JOIN LATERAL (
           SELECT 'new' AS kind WHERE listed AND active IS NOT TRUE
                  AND NOT EXISTS (SELECT FROM wx_recharge_supplier_product a
                                   WHERE a.supplier_id = %(supplier)s AND a.sku = p.sku
                                     AND NOT a.active AND a.gone_at IS NULL)
            UNION ALL
           SELECT 'gone' WHERE active AND NOT listed
            UNION ALL
           SELECT 'price' WHERE active AND listed AND costs_differ
            UNION ALL
           SELECT 'other' WHERE active AND listed AND facts_differ) kinds
     WHERE product_id IS NULL OR line_id IS NULL OR active IS NOT TRUE OR NOT listed
        OR facts_differ OR costs_differ
),
described AS (
    SELECT f.kind, f.product_id, f.line_id, f.sku, f.active,
           COALESCE(t.name, k.name) AS name, COALESCE(t.kind, k.kind) AS product_kind,
           COALESCE(t.country_code, k.country_code) AS country_code,
           COALESCE(t.operator_name, k.operator_name) AS operator_name,
           COALESCE(NULLIF(k.cost, 0), k.cost_min, 0) AS old_cost,
           COALESCE(NULLIF(t.cost, 0), t.cost_min, 0) AS new_cost,
           k.cost_currency_id AS old_currency_id, t.cost_currency_id AS new_currency_id,
           t.cost_currency AS new_currency,
           CASE f.kind WHEN 'other' THEN jsonb_build_object(%(old)s) END AS old_facts,
           CASE WHEN f.kind IN ('new', 'other') THEN jsonb_build_object(%(new)s) END AS new_facts,
           CASE WHEN f.kind IN ('new', 'price') THEN jsonb_build_object(%(new_costs)s) END
           AS new_costs
      FROM found f
      LEFT JOIN wx_recharge_supplier_product k ON k.id = f.product_id
      LEFT JOIN wx_recharge_import_line t ON t.id = f.line_id
),
judged AS (
    SELECT f.*, c.id AS country_id, l.digest,
           CASE WHEN f.kind <> 'gone' AND f.kind <> 'price' AND c.id IS NULL THEN 'country'
                WHEN f.kind IN ('new', 'price') AND f.new_currency_id IS NULL THEN 'currency'
                WHEN f.kind IN ('new', 'price') AND f.new_cost <= 0 THEN 'cost' END AS problem
      FROM described f
      LEFT JOIN res_country c ON c.code = f.country_code
     CROSS JOIN LATERAL (
           SELECT md5(CASE f.kind WHEN 'gone' THEN '' WHEN 'price' THEN f.new_costs::text
                      WHEN 'other' THEN f.new_facts::text
                      ELSE f.new_costs::text || f.new_facts::text END) AS digest) l
)
INSERT INTO wx_recharge_import_difference (
       import_id, supplier_id, company_id, line_id, product_id, kind, state, problem, sku, name,
       product_kind, country_id, country_code, operator_name, old_cost, new_cost,
       old_currency_id, new_currency_id, new_currency, change_percent, changes, digest,
       create_uid, create_date, write_uid, write_date)
SELECT %(run)s, %(supplier)s, %(company)s, j.line_id, j.product_id, j.kind,
       CASE WHEN EXISTS (
            SELECT FROM wx_recharge_import_difference d
             WHERE d.supplier_id = %(supplier)s AND d.sku = j.sku AND d.state = 'ignored'
               AND d.kind = j.kind AND d.digest = j.digest) THEN 'ignored' ELSE 'open' END,
       j.problem, j.sku, j.name, j.product_kind, j.country_id, j.country_code, j.operator_name,
       CASE WHEN j.active THEN j.old_cost END, j.new_cost,
       CASE WHEN j.active THEN j.old_currency_id END, j.new_currency_id, j.new_currency,
       CASE WHEN j.kind = 'price' AND j.old_cost > 0 AND j.old_currency_id = j.new_currency_id
            THEN round((j.new_cost - j.old_cost) * 100 / j.old_cost, 2) ELSE 0 END,
       CASE WHEN j.kind = 'other' THEN (
            SELECT jsonb_object_agg(o.key, jsonb_build_array(o.value, n.value))
              FROM jsonb_each(j.old_facts) o JOIN jsonb_each(j.new_facts) n ON n.key = o.key
             WHERE o.value <> n.value) END,
       j.digest, %(user)s, %(now)s, %(user)s, %(now)s
  FROM judged j
 ORDER BY j.kind, j.country_code, j.operator_name, j.sku
"""


class WxRechargeImport(models.Model):
    """Comparing: what was fetched against what is here, in the database; nothing is changed."""

    _inherit = 'wx.recharge.import'

    # === BUSINESS METHODS - COMPARING === #

    def _run_compare(self):
        """Find the differences and tell whether there is a next step to do."""
        lock_rows(self)
        if self.state != 'fetched':
            return False
        self._replace_older()
        self._write_differences()
        self.supplier_id.catalogue_at = self.fetched_at
        self._choose_automatic()
        if self._count('queued'):
            self._go_on()
        else:
            self._close_if_decided()
        self._drop_needless_lines()
        return self.state == 'applying'

    def _write_differences(self):
        self.env.flush_all()
        if self.fetched_count >= imports.ANALYZE_ROWS:
            self.env.cr.execute('ANALYZE wx_recharge_import_line, wx_recharge_supplier_product')
        difference = self.env['wx.recharge.import.difference']
        self.env.cr.execute(
            SQL('DELETE FROM %s WHERE import_id = %s', SQL.identifier(difference._table), self.id)
        )
        self.env.cr.execute(
            SQL(
                COMPARE,
                run=self.id,
                supplier=self.supplier_id.id,
                company=self.company_id.id or None,
                known_facts=_values('k', FACTS),
                told_facts=_values('t', FACTS),
                known_costs=_values('k', COSTS),
                told_costs=_values('t', COSTS),
                old=_pairs('k', FACTS),
                new=_pairs('t', FACTS),
                new_costs=_pairs('t', COSTS),
                user=self.env.uid,
                now=fields.Datetime.now(),
            )
        )
        _logger.info('import %s: %s differences', self.id, self.env.cr.rowcount)
        difference.invalidate_model()
        self.unreadable_count += self._count_repeated()

    def _count_repeated(self):
        """Return how many products the catalogue has told more than once."""
        rows = self.env.execute_query(
            SQL(
                """SELECT count(*) - count(DISTINCT sku) FROM wx_recharge_import_line
                    WHERE import_id = %s""",
                self.id,
            )
        )
        return rows[0][0]

    def _replace_older(self):
        """Close older imports that people have not finished with: they are out of date."""
        older = self.search(
            [
                ('supplier_id', '=', self.supplier_id.id),
                ('id', '<', self.id),
                ('state', 'in', ('review', 'failed')),
            ]
        )
        for run in lock_rows(older):
            if run._move('replaced', next_try_at=False, dead=False):
                run._replace_proposals()
                run._drop_lines()

    def _choose_automatic(self):
        """Have costs applied that changed by no more than the supplier's limit."""
        limit = self.supplier_id.auto_price_percent
        if limit <= 0:
            return
        self.env.cr.execute(
            SQL(
                """UPDATE wx_recharge_import_difference
                      SET state = 'queued', applied_at = %s
                    WHERE import_id = %s AND state = 'open' AND kind = 'price'
                      AND problem IS NULL AND old_cost > 0
                      AND old_currency_id = new_currency_id AND abs(change_percent) <= %s""",
                fields.Datetime.now(),
                self.id,
                limit,
            )
        )
        self.env['wx.recharge.import.difference'].invalidate_model()

    def _drop_needless_lines(self):
        """Delete what was fetched and does not differ."""
        self.env.cr.execute(
            SQL(
                """DELETE FROM wx_recharge_import_line l
                    WHERE import_id = %s AND NOT EXISTS (
                          SELECT FROM wx_recharge_import_difference d WHERE d.line_id = l.id)""",
                self.id,
            )
        )


def _value(alias, name, nothing):
    """Return a column's value, nothing as one and the same."""
    if nothing == DOCUMENT:
        return SQL('COALESCE(%s, %s::jsonb)', SQL.identifier(alias, name), SQL(nothing))
    return SQL('COALESCE(%s, %s)', SQL.identifier(alias, name), SQL(nothing))


def _values(alias, columns):
    return SQL(', ').join(_value(alias, name, nothing) for name, nothing in columns.items())


def _pairs(alias, columns):
    """Return names and values of columns for `jsonb_build_object`."""
    return SQL(', ').join(
        SQL('%s::text, %s', name, _value(alias, name, nothing)) for name, nothing in columns.items()
    )
