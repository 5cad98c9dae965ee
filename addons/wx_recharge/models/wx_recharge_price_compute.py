from decimal import Decimal

from odoo import fields, models
from odoo.tools import SQL

from ..const import imports
from ..lib.pricing import formula
from ..lib.pricing.rules import Subject, choose

# A price follows the cost of the product with the lowest priority number, of these the cheapest:
# not the route of the moment, which changes with balances and the suppliers' success.
PACKAGES = """
SELECT k.id, k.price_fen, k.country_id, k.operator_id, k.kind, p.cost, p.cost_currency_id,
       p.rate, l.prices
  FROM wx_recharge_package k
  JOIN LATERAL (
       SELECT p.cost, p.cost_currency_id, r.rate
         FROM wx_recharge_supplier_product p
         JOIN wx_recharge_supplier s ON s.id = p.supplier_id AND s.active
         LEFT JOIN unnest(%(currencies)s, %(rates)s::numeric[]) r(id, rate)
           ON r.id = p.cost_currency_id
        WHERE p.package_id = k.id AND p.active AND p.cost > 0
          AND (s.company_id IS NULL OR s.company_id = %(company)s)
        ORDER BY p.priority, p.cost * r.rate NULLS LAST, p.id LIMIT 1) p ON TRUE
  LEFT JOIN LATERAL (
       SELECT jsonb_object_agg(level_id, price_fen) AS prices
         FROM wx_recharge_level_price WHERE package_id = k.id) l ON TRUE
 WHERE k.id > %(last)s AND k.active
   AND (k.company_id = %(company)s OR (k.company_id IS NULL AND %(shared)s))
 ORDER BY k.id LIMIT %(limit)s
"""
PROPOSE = """
INSERT INTO wx_recharge_price_change (
       run_id, company_id, package_id, level_id, rule_id, cost_fen, old_fen, new_fen,
       change_percent, state, create_uid, create_date, write_uid, write_date)
SELECT v.run_id, v.company_id, v.package_id, v.level_id::int, v.rule_id::int, v.cost_fen,
       v.old_fen, v.new_fen, round((v.new_fen - v.old_fen) * 100.0 / v.old_fen, 2),
       CASE WHEN v.auto THEN 'queued'
            WHEN EXISTS (SELECT FROM wx_recharge_price_change c
                          WHERE c.package_id = v.package_id AND c.state = 'ignored'
                            AND c.level_id IS NOT DISTINCT FROM v.level_id::int
                            AND c.old_fen = v.old_fen AND c.new_fen = v.new_fen)
            THEN 'ignored' ELSE 'open' END,
       v.user_id, v.now, v.user_id, v.now
  FROM (VALUES %s) v(run_id, company_id, package_id, level_id, rule_id, cost_fen, old_fen, new_fen,
                     auto, user_id, now)
"""
# What somebody has changed since is not overwritten.
APPLY = (
    """UPDATE wx_recharge_package k
          SET price_fen = c.new_fen, write_uid = %(user)s, write_date = %(now)s
         FROM wx_recharge_price_change c
        WHERE c.id IN %(ids)s AND c.level_id IS NULL AND k.id = c.package_id
          AND k.price_fen = c.old_fen
    RETURNING c.id""",
    """INSERT INTO wx_recharge_level_price AS l (package_id, level_id, price_fen, create_uid,
              create_date, write_uid, write_date)
       SELECT c.package_id, c.level_id, c.new_fen, %(user)s, %(now)s, %(user)s, %(now)s
         FROM wx_recharge_price_change c
        WHERE c.id IN %(ids)s AND c.level_id IS NOT NULL AND c.rule_id IS NOT NULL
        ORDER BY c.id
       ON CONFLICT (package_id, level_id) DO UPDATE
          SET price_fen = EXCLUDED.price_fen, write_uid = EXCLUDED.write_uid,
              write_date = EXCLUDED.write_date""",
    """DELETE FROM wx_recharge_level_price l USING wx_recharge_price_change c
        WHERE c.id IN %(ids)s AND c.rule_id IS NULL AND l.package_id = c.package_id
          AND l.level_id = c.level_id""",
)


