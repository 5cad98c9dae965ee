-- What nobody does to the ledger, the application's own role included. The functions in this
-- folder keep the rules; these triggers are the second net, for direct SQL.

-- Append-only tables. `rbac_append_only` belongs to rbac_ext and refuses whatever reaches it.
DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['posting', 'transfer', 'entry', 'hold_event', 'lot_move',
                                   'block', 'checkpoint'] LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER rbac_append_only_row BEFORE UPDATE OR DELETE ON %I'
            ' FOR EACH ROW EXECUTE FUNCTION rbac_append_only()', 'wx_ledger_' || v_table);
    END LOOP;
    FOREACH v_table IN ARRAY ARRAY['posting', 'transfer', 'entry', 'hold_event', 'lot_move',
                                   'block', 'checkpoint', 'hold', 'lot', 'reversed', 'account',
                                   'asset'] LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER rbac_append_only_statement BEFORE TRUNCATE ON %I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION rbac_append_only()', 'wx_ledger_' || v_table);
    END LOOP;
    FOREACH v_table IN ARRAY ARRAY['hold', 'lot', 'reversed'] LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER rbac_append_only_row BEFORE DELETE ON %I'
            ' FOR EACH ROW EXECUTE FUNCTION rbac_append_only()', 'wx_ledger_' || v_table);
    END LOOP;
END
$$;

-- A hold moves one way: captured and released grow, a closed one stays as it is.
CREATE OR REPLACE FUNCTION wx_ledger_guard_hold() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'open'
       OR NEW.captured < OLD.captured OR NEW.released < OLD.released
       OR ROW(NEW.id, NEW.company_id, NEW.key, NEW.digest, NEW.account_id, NEW.reason_id,
              NEW.amount, NEW.user_id, NEW.created_at, NEW.expires_at, NEW.document_model,
              NEW.document_id)
          IS DISTINCT FROM
          ROW(OLD.id, OLD.company_id, OLD.key, OLD.digest, OLD.account_id, OLD.reason_id,
              OLD.amount, OLD.user_id, OLD.created_at, OLD.expires_at, OLD.document_model,
              OLD.document_id)
    THEN
        RAISE EXCEPTION 'hold %: only what is captured and released changes, once', OLD.id
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER wx_ledger_guard BEFORE UPDATE ON wx_ledger_hold
    FOR EACH ROW EXECUTE FUNCTION wx_ledger_guard_hold();

-- Of a lot only `remaining` changes, and never beyond what was credited.
CREATE OR REPLACE FUNCTION wx_ledger_guard_lot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.remaining > NEW.amount
       OR ROW(NEW.id, NEW.account_id, NEW.entry_id, NEW.amount, NEW.expires_at, NEW.created_at)
          IS DISTINCT FROM
          ROW(OLD.id, OLD.account_id, OLD.entry_id, OLD.amount, OLD.expires_at, OLD.created_at)
    THEN
        RAISE EXCEPTION 'lot %: only what remains changes, up to what was credited', OLD.id
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER wx_ledger_guard BEFORE UPDATE ON wx_ledger_lot
    FOR EACH ROW EXECUTE FUNCTION wx_ledger_guard_lot();

-- What is reversed stays reversed.
CREATE OR REPLACE FUNCTION wx_ledger_guard_reversed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.reversed <= OLD.reversed
       OR ROW(NEW.transfer_id, NEW.original) IS DISTINCT FROM ROW(OLD.transfer_id, OLD.original)
    THEN
        RAISE EXCEPTION 'transfer %: what is reversed stays reversed', OLD.transfer_id
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER wx_ledger_guard BEFORE UPDATE ON wx_ledger_reversed
    FOR EACH ROW EXECUTE FUNCTION wx_ledger_guard_reversed();

-- What booked amounts mean is fixed once there is one.
CREATE OR REPLACE FUNCTION wx_ledger_asset_is_used(p_asset int) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM wx_ledger_account a
         WHERE a.asset_id = p_asset
           AND EXISTS (SELECT FROM wx_ledger_entry e WHERE e.account_id = a.id)
    )
$$;

CREATE OR REPLACE FUNCTION wx_ledger_guard_asset() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF wx_ledger_asset_is_used(OLD.id) THEN
        RAISE EXCEPTION 'asset %: company, kind, decimal places and expiry are fixed', OLD.code
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE OR REPLACE TRIGGER wx_ledger_guard BEFORE UPDATE ON wx_ledger_asset
    FOR EACH ROW
    WHEN (ROW(OLD.company_id, OLD.kind, OLD.decimal_places, OLD.expiring)
          IS DISTINCT FROM ROW(NEW.company_id, NEW.kind, NEW.decimal_places, NEW.expiring))
    EXECUTE FUNCTION wx_ledger_guard_asset();

-- An account stays whose, of what and of which kind it is.
CREATE OR REPLACE FUNCTION wx_ledger_guard_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'account %: its asset, owner and kind are fixed', OLD.id
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE OR REPLACE TRIGGER wx_ledger_guard BEFORE UPDATE OF
    company_id, asset_id, kind, owner_model, owner_res_id, purpose, booking_mode
    ON wx_ledger_account
    FOR EACH ROW
    WHEN (ROW(OLD.company_id, OLD.asset_id, OLD.kind, OLD.owner_model, OLD.owner_res_id,
              OLD.purpose, OLD.booking_mode)
          IS DISTINCT FROM
          ROW(NEW.company_id, NEW.asset_id, NEW.kind, NEW.owner_model, NEW.owner_res_id,
              NEW.purpose, NEW.booking_mode))
    EXECUTE FUNCTION wx_ledger_guard_account();

-- Each new transfer has exactly its two entries, equal and opposite, on its own accounts of its
-- own asset, and each new entry belongs to a transfer that has nothing else.
CREATE OR REPLACE FUNCTION wx_ledger_check_entries() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_wrong bigint;
BEGIN
    SELECT e.transfer_id INTO v_wrong
      FROM new_entries e LEFT JOIN wx_ledger_transfer t ON t.id = e.transfer_id
     GROUP BY e.transfer_id, t.amount, t.debit_account_id, t.credit_account_id
    HAVING NOT COALESCE(
               count(*) = 2
               AND bool_and(e.account_id = CASE WHEN e.amount < 0 THEN t.debit_account_id
                                                ELSE t.credit_account_id END)
               AND min(e.amount) = -t.amount AND max(e.amount) = t.amount,
               false)
     LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'transfer %: its entries are not its two sides', v_wrong
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER wx_ledger_check_entries AFTER INSERT ON wx_ledger_entry
    REFERENCING NEW TABLE AS new_entries
    FOR EACH STATEMENT EXECUTE FUNCTION wx_ledger_check_entries();
