-- What differs between a fund-flow bill and the trade bill of the same day.

bill AS (
    SELECT f.id, f.channel_id, f.day, t.id AS trade_id,
           EXISTS (SELECT FROM wx_payment_bill_movement m
                    WHERE m.bill_id = f.id AND m.kind = 'fee') AS has_fees
      FROM wx_payment_bill f
      LEFT JOIN wx_payment_bill t
        ON t.channel_id = f.channel_id AND t.day = f.day AND t.kind = 'trade'
     WHERE f.id = %(bill)s
),
-- By the provider's number, which both bills have.
traded AS (
    SELECT l.kind AS subject, number_of.it AS number, min(l.number) AS own_number,
           sum(l.amount_fen)::bigint AS amount_fen
      FROM bill b
      JOIN wx_payment_bill_line l ON l.bill_id = b.trade_id
      CROSS JOIN LATERAL (SELECT COALESCE(l.refund_id, l.transaction_id, l.number)) number_of(it)
     WHERE l.kind IN ('payment', 'refund') AND COALESCE(l.trade_state, '') <> ALL(%(void_words)s)
     GROUP BY l.kind, number_of.it
),
moved AS (
    SELECT kind AS subject, number,
           abs(sum(in_fen - out_fen))::bigint AS amount_fen
      FROM wx_payment_bill_movement
     WHERE bill_id = %(bill)s AND kind IN ('payment', 'refund')
     GROUP BY kind, number
),
-- Fees by number where the fund flow has them, else the whole day's.
fee_traded AS (
    SELECT CASE WHEN b.has_fees THEN COALESCE(l.refund_id, l.transaction_id, l.number)
                ELSE to_char(b.day, 'YYYY-MM-DD') END AS number,
           sum(l.fee_fen)::bigint AS amount_fen
      FROM bill b JOIN wx_payment_bill_line l ON l.bill_id = b.trade_id
     GROUP BY 1 HAVING sum(l.fee_fen) <> 0
),
fee_moved AS (
    SELECT number, sum(out_fen - in_fen)::bigint AS amount_fen
      FROM wx_payment_bill_movement
     WHERE bill_id = %(bill)s AND kind = 'fee'
     GROUP BY number HAVING sum(out_fen - in_fen) <> 0
),
-- The account is booked a moment after the trade: the other bill may be a neighbour's.
traded_elsewhere AS (
    SELECT m.subject, m.number
      FROM moved m
     WHERE EXISTS (
        SELECT FROM bill b
          JOIN wx_payment_bill o ON o.channel_id = b.channel_id AND o.kind = 'trade'
                                AND o.day BETWEEN b.day - 1 AND b.day + 1 AND o.day <> b.day
          JOIN wx_payment_bill_line l ON l.bill_id = o.id
         WHERE l.transaction_id = m.number AND m.subject = 'payment' AND l.kind = 'payment'
            OR l.refund_id = m.number AND m.subject = 'refund' AND l.kind = 'refund')
),
pair AS (
    SELECT COALESCE(t.subject, m.subject) AS subject, COALESCE(t.number, m.number) AS number,
           t.own_number, t.amount_fen AS bill_fen, m.amount_fen AS fund_fen,
           t.number IS NOT NULL AS is_traded, m.number IS NOT NULL AS is_moved
      FROM traded t FULL JOIN moved m ON m.subject = t.subject AND m.number = t.number
),
judged AS (
    SELECT p.*, d.type
      FROM pair p
      CROSS JOIN bill b
      CROSS JOIN LATERAL (SELECT
          EXISTS (SELECT FROM wx_payment_bill_movement m
                    JOIN wx_payment_bill o ON o.id = m.bill_id AND o.channel_id = b.channel_id
                   WHERE m.number = p.number AND m.kind = p.subject AND o.id <> b.id),
          NOT EXISTS (SELECT FROM wx_payment_bill o
                       WHERE o.channel_id = b.channel_id AND o.kind = 'fund'
                         AND o.day = b.day + 1 AND o.state = ANY(%(read_states)s))
          ) AS other(has_it, is_unread)
      CROSS JOIN LATERAL (VALUES
          ('missing_there', p.is_traded AND NOT p.is_moved AND NOT other.has_it
              AND NOT other.is_unread),
          ('waiting', p.is_traded AND NOT p.is_moved AND NOT other.has_it AND other.is_unread),
          ('missing_here', p.is_moved AND NOT p.is_traded AND NOT EXISTS (
              SELECT FROM traded_elsewhere e
               WHERE e.subject = p.subject AND e.number = p.number)),
          ('amount', p.is_traded AND p.is_moved AND p.bill_fen <> p.fund_fen)
      ) AS d(type, holds)
     WHERE d.holds
),
found AS (
    SELECT j.type, j.subject, j.number,
           COALESCE(a.id, r.attempt_id) AS attempt_id, r.id AS refund_id, j.bill_fen, j.fund_fen,
           NULL::bigint AS record_fen, NULL::bigint AS ledger_fen,
           NULL::varchar AS bill_state, COALESCE(a.state, r.state) AS record_state,
           CASE WHEN j.type = 'waiting' THEN 'wait' ELSE 'look' END AS action
      FROM judged j
      LEFT JOIN wx_payment_attempt a ON j.subject = 'payment' AND a.out_trade_no = j.own_number
                                    AND a.channel_id = ANY(%(channels)s)
      LEFT JOIN wx_payment_refund r ON j.subject = 'refund' AND r.out_refund_no = j.own_number
                                   AND r.channel_id = ANY(%(channels)s)
     UNION ALL
    SELECT 'fee', CASE WHEN b.has_fees THEN 'payment' ELSE 'day' END,
           COALESCE(t.number, m.number), NULL, NULL, COALESCE(t.amount_fen, 0),
           COALESCE(m.amount_fen, 0), NULL, NULL, NULL, NULL, 'accept'
      FROM fee_traded t
      FULL JOIN fee_moved m ON m.number = t.number
      CROSS JOIN bill b
     WHERE t.amount_fen IS DISTINCT FROM m.amount_fen
)
