-- Reversal: a counter-movement that names what it reverses, together never more than that.

-- A NULL amount takes all that is left of the original.
CREATE OR REPLACE FUNCTION wx_ledger_reverse(
    p_user int, p_key text, p_digest bytea, p_document_model text, p_document_id bigint,
    p_note text, p_transfers bigint[], p_amounts bigint[], p_reasons text[]
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_company int;
    v_answer jsonb;
    v_lines record;
    v_faulty bigint;
BEGIN
    SELECT company_id INTO v_company
      FROM wx_ledger_posting p JOIN wx_ledger_transfer t ON t.posting_id = p.id
     WHERE t.id = p_transfers[1];
    v_answer := wx_ledger_known(v_company, p_key, p_digest);
    IF v_answer IS NOT NULL THEN
        RETURN v_answer;
    END IF;
    PERFORM wx_ledger_lock_reversed(p_transfers);
    SELECT array_agg(t.credit_account_id ORDER BY i.n) AS debits,
           array_agg(t.debit_account_id ORDER BY i.n) AS credits,
           array_agg(COALESCE(i.amount, t.amount - COALESCE(r.reversed, 0)) ORDER BY i.n) AS amounts,
           array_agg(COALESCE(r.reversed, 0) ORDER BY i.n) AS reversed,
           array_agg(t.amount ORDER BY i.n) AS originals,
           min(i.transfer) FILTER (
               WHERE t.id IS NULL OR t.reverses_id IS NOT NULL
                  OR COALESCE(i.amount, t.amount - COALESCE(r.reversed, 0)) NOT BETWEEN 1
                     AND t.amount - COALESCE(r.reversed, 0)) AS faulty
      INTO v_lines
      FROM unnest(p_transfers, p_amounts) WITH ORDINALITY AS i (transfer, amount, n)
      LEFT JOIN wx_ledger_transfer t ON t.id = i.transfer
      LEFT JOIN wx_ledger_reversed r ON r.transfer_id = i.transfer;
    IF v_lines.faulty IS NOT NULL THEN
        RETURN jsonb_build_object('status', 'not_reversible', 'subject', v_lines.faulty);
    END IF;

    v_answer := wx_ledger_post(
        p_user, p_key, p_digest, NULL, p_document_model, p_document_id, p_note, NULL,
        v_lines.debits, v_lines.credits, v_lines.amounts, p_reasons,
        p_reverses => p_transfers, p_before => v_lines.reversed);
    IF v_answer ->> 'status' <> 'posted' THEN
        RETURN v_answer;
    END IF;
    -- The check of the table refuses what two first reversals at once would exceed.
    INSERT INTO wx_ledger_reversed AS r (transfer_id, original, reversed)
    SELECT * FROM unnest(p_transfers, v_lines.originals, v_lines.amounts) AS l (id, original, amount)
     ORDER BY id
    ON CONFLICT (transfer_id) DO UPDATE SET reversed = r.reversed + EXCLUDED.reversed;
    RETURN v_answer;
END
$$;
