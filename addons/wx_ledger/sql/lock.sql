-- Order of locks, the same everywhere: hold or reversed transfers → serial accounts by id →
-- idempotency key (its unique index). One call can therefore never deadlock with another.
--
-- A transaction that calls several times could lock a lower id after a higher one, or a hold
-- after accounts. It does so without waiting: if somebody else has the row, 55P03 lets Odoo
-- start the request over.
-- The highest id locked so far lives in a setting that ends with the transaction, and goes
-- back with a savepoint, as the locks do.

-- The highest id of the accounts that this transaction has locked, or 0.
CREATE OR REPLACE FUNCTION wx_ledger_locked() RETURNS int LANGUAGE sql STABLE AS $$
    SELECT COALESCE(NULLIF(current_setting('wx_ledger.locked', true), ''), '0')::int
$$;

-- Lock the serial ones among some accounts. FOR NO KEY UPDATE lets others insert what refers to
-- them; FOR UPDATE would wait for everybody who has.
CREATE OR REPLACE FUNCTION wx_ledger_lock_accounts(p_accounts int[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_locked int := wx_ledger_locked();
    v_last int := 0;
    v_id int;
BEGIN
    IF v_locked > 0 THEN
        PERFORM id FROM wx_ledger_account
          WHERE id = ANY (p_accounts) AND id < v_locked AND booking_mode = 'serial'
          ORDER BY id FOR NO KEY UPDATE NOWAIT;
    END IF;
    FOR v_id IN
        SELECT id FROM wx_ledger_account
         WHERE id = ANY (p_accounts) AND id >= v_locked AND booking_mode = 'serial'
         ORDER BY id FOR NO KEY UPDATE
    LOOP
        v_last := v_id;
    END LOOP;
    IF v_last > v_locked THEN
        PERFORM set_config('wx_ledger.locked', v_last::text, true);
    END IF;
END
$$;

-- Lock a hold, which comes before accounts.
CREATE OR REPLACE FUNCTION wx_ledger_lock_hold(p_hold bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF wx_ledger_locked() > 0 THEN
        PERFORM FROM wx_ledger_hold WHERE id = p_hold FOR UPDATE NOWAIT;
    ELSE
        PERFORM FROM wx_ledger_hold WHERE id = p_hold FOR UPDATE;
    END IF;
END
$$;

-- Lock what counts the reversals of some transfers, before accounts as well.
CREATE OR REPLACE FUNCTION wx_ledger_lock_reversed(p_transfers bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF wx_ledger_locked() > 0 THEN
        PERFORM FROM wx_ledger_reversed WHERE transfer_id = ANY (p_transfers)
          ORDER BY transfer_id FOR UPDATE NOWAIT;
    ELSE
        PERFORM FROM wx_ledger_reversed WHERE transfer_id = ANY (p_transfers)
          ORDER BY transfer_id FOR UPDATE;
    END IF;
END
$$;
