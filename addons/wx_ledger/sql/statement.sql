-- Looking back. Everything here may run twice.

CREATE INDEX IF NOT EXISTS wx_ledger_hold_account ON wx_ledger_hold (account_id, id);

-- State of accounts after all that was booked before a moment. A serial account tells it by its
-- last entry, a deferred one by its last checkpoint and the entries since, both whatever the
-- length of the history.
CREATE OR REPLACE FUNCTION wx_ledger_balances_at(account_ids int[], at timestamp)
RETURNS TABLE (account_id int, asset_id int, balance bigint, held bigint, version bigint)
LANGUAGE sql STABLE AS $$
    SELECT a.id, a.asset_id, COALESCE(s.balance, d.balance, 0), COALESCE(h.amount, 0)::bigint,
           CASE a.booking_mode WHEN 'serial' THEN COALESCE(s.version, 0) END
      FROM wx_ledger_account a
      LEFT JOIN LATERAL (
            SELECT e.version, e.balance_after AS balance FROM wx_ledger_entry e
             WHERE e.account_id = a.id AND e.posted_at < at
             ORDER BY e.posted_at DESC, e.version DESC LIMIT 1) s ON a.booking_mode = 'serial'
      LEFT JOIN LATERAL (
            SELECT (COALESCE(max(c.balance), 0) + COALESCE(sum(e.amount), 0))::bigint AS balance
              FROM (SELECT 1) one
              LEFT JOIN LATERAL (
                    SELECT k.day, k.balance FROM wx_ledger_checkpoint k
                     WHERE k.account_id = a.id AND k.day < at::date
                     ORDER BY k.day DESC LIMIT 1) c ON true
              LEFT JOIN wx_ledger_entry e
                     ON e.account_id = a.id AND e.posted_at < at
                    AND e.posted_at >= COALESCE(c.day + 1, '-infinity')
            ) d ON a.booking_mode = 'deferred'
      LEFT JOIN LATERAL (
            SELECT sum(CASE v.kind WHEN 'opened' THEN v.amount ELSE -v.amount END) AS amount
              FROM wx_ledger_hold o
              JOIN wx_ledger_hold_event v ON v.hold_id = o.id AND v.created_at < at
             WHERE o.account_id = a.id AND o.created_at < at
               AND (o.closed_at IS NULL OR o.closed_at >= at)) h ON a.booking_mode = 'serial'
     WHERE a.id = ANY (account_ids)
$$;

-- Entries of one account between two moments, oldest first, each with the balance after it.
-- `after_*` is the entry to go on behind: version of a serial account, time, id and balance of a
-- deferred one. A serial account is read by versions, which no clock can put out of order.
CREATE OR REPLACE FUNCTION wx_ledger_serial_lines(account int, after_version bigint,
                                                  last_version bigint)
RETURNS TABLE (entry_id bigint, transfer_id bigint, posted_at timestamp, amount bigint,
               version bigint, balance bigint)
LANGUAGE sql STABLE AS $$
    SELECT e.id, e.transfer_id, e.posted_at, e.amount, e.version, e.balance_after
      FROM wx_ledger_entry e
     WHERE e.account_id = account AND e.version > after_version AND e.version <= last_version
     ORDER BY e.version
$$;

CREATE OR REPLACE FUNCTION wx_ledger_deferred_lines(account int, after_time timestamp,
                                                    after_id bigint, after_balance bigint,
                                                    until timestamp)
RETURNS TABLE (entry_id bigint, transfer_id bigint, posted_at timestamp, amount bigint,
               version bigint, balance bigint)
LANGUAGE sql STABLE AS $$
    SELECT e.id, e.transfer_id, e.posted_at, e.amount, NULL::bigint,
           (after_balance + sum(e.amount) OVER (ORDER BY e.posted_at, e.id
                                                ROWS UNBOUNDED PRECEDING))::bigint
      FROM wx_ledger_entry e
     WHERE e.account_id = account AND (e.posted_at, e.id) > (after_time, after_id)
       AND e.posted_at < until
     ORDER BY e.posted_at, e.id
$$;
