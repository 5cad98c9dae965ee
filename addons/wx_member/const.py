"""Closed tables of the addon."""

DURATION_UNITS = (('month', 'Months'), ('day', 'Days'))
# A plan of a hundred years is a slip of the finger.
MAX_DURATION = 1200

MEMBERSHIP_STATES = (
    ('waiting', 'Waiting'),
    ('active', 'Active'),
    ('ended', 'Ended'),
)

# === LEDGER; reasons stand in wx_ledger's data === #

OWNER_KIND = 'customer'
REASON_POINTS = '100003'
# What a level multiplies points by when it says nothing: once.
PLAIN_PERCENT = 100
