-- What is checked before anything is written.

-- The answer to a key that is known, or NULL: the first result if the content is the same.
-- Balances are those of now, as the first ones may long be history.
CREATE OR REPLACE FUNCTION wx_ledger_known(p_company int, p_key text, p_digest bytea)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_posting bigint;
    v_digest bytea;
    v_transfers bigint[];
    v_balances jsonb;
BEGIN
    SELECT id, digest INTO v_posting, v_digest
      FROM wx_ledger_posting WHERE company_id = p_company AND key = p_key;
    IF NOT FOUND THEN
        RETURN NULL;
    ELSIF v_digest <> p_digest THEN
        RETURN jsonb_build_object('status', 'duplicate_key', 'subject', v_posting);
    END IF;
    SELECT array_agg(id ORDER BY id) INTO v_transfers
      FROM wx_ledger_transfer WHERE posting_id = v_posting;
    SELECT jsonb_agg(jsonb_build_array(
               id, asset_id, balance, held, overdraft_limit, version) ORDER BY id)
      INTO v_balances
      FROM wx_ledger_account
     WHERE booking_mode = 'serial'
       AND id IN (SELECT unnest(ARRAY[debit_account_id, credit_account_id])
                    FROM wx_ledger_transfer WHERE posting_id = v_posting);
    RETURN jsonb_build_object(
        'status', 'known', 'posting', v_posting, 'transfers', v_transfers,
        'balances', v_balances);
END
$$;

-- The answer of a refusal. Whoever waited for a lock under READ COMMITTED may find that the
-- other one has booked the very same act, and used up the funds: then that is the answer.
CREATE OR REPLACE FUNCTION wx_ledger_refusal(
    p_company int, p_key text, p_digest bytea, p_problem text, p_subject bigint
) RETURNS jsonb LANGUAGE sql AS $$
    SELECT COALESCE(
        wx_ledger_known(p_company, p_key, p_digest),
        jsonb_build_object('status', p_problem, 'subject', p_subject))
$$;

-- Look at the lines of a posting whose accounts are locked: the first problem in their order,
-- if any, and the two sides of each line with version and balance after it. Each line must be
-- funded when its turn comes: no balance is below its limit even in between. What is wrong with
-- a line comes before a lack of funds, which may be over the next time.
CREATE OR REPLACE FUNCTION wx_ledger_check(
    p_company int, p_debits int[], p_credits int[], p_amounts bigint[], p_reasons text[],
    p_hold_account int, p_unhold bigint,
    OUT problem text, OUT subject bigint, OUT expiring boolean,
    OUT asset_ids int[], OUT reason_ids int[],  -- by line
    OUT account_ids int[], OUT amounts bigint[], OUT versions bigint[], OUT balances numeric[]
) LANGUAGE plpgsql AS $$
DECLARE
    v_large boolean;
BEGIN
    -- A single line with which all is well, in one look. Whatever is wrong is named below.
    IF cardinality(p_debits) = 1 THEN
        SELECT l.expiring, ARRAY[l.asset_id], ARRAY[l.reason_id], ARRAY[l.debit, l.credit],
               ARRAY[-l.amount, l.amount],
               ARRAY[CASE WHEN (l.d).booking_mode = 'serial' THEN (l.d).version + 1 END,
                     CASE WHEN (l.c).booking_mode = 'serial' THEN (l.c).version + 1 END],
               ARRAY[CASE WHEN (l.d).booking_mode = 'serial' THEN (l.d).balance - l.amount END,
                     CASE WHEN (l.c).booking_mode = 'serial' THEN (l.c).balance + l.amount END]
          INTO expiring, asset_ids, reason_ids, account_ids, amounts, versions, balances
          FROM wx_ledger_lines(p_company, p_debits, p_credits, p_amounts, p_reasons) l
         WHERE l.fault IS NULL AND l.amount <= 1000000000000
           AND abs((l.d).balance) <= 2::bigint << 61 AND abs((l.c).balance) <= 2::bigint << 61
           AND ((l.d).booking_mode = 'deferred'
                OR (l.d).balance - (l.d).held + p_unhold - l.amount >= -(l.d).overdraft_limit);
        IF FOUND THEN
            RETURN;
        END IF;
    END IF;

    SELECT (array_agg(CASE WHEN s.fault IS NOT NULL THEN s.fault ELSE s.shortage END
                      ORDER BY s.n, s.fault IS NULL, s.side)
            FILTER (WHERE s.fault IS NOT NULL OR s.shortage IS NOT NULL))[1],
           (array_agg(CASE WHEN s.fault LIKE '%account' OR s.fault IS NULL THEN s.account_id
                           ELSE s.n END ORDER BY s.n, s.fault IS NULL, s.side)
            FILTER (WHERE s.fault IS NOT NULL OR s.shortage IS NOT NULL))[1],
           bool_or(s.expiring), bool_or(s.large),
           array_agg(s.asset_id ORDER BY s.n, s.side) FILTER (WHERE s.side = 0),
           array_agg(s.reason_id ORDER BY s.n, s.side) FILTER (WHERE s.side = 0),
           array_agg(s.account_id ORDER BY s.n, s.side),
           array_agg(s.amount ORDER BY s.n, s.side),
           array_agg(s.version ORDER BY s.n, s.side),
           array_agg(s.balance ORDER BY s.n, s.side)
      INTO problem, subject, expiring, v_large, asset_ids, reason_ids, account_ids, amounts,
           versions, balances
      FROM wx_ledger_sides(p_company, p_debits, p_credits, p_amounts, p_reasons,
                           p_hold_account, p_unhold) s;
    IF problem IS NULL AND v_large THEN
        SELECT 'out_of_range', wx_ledger_out_of_range(account_ids, amounts)
          INTO problem, subject;
        problem := CASE WHEN subject IS NOT NULL THEN problem END;
    END IF;
