-- What there is to prove now: the checks in their order and the range of each. What comes later
-- is the matter of the next proof; an empty range has nulls.
CREATE OR REPLACE FUNCTION wx_ledger_prove_bounds()
RETURNS TABLE (code text, first bigint, last bigint)
LANGUAGE sql STABLE AS $$
    WITH account AS (SELECT min(id)::bigint AS first, max(id)::bigint AS last
                       FROM wx_ledger_account),
         transfer AS (SELECT LEAST((SELECT min(id) FROM wx_ledger_transfer),
                                   (SELECT min(id) >> 1 FROM wx_ledger_entry)) AS first,
                             GREATEST((SELECT max(id) FROM wx_ledger_transfer),
                                      (SELECT max(id) >> 1 FROM wx_ledger_entry)) AS last),
         hold AS (SELECT min(id) AS first, max(id) AS last FROM wx_ledger_hold),
         lot AS (SELECT min(id) AS first, max(id) AS last FROM wx_ledger_lot)
    SELECT 'assets', min(id)::bigint, max(id)::bigint FROM wx_ledger_asset
    UNION ALL SELECT 'serial', first, last FROM account
    UNION ALL SELECT 'deferred', first, last FROM account
    UNION ALL SELECT 'held', first, last FROM account
    UNION ALL SELECT 'lot_sums', first, last FROM account
    UNION ALL SELECT 'deltas', min(entry_id), max(entry_id) FROM wx_ledger_delta
    UNION ALL SELECT 'checkpoints', (min(day) - date '1970-01-01')::bigint,
                     (max(day) - date '1970-01-01')::bigint FROM wx_ledger_checkpoint
    UNION ALL SELECT 'transfers', first, last FROM transfer
    UNION ALL SELECT 'reversals',
                     LEAST((SELECT min(reverses_id) FROM wx_ledger_transfer
                             WHERE reverses_id IS NOT NULL),
                           (SELECT min(transfer_id) FROM wx_ledger_reversed)),
                     GREATEST((SELECT max(reverses_id) FROM wx_ledger_transfer
                                WHERE reverses_id IS NOT NULL),
                              (SELECT max(transfer_id) FROM wx_ledger_reversed))
    UNION ALL SELECT 'holds', first, last FROM hold
    UNION ALL SELECT 'lots', first, last FROM lot
    UNION ALL SELECT 'chain', min(id), max(id) FROM wx_ledger_block
    UNION ALL SELECT 'sealed', LEAST((SELECT min(id) FROM wx_ledger_posting),
                                     (SELECT min(posting_id) FROM wx_ledger_unsealed)),
                     GREATEST((SELECT max(id) FROM wx_ledger_posting),
                              (SELECT max(posting_id) FROM wx_ledger_unsealed))
    UNION ALL SELECT 'anchors', min(id)::bigint, max(id)::bigint FROM wx_ledger_proof
               WHERE last_hash IS NOT NULL
$$;
