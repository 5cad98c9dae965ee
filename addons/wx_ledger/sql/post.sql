-- Posting. All checks come before the first write: a refusal is an answer,
-- {"status": …, "subject": …}, not an error, and leaves the transaction usable.

-- Book transfers. Line i moves p_amounts[i] from p_debits[i] to p_credits[i].
--   p_reverses, p_before  transfer that line i reverses, and how much of it was reversed before
--   p_hold, p_unhold      hold that is captured, and by how much its account holds less
CREATE OR REPLACE FUNCTION wx_ledger_post(
    p_user int, p_key text, p_digest bytea, p_event_at timestamp,
    p_document_model text, p_document_id bigint, p_note text, p_rate int,
    p_debits int[], p_credits int[], p_amounts bigint[], p_reasons text[],
    p_expires timestamp[] DEFAULT NULL,
    p_reverses bigint[] DEFAULT NULL, p_before bigint[] DEFAULT NULL,
    p_hold bigint DEFAULT NULL, p_unhold bigint DEFAULT 0
) RETURNS jsonb LANGUAGE plpgsql
-- Left to itself PostgreSQL plans anew for each short array, which takes longer than posting it.
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_company int;
    v_posting bigint;
    v_now timestamp;
    v_sides record;
    v_written record;
    v_known jsonb;
BEGIN
    SELECT company_id INTO v_company FROM wx_ledger_account WHERE id = p_debits[1];
    v_known := wx_ledger_known(v_company, p_key, p_digest);
    IF v_known IS NOT NULL THEN
        RETURN v_known;
    END IF;

    PERFORM wx_ledger_lock_accounts(p_debits || p_credits);
    v_sides := wx_ledger_check(
        v_company, p_debits, p_credits, p_amounts, p_reasons, p_debits[1], p_unhold);
    IF v_sides.problem IS NOT NULL THEN
        RETURN wx_ledger_refusal(v_company, p_key, p_digest, v_sides.problem, v_sides.subject);
    END IF;

    v_now := clock_timestamp() AT TIME ZONE 'UTC';
    INSERT INTO wx_ledger_posting (company_id, key, digest, user_id, posted_at, event_at,
                                   document_model, document_id, note, rate_id)
    VALUES (v_company, p_key, p_digest, p_user, v_now, COALESCE(p_event_at, v_now),
            p_document_model, p_document_id, p_note, p_rate)
    ON CONFLICT (company_id, key) DO NOTHING
    RETURNING id INTO v_posting;
    IF v_posting IS NULL THEN
        RETURN wx_ledger_known(v_company, p_key, p_digest);
    END IF;
    INSERT INTO wx_ledger_unsealed (posting_id, queued_at) VALUES (v_posting, v_now);

    IF cardinality(p_debits) = 1 THEN
        v_written := wx_ledger_write_line(
            v_posting, v_now, p_debits[1], p_credits[1], p_amounts[1], p_reverses[1], p_hold,
            p_unhold, v_sides);
    ELSE
        v_written := wx_ledger_write_lines(
            v_posting, v_now, p_debits, p_credits, p_amounts, p_reverses, p_hold, p_unhold,
            v_sides);
    END IF;
    IF v_sides.expiring THEN
        PERFORM wx_ledger_move_lots(v_written.transfers, v_now, p_expires, p_before);
    END IF;
    RETURN jsonb_build_object(
        'status', 'posted', 'posting', v_posting, 'transfers', v_written.transfers,
        'balances', v_written.balances);
END
$$;
