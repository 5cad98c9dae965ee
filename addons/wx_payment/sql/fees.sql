-- What the provider kept by a trade bill, by the channel of the payment, and what of it is booked.

WITH bill AS (
    SELECT id, channel_id FROM wx_payment_bill WHERE id = %(bill)s
),
kept AS (
    SELECT COALESCE(a.channel_id, r.channel_id, b.channel_id) AS channel_id,
           sum(l.fee_fen)::bigint AS fee_fen
      FROM bill b
      JOIN wx_payment_bill_line l ON l.bill_id = b.id AND l.fee_fen <> 0
      LEFT JOIN wx_payment_attempt a ON l.kind = 'payment' AND a.out_trade_no = l.number
                                    AND a.channel_id = ANY(%(channels)s)
      LEFT JOIN wx_payment_refund r ON l.kind = 'refund' AND r.out_refund_no = l.number
                                   AND r.channel_id = ANY(%(channels)s)
     GROUP BY 1
),
booked AS (
    SELECT c.owner_res_id AS channel_id,
           sum(CASE WHEN t.credit_account_id = c.id THEN t.amount ELSE -t.amount END)::bigint
               AS fee_fen
      FROM wx_ledger_posting p
      JOIN wx_ledger_transfer t ON t.posting_id = p.id
      JOIN wx_ledger_account c ON c.id IN (t.debit_account_id, t.credit_account_id)
                              AND c.id = ANY(%(accounts)s)
     WHERE p.document_model = 'wx.payment.bill' AND p.document_id = %(bill)s
     GROUP BY c.owner_res_id
)
SELECT COALESCE(k.channel_id, o.channel_id),
       COALESCE(k.fee_fen, 0) - COALESCE(o.fee_fen, 0)
  FROM kept k FULL JOIN booked o ON o.channel_id = k.channel_id
 WHERE COALESCE(k.fee_fen, 0) <> COALESCE(o.fee_fen, 0)
 ORDER BY 1