END
$$;

-- The lines of a posting with their accounts, and what is wrong with each but a lack of funds;
-- inlined by the planner as well.
CREATE OR REPLACE FUNCTION wx_ledger_lines(
    p_company int, p_debits int[], p_credits int[], p_amounts bigint[], p_reasons text[]
) RETURNS TABLE (
    n bigint, debit int, credit int, amount bigint, d wx_ledger_account, c wx_ledger_account,
    asset_id int, reason_id int, expiring boolean, fault text
) LANGUAGE sql STABLE AS $$
    SELECT i.n, i.debit, i.credit, i.amount, d, c, d.asset_id, r.id, t.expiring,
           CASE WHEN d.id IS NULL OR c.id IS NULL THEN 'unknown_account'
                WHEN d.asset_id <> c.asset_id THEN 'asset_mismatch'
                WHEN r.id IS NULL THEN 'unknown_reason'
                WHEN (CASE d.kind WHEN 'central' THEN r.debit_central
                                  WHEN 'system' THEN r.debit_system
                                  ELSE r.debit_user END
                      AND
                      CASE c.kind WHEN 'central' THEN r.credit_central
                                  WHEN 'system' THEN r.credit_system
                                  ELSE r.credit_user END) IS NOT TRUE
                THEN 'wrong_reason'
                WHEN d.state <> 'open' OR c.state <> 'open' THEN 'frozen_account'
           END
      FROM unnest(p_debits, p_credits, p_amounts, p_reasons)
           WITH ORDINALITY AS i (debit, credit, amount, reason, n)
      LEFT JOIN wx_ledger_account d ON d.id = i.debit AND d.company_id = p_company
      LEFT JOIN wx_ledger_account c ON c.id = i.credit AND c.company_id = p_company
      LEFT JOIN wx_ledger_asset t ON t.id = d.asset_id
      LEFT JOIN wx_ledger_reason r ON r.code = i.reason AND r.active
$$;

-- The two sides of each line; inlined by the planner into `wx_ledger_check`.
CREATE OR REPLACE FUNCTION wx_ledger_sides(
    p_company int, p_debits int[], p_credits int[], p_amounts bigint[], p_reasons text[],
    p_hold_account int, p_unhold bigint
) RETURNS TABLE (
    n bigint, side int, account_id int, amount bigint, asset_id int, reason_id int,
    expiring boolean, version bigint, balance numeric, fault text, shortage text, large boolean
) LANGUAGE sql STABLE AS $$
    SELECT b.n, b.side, b.account_id, b.amount, b.asset_id, b.reason_id, b.expiring,
           CASE WHEN b.serial THEN b.version END,
           CASE WHEN b.serial THEN b.balance END,
           -- A fault of one account is told of its side only, so that it can be named.
           CASE WHEN b.fault = 'unknown_account' AND b.state IS NOT NULL THEN NULL
                WHEN b.fault = 'frozen_account' AND b.state = 'open' THEN NULL
                ELSE b.fault END,
           CASE WHEN NOT b.serial THEN NULL
                WHEN b.amount < 0 AND b.balance - b.held < -b.overdraft_limit
                THEN 'insufficient_funds'
                WHEN b.balance > 9223372036854775807 THEN 'out_of_range' END,
           NOT b.serial AND (abs(b.amount) > 1000000000000 OR abs(b.balance) > 2::numeric ^ 62)
      FROM (
        SELECT l.n, s.side, s.account_id, s.amount, l.asset_id, l.reason_id, l.expiring, l.fault,
               s.mode = 'serial' AS serial, s.state, s.overdraft_limit,
               s.held - CASE WHEN s.account_id = p_hold_account THEN p_unhold ELSE 0 END AS held,
               s.version + row_number() OVER (PARTITION BY s.account_id ORDER BY l.n) AS version,
               s.balance + sum(s.amount) OVER (PARTITION BY s.account_id ORDER BY l.n) AS balance
          FROM wx_ledger_lines(p_company, p_debits, p_credits, p_amounts, p_reasons) l
          CROSS JOIN LATERAL (VALUES
              (0, l.debit, -l.amount, (l.d).booking_mode, (l.d).state,
               (l.d).overdraft_limit, (l.d).held,
               (l.d).version, (l.d).balance),
              (1, l.credit, l.amount, (l.c).booking_mode, (l.c).state,
               (l.c).overdraft_limit, (l.c).held,
               (l.c).version, (l.c).balance)
          ) s (side, account_id, amount, mode, state, overdraft_limit, held, version, balance)
      ) b
$$;

-- A deferred account among these whose balance would pass half of what 64 bits hold, what is not
-- folded yet included. Asked for large amounts and balances only: smaller amounts cannot use up
-- the other half between two foldings.
CREATE OR REPLACE FUNCTION wx_ledger_out_of_range(p_accounts int[], p_amounts bigint[])
RETURNS int LANGUAGE sql STABLE AS $$
    SELECT a.id
      FROM (SELECT account_id, sum(amount) AS amount
              FROM unnest(p_accounts, p_amounts) AS s (account_id, amount)
             GROUP BY account_id) n
      JOIN wx_ledger_account a ON a.id = n.account_id AND a.booking_mode = 'deferred'
      LEFT JOIN LATERAL (SELECT sum(amount) AS amount FROM wx_ledger_delta d
                          WHERE d.account_id = a.id) d ON true
     WHERE abs(a.balance + n.amount + COALESCE(d.amount, 0)) > 2::numeric ^ 62
     ORDER BY a.id LIMIT 1
$$;
