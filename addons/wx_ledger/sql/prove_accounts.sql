-- Proof of balances. Each function checks one range of ids (both ends included) in one statement
-- and so on one snapshot: what is being posted meanwhile is either wholly in it or not at all.
-- No row means no difference. `problem` is one of const.PROOF_PROBLEMS.

-- The balances of an asset sum to zero.
CREATE OR REPLACE FUNCTION wx_ledger_prove_assets(first bigint, last bigint)
RETURNS TABLE (problem text, subject text, subject_id bigint, account_id int,
               expected text, found text)
LANGUAGE sql STABLE AS $$
    SELECT 'asset_sum', 'asset', s.id::bigint, NULL::int, '0', s.balance::text
      FROM (SELECT s.id,
                   (SELECT COALESCE(sum(a.balance), 0) FROM wx_ledger_account a
                     WHERE a.asset_id = s.id)
                   + (SELECT COALESCE(sum(d.amount), 0) FROM wx_ledger_delta d
                        JOIN wx_ledger_account a ON a.id = d.account_id
                       WHERE a.asset_id = s.id) AS balance
              FROM wx_ledger_asset s
             WHERE s.id BETWEEN first AND last) s
     WHERE s.balance <> 0
$$;

-- Serial accounts: versions 1, 2, 3 … without a gap, each entry begins where the one before it
-- ended, the last one ends at the account's version and balance. One finding of a kind for an
-- account: it names the first version that is wrong.
CREATE OR REPLACE FUNCTION wx_ledger_prove_serial(first bigint, last bigint)
RETURNS TABLE (problem text, subject text, subject_id bigint, account_id int,
               expected text, found text)
LANGUAGE sql STABLE AS $$
    SELECT p.problem, 'account', a.id::bigint, a.id, p.expected, p.found
      FROM wx_ledger_account a
      LEFT JOIN (
            SELECT step.account_id, max(step.version) AS version, sum(step.amount) AS balance,
                   min(ARRAY[step.previous_version + 1, step.version])
                       FILTER (WHERE step.version <> step.previous_version + 1) AS gap,
                   min(ARRAY[step.version, step.previous_balance, step.balance_before])
                       FILTER (WHERE step.balance_before <> step.previous_balance) AS jump,
                   min(ARRAY[step.version, step.balance_before + step.amount, step.balance_after])
                       FILTER (WHERE step.balance_after <> step.balance_before + step.amount)
                       AS slip
              FROM (SELECT e.account_id, e.version, e.amount, e.balance_before, e.balance_after,
                           COALESCE(lag(e.version) OVER w, 0) AS previous_version,
                           COALESCE(lag(e.balance_after) OVER w, 0) AS previous_balance
                      FROM wx_ledger_entry e
                     WHERE e.account_id BETWEEN first AND last AND e.version IS NOT NULL
                    WINDOW w AS (PARTITION BY e.account_id ORDER BY e.version)) step
             GROUP BY step.account_id) e ON e.account_id = a.id
     CROSS JOIN LATERAL (VALUES
            ('version_gap', e.gap IS NOT NULL, e.gap[1]::text, e.gap[2]::text),
            ('running_balance', e.jump IS NOT NULL, format('%s: %s', e.jump[1], e.jump[2]),
             format('%s: %s', e.jump[1], e.jump[3])),
            ('running_balance', e.slip IS NOT NULL, format('%s: %s', e.slip[1], e.slip[2]),
             format('%s: %s', e.slip[1], e.slip[3])),
            ('last_version', a.version <> COALESCE(e.version, 0),
             COALESCE(e.version, 0)::text, a.version::text),
            ('balance', a.balance <> COALESCE(e.balance, 0),
             COALESCE(e.balance, 0)::text, a.balance::text)
            ) AS p (problem, is_wrong, expected, found)
     WHERE a.id BETWEEN first AND last AND a.booking_mode = 'serial' AND p.is_wrong
$$;

-- Deferred accounts: folded balance + deltas = last checkpoint + entries after it. The entries
-- before it are the matter of the checkpoints' own proof, day by day.
CREATE OR REPLACE FUNCTION wx_ledger_prove_deferred(first bigint, last bigint)
RETURNS TABLE (problem text, subject text, subject_id bigint, account_id int,
               expected text, found text)
LANGUAGE sql STABLE AS $$
    SELECT 'balance', 'account', a.id::bigint, a.id,
           (COALESCE(c.balance, 0) + e.amount)::text, (a.balance + d.amount)::text
      FROM wx_ledger_account a
      LEFT JOIN LATERAL (SELECT k.day, k.balance FROM wx_ledger_checkpoint k
                          WHERE k.account_id = a.id ORDER BY k.day DESC LIMIT 1) c ON true
     CROSS JOIN LATERAL (SELECT COALESCE(sum(n.amount), 0) AS amount FROM wx_ledger_entry n
                          WHERE n.account_id = a.id
                            AND n.posted_at >= COALESCE(c.day + 1, '-infinity')) e
     CROSS JOIN LATERAL (SELECT COALESCE(sum(n.amount), 0) AS amount FROM wx_ledger_delta n
                          WHERE n.account_id = a.id) d
     WHERE a.id BETWEEN first AND last AND a.booking_mode = 'deferred'
       AND a.balance + d.amount <> COALESCE(c.balance, 0) + e.amount
$$;

-- What waits for folding belongs to an entry of a deferred account. The range is one of entries.
CREATE OR REPLACE FUNCTION wx_ledger_prove_deltas(first bigint, last bigint)
RETURNS TABLE (problem text, subject text, subject_id bigint, account_id int,
               expected text, found text)
LANGUAGE sql STABLE AS $$
    SELECT 'delta', 'entry', d.entry_id, d.account_id,
           format('%s: %s', e.account_id, e.amount), format('%s: %s', d.account_id, d.amount)
      FROM wx_ledger_delta d
      LEFT JOIN wx_ledger_entry e ON e.id = d.entry_id
      LEFT JOIN wx_ledger_account a ON a.id = d.account_id
     WHERE d.entry_id BETWEEN first AND last
       AND (a.booking_mode = 'deferred' AND e.account_id = d.account_id
            AND e.amount = d.amount) IS NOT TRUE
$$;

-- A checkpoint = the one before it + the entries in between. The range is one of days since 1970.
CREATE OR REPLACE FUNCTION wx_ledger_prove_checkpoints(first bigint, last bigint)
RETURNS TABLE (problem text, subject text, subject_id bigint, account_id int,
               expected text, found text)
LANGUAGE sql STABLE AS $$
    SELECT 'checkpoint', 'account', c.account_id::bigint, c.account_id,
           format('%s: %s', c.day, COALESCE(p.balance, 0) + e.amount),
           format('%s: %s', c.day, c.balance)
      FROM wx_ledger_checkpoint c
      LEFT JOIN LATERAL (SELECT k.day, k.balance FROM wx_ledger_checkpoint k
                          WHERE k.account_id = c.account_id AND k.day < c.day
                          ORDER BY k.day DESC LIMIT 1) p ON true
     CROSS JOIN LATERAL (SELECT COALESCE(sum(n.amount), 0) AS amount FROM wx_ledger_entry n
                          WHERE n.account_id = c.account_id AND n.posted_at < c.day + 1
                            AND n.posted_at >= COALESCE(p.day + 1, '-infinity')) e
     WHERE c.day BETWEEN date '1970-01-01' + first::int AND date '1970-01-01' + last::int
       AND c.balance <> COALESCE(p.balance, 0) + e.amount
$$;