class WxRechargePriceRun(models.Model):
    """Computing and applying, a batch a transaction."""

    _inherit = 'wx.recharge.price.run'

    # === BUSINESS METHODS - COMPUTING === #

    def _begin(self):
        """Start at the first package; older proposals are out of date now."""
        older = self.search(
            [
                ('company_id', '=', self.company_id.id),
                ('id', '<', self.id),
                ('state', 'in', ('review', 'failed')),
            ]
        )
        for run in older:
            if run._move('replaced', next_try_at=False, dead=False):
                run._replace_proposals()
        packages = self.env['wx.recharge.package'].search_count(
            [('company_id', 'in', (False, self.company_id.id))]
        )
        return self._move('computing', package_count=packages, last_package_id=0, computed_count=0)

    def _compute_batch(self):
        """Compare the prices of the next packages; False when there are none."""
        rows = self._read_packages()
        if not rows:
            return self._finish_computing()
        levels = self._levels_with_rules()
        changes = [change for row in rows for change in self._find_changes(row, levels)]
        if changes:
            self.env.cr.execute_values(PROPOSE, changes, page_size=imports.APPLY_BATCH)
        self.write(
            {
                'last_package_id': rows[-1][0],
                'computed_count': self.computed_count + len(rows),
            }
        )
        return True

    def _read_packages(self):
        self.env.flush_all()
        day = self.env['res.currency']._yuan_day()
        # Of all currencies: one that is archived may still be what a supplier takes.
        currencies = self.env['res.currency'].with_context(active_test=False).search([])
        rates = currencies._yuan_rates(self.company_id, day)
        main = self.env.ref('base.main_company')
        return self.env.execute_query(
            SQL(
                PACKAGES,
                currencies=list(rates),
                rates=[str(rate) for rate in rates.values()],
                company=self.company_id.id,
                # What all companies sell is priced once.
                shared=self.company_id == main,
                last=self.last_package_id,
                limit=imports.APPLY_BATCH,
            )
        )

    def _levels_with_rules(self):
        ordered = self.env['wx.recharge.price.rule']._in_order(self.company_id.id)
        return {rule.level_id for rule in ordered if rule.level_id}

    def _find_changes(self, row, levels):
        """Yield what would change of a package: its price, and those of the levels."""
        package_id, old_fen, country_id, operator_id, kind, cost, currency_id, rate, prices = row
        if not rate:
            self._note_missing_rate(currency_id)
            return
        cost_fen = formula.cost_fen(Decimal(str(cost)), Decimal(str(rate)))
        ordered = self.env['wx.recharge.price.rule']._in_order(self.company_id.id)
        rule = choose(ordered, Subject(country_id, operator_id, kind))
        base_fen = formula.price_fen(cost_fen, rule.terms) if rule else old_fen
        if base_fen != old_fen:
            yield self._prepare_change(package_id, None, rule, cost_fen, old_fen, base_fen)
        floor_fen = formula.floor_price_fen(cost_fen, rule.terms) if rule else 0
        prices = {int(level_id): fen for level_id, fen in (prices or {}).items()}
        for level_id in sorted(levels | prices.keys()):
            rule = choose(ordered, Subject(country_id, operator_id, kind, level_id))
            level_fen = self._price_of_level(rule, cost_fen, floor_fen)
            # Nobody pays more for being a member: a price that is no lower is none.
            if level_fen is None or level_fen >= base_fen:
                rule, level_fen = None, base_fen
            before = prices.get(level_id)
            if (before or base_fen) != level_fen or (before and not rule):
                old = before or old_fen
                yield self._prepare_change(package_id, level_id, rule, cost_fen, old, level_fen)

    def _price_of_level(self, rule, cost_fen, floor_fen):
        """Return what a level's rule names, None without one.

        The floor of everybody's rule holds for members too, or their orders would be refused.
        """
        if not rule:
            return None
        price_fen = formula.price_fen(cost_fen, rule.terms)
        return formula.round_up(max(price_fen, floor_fen), rule.terms.ending)

    def _prepare_change(self, package_id, level_id, rule, cost_fen, old_fen, new_fen):
        record = self.env['wx.recharge.price.rule'].browse(rule.id if rule else [])
        return (
            *(self.id, self.company_id.id, package_id, level_id, record.id or None, cost_fen),
            *(old_fen, new_fen, bool(record.auto_apply)),
            *(self.env.uid, fields.Datetime.now()),
        )

    def _note_missing_rate(self, currency_id):
        """Tell which currency has no rate, once."""
        currency = self.env['res.currency'].browse(currency_id)
        text = currency._describe_missing_rates(
            self.company_id, self.env['res.currency']._yuan_day()
        )
        if text not in (self.note or ''):
            self.note = '\n'.join(filter(None, (self.note, text)))

    def _finish_computing(self):
        """Apply what rules apply by themselves, or leave the rest to people."""
        if self._count('queued'):
            self._go_on()
            return True
        self._close_if_decided()
        return False

    # === BUSINESS METHODS - APPLYING === #

    def _apply_batch(self):
        """Change the next prices that were chosen; False when there are none."""
        chosen = self._next_chosen(imports.APPLY_BATCH)
        if not chosen:
            self._close_if_decided()
            return False
        self.env.flush_all()
        params = {'ids': chosen, 'user': self.env.uid, 'now': fields.Datetime.now()}
        changed = {row[0] for row in self.env.execute_query(SQL(APPLY[0], **params))}
        for statement in APPLY[1:]:
            self.env.cr.execute(SQL(statement, **params))
        self._mark(chosen, changed)
        self.applied_count += len(chosen)
        self.env.invalidate_all()
        self.env['wx.recharge.package']._forget_catalogue()
        return True

    def _mark(self, chosen, changed):
        """Note what was applied, and what was not because the price is another one now."""
        self.env.cr.execute(
            SQL(
                """UPDATE wx_recharge_price_change
                      SET state = CASE WHEN level_id IS NOT NULL OR id IN %s THEN 'applied'
                                       ELSE 'replaced' END,
                          applied_at = %s
                    WHERE id IN %s""",
                tuple(changed) or (0,),
                fields.Datetime.now(),
                chosen,
            )
        )
