"""Closed tables of the ledger. Source: spec/ledger_design.md."""

ASSET_KINDS = (('money', 'Money'), ('points', 'Points'))

ACCOUNT_KINDS = (
    ('central', 'Central Bank'),  # issuer: negative by what is in circulation
    ('system', 'System Bank'),  # of the platform, by purpose
    ('user', 'User'),  # customers, merchants, owners of groups
)
OWNER_KINDS = (
    ('platform', 'Platform'),
    ('customer', 'Customer'),
    ('merchant', 'Merchant'),
    ('group_owner', 'Group Owner'),
)
# Serial accounts have a limit, a version and a locked row; deferred ones are only appended to.
BOOKING_MODES = (('serial', 'Serial'), ('deferred', 'Deferred'))
ACCOUNT_STATES = (('open', 'Open'), ('frozen', 'Frozen'), ('closed', 'Closed'))

# Purposes the ledger itself uses; other addons add their own by `selection_add`.
PURPOSES = (
    ('issue', 'Issue'),
    ('gift', 'Gifts'),
    ('fee', 'Fees'),
    ('suspense', 'Suspense'),
    ('clearing', 'Clearing'),
    ('settlement', 'Settlement'),
    ('sales', 'Sales'),
    ('expiry', 'Expiry'),
    ('liquidity', 'Conversion'),
    ('rounding', 'Rounding'),
    ('adjustment', 'Adjustments'),
    ('wallet', 'Wallet'),
)

# System accounts that should not fall below their limit: folding reports it.
WATCHED_PURPOSES = ('fee', 'suspense', 'settlement', 'expiry', 'rounding')

HOLD_STATES = (
    ('open', 'Open'),
    ('captured', 'Captured'),
    ('released', 'Released'),
    ('expired', 'Expired'),
)

HOLD_EVENTS = (
    ('opened', 'Opened'),
    ('captured', 'Captured'),
    ('released', 'Released'),
    ('expired', 'Expired'),
)

# First digit of a reason's code → business.
REASON_RANGES = (
    ('1', 'Top-Up and Gift'),
    ('2', 'Payment and Refund'),
    ('3', 'Withdrawal and Red Packet'),
    ('4', 'Conversion'),
    ('5', 'Settlement and Fees'),
    ('9', 'Correction'),
)

# Reasons that the ledger itself gives; wx_ledger_data.xml describes them.
REASON_EXPIRY = '100009'
REASON_CONVERSION = '400001'
REASON_ROUNDING = '400002'
REASON_FEE = '500002'
REASON_REVERSAL = '900002'

MAX_INT8 = 2**63 - 1
MAX_TRANSFERS = 10_000  # in one posting
MAX_KEY_CHARS = 200
FOLD_BATCH = 100_000  # deltas
SEAL_BATCH = 5_000  # postings in one block
HOLD_BATCH = 50  # holds that expire in one transaction
LOT_BATCH = 500  # lots that are looked for at a time
CHECKPOINT_DELAY_HOURS = 1  # a day is checkpointed when it has been over for so long
UNSEALED_ALARM_MINUTES = 15
