-- Proof of the chain; see prove_accounts.sql for what these functions share, seal.sql for the
-- bytes that are hashed.

-- Each block follows the one before it and hashes to what it says.
CREATE OR REPLACE FUNCTION wx_ledger_prove_chain(first bigint, last bigint)
RETURNS TABLE (problem text, subject text, subject_id bigint, account_id int,
               expected text, found text)
LANGUAGE sql STABLE AS $$
    SELECT v.problem, 'block', b.id, NULL::int, v.expected, v.found
      FROM wx_ledger_block b
      LEFT JOIN wx_ledger_block p ON p.id = b.id - 1
     CROSS JOIN LATERAL (SELECT wx_ledger_block_postings(b.postings, b.posting_count) AS ids
                         OFFSET 0) content
     CROSS JOIN LATERAL (SELECT count(*) AS size FROM wx_ledger_posting o
                          WHERE o.id = ANY (content.ids)) present
     CROSS JOIN LATERAL (VALUES
            ('block_link', encode(CASE WHEN b.id = 1 THEN decode(repeat('00', 32), 'hex')
                                       ELSE p.hash END, 'hex'), encode(b.previous_hash, 'hex')),
            ('block_count', present.size::text, b.posting_count::text),
            ('block_hash', encode(wx_ledger_block_hash(b.previous_hash, content.ids), 'hex'),
             encode(b.hash, 'hex'))
            ) AS v (problem, expected, found)
     WHERE b.id BETWEEN first AND last AND v.expected IS DISTINCT FROM v.found
$$;

-- Every posting has a transfer and is in exactly one block, or waits for one; blocks and queue
-- name only postings that exist. The range is one of postings.
CREATE OR REPLACE FUNCTION wx_ledger_prove_sealed(first bigint, last bigint)
RETURNS TABLE (problem text, subject text, subject_id bigint, account_id int,
               expected text, found text)
LANGUAGE sql STABLE AS $$
    SELECT v.problem, 'posting', v.id, NULL::int, '1', v.found::text
      FROM (SELECT o.id AS posting_id, COALESCE(o.id, s.id, u.posting_id) AS id,
                   COALESCE(s.blocks, 0) + (u.posting_id IS NOT NULL)::int AS places,
                   EXISTS (SELECT FROM wx_ledger_transfer t
                            WHERE t.posting_id = o.id) AS has_transfer
              FROM (SELECT id FROM wx_ledger_posting WHERE id BETWEEN first AND last) o
              FULL JOIN (SELECT i AS id, count(*) AS blocks
                           FROM wx_ledger_block b,
                                unnest(b.postings * int8multirange(int8range(first, last, '[]'))) r,
                                generate_series(lower(r), upper(r) - 1) i
                          WHERE b.postings && int8range(first, last, '[]')
                          GROUP BY i) s ON s.id = o.id
              FULL JOIN (SELECT posting_id FROM wx_ledger_unsealed
                          WHERE posting_id BETWEEN first AND last) u
                     ON u.posting_id = COALESCE(o.id, s.id)) x
     CROSS JOIN LATERAL (VALUES
            ('posting_missing', x.posting_id IS NULL, 0),
            ('posting_sealed', x.posting_id IS NOT NULL AND x.places <> 1, x.places),
            ('posting_empty', x.posting_id IS NOT NULL AND NOT x.has_transfer, 0)
            ) AS p (problem, is_wrong, found)
     CROSS JOIN LATERAL (SELECT p.problem, x.id, p.found) AS v
     WHERE p.is_wrong
$$;

-- What an earlier proof wrote down as the end of the chain is still in it. The range is one of
-- proofs.
CREATE OR REPLACE FUNCTION wx_ledger_prove_anchors(first bigint, last bigint)
RETURNS TABLE (problem text, subject text, subject_id bigint, account_id int,
               expected text, found text)
LANGUAGE sql STABLE AS $$
    SELECT 'anchor', 'block', p.last_block, NULL::int, p.last_hash, encode(b.hash, 'hex')
      FROM wx_ledger_proof p
      LEFT JOIN wx_ledger_block b ON b.id = p.last_block
     WHERE p.id BETWEEN first AND last AND p.last_hash IS NOT NULL
       AND encode(b.hash, 'hex') IS DISTINCT FROM p.last_hash
$$;
