-- Lots of expiring assets: which credit a debit has used up. All under the accounts' locks.

-- Take an amount from the lots of an account, the one credited by p_preferred first and then by
-- expiry, and return what was taken by the day on which it would have expired.
CREATE OR REPLACE FUNCTION wx_ledger_take_lots(
    p_account int, p_entry bigint, p_amount bigint, p_preferred bigint
) RETURNS TABLE (expires_at timestamp, amount bigint) LANGUAGE plpgsql AS $$
DECLARE
    v_taken numeric;
    v_lots jsonb;
BEGIN
    WITH queue AS (
        SELECT l.id, l.expires_at, l.remaining,
               row_number() OVER place AS n,
               sum(l.remaining) OVER place - l.remaining AS before
          FROM wx_ledger_lot l
         WHERE l.account_id = p_account AND l.remaining > 0
        WINDOW place AS (ORDER BY l.entry_id IS DISTINCT FROM p_preferred,
                                  l.expires_at NULLS LAST, l.id
                         ROWS UNBOUNDED PRECEDING)
    ), taken AS (
        SELECT q.id, q.expires_at, q.n, least(q.remaining, p_amount - q.before)::bigint AS amount
          FROM queue q WHERE q.before < p_amount
    ), moved AS (
        INSERT INTO wx_ledger_lot_move (lot_id, entry_id, amount)
        SELECT t.id, p_entry, -t.amount FROM taken t ORDER BY t.n
    ), changed AS (
        UPDATE wx_ledger_lot l SET remaining = l.remaining - t.amount
          FROM taken t WHERE t.id = l.id
    )
    SELECT COALESCE(sum(t.amount), 0),
           jsonb_agg(jsonb_build_object('expires_at', t.expires_at, 'amount', t.amount) ORDER BY t.n)
      INTO v_taken, v_lots FROM taken t;
    IF v_taken <> p_amount THEN
        RAISE EXCEPTION 'account %: its lots do not cover %', p_account, p_amount
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN QUERY SELECT r.expires_at, r.amount
                   FROM jsonb_to_recordset(v_lots) AS r (expires_at timestamp, amount bigint);
END
$$;

-- Give back to the lots that entry p_original has used, from the p_before-th unit on. What has
-- expired meanwhile comes back as a lot with the days of grace.
CREATE OR REPLACE FUNCTION wx_ledger_restore_lots(
    p_account int, p_entry bigint, p_amount bigint, p_original bigint, p_before bigint,
    p_now timestamp, p_grace_days int
) RETURNS void LANGUAGE sql AS $$
    WITH used AS (
        SELECT m.lot_id, -m.amount AS amount,
               sum(-m.amount) OVER (ORDER BY m.id) + m.amount AS before
          FROM wx_ledger_lot_move m WHERE m.entry_id = p_original
    ), back AS (
        SELECT u.lot_id, (least(u.before + u.amount, p_before + p_amount)
                          - greatest(u.before, p_before))::bigint AS amount
          FROM used u
         WHERE u.before < p_before + p_amount AND u.before + u.amount > p_before
    ), placed AS (
        SELECT b.lot_id, b.amount, p_grace_days > 0 AND l.expires_at <= p_now AS is_late
          FROM back b JOIN wx_ledger_lot l ON l.id = b.lot_id
    ), changed AS (
        UPDATE wx_ledger_lot l SET remaining = l.remaining + p.amount
          FROM placed p WHERE p.lot_id = l.id AND NOT p.is_late IS TRUE
    ), moved AS (
        INSERT INTO wx_ledger_lot_move (lot_id, entry_id, amount)
        SELECT lot_id, p_entry, amount FROM placed WHERE NOT is_late IS TRUE ORDER BY lot_id
    )
    INSERT INTO wx_ledger_lot (account_id, entry_id, amount, remaining, expires_at, created_at)
    SELECT p_account, p_entry, sum(amount), sum(amount), p_now + make_interval(days => p_grace_days),
           p_now
      FROM placed WHERE is_late HAVING sum(amount) > 0
$$;

-- Move the lots as these transfers say, one after the other: a transfer may spend what the one
-- before it has brought.
CREATE OR REPLACE FUNCTION wx_ledger_move_lots(
    p_transfers bigint[], p_now timestamp, p_expires timestamp[], p_before bigint[]
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_line record;
    v_taken jsonb;
BEGIN
    FOR v_line IN
        SELECT t.*, i.n, d.version IS NOT NULL AS takes, c.version IS NOT NULL AS brings,
               COALESCE(p_expires[i.n], CASE WHEN a.expiry_days > 0
                        THEN p_now + make_interval(days => a.expiry_days) END) AS expires_at,
               p_expires[i.n] IS NOT NULL AS is_dated, a.refund_grace_days AS grace_days
          FROM unnest(p_transfers) WITH ORDINALITY AS i (id, n)
          JOIN wx_ledger_transfer t ON t.id = i.id
          JOIN wx_ledger_asset a ON a.id = t.asset_id AND a.expiring
          JOIN wx_ledger_entry d ON d.id = 2 * t.id
          JOIN wx_ledger_entry c ON c.id = 2 * t.id + 1
         ORDER BY i.n
    LOOP
        v_taken := NULL;
        IF v_line.takes THEN
            SELECT jsonb_agg(jsonb_build_object('expires_at', l.expires_at, 'amount', l.amount))
              INTO v_taken
              FROM wx_ledger_take_lots(v_line.debit_account_id, 2 * v_line.id, v_line.amount,
                                       2 * v_line.reverses_id + 1) l;
        END IF;
        IF v_line.brings AND v_line.reverses_id IS NOT NULL THEN
            PERFORM wx_ledger_restore_lots(
                v_line.credit_account_id, 2 * v_line.id + 1, v_line.amount,
                2 * v_line.reverses_id, p_before[v_line.n], p_now, v_line.grace_days);
        ELSIF v_line.brings THEN
            -- From customer to customer the days go along: passing on does not prolong.
            INSERT INTO wx_ledger_lot (account_id, entry_id, amount, remaining, expires_at,
                                       created_at)
            SELECT v_line.credit_account_id, 2 * v_line.id + 1, amount, amount, expires_at, p_now
              FROM jsonb_to_recordset(
                       CASE WHEN v_taken IS NULL OR v_line.is_dated
                            THEN jsonb_build_array(jsonb_build_object(
                                     'expires_at', v_line.expires_at, 'amount', v_line.amount))
                            ELSE v_taken END) AS l (expires_at timestamp, amount bigint);
        END IF;
    END LOOP;
END
$$;
