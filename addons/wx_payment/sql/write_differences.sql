-- Brings the differences of a bill in line with what was found; what is the same stays untouched.
-- A difference that a person has settled opens again only if its facts are others now.

, written AS (
    INSERT INTO wx_payment_difference AS d (
           bill_id, channel_id, company_id, kind, day, type, subject, number, attempt_id,
           refund_id, bill_fen, fund_fen, record_fen, ledger_fen, bill_state, record_state, gap,
           action, state, user_id, create_uid, create_date, write_uid, write_date)
    SELECT b.id, b.channel_id, b.company_id, b.kind, b.day, f.type, f.subject, f.number,
           f.attempt_id, f.refund_id, f.bill_fen, f.fund_fen, f.record_fen,
           f.ledger_fen, f.bill_state, f.record_state,
           -- Provider − here; of the fund flow, account − trade.
           CASE WHEN b.kind = 'fund' THEN COALESCE(f.fund_fen, 0) - COALESCE(f.bill_fen, 0)
                WHEN f.type = 'amount' AND f.bill_fen = f.record_fen
                THEN f.bill_fen - COALESCE(f.ledger_fen, 0)
                WHEN f.type = 'state' AND f.record_state IN %(came_states)s
                THEN -COALESCE(f.record_fen, 0)
                WHEN f.type IN ('state', 'duplicate', 'fee') THEN COALESCE(f.bill_fen, 0)
                WHEN f.subject = 'movement' THEN -COALESCE(f.ledger_fen, 0)
                ELSE COALESCE(f.bill_fen, 0) - COALESCE(f.record_fen, 0) END / 100.0,
           f.action, CASE WHEN f.type = 'waiting' THEN 'waiting' ELSE 'open' END, %(user)s,
           %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
      FROM found f CROSS JOIN wx_payment_bill b
     WHERE b.id = %(bill)s
    ON CONFLICT (bill_id, subject, number,
                 (CASE WHEN type = 'waiting' THEN 'missing_there' ELSE type END))
    DO UPDATE SET
           type = EXCLUDED.type, attempt_id = EXCLUDED.attempt_id,
           refund_id = EXCLUDED.refund_id, bill_fen = EXCLUDED.bill_fen,
           fund_fen = EXCLUDED.fund_fen, record_fen = EXCLUDED.record_fen,
           ledger_fen = EXCLUDED.ledger_fen, bill_state = EXCLUDED.bill_state,
           record_state = EXCLUDED.record_state, gap = EXCLUDED.gap, action = EXCLUDED.action,
           state = EXCLUDED.state, resolution = NULL, settled_by_id = NULL, settled_at = NULL,
           write_uid = EXCLUDED.write_uid, write_date = EXCLUDED.write_date
     WHERE d.resolution = 'gone'
        OR (d.type, d.bill_fen, d.fund_fen, d.record_fen, d.ledger_fen, d.bill_state,
            d.record_state) IS DISTINCT FROM
           (EXCLUDED.type, EXCLUDED.bill_fen, EXCLUDED.fund_fen, EXCLUDED.record_fen,
            EXCLUDED.ledger_fen, EXCLUDED.bill_state, EXCLUDED.record_state)
    RETURNING 1
),
gone AS (
    UPDATE wx_payment_difference d
       SET state = 'settled', resolution = 'gone', settled_at = now() AT TIME ZONE 'UTC',
           write_uid = %(uid)s, write_date = now() AT TIME ZONE 'UTC'
     WHERE d.bill_id = %(bill)s AND d.state <> 'settled'
       AND NOT EXISTS (
           SELECT FROM found f
            WHERE f.subject = d.subject AND f.number = d.number
              AND CASE WHEN f.type = 'waiting' THEN 'missing_there' ELSE f.type END
                = CASE WHEN d.type = 'waiting' THEN 'missing_there' ELSE d.type END)
    RETURNING 1
)
SELECT (SELECT count(*) FROM found), (SELECT count(*) FROM written), (SELECT count(*) FROM gone)
