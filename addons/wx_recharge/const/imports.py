"""Suppliers' products, import of catalogues, price rules."""

from types import MappingProxyType

# Source: spec/topup_suppliers.md §5.2
PRODUCT_KINDS = (
    ('airtime', 'Airtime'),
    ('data', 'Data'),
    ('bundle', 'Bundle'),
    ('pin', 'Voucher'),
    ('bill', 'Bill Payment'),
)
DENOMINATIONS = (('fixed', 'Fixed Amount'), ('range', 'Any Amount in a Range'))
REDEMPTIONS = (('immediate', 'Immediate'), ('pin', 'By PIN'))
PROCESSINGS = (('instant', 'Instant'), ('batch', 'In Batches'), ('slow', 'Slow'))

SIDES = (('send', 'What We Pay'), ('receive', 'What Arrives'))

# Digits of costs and received amounts: suppliers have up to four, a share of a range more.
AMOUNT_DIGITS = (16, 6)

# === PRICE RULES === #

PRICE_ENDINGS = (
    ('none', 'As Computed'),
    ('00', 'Up to .00'),
    ('90', 'Up to .90'),
)

# A package is of these kinds; the key is what a supplier calls its product.
PACKAGE_KINDS = MappingProxyType(
    {'airtime': 'airtime', 'pin': 'airtime', 'data': 'data', 'bundle': 'data'}
)

# Facts that tell what a customer gets; of a range, the ends tell it of each amount.
ARRIVING_AMOUNT = (
    *('receive_amount', 'receive_min', 'receive_max', 'amount_min', 'amount_max'),
    'receive_currency_id',
)
ARRIVING = (*ARRIVING_AMOUNT, 'kind', 'redemption', 'denomination')

# === IMPORTS === #

IMPORT_STATES = (
    ('queued', 'Fetching'),
    ('fetched', 'Comparing'),
    ('review', 'To Review'),
    ('applying', 'Applying'),
    ('done', 'Done'),
    ('failed', 'Failed'),
    ('cancelled', 'Cancelled'),
    ('replaced', 'Replaced'),
)
# One of these for a supplier at a time; the unique index says the same.
IMPORT_RUNNING = ('queued', 'fetched', 'applying')
IMPORT_MOVES = MappingProxyType(
    {
        'queued': frozenset({'fetched', 'failed', 'cancelled'}),
        'fetched': frozenset({'review', 'applying', 'done', 'failed', 'cancelled'}),
        'review': frozenset({'applying', 'done', 'replaced'}),
        'applying': frozenset({'review', 'done', 'failed'}),
        'failed': frozenset({'queued', 'applying', 'replaced'}),
        'done': frozenset(),
        'cancelled': frozenset(),
        'replaced': frozenset(),
    }
)
IMPORT_TRIES = 5

DIFFERENCE_KINDS = (
    ('new', 'New'),
    ('price', 'Cost Changed'),
    ('other', 'Otherwise Changed'),
    ('gone', 'Gone'),
)
DIFFERENCE_STATES = (
    ('open', 'Open'),
    ('queued', 'Being Applied'),
    ('applied', 'Applied'),
    ('ignored', 'Ignored'),
    ('replaced', 'Replaced'),
)
# Why a difference cannot be applied as it is.
DIFFERENCE_PROBLEMS = (
    ('country', 'Unknown Country'),
    ('currency', 'Unknown Currency'),
    ('cost', 'No Cost'),
)
# Differences of old imports are kept so many days.
DIFFERENCE_DAYS = 90

# What becomes of products that are new.
PACKAGE_POLICIES = (
    ('none', 'Only the supplier product'),
    ('hidden', 'Make packages, archived until somebody sells them'),
    ('sold', 'Make packages and sell them'),
)

# Products that are in memory at a time, and rows that one transaction applies.
FETCH_BATCH = 2_000
APPLY_BATCH = 1_000
# A job that has more to do lets others go first after so many seconds.
SLICE_SECONDS = 60
# From so many rows on PostgreSQL is told at once what it would find out by itself later.
ANALYZE_ROWS = 5_000
# How long a step may be silent before another process begins it again.
LEASE_SECONDS = 300
SKU_CHARS = 128
TEXT_CHARS = 4_000

# === PRICE CHANGES === #

PRICE_STATES = (
    ('queued', 'To Compute'),
    ('computing', 'Computing'),
    ('review', 'To Review'),
    ('applying', 'Applying'),
    ('done', 'Done'),
    ('failed', 'Failed'),
    ('replaced', 'Replaced'),
)
PRICE_MOVES = MappingProxyType(
    {
        'queued': frozenset({'computing', 'failed'}),
        'computing': frozenset({'review', 'applying', 'done', 'failed'}),
        'review': frozenset({'applying', 'done', 'replaced'}),
        'applying': frozenset({'review', 'done', 'failed'}),
        'failed': frozenset({'computing', 'applying', 'replaced'}),
        'done': frozenset(),
        'replaced': frozenset(),
    }
)
CHANGE_STATES = DIFFERENCE_STATES
