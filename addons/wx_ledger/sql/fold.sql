-- Folding: what was booked on deferred accounts goes into their rows. A queue that is emptied,
-- not a watermark: a posting with a smaller id may commit later. Source: spec/ledger_design.md §3.

-- Fold up to p_limit deltas; NULL if somebody else is folding. Otherwise how many there were and
-- which watched accounts are below their limit now.
CREATE OR REPLACE FUNCTION wx_ledger_fold(p_limit int, OUT folded int, OUT below int[])
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('wx_ledger_fold')) THEN
        RETURN;
    END IF;
    WITH gone AS (
        -- As an array: the queue is mostly empty when its statistics are taken, and a planner
        -- who believes them joins it with itself row by row.
        DELETE FROM wx_ledger_delta
         WHERE entry_id = ANY (ARRAY(
               SELECT entry_id FROM wx_ledger_delta ORDER BY entry_id LIMIT p_limit))
        RETURNING account_id, amount
    ), net AS (
        SELECT account_id, sum(amount) AS amount, count(*) AS deltas FROM gone GROUP BY account_id
    ), changed AS (
        UPDATE wx_ledger_account a SET balance = a.balance + n.amount
          FROM net n WHERE n.account_id = a.id
        RETURNING a.id, n.deltas, a.limit_watched AND a.balance < -a.overdraft_limit AS is_below
    )
    SELECT COALESCE(sum(deltas), 0), array_agg(id ORDER BY id) FILTER (WHERE is_below)
      INTO folded, below FROM changed;
END
$$;

-- What accounts have now; a deferred one with what is not folded yet.
CREATE OR REPLACE FUNCTION wx_ledger_balances(p_accounts int[])
RETURNS TABLE (account_id int, asset_id int, balance bigint, held bigint, overdraft_limit bigint,
               version bigint) LANGUAGE sql STABLE AS $$
    SELECT a.id, a.asset_id, a.balance + COALESCE(d.amount, 0)::bigint, a.held,
           CASE WHEN a.booking_mode = 'serial' THEN a.overdraft_limit END,
           CASE WHEN a.booking_mode = 'serial' THEN a.version END
      FROM wx_ledger_account a
      LEFT JOIN LATERAL (SELECT sum(amount) AS amount FROM wx_ledger_delta
                          WHERE account_id = a.id AND a.booking_mode = 'deferred') d ON true
     WHERE a.id = ANY (p_accounts)
$$;
