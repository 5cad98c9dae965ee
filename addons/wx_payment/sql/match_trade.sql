-- What differs between a trade bill, the payments and refunds here, and the clearing accounts.
-- One set-based query: each side is read once, whatever the number of lines.

bill AS (
    SELECT id, channel_id, day,
           (day::timestamp AT TIME ZONE 'Asia/Shanghai') AT TIME ZONE 'UTC' AS begins,
           ((day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai') AT TIME ZONE 'UTC' AS ends
      FROM wx_payment_bill WHERE id = %(bill)s
),
-- === THE PROVIDER'S SIDE: one row a number === --
-- A code payment that was taken back on the same day leaves nothing.
reversed AS (
    SELECT out_trade_no, sum(amount_fen) AS amount_fen
      FROM wx_payment_bill_line
     WHERE bill_id = %(bill)s AND kind = 'refund' AND trade_state = %(reversed_word)s
     GROUP BY out_trade_no
),
numbered AS (
    SELECT kind AS subject, number, line_no, trade_state, amount_fen, fee_fen, out_trade_no,
           row_number() OVER (PARTITION BY kind, number ORDER BY line_no) AS nth,
           count(*) OVER (PARTITION BY kind, number) AS times
      FROM wx_payment_bill_line
     WHERE bill_id = %(bill)s AND kind IN ('payment', 'refund')
       AND trade_state IS DISTINCT FROM %(reversed_word)s
),
there AS (
    SELECT n.subject, n.number, n.line_no, n.trade_state, n.fee_fen, n.times,
           n.amount_fen - COALESCE(r.amount_fen, 0) AS amount_fen,
           COALESCE(n.trade_state, '') <> ALL(%(void_words)s)
               AND n.amount_fen > COALESCE(r.amount_fen, 0) AS came
      FROM numbered n
      LEFT JOIN reversed r ON n.subject = 'payment' AND r.out_trade_no = n.out_trade_no
     WHERE n.nth = 1
),
-- === OUR SIDE: what the bill names, and what came in on its day === --
attempt AS (
    SELECT a.id FROM there t JOIN wx_payment_attempt a ON a.out_trade_no = t.number
     WHERE t.subject = 'payment' AND a.channel_id = ANY(%(channels)s)
     UNION
    SELECT a.id FROM bill b JOIN wx_payment_attempt a
        ON a.success_time >= b.begins AND a.success_time < b.ends
     WHERE a.channel_id = ANY(%(channels)s) AND a.state IN ('paid', 'suspense')
),
refund AS (
    SELECT r.id FROM there t JOIN wx_payment_refund r ON r.out_refund_no = t.number
     WHERE t.subject = 'refund' AND r.channel_id = ANY(%(channels)s)
     UNION
    SELECT r.id FROM bill b JOIN wx_payment_refund r
        ON r.success_time >= b.begins AND r.success_time < b.ends
     WHERE r.channel_id = ANY(%(channels)s) AND r.state = 'done'
),
-- `since`: the earliest moment at which the provider may have written its line. A refund is
-- written when the provider accepts it, days before it is done perhaps.
here AS (
    SELECT 'payment' AS subject, a.out_trade_no AS number, a.id AS attempt_id,
           NULL::int AS refund_id, a.channel_id, a.state, a.success_time AS at,
           a.success_time AS since, a.state IN ('paid', 'suspense') AS came,
           a.state IN ('paid', 'suspense') AS booked,
           CASE WHEN a.state IN ('paid', 'suspense') THEN a.paid_fen ELSE a.amount_fen END
               AS amount_fen
      FROM attempt JOIN wx_payment_attempt a USING (id)
     UNION ALL
    SELECT 'refund', r.out_refund_no, r.attempt_id, r.id, r.channel_id, r.state, r.success_time,
           LEAST(r.create_date, r.success_time), r.state IN ('processing', 'done', 'abnormal'), r.state = 'done',
           r.amount_fen
      FROM refund JOIN wx_payment_refund r USING (id)
),
-- === THE LEDGER'S SIDE: what moved on the clearing accounts for each of them === --
booked AS (
    SELECT 'payment' AS subject, p.document_id AS id,
           sum(CASE WHEN t.debit_account_id = ANY(%(accounts)s) THEN t.amount ELSE -t.amount END)
               AS amount_fen
      FROM attempt a
      JOIN wx_ledger_posting p
        ON p.document_model = 'wx.payment.attempt' AND p.document_id = a.id
      JOIN wx_ledger_transfer t ON t.posting_id = p.id
     WHERE t.debit_account_id = ANY(%(accounts)s) OR t.credit_account_id = ANY(%(accounts)s)
     GROUP BY p.document_id
     UNION ALL
    SELECT 'refund', p.document_id,
           sum(CASE WHEN t.credit_account_id = ANY(%(accounts)s) THEN t.amount ELSE -t.amount END)
      FROM refund r
      JOIN wx_ledger_posting p
        ON p.document_model = 'wx.payment.refund' AND p.document_id = r.id
      JOIN wx_ledger_transfer t ON t.posting_id = p.id
     WHERE t.debit_account_id = ANY(%(accounts)s) OR t.credit_account_id = ANY(%(accounts)s)
     GROUP BY p.document_id
),
pair AS (
    SELECT COALESCE(t.subject, h.subject) AS subject, COALESCE(t.number, h.number) AS number,
           t.line_no, t.trade_state, t.amount_fen AS bill_fen, t.fee_fen, t.times,
           COALESCE(t.came, false) AS came_there, t.line_no IS NOT NULL AS is_there,
           h.attempt_id, h.refund_id, h.channel_id, h.state, h.amount_fen AS record_fen,
           COALESCE(h.came, false) AS came_here, h.number IS NOT NULL AS is_here,
           h.booked, h.at, h.since, COALESCE(l.amount_fen, 0) AS ledger_fen
      FROM there t
      FULL JOIN here h ON h.subject = t.subject AND h.number = t.number
      LEFT JOIN booked l ON l.subject = h.subject AND l.id = COALESCE(h.refund_id, h.attempt_id)
),
-- === WHAT IS HERE AND NOT IN THIS BILL === --
lost AS (
    SELECT p.subject, p.number,
           -- A day whose bill is not read yet may have it.
           EXISTS (
               SELECT FROM bill b, generate_series(
                   (p.since - %(midnight)s + interval '8 hours')::date, (p.at + %(midnight)s + interval '8 hours')::date, '1 day'
               ) AS d(day)
                WHERE d.day::date <> b.day AND NOT EXISTS (
                    SELECT FROM wx_payment_bill o
                     WHERE o.channel_id = b.channel_id AND o.kind = 'trade'
                       AND o.day = d.day::date AND o.state = ANY(%(read_states)s))
           ) AS waits
      FROM pair p
     WHERE NOT p.is_there AND p.came_here
       -- What the provider wrote before the first bill was fetched is in none of them.
       AND (p.since + interval '8 hours')::date >= (
           SELECT min(o.day) FROM bill b JOIN wx_payment_bill o
               ON o.channel_id = b.channel_id AND o.kind = 'trade')
       AND NOT EXISTS (
           SELECT FROM bill b
             JOIN wx_payment_bill o ON o.channel_id = b.channel_id AND o.id <> b.id
             JOIN wx_payment_bill_line l ON l.bill_id = o.id
            WHERE l.number = p.number AND l.kind = p.subject)
),
judged AS (
    SELECT p.*, d.type
      FROM pair p
      CROSS JOIN bill b
      JOIN wx_payment_channel c ON c.id = COALESCE(p.channel_id, b.channel_id)
      LEFT JOIN lost o ON o.subject = p.subject AND o.number = p.number
      CROSS JOIN LATERAL (VALUES
          ('missing_here', p.came_there AND NOT p.is_here),
          ('missing_there', NOT o.waits),
          ('waiting', o.waits),
          ('state', p.is_there AND p.is_here AND p.came_there <> p.came_here),
          ('amount', p.came_there AND p.came_here AND (
              p.bill_fen <> p.record_fen
              OR p.ledger_fen <> CASE WHEN p.booked THEN p.record_fen ELSE 0 END)),
          ('duplicate', p.came_there AND (p.times > 1 OR EXISTS (
              SELECT FROM wx_payment_bill_line l JOIN wx_payment_bill e ON e.id = l.bill_id
               WHERE l.number = p.number AND l.kind = p.subject
                 AND e.channel_id = b.channel_id AND e.day < b.day))),
          -- A fen more may come from rounding.
          ('fee', p.came_there AND p.subject = 'payment' AND c.fee_rate > 0
              AND (p.fee_fen - 1) * %(fee_unit)s::bigint > p.bill_fen * c.fee_rate)
      ) AS d(type, holds)
     WHERE d.holds
),
found AS (
    SELECT type, subject, number, attempt_id, refund_id,
           CASE WHEN type = 'fee' THEN fee_fen ELSE bill_fen END AS bill_fen,
           NULL::bigint AS fund_fen,
           CASE WHEN type = 'fee' THEN NULL ELSE record_fen END AS record_fen,
           CASE WHEN is_here AND type <> 'fee' THEN ledger_fen END AS ledger_fen,
           trade_state AS bill_state, state AS record_state,
           CASE type
               WHEN 'waiting' THEN 'wait'
               WHEN 'missing_there' THEN 'query'
               WHEN 'missing_here' THEN 'look'
               WHEN 'fee' THEN 'accept'
               WHEN 'duplicate' THEN CASE WHEN attempt_id IS NULL THEN 'look' ELSE 'refund' END
               WHEN 'amount' THEN CASE WHEN bill_fen = record_fen THEN 'adjust' ELSE 'look' END
               ELSE CASE WHEN subject = 'payment' AND came_there THEN 'push' ELSE 'query' END
           END AS action
      FROM judged
     UNION ALL
    -- Movements of the clearing accounts behind which there is no payment and no refund.
    SELECT 'missing_there', 'movement', p.key, NULL, NULL, NULL, NULL, NULL,
           sum(-e.amount)::bigint, NULL, NULL, 'adjust'
      FROM bill b
      JOIN wx_ledger_entry e ON e.posted_at >= b.begins AND e.posted_at < b.ends
      JOIN wx_ledger_transfer t ON t.id = e.transfer_id
      JOIN wx_ledger_posting p ON p.id = t.posting_id
      LEFT JOIN wx_payment_attempt a
        ON p.document_model = 'wx.payment.attempt' AND a.id = p.document_id
      LEFT JOIN wx_payment_refund r
        ON p.document_model = 'wx.payment.refund' AND r.id = p.document_id
     WHERE e.account_id = ANY(%(accounts)s)
       AND p.document_model IS DISTINCT FROM 'wx.payment.bill'
       AND NOT COALESCE(a.state IN ('paid', 'suspense'), r.state = 'done', false)
     GROUP BY p.key
    HAVING sum(e.amount) <> 0
)
