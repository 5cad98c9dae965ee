-- Proof of transfers, holds and lots; see prove_accounts.sql for what these functions share.

-- A transfer has exactly its two entries, equal and opposite, of the accounts and the time that
-- it names; both accounts hold its asset. So every posting is balanced in every asset.
CREATE OR REPLACE FUNCTION wx_ledger_prove_transfers(first bigint, last bigint)
RETURNS TABLE (problem text, subject text, subject_id bigint, account_id int,
               expected text, found text)
LANGUAGE sql STABLE AS $$
    SELECT p.problem, 'transfer', t.id, p.account_id, p.expected, p.found
      FROM (SELECT t.*, o.posted_at AS act_at, da.asset_id AS debit_asset,
                   ca.asset_id AS credit_asset, d.account_id AS entry_debit,
                   d.amount AS debited, c.account_id AS entry_credit, c.amount AS credited,
                   d.transfer_id = t.id AND d.account_id = t.debit_account_id
                       AND d.amount = -t.amount AND d.posted_at = t.posted_at
                       AND (d.version IS NULL) = (da.booking_mode = 'deferred') AS debit_ok,
                   c.transfer_id = t.id AND c.account_id = t.credit_account_id
                       AND c.amount = t.amount AND c.posted_at = t.posted_at
                       AND (c.version IS NULL) = (ca.booking_mode = 'deferred') AS credit_ok,
                   da.asset_id = t.asset_id AND ca.asset_id = t.asset_id AS asset_ok,
                   o.posted_at = t.posted_at AS act_ok
              FROM wx_ledger_transfer t
              -- Their postings stand close together; without bounds each slice reads them all.
              LEFT JOIN wx_ledger_posting o
                     ON o.id = t.posting_id
                    AND o.id BETWEEN (SELECT min(posting_id) FROM wx_ledger_transfer
                                       WHERE id BETWEEN first AND last)
                                 AND (SELECT max(posting_id) FROM wx_ledger_transfer
                                       WHERE id BETWEEN first AND last)
              LEFT JOIN wx_ledger_account da ON da.id = t.debit_account_id
              LEFT JOIN wx_ledger_account ca ON ca.id = t.credit_account_id
              LEFT JOIN wx_ledger_entry d
                     ON d.id = 2 * t.id AND d.id BETWEEN 2 * first AND 2 * last + 1
              LEFT JOIN wx_ledger_entry c
                     ON c.id = 2 * t.id + 1 AND c.id BETWEEN 2 * first AND 2 * last + 1
             WHERE t.id BETWEEN first AND last) t
     CROSS JOIN LATERAL (VALUES
            ('entry', debit_ok, t.debit_account_id,
             format('%s: %s', t.debit_account_id, -t.amount),
             format('%s: %s', t.entry_debit, t.debited)),
            ('entry', credit_ok, t.credit_account_id,
             format('%s: %s', t.credit_account_id, t.amount),
             format('%s: %s', t.entry_credit, t.credited)),
            ('asset', asset_ok, NULL, t.asset_id::text,
             format('%s, %s', t.debit_asset, t.credit_asset)),
            ('posting', act_ok, NULL, t.act_at::text, t.posted_at::text)
            ) AS p (problem, is_fine, account_id, expected, found)
     WHERE (debit_ok AND credit_ok AND asset_ok AND act_ok) IS NOT TRUE
       AND p.is_fine IS NOT TRUE
    UNION ALL
    SELECT 'entry', 'entry', e.id, e.account_id, NULL, format('%s: %s', e.account_id, e.amount)
      FROM wx_ledger_entry e
      LEFT JOIN wx_ledger_transfer t ON t.id = e.id >> 1 AND t.id BETWEEN first AND last
     WHERE e.id BETWEEN 2 * first AND 2 * last + 1
       AND (t.id IS NULL OR t.id <> e.transfer_id)
$$;

-- Reversals go the other way, of the same asset, and never exceed what they reverse, which is no
-- reversal itself; their sum is what the counter says. The range is one of reversed transfers.
CREATE OR REPLACE FUNCTION wx_ledger_prove_reversals(first bigint, last bigint)
RETURNS TABLE (problem text, subject text, subject_id bigint, account_id int,
               expected text, found text)
LANGUAGE sql STABLE AS $$
    SELECT v.problem, 'transfer', o.id, NULL::int, v.expected::text, v.found::text
      FROM (SELECT r.reverses_id AS id, sum(r.amount) AS amount
              FROM wx_ledger_transfer r
             WHERE r.reverses_id BETWEEN first AND last
             GROUP BY r.reverses_id) r
      FULL JOIN (SELECT * FROM wx_ledger_reversed
                  WHERE transfer_id BETWEEN first AND last) c ON c.transfer_id = r.id
      JOIN wx_ledger_transfer o ON o.id = COALESCE(r.id, c.transfer_id)
     CROSS JOIN LATERAL (VALUES
            ('reversal', r.amount > o.amount OR o.reverses_id IS NOT NULL, o.amount::numeric,
             r.amount),
            ('reversal_count', (c.reversed = r.amount AND c.original = o.amount) IS NOT TRUE,
             r.amount, c.reversed::numeric)
            ) AS v (problem, is_wrong, expected, found)
     WHERE v.is_wrong
    UNION ALL
    SELECT 'reversal', 'transfer', r.id, NULL,
           format('%s → %s', o.credit_account_id, o.debit_account_id),
           format('%s → %s', r.debit_account_id, r.credit_account_id)
      FROM wx_ledger_transfer r
      JOIN wx_ledger_transfer o ON o.id = r.reverses_id
     WHERE r.reverses_id BETWEEN first AND last
       AND (r.debit_account_id, r.credit_account_id, r.asset_id)
           IS DISTINCT FROM (o.credit_account_id, o.debit_account_id, o.asset_id)
