-- Holds: hold → capture or release. Held money stays on the account and is not available.

-- The answer about a hold.
CREATE OR REPLACE FUNCTION wx_ledger_hold_answer(p_status text, p_hold bigint) RETURNS jsonb
LANGUAGE sql AS $$
    SELECT jsonb_build_object(
               'status', p_status, 'hold', id, 'state', state, 'amount', amount,
               'captured', captured, 'released', released)
      FROM wx_ledger_hold WHERE id = p_hold
$$;

-- Hold an amount of a serial account.
CREATE OR REPLACE FUNCTION wx_ledger_hold_open(
    p_user int, p_key text, p_digest bytea, p_account int, p_amount bigint, p_reason text,
    p_expires_at timestamp, p_document_model text, p_document_id bigint
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_account record;
    v_reason int;
    v_known record;
    v_problem text;
    v_hold bigint;
    v_now timestamp;
BEGIN
    PERFORM wx_ledger_lock_accounts(ARRAY[p_account]);
    SELECT * INTO v_account FROM wx_ledger_account WHERE id = p_account;
    SELECT id, digest INTO v_known FROM wx_ledger_hold
     WHERE company_id = v_account.company_id AND key = p_key;
    IF FOUND THEN
        RETURN CASE WHEN v_known.digest = p_digest THEN wx_ledger_hold_answer('known', v_known.id)
               ELSE jsonb_build_object('status', 'duplicate_key', 'subject', v_known.id) END;
    END IF;
    SELECT id INTO v_reason FROM wx_ledger_reason WHERE code = p_reason AND active;
    v_problem := CASE
        WHEN v_account.id IS NULL THEN 'unknown_account'
        WHEN v_account.booking_mode <> 'serial' THEN 'no_holds'
        WHEN v_account.state <> 'open' THEN 'frozen_account'
        WHEN v_reason IS NULL THEN 'unknown_reason'
        WHEN v_account.balance - v_account.held - p_amount::numeric < -v_account.overdraft_limit
        THEN 'insufficient_funds' END;
    IF v_problem IS NOT NULL THEN
        RETURN jsonb_build_object('status', v_problem, 'subject', p_account);
    END IF;

    v_now := clock_timestamp() AT TIME ZONE 'UTC';
    INSERT INTO wx_ledger_hold (company_id, key, digest, account_id, reason_id, amount, user_id,
                                created_at, expires_at, document_model, document_id)
    VALUES (v_account.company_id, p_key, p_digest, p_account, v_reason, p_amount, p_user,
            v_now, p_expires_at, p_document_model, p_document_id)
    ON CONFLICT (company_id, key) DO NOTHING
    RETURNING id INTO v_hold;
    IF v_hold IS NULL THEN  -- made for another account since
        RETURN jsonb_build_object('status', 'duplicate_key', 'subject', (
            SELECT id FROM wx_ledger_hold
             WHERE company_id = v_account.company_id AND key = p_key));
    END IF;
    INSERT INTO wx_ledger_hold_event (hold_id, kind, amount, user_id, created_at)
    VALUES (v_hold, 'opened', p_amount, p_user, v_now);
    UPDATE wx_ledger_account SET held = held + p_amount WHERE id = p_account;
    RETURN wx_ledger_hold_answer('posted', v_hold);
END
$$;

-- Send what is held to accounts; a NULL amount takes all that is left. The rest is released
-- unless p_keep_open.
CREATE OR REPLACE FUNCTION wx_ledger_capture(
    p_user int, p_key text, p_digest bytea, p_hold bigint, p_targets int[], p_amounts bigint[],
    p_reasons text[], p_keep_open boolean, p_document_model text, p_document_id bigint
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_hold record;
    v_left bigint;
    v_total numeric;
    v_freed bigint;
    v_amounts bigint[];
    v_reasons text[];
    v_answer jsonb;
    v_now timestamp;
BEGIN
    PERFORM wx_ledger_lock_hold(p_hold);
    SELECT h.*, r.code AS reason INTO v_hold
      FROM wx_ledger_hold h JOIN wx_ledger_reason r ON r.id = h.reason_id
     WHERE h.id = p_hold;
    IF NOT FOUND THEN
        RETURN jsonb_build_object('status', 'unknown_hold', 'subject', p_hold);
    END IF;
    v_answer := wx_ledger_known(v_hold.company_id, p_key, p_digest);
    IF v_answer IS NOT NULL THEN
        RETURN wx_ledger_hold_answer(v_answer ->> 'status', p_hold) || v_answer;
    ELSIF v_hold.state <> 'open' THEN
        RETURN wx_ledger_hold_answer('hold_closed', p_hold);
    END IF;

    v_left := v_hold.amount - v_hold.captured - v_hold.released;
    SELECT sum(amount) INTO v_total FROM unnest(p_amounts) AS amount;
    SELECT array_agg(COALESCE(amount, v_left - COALESCE(v_total, 0)) ORDER BY n),
           array_agg(COALESCE(reason, v_hold.reason) ORDER BY n),
           sum(COALESCE(amount, v_left - COALESCE(v_total, 0)))
      INTO v_amounts, v_reasons, v_total
      FROM unnest(p_amounts, p_reasons) WITH ORDINALITY AS p (amount, reason, n)
     WHERE COALESCE(v_total, 0) <= v_left;
    IF v_total IS NULL OR v_total > v_left OR 0 >= ANY (v_amounts) THEN
        RETURN jsonb_build_object('status', 'exceeds_hold', 'subject', p_hold);
    END IF;
    v_freed := CASE WHEN p_keep_open THEN 0 ELSE v_left - v_total END;

    v_answer := wx_ledger_post(
        p_user, p_key, p_digest, NULL, p_document_model, p_document_id, NULL, NULL,
        array_fill(v_hold.account_id, ARRAY[cardinality(p_targets)]), p_targets, v_amounts,
        v_reasons, p_hold => p_hold, p_unhold => v_total::bigint + v_freed);
    IF v_answer ->> 'status' <> 'posted' THEN
        RETURN v_answer;
    END IF;

    v_now := clock_timestamp() AT TIME ZONE 'UTC';
    UPDATE wx_ledger_hold
       SET captured = captured + v_total, released = released + v_freed,
           state = CASE WHEN v_total + v_freed = v_left THEN 'captured' ELSE 'open' END,
           closed_at = CASE WHEN v_total + v_freed = v_left THEN v_now END
     WHERE id = p_hold;
    INSERT INTO wx_ledger_hold_event (hold_id, kind, amount, posting_id, user_id, created_at)
    SELECT p_hold, kind, amount, posting, p_user, v_now
      FROM (VALUES ('captured', v_total::bigint, (v_answer ->> 'posting')::bigint),
                   ('released', v_freed, NULL)) AS e (kind, amount, posting)
     WHERE amount > 0;
    RETURN wx_ledger_hold_answer('posted', p_hold) || v_answer;
END
$$;

-- Give back what is held, or a part of it. `p_expired` is the end of its time.
CREATE OR REPLACE FUNCTION wx_ledger_release(
    p_user int, p_key text, p_hold bigint, p_amount bigint, p_expired boolean DEFAULT false
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_hold record;
    v_left bigint;
    v_amount bigint;
    v_now timestamp;
    v_before bigint;
BEGIN
    PERFORM wx_ledger_lock_hold(p_hold);
    SELECT * INTO v_hold FROM wx_ledger_hold WHERE id = p_hold;
    IF NOT FOUND THEN
        RETURN jsonb_build_object('status', 'unknown_hold', 'subject', p_hold);
    END IF;
    SELECT amount INTO v_before FROM wx_ledger_hold_event WHERE hold_id = p_hold AND key = p_key;
    IF FOUND THEN
        RETURN CASE WHEN v_before = COALESCE(p_amount, v_before)
                    THEN wx_ledger_hold_answer('known', p_hold)
               ELSE jsonb_build_object('status', 'duplicate_key', 'subject', p_hold) END;
    ELSIF v_hold.state <> 'open' THEN
        RETURN wx_ledger_hold_answer('hold_closed', p_hold);
    END IF;
    v_left := v_hold.amount - v_hold.captured - v_hold.released;
    v_amount := COALESCE(p_amount, v_left);
    IF v_amount > v_left THEN
        RETURN jsonb_build_object('status', 'exceeds_hold', 'subject', p_hold);
    END IF;

    PERFORM wx_ledger_lock_accounts(ARRAY[v_hold.account_id]);
    UPDATE wx_ledger_account SET held = held - v_amount WHERE id = v_hold.account_id;
    v_now := clock_timestamp() AT TIME ZONE 'UTC';
    UPDATE wx_ledger_hold
       SET released = released + v_amount,
           state = CASE WHEN v_amount < v_left THEN 'open'
                        WHEN p_expired THEN 'expired'
                        WHEN captured > 0 THEN 'captured'
                        ELSE 'released' END,
           closed_at = CASE WHEN v_amount = v_left THEN v_now END
     WHERE id = p_hold;
    INSERT INTO wx_ledger_hold_event (hold_id, kind, amount, key, user_id, created_at)
    VALUES (p_hold, CASE WHEN p_expired THEN 'expired' ELSE 'released' END, v_amount, p_key,
            p_user, v_now);
    RETURN wx_ledger_hold_answer('posted', p_hold);
END
$$;

-- Release holds whose time is over, those of lower accounts first, and tell how many. A hold that
-- another transaction is at, or whose account one has changed, waits for the next call: with Odoo's
-- isolation it would fail, and all others with it.
CREATE OR REPLACE FUNCTION wx_ledger_expire_holds(p_user int, p_limit int) RETURNS int
LANGUAGE plpgsql SET lock_timeout = '100ms' AS $$
DECLARE
    v_due record;
    v_count int := 0;
BEGIN
    FOR v_due IN
        WITH due AS (
            SELECT id, account_id FROM wx_ledger_hold
             WHERE state = 'open' AND expires_at <= clock_timestamp() AT TIME ZONE 'UTC'
             ORDER BY expires_at LIMIT p_limit
        )
        SELECT id FROM due ORDER BY account_id, id
    LOOP
        BEGIN
            IF wx_ledger_release(p_user, NULL, v_due.id, NULL, true) ->> 'status' = 'posted' THEN
                v_count := v_count + 1;
            END IF;
        EXCEPTION WHEN serialization_failure OR lock_not_available OR deadlock_detected THEN
            CONTINUE;
        END;
    END LOOP;
    RETURN v_count;
END
$$;
