"""Closed tables of the proof. The checks are the functions `wx_ledger_prove_<code>` in sql/."""

from types import MappingProxyType

# In the order in which they run.
PROOF_CHECKS = (
    ('assets', 'Every asset sums to zero'),
    ('serial', 'Versions, running balances and balances of serial accounts'),
    ('deferred', 'Balances of deferred accounts'),
    ('held', 'What accounts hold'),
    ('lot_sums', 'Lots make up balances'),
    ('deltas', 'What waits for folding'),
    ('checkpoints', 'Balances at the end of days'),
    ('transfers', 'Postings balanced, entries as their transfers say'),
    ('reversals', 'Reversals within their originals'),
    ('holds', 'Holds and their history'),
    ('lots', 'Lots and their moves'),
    ('chain', 'Chain of blocks unbroken'),
    ('sealed', 'Every posting sealed once'),
    ('anchors', 'Ends of the chain that earlier proofs wrote down'),
    ('queue', 'Sealing keeps up'),
)
# Ids in the first slice of a check; later slices follow the time it took.
PROOF_WIDTHS = MappingProxyType(
    {
        'assets': 1,
        'serial': 500,
        'deferred': 10,
        'held': 10_000,
        'lot_sums': 10_000,
        'deltas': 100_000,
        'checkpoints': 1,
        'transfers': 20_000,
        'reversals': 50_000,
        'holds': 20_000,
        'lots': 20_000,
        'chain': 4,
        'sealed': 20_000,
        'anchors': 1_000,
    }
)
# All that a proof of chosen accounts can tell: checks by ranges of accounts, and others whose
# findings belong to accounts.
ACCOUNT_RANGES = ('serial', 'deferred', 'held', 'lot_sums')
ACCOUNT_CHECKS = ('deltas', 'checkpoints', 'holds', 'lots')

PROOF_PROBLEMS = (
    ('asset_sum', 'The asset does not sum to zero'),
    ('version_gap', 'An entry is missing, or one is too many'),
    ('running_balance', 'An entry does not continue where the one before it ended'),
    ('last_version', 'Number of entries and version of the account differ'),
    ('balance', 'The balance is not the sum of its entries'),
    ('held', 'The open holds do not make up what is held'),
    ('lot_sum', 'The open lots do not make up the balance'),
    ('delta', 'What waits for folding is not what was booked'),
    ('checkpoint', 'The balance of a day is not the sum of its entries'),
    ('entry', 'An entry is not what its transfer says'),
    ('asset', 'An account of another asset'),
    ('posting', 'A transfer has another time than its posting'),
    ('reversal', 'A reversal is larger than what it reverses, or not its opposite'),
    ('reversal_count', 'What is noted as reversed is not the sum of the reversals'),
    ('hold_events', 'The history of the hold tells something else'),
    ('hold_transfers', 'What was captured is not what was transferred'),
    ('lot_moves', 'What remains of the lot is not what its moves left'),
    ('lot_entry', 'The lot was not opened by an entry of its account'),
    ('block_link', 'The block does not follow the one before it'),
    ('block_count', 'The block does not have the postings it names'),
    ('block_hash', 'The content of the block was changed'),
    ('posting_missing', 'A posting is gone'),
    ('posting_sealed', 'The posting is not in exactly one block'),
    ('posting_empty', 'The posting has no transfer'),
    ('anchor', 'The chain was rewritten since an earlier proof'),
    ('unsealed', 'Postings wait too long for their block'),
)
PROOF_SUBJECTS = (
    ('asset', 'Asset'),
    ('account', 'Account'),
    ('transfer', 'Transfer'),
    ('entry', 'Entry'),
    ('posting', 'Posting'),
    ('hold', 'Hold'),
    ('lot', 'Lot'),
    ('block', 'Block'),
)
PROOF_STATES = (
    ('running', 'Running'),
    ('stopped', 'Stopped'),
    ('clean', 'No Difference'),
    ('found', 'Differences Found'),
)
FINDING_STATES = (
    ('open', 'Open'),
    ('known', 'Settled Before'),
    ('resolved', 'Settled'),
)
MAX_FINDINGS = 200  # that one slice writes down; the rest is counted
TOLD_FINDINGS = 20  # in one message
SLICE_SECONDS = (0.5, 3.0)  # a faster slice doubles the next one, a slower one halves it
FREEZE_TRIES = 10  # in one run: accounts at work are passed over
SEAL_TRANSFERS = 50_000  # no posting is added to a block that has so many
EXPORT_BATCH = 2_000  # rows that the export fetches at once
CHECKPOINT_DAYS = 31  # in one transaction