$$;

-- What an account holds = the rest of its open holds.
CREATE OR REPLACE FUNCTION wx_ledger_prove_held(first bigint, last bigint)
RETURNS TABLE (problem text, subject text, subject_id bigint, account_id int,
               expected text, found text)
LANGUAGE sql STABLE AS $$
    SELECT 'held', 'account', a.id::bigint, a.id, COALESCE(h.amount, 0)::text, a.held::text
      FROM wx_ledger_account a
      LEFT JOIN (SELECT h.account_id, sum(h.amount - h.captured - h.released) AS amount
                   FROM wx_ledger_hold h
                  WHERE h.state = 'open' AND h.account_id BETWEEN first AND last
                  GROUP BY h.account_id) h ON h.account_id = a.id
     WHERE a.id BETWEEN first AND last AND a.held <> COALESCE(h.amount, 0)
$$;

-- A hold = the sum of its events; what it captured = the transfers that name it.
CREATE OR REPLACE FUNCTION wx_ledger_prove_holds(first bigint, last bigint)
RETURNS TABLE (problem text, subject text, subject_id bigint, account_id int,
               expected text, found text)
LANGUAGE sql STABLE AS $$
    SELECT p.problem, 'hold', h.id, h.account_id, p.expected, p.found
      FROM wx_ledger_hold h
      LEFT JOIN (SELECT e.hold_id, sum(e.amount) FILTER (WHERE e.kind = 'opened') AS opened,
                        sum(e.amount) FILTER (WHERE e.kind = 'captured') AS captured,
                        sum(e.amount) FILTER (WHERE e.kind IN ('released', 'expired')) AS released
                   FROM wx_ledger_hold_event e
                  WHERE e.hold_id BETWEEN first AND last
                  GROUP BY e.hold_id) e ON e.hold_id = h.id
      LEFT JOIN (SELECT t.hold_id, t.debit_account_id, sum(t.amount) AS amount
                   FROM wx_ledger_transfer t
                  WHERE t.hold_id BETWEEN first AND last
                  GROUP BY t.hold_id, t.debit_account_id) t
             ON t.hold_id = h.id AND t.debit_account_id = h.account_id
     CROSS JOIN LATERAL (VALUES
            ('hold_events', e.opened, h.amount),
            ('hold_events', COALESCE(e.captured, 0), h.captured),
            ('hold_events', COALESCE(e.released, 0), h.released),
            ('hold_transfers', COALESCE(t.amount, 0), h.captured)
            ) AS v (problem, expected, found)
     CROSS JOIN LATERAL (SELECT v.problem, v.expected::text, v.found::text) AS p
     WHERE h.id BETWEEN first AND last AND v.expected IS DISTINCT FROM v.found
$$;

-- A lot = what it began with and its moves; it was opened by a credit to its account.
CREATE OR REPLACE FUNCTION wx_ledger_prove_lots(first bigint, last bigint)
RETURNS TABLE (problem text, subject text, subject_id bigint, account_id int,
               expected text, found text)
LANGUAGE sql STABLE AS $$
    SELECT 'lot_moves', 'lot', l.id, l.account_id,
           (l.amount + COALESCE(m.amount, 0))::text, l.remaining::text
      FROM wx_ledger_lot l
      LEFT JOIN (SELECT m.lot_id, sum(m.amount) AS amount FROM wx_ledger_lot_move m
                  WHERE m.lot_id BETWEEN first AND last GROUP BY m.lot_id) m ON m.lot_id = l.id
     WHERE l.id BETWEEN first AND last AND l.remaining <> l.amount + COALESCE(m.amount, 0)
    UNION ALL
    SELECT 'lot_entry', 'lot', l.id, l.account_id, format('%s: %s', e.account_id, e.amount),
           format('%s: %s', l.account_id, l.amount)
      FROM wx_ledger_lot l
      LEFT JOIN wx_ledger_entry e ON e.id = l.entry_id
     WHERE l.id BETWEEN first AND last
       AND (e.account_id = l.account_id AND e.amount >= l.amount) IS NOT TRUE
$$;

-- The open lots of an account of an expiring asset = its balance.
CREATE OR REPLACE FUNCTION wx_ledger_prove_lot_sums(first bigint, last bigint)
RETURNS TABLE (problem text, subject text, subject_id bigint, account_id int,
               expected text, found text)
LANGUAGE sql STABLE AS $$
    SELECT 'lot_sum', 'account', a.id::bigint, a.id, a.balance::text,
           COALESCE(l.remaining, 0)::text
      FROM wx_ledger_account a
      JOIN wx_ledger_asset s ON s.id = a.asset_id AND s.expiring
      LEFT JOIN (SELECT l.account_id, sum(l.remaining) AS remaining FROM wx_ledger_lot l
                  WHERE l.account_id BETWEEN first AND last AND l.remaining > 0
                  GROUP BY l.account_id) l ON l.account_id = a.id
     WHERE a.id BETWEEN first AND last AND a.booking_mode = 'serial'
       AND a.balance <> COALESCE(l.remaining, 0)
$$;
