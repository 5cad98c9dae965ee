-- Tables of the ledger that only its own functions write. Ids, amounts and versions are 64 bits
-- wide, which the ORM's tables are not; everything here may run twice.

ALTER TABLE wx_ledger_account SET (fillfactor = 60);  -- rows change often: keep updates in the page

-- One act. The key is the idempotency key, the digest that of the act's content.
CREATE TABLE IF NOT EXISTS wx_ledger_posting (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id int NOT NULL REFERENCES res_company,
    key varchar NOT NULL CHECK (key <> ''),
    digest bytea NOT NULL CHECK (length(digest) = 32),
    user_id int NOT NULL,
    posted_at timestamp NOT NULL,  -- taken after the accounts are locked: grows with versions
    event_at timestamp NOT NULL,   -- when it happened; may lie in the past
    document_model varchar,
    document_id bigint,
    note varchar,
    rate_id int REFERENCES wx_ledger_rate,  -- at which it converted
    CHECK ((document_model IS NULL) = (document_id IS NULL))
);
CREATE UNIQUE INDEX IF NOT EXISTS wx_ledger_posting_key ON wx_ledger_posting (company_id, key);
CREATE INDEX IF NOT EXISTS wx_ledger_posting_document
    ON wx_ledger_posting (document_model, document_id) WHERE document_model IS NOT NULL;
CREATE INDEX IF NOT EXISTS wx_ledger_posting_rate
    ON wx_ledger_posting (rate_id) WHERE rate_id IS NOT NULL;

-- One movement: `amount` goes from the debited to the credited account.
CREATE TABLE IF NOT EXISTS wx_ledger_transfer (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    posting_id bigint NOT NULL REFERENCES wx_ledger_posting,
    asset_id int NOT NULL REFERENCES wx_ledger_asset,
    debit_account_id int NOT NULL REFERENCES wx_ledger_account,
    credit_account_id int NOT NULL REFERENCES wx_ledger_account,
    amount bigint NOT NULL CHECK (amount > 0),
    reason_id int NOT NULL REFERENCES wx_ledger_reason,
    posted_at timestamp NOT NULL,
    reverses_id bigint REFERENCES wx_ledger_transfer,
    hold_id bigint,
    CHECK (debit_account_id <> credit_account_id)
);
CREATE INDEX IF NOT EXISTS wx_ledger_transfer_posting ON wx_ledger_transfer (posting_id);
-- Rows lie in the order of their times, more or less: a small index for what moved in a period.
CREATE INDEX IF NOT EXISTS wx_ledger_transfer_time ON wx_ledger_transfer USING brin (posted_at);
CREATE INDEX IF NOT EXISTS wx_ledger_transfer_reverses
    ON wx_ledger_transfer (reverses_id) WHERE reverses_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS wx_ledger_transfer_hold
    ON wx_ledger_transfer (hold_id) WHERE hold_id IS NOT NULL;

-- How much of a transfer has been reversed. Every reversal updates this row, so that two at once
-- cannot both succeed, whatever the isolation; counting the reversals would not stop them.
CREATE TABLE IF NOT EXISTS wx_ledger_reversed (
    transfer_id bigint PRIMARY KEY REFERENCES wx_ledger_transfer,
    original bigint NOT NULL,
    reversed bigint NOT NULL CHECK (reversed > 0),
    CHECK (reversed <= original)
);

-- One side of a transfer. id = 2 × transfer (debit, amount < 0) or 2 × transfer + 1 (credit).
-- Entries of serial accounts carry a gap-free version and the balance before and after.
CREATE TABLE IF NOT EXISTS wx_ledger_entry (
    id bigint PRIMARY KEY,
    transfer_id bigint NOT NULL REFERENCES wx_ledger_transfer,
    account_id int NOT NULL REFERENCES wx_ledger_account,
    amount bigint NOT NULL CHECK (amount <> 0),
    version bigint,
    balance_before bigint,
    balance_after bigint,
    posted_at timestamp NOT NULL,
    CHECK (id = 2 * transfer_id + (amount > 0)::int),
    CHECK (balance_after = balance_before + amount),
    CHECK ((version IS NULL) = (balance_after IS NULL)
       AND (version IS NULL) = (balance_before IS NULL))
);
CREATE UNIQUE INDEX IF NOT EXISTS wx_ledger_entry_version
    ON wx_ledger_entry (account_id, version) WHERE version IS NOT NULL;
CREATE INDEX IF NOT EXISTS wx_ledger_entry_account_time ON wx_ledger_entry (account_id, posted_at, id);

-- What a deferred account has not folded into its row yet. Folding deletes the rows.
CREATE TABLE IF NOT EXISTS wx_ledger_delta (
    entry_id bigint PRIMARY KEY,
    account_id int NOT NULL,
    amount bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);
CREATE INDEX IF NOT EXISTS wx_ledger_delta_account ON wx_ledger_delta (account_id) INCLUDE (amount);

