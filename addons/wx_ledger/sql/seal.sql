-- The chain. Everything here may run twice.
--
-- Canonical bytes of a posting: one line for the posting, then, by id, one for each transfer,
-- each followed by one for each of its entries. A line is the JSON array of the row's columns in
-- the order below, as json_build_array() writes it (", " between the elements, UTF-8, times in
-- ISO 8601 without zone, the digest in hex), ended by a line feed:
--
--   ["P", id, company, key, digest, user, posted_at, event_at, document_model, document_id, note,
--    rate]
--   ["T", id, posting, asset, debit account, credit account, amount, reason, posted_at,
--    reverses, hold]
--   ["E", id, transfer, account, amount, version, balance_before, balance_after, posted_at]
--
-- A block's hash is SHA-256(previous block's hash ‖ canonical bytes of its postings by id); the
-- first block follows 32 zero bytes. The export writes the very same lines, so that whoever has
-- it can hash them without knowing how PostgreSQL writes JSON.

CREATE OR REPLACE FUNCTION wx_ledger_lines(posting_ids bigint[])
RETURNS TABLE (posting_id bigint, transfer_id bigint, entry_id bigint, line text)
LANGUAGE sql STABLE AS $$
    SELECT p.id, 0::bigint, 0::bigint,
           json_build_array('P', p.id, p.company_id, p.key, encode(p.digest, 'hex'), p.user_id,
               p.posted_at, p.event_at, p.document_model, p.document_id, p.note,
               p.rate_id)::text
      FROM wx_ledger_posting p
     WHERE p.id = ANY ((SELECT posting_ids)::bigint[])
    UNION ALL
    SELECT t.posting_id, t.id, 0::bigint,
           json_build_array('T', t.id, t.posting_id, t.asset_id, t.debit_account_id,
               t.credit_account_id, t.amount, t.reason_id, t.posted_at, t.reverses_id,
               t.hold_id)::text
      FROM wx_ledger_transfer t
     WHERE t.posting_id = ANY ((SELECT posting_ids)::bigint[])
    UNION ALL
    SELECT t.posting_id, t.id, e.id,
           json_build_array('E', e.id, e.transfer_id, e.account_id, e.amount, e.version,
               e.balance_before, e.balance_after, e.posted_at)::text
      FROM wx_ledger_transfer t
     CROSS JOIN (VALUES (0), (1)) AS side (number)
      JOIN wx_ledger_entry e ON e.id = 2 * t.id + side.number
     WHERE t.posting_id = ANY ((SELECT posting_ids)::bigint[])
     ORDER BY 1, 2, 3
$$;

CREATE OR REPLACE FUNCTION wx_ledger_block_hash(previous_hash bytea, posting_ids bigint[])
RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT sha256(previous_hash || convert_to(string_agg(
               line || E'\n', '' ORDER BY posting_id, transfer_id, entry_id), 'UTF8'))
      FROM wx_ledger_lines(posting_ids)
$$;

-- Ids of a block's postings. One that claims more than any block has is not read: its ranges may
-- have been made endless.
CREATE OR REPLACE FUNCTION wx_ledger_block_postings(postings int8multirange, posting_count int)
RETURNS bigint[] LANGUAGE sql IMMUTABLE AS $$
    SELECT array_agg(i)
      FROM (SELECT sum(upper(r)::numeric - lower(r)) AS size FROM unnest(postings) r) claimed,
           unnest(postings) r, generate_series(lower(r), upper(r) - 1) i
     WHERE claimed.size = posting_count AND posting_count <= 1000000
$$;

-- Seal one block of waiting postings, lowest ids first: at most `max_postings`, and no further
-- posting once `max_transfers` are in. Returns no row when nothing waits or somebody else seals.
-- Committed queue rows are all that is visible, so a posting that commits late waits its turn.
CREATE OR REPLACE FUNCTION wx_ledger_seal(max_postings int, max_transfers int)
RETURNS TABLE (block_id bigint, block_hash text, sealed int)
LANGUAGE plpgsql AS $$
DECLARE
    ids bigint[];
    previous wx_ledger_block;
    deleted int;
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('wx_ledger_seal', 0)) THEN
        RETURN;
    END IF;
    SELECT array_agg(posting_id ORDER BY posting_id) INTO ids
      FROM (SELECT w.posting_id, n, sum(n) OVER (ORDER BY w.posting_id) AS through
              FROM (SELECT posting_id FROM wx_ledger_unsealed
                     ORDER BY posting_id LIMIT max_postings) w
             CROSS JOIN LATERAL (SELECT count(*) AS n FROM wx_ledger_transfer t
                                  WHERE t.posting_id = w.posting_id) c) counted
     WHERE through - n < max_transfers;
    IF ids IS NULL THEN
        RETURN;
    END IF;
    DELETE FROM wx_ledger_unsealed WHERE posting_id = ANY (ids);
    GET DIAGNOSTICS deleted = ROW_COUNT;
    IF deleted <> cardinality(ids) THEN
        RAISE EXCEPTION 'postings were sealed by somebody else' USING ERRCODE = '40001';
    END IF;
    SELECT * INTO previous FROM wx_ledger_block ORDER BY id DESC LIMIT 1;
    RETURN QUERY
    INSERT INTO wx_ledger_block (id, previous_hash, hash, postings, posting_count, sealed_at)
    SELECT COALESCE(previous.id, 0) + 1, start.hash, wx_ledger_block_hash(start.hash, ids),
           (SELECT range_agg(int8range(i, i, '[]')) FROM unnest(ids) i), cardinality(ids),
           clock_timestamp() AT TIME ZONE 'UTC'
      FROM (SELECT COALESCE(previous.hash, decode(repeat('00', 32), 'hex')) AS hash) start
    RETURNING id, encode(hash, 'hex'), posting_count;
END
$$;
