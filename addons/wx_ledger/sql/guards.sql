-- What nobody does to the ledger, the application's own role included. The functions in this
-- folder keep the rules; these triggers are the second net, for direct SQL.

-- Append-only tables. `rbac_append_only` belongs to rbac_ext and refuses whatever reaches it.
-- Rows of holds, lots and reversals change as below; those of queues come and go.
DO $$
DECLARE
    v_table text;
    v_acts text;
BEGIN
    FOR v_table, v_acts IN
        VALUES ('posting', 'UPDATE OR DELETE'), ('transfer', 'UPDATE OR DELETE'),
               ('entry', 'UPDATE OR DELETE'), ('hold_event', 'UPDATE OR DELETE'),
               ('lot_move', 'UPDATE OR DELETE'), ('block', 'UPDATE OR DELETE'),
               ('checkpoint', 'UPDATE OR DELETE'), ('hold', 'DELETE'), ('lot', 'DELETE'),
               ('reversed', 'DELETE'), ('delta', 'UPDATE'), ('unsealed', NULL),
               ('account', NULL), ('asset', NULL)
    LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER rbac_append_only_statement BEFORE TRUNCATE ON %I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION rbac_append_only()', 'wx_ledger_' || v_table);
        CONTINUE WHEN v_acts IS NULL;
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER rbac_append_only_row BEFORE %s ON %I'
            ' FOR EACH ROW EXECUTE FUNCTION rbac_append_only()', v_acts, 'wx_ledger_' || v_table);
    END LOOP;
END
$$;

-- What the conditions of the triggers below let through to it is refused, whoever asks.
CREATE OR REPLACE FUNCTION wx_ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: %', TG_TABLE_NAME, TG_ARGV[0]
        USING ERRCODE = 'insufficient_privilege', DETAIL = OLD::text;
END
$$;

CREATE OR REPLACE TRIGGER wx_ledger_guard BEFORE UPDATE ON wx_ledger_hold FOR EACH ROW
    WHEN (OLD.state <> 'open' OR NEW.captured < OLD.captured OR NEW.released < OLD.released
          OR ROW(NEW.id, NEW.company_id, NEW.key, NEW.digest, NEW.account_id, NEW.reason_id,
                 NEW.amount, NEW.user_id, NEW.created_at, NEW.expires_at, NEW.document_model,
                 NEW.document_id)
             IS DISTINCT FROM
             ROW(OLD.id, OLD.company_id, OLD.key, OLD.digest, OLD.account_id, OLD.reason_id,
                 OLD.amount, OLD.user_id, OLD.created_at, OLD.expires_at, OLD.document_model,
                 OLD.document_id))
    EXECUTE FUNCTION wx_ledger_refuse('only what is captured and released grows, while it is open');

CREATE OR REPLACE TRIGGER wx_ledger_guard BEFORE UPDATE ON wx_ledger_lot FOR EACH ROW
    WHEN (NEW.remaining > NEW.amount
          OR ROW(NEW.id, NEW.account_id, NEW.entry_id, NEW.amount, NEW.expires_at, NEW.created_at)
             IS DISTINCT FROM
             ROW(OLD.id, OLD.account_id, OLD.entry_id, OLD.amount, OLD.expires_at, OLD.created_at))
    EXECUTE FUNCTION wx_ledger_refuse('only what remains changes, up to what was credited');

CREATE OR REPLACE TRIGGER wx_ledger_guard BEFORE UPDATE ON wx_ledger_reversed FOR EACH ROW
    WHEN (NEW.reversed <= OLD.reversed
          OR ROW(NEW.transfer_id, NEW.original) IS DISTINCT FROM ROW(OLD.transfer_id, OLD.original))
    EXECUTE FUNCTION wx_ledger_refuse('what is reversed stays reversed');

-- What booked amounts mean is fixed once there is one.
CREATE OR REPLACE FUNCTION wx_ledger_asset_is_used(p_asset int) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM wx_ledger_account a
         WHERE a.asset_id = p_asset
           AND EXISTS (SELECT FROM wx_ledger_entry e WHERE e.account_id = a.id)
    )
$$;
CREATE OR REPLACE TRIGGER wx_ledger_guard BEFORE UPDATE ON wx_ledger_asset FOR EACH ROW
    WHEN (ROW(OLD.company_id, OLD.kind, OLD.decimal_places, OLD.expiring)
          IS DISTINCT FROM ROW(NEW.company_id, NEW.kind, NEW.decimal_places, NEW.expiring)
          AND wx_ledger_asset_is_used(OLD.id))
    EXECUTE FUNCTION wx_ledger_refuse('company, kind, decimal places and expiry are fixed');

CREATE OR REPLACE TRIGGER wx_ledger_guard BEFORE UPDATE OF
    id, company_id, asset_id, kind, owner_kind, owner_model, owner_res_id, purpose, booking_mode,
    opened_at
    ON wx_ledger_account FOR EACH ROW
    WHEN (ROW(OLD.id, OLD.company_id, OLD.asset_id, OLD.kind, OLD.owner_kind, OLD.owner_model,
              OLD.owner_res_id, OLD.purpose, OLD.booking_mode, OLD.opened_at)
          IS DISTINCT FROM
          ROW(NEW.id, NEW.company_id, NEW.asset_id, NEW.kind, NEW.owner_kind, NEW.owner_model,
              NEW.owner_res_id, NEW.purpose, NEW.booking_mode, NEW.opened_at))
    EXECUTE FUNCTION wx_ledger_refuse('its asset, owner and kind are fixed');

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

-- Whoever may set `session_replication_role` switches triggers off for a session, foreign keys
-- among them; these stay.
DO $$
DECLARE
    v_guard record;
BEGIN
    FOR v_guard IN
        SELECT tgrelid::regclass AS relation, tgname AS name
          FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
         WHERE tgfoid IN ('rbac_append_only'::regproc, 'wx_ledger_refuse'::regproc)
           AND relname LIKE 'wx\_ledger\_%' AND tgenabled <> 'A'
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', v_guard.relation, v_guard.name);
    END LOOP;
END
$$;
