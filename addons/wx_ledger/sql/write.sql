-- What a posting writes, once it is known to be right: transfers, balances, entries, deltas. For
-- any number of lines with the same few statements; for a single line, which is most of what is
-- posted, with plain ones, as starting the others takes longer than their work.
-- `p_sides` is what `wx_ledger_check` has found.

CREATE OR REPLACE FUNCTION wx_ledger_write_lines(
    p_posting bigint, p_now timestamp, p_debits int[], p_credits int[], p_amounts bigint[],
    p_reverses bigint[], p_hold bigint, p_unhold bigint, p_sides record,
    OUT transfers bigint[], OUT balances jsonb
) LANGUAGE plpgsql AS $$
BEGIN
    WITH written AS (
        INSERT INTO wx_ledger_transfer (posting_id, asset_id, debit_account_id,
                                        credit_account_id, amount, reason_id, posted_at,
                                        reverses_id, hold_id)
        SELECT p_posting, asset_id, debit, credit, amount, reason_id, p_now, reverses, p_hold
          FROM unnest(p_sides.asset_ids, p_debits, p_credits, p_amounts, p_sides.reason_ids,
                      p_reverses)
               WITH ORDINALITY
               AS l (asset_id, debit, credit, amount, reason_id, reverses, n)
         ORDER BY n
        RETURNING id
    )
    SELECT array_agg(id ORDER BY id) INTO transfers FROM written;

    WITH net AS (
        SELECT account_id, sum(amount) AS amount, count(*) AS entries
          FROM unnest(p_sides.account_ids, p_sides.amounts) AS s (account_id, amount)
         GROUP BY account_id
    ), changed AS (
        UPDATE wx_ledger_account a
           SET balance = a.balance + n.amount,
               version = a.version + n.entries,
               held = a.held - CASE WHEN a.id = p_debits[1] THEN p_unhold ELSE 0 END
          FROM net n
         WHERE a.id = n.account_id AND a.booking_mode = 'serial'
        RETURNING jsonb_build_array(a.id, a.asset_id, a.balance, a.held, a.overdraft_limit,
                                    a.version) AS balance
    )
    SELECT jsonb_agg(balance) INTO balances FROM changed;

    INSERT INTO wx_ledger_entry (id, transfer_id, account_id, amount, version, balance_before,
                                 balance_after, posted_at)
    SELECT 2 * transfer_id + side, transfer_id, account_id, amount, version, balance - amount,
           balance, p_now
      FROM (SELECT transfers[(n + 1) / 2] AS transfer_id, (n + 1) % 2 AS side, s.*
              FROM unnest(p_sides.account_ids, p_sides.amounts, p_sides.versions,
                          p_sides.balances)
                   WITH ORDINALITY AS s (account_id, amount, version, balance, n)) e;

    INSERT INTO wx_ledger_delta (entry_id, account_id, amount)
    SELECT 2 * transfers[(n + 1) / 2] + (n + 1) % 2, account_id, amount
      FROM unnest(p_sides.account_ids, p_sides.amounts, p_sides.versions)
           WITH ORDINALITY AS s (account_id, amount, version, n)
     WHERE version IS NULL;
END
$$;

CREATE OR REPLACE FUNCTION wx_ledger_write_line(
    p_posting bigint, p_now timestamp, p_debit int, p_credit int, p_amount bigint,
    p_reverses bigint, p_hold bigint, p_unhold bigint, p_sides record,
    OUT transfers bigint[], OUT balances jsonb
) LANGUAGE plpgsql AS $$
DECLARE
    v_id bigint;
BEGIN
    INSERT INTO wx_ledger_transfer (posting_id, asset_id, debit_account_id, credit_account_id,
                                    amount, reason_id, posted_at, reverses_id, hold_id)
    VALUES (p_posting, p_sides.asset_ids[1], p_debit, p_credit, p_amount, p_sides.reason_ids[1],
            p_now, p_reverses, p_hold)
    RETURNING id INTO v_id;
    transfers := ARRAY[v_id];

    WITH changed AS (
        UPDATE wx_ledger_account a
           SET balance = a.balance + CASE a.id WHEN p_debit THEN -p_amount ELSE p_amount END,
               version = a.version + 1,
               held = a.held - CASE a.id WHEN p_debit THEN p_unhold ELSE 0 END
         WHERE a.id IN (p_debit, p_credit) AND a.booking_mode = 'serial'
        RETURNING jsonb_build_array(a.id, a.asset_id, a.balance, a.held, a.overdraft_limit,
                                    a.version) AS balance
    )
    SELECT jsonb_agg(balance) INTO balances FROM changed;

    INSERT INTO wx_ledger_entry (id, transfer_id, account_id, amount, version, balance_before,
                                 balance_after, posted_at)
    VALUES (2 * v_id, v_id, p_debit, -p_amount, p_sides.versions[1],
            p_sides.balances[1] + p_amount, p_sides.balances[1], p_now),
           (2 * v_id + 1, v_id, p_credit, p_amount, p_sides.versions[2],
            p_sides.balances[2] - p_amount, p_sides.balances[2], p_now);

    IF p_sides.versions[1] IS NULL THEN
        INSERT INTO wx_ledger_delta (entry_id, account_id, amount)
        VALUES (2 * v_id, p_debit, -p_amount);
    END IF;
    IF p_sides.versions[2] IS NULL THEN
        INSERT INTO wx_ledger_delta (entry_id, account_id, amount)
        VALUES (2 * v_id + 1, p_credit, p_amount);
    END IF;
END
$$;