-- Balance of an account at the end of a day (UTC): where statements and past balances begin.
CREATE TABLE IF NOT EXISTS wx_ledger_checkpoint (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id int NOT NULL REFERENCES wx_ledger_account,
    day date NOT NULL,
    balance bigint NOT NULL,
    UNIQUE (account_id, day)
);

-- A part of a serial account's balance that waits for its use.
CREATE TABLE IF NOT EXISTS wx_ledger_hold (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    company_id int NOT NULL REFERENCES res_company,
    key varchar NOT NULL CHECK (key <> ''),
    digest bytea NOT NULL CHECK (length(digest) = 32),
    account_id int NOT NULL REFERENCES wx_ledger_account,
    reason_id int NOT NULL REFERENCES wx_ledger_reason,
    amount bigint NOT NULL CHECK (amount > 0),
    captured bigint NOT NULL DEFAULT 0 CHECK (captured >= 0),
    released bigint NOT NULL DEFAULT 0 CHECK (released >= 0),
    state varchar NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'captured', 'released', 'expired')),
    user_id int NOT NULL,
    created_at timestamp NOT NULL,
    expires_at timestamp,
    closed_at timestamp,
    document_model varchar,
    document_id bigint,
    CHECK (captured + released <= amount),
    CHECK ((state = 'open') = (closed_at IS NULL)),
    CHECK (state = 'open' OR captured + released = amount)
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX IF NOT EXISTS wx_ledger_hold_key ON wx_ledger_hold (company_id, key);
CREATE INDEX IF NOT EXISTS wx_ledger_hold_open
    ON wx_ledger_hold (account_id) WHERE state = 'open';
CREATE INDEX IF NOT EXISTS wx_ledger_hold_due
    ON wx_ledger_hold (expires_at) WHERE state = 'open' AND expires_at IS NOT NULL;

-- History of holds.
CREATE TABLE IF NOT EXISTS wx_ledger_hold_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    hold_id bigint NOT NULL REFERENCES wx_ledger_hold,
    kind varchar NOT NULL CHECK (kind IN ('opened', 'captured', 'released', 'expired')),
    amount bigint NOT NULL CHECK (amount > 0),
    posting_id bigint REFERENCES wx_ledger_posting,
    key varchar CHECK (key <> ''),  -- of a release that may be asked for twice
    user_id int NOT NULL,
    created_at timestamp NOT NULL,
    CHECK ((kind = 'captured') = (posting_id IS NOT NULL))
);
CREATE INDEX IF NOT EXISTS wx_ledger_hold_event_hold ON wx_ledger_hold_event (hold_id);
CREATE UNIQUE INDEX IF NOT EXISTS wx_ledger_hold_event_key
    ON wx_ledger_hold_event (hold_id, key) WHERE key IS NOT NULL;

-- A credit of an expiring asset. `remaining` = amount + the sum of its moves.
CREATE TABLE IF NOT EXISTS wx_ledger_lot (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id int NOT NULL REFERENCES wx_ledger_account,
    entry_id bigint NOT NULL REFERENCES wx_ledger_entry,
    amount bigint NOT NULL CHECK (amount > 0),
    remaining bigint NOT NULL CHECK (remaining >= 0),
    expires_at timestamp,
    created_at timestamp NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX IF NOT EXISTS wx_ledger_lot_open
    ON wx_ledger_lot (account_id, expires_at, id) WHERE remaining > 0;
CREATE INDEX IF NOT EXISTS wx_ledger_lot_due ON wx_ledger_lot (expires_at) WHERE remaining > 0;
CREATE INDEX IF NOT EXISTS wx_ledger_lot_entry ON wx_ledger_lot (entry_id);

-- What an entry took from a lot (amount < 0) or gave back to it (amount > 0).
CREATE TABLE IF NOT EXISTS wx_ledger_lot_move (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lot_id bigint NOT NULL REFERENCES wx_ledger_lot,
    entry_id bigint NOT NULL REFERENCES wx_ledger_entry,
    amount bigint NOT NULL CHECK (amount <> 0)
);
CREATE INDEX IF NOT EXISTS wx_ledger_lot_move_lot ON wx_ledger_lot_move (lot_id);
CREATE INDEX IF NOT EXISTS wx_ledger_lot_move_entry ON wx_ledger_lot_move (entry_id);

-- Postings that no block has sealed yet. A queue, because a smaller id may commit later.
CREATE TABLE IF NOT EXISTS wx_ledger_unsealed (
    posting_id bigint PRIMARY KEY,
    queued_at timestamp NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000);

-- The chain: hash = SHA-256(previous hash ‖ canonical bytes of the postings by id).
CREATE TABLE IF NOT EXISTS wx_ledger_block (
    id bigint PRIMARY KEY CHECK (id > 0),  -- 1, 2, 3 … without a gap
    previous_hash bytea NOT NULL CHECK (length(previous_hash) = 32),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    postings int8multirange NOT NULL,
    posting_count int NOT NULL CHECK (posting_count > 0),
    sealed_at timestamp NOT NULL
);
