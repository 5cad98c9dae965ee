-- Posting. Every statement works on the whole posting, so their number is the same for one
-- transfer and for ten thousand. All checks come before the first write: a refusal is an
-- answer, {"status": …, "subject": …}, not an error, and leaves the transaction usable.

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
    v_transfers bigint[];
    v_balances jsonb;
    v_known jsonb;
BEGIN
    SELECT company_id INTO v_company FROM wx_ledger_account WHERE id = p_debits[1];
    v_known := wx_ledger_known(v_company, p_key, p_digest);
    IF v_known IS NOT NULL THEN
        RETURN v_known;
    END IF;

    PERFORM wx_ledger_lock_accounts(p_debits || p_credits);
    SELECT * INTO v_sides FROM wx_ledger_check(
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

    WITH written AS (
        INSERT INTO wx_ledger_transfer (posting_id, asset_id, debit_account_id,
                                        credit_account_id, amount, reason_id, posted_at,
                                        reverses_id, hold_id)
        SELECT v_posting, asset_id, debit, credit, amount, reason_id, v_now, reverses, p_hold
          FROM unnest(v_sides.asset_ids, p_debits, p_credits, p_amounts, v_sides.reason_ids,
                      p_reverses)
               WITH ORDINALITY
               AS l (asset_id, debit, credit, amount, reason_id, reverses, n)
         ORDER BY n
        RETURNING id
    )
    SELECT array_agg(id ORDER BY id) INTO v_transfers FROM written;

    WITH net AS (
        SELECT account_id, sum(amount) AS amount, count(*) AS entries
          FROM unnest(v_sides.account_ids, v_sides.amounts) AS s (account_id, amount)
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
    SELECT jsonb_agg(balance) INTO v_balances FROM changed;

    INSERT INTO wx_ledger_entry (id, transfer_id, account_id, amount, version, balance_before,
                                 balance_after, posted_at)
    SELECT 2 * transfer_id + side, transfer_id, account_id, amount, version, balance - amount,
           balance, v_now
      FROM (SELECT v_transfers[(n + 1) / 2] AS transfer_id, (n + 1) % 2 AS side, s.*
              FROM unnest(v_sides.account_ids, v_sides.amounts, v_sides.versions,
                          v_sides.balances)
                   WITH ORDINALITY AS s (account_id, amount, version, balance, n)) e;

    INSERT INTO wx_ledger_delta (entry_id, account_id, amount)
    SELECT 2 * v_transfers[(n + 1) / 2] + (n + 1) % 2, account_id, amount
      FROM unnest(v_sides.account_ids, v_sides.amounts, v_sides.versions)
           WITH ORDINALITY AS s (account_id, amount, version, n)
     WHERE version IS NULL;

    IF v_sides.expiring THEN
        PERFORM wx_ledger_move_lots(v_transfers, v_now, p_expires, p_before);
    END IF;
    RETURN jsonb_build_object(
        'status', 'posted', 'posting', v_posting, 'transfers', v_transfers,
        'balances', v_balances);
END
$$;
