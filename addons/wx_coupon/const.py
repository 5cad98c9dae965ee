"""Closed tables of the addon."""

from types import MappingProxyType

KINDS = (('fixed', 'Amount'), ('percent', 'Per Cent'))
VALIDITIES = (('absolute', 'Between two dates'), ('relative', 'Days after it is issued'))
AUDIENCES = (('all', 'Everybody'), ('new', 'New Customers'), ('level', 'Member Levels'))

# Events that give a coupon without anybody asking.
OCCASIONS = (
    ('registration', 'Registration'),
    ('membership', 'Begin of a Membership'),
    ('birthday', 'Birthday'),
)

TEMPLATE_STATES = (('draft', 'Draft'), ('open', 'Open'), ('ended', 'Ended'))
TEMPLATE_TRANSITIONS = MappingProxyType(
    {
        'draft': frozenset({'open'}),
        'open': frozenset({'ended'}),
        'ended': frozenset(),
    }
)

# `ready`: a printed code that nobody has redeemed yet.
COUPON_STATES = (
    ('ready', 'Not Redeemed'),
    ('issued', 'Issued'),
    ('held', 'Held'),
    ('used', 'Used'),
    ('expired', 'Expired'),
    ('void', 'Void'),
)
# From held and used a coupon is given back: to issued while it is valid, else to expired.
COUPON_TRANSITIONS = MappingProxyType(
    {
        'ready': frozenset({'issued', 'expired', 'void'}),
        'issued': frozenset({'held', 'expired', 'void'}),
        'held': frozenset({'used', 'issued', 'expired'}),
        'used': frozenset({'issued', 'expired'}),
        'expired': frozenset(),
        'void': frozenset(),
    }
)

# How a coupon came to its owner.
SOURCES = (
    ('claim', 'Claimed'),
    ('code', 'Code'),
    ('gift', 'Gift'),
    ('registration', 'Registration'),
    ('membership', 'Membership'),
    ('birthday', 'Birthday'),
    ('plan', 'Member Plan'),
)

JOB_TARGETS = (
    ('all', 'All Customers'),
    ('domain', 'Customers who match'),
    ('list', 'Chosen Customers'),
)
JOB_STATES = (
    ('draft', 'Draft'),
    ('running', 'Running'),
    ('stopped', 'Stopped'),
    ('done', 'Done'),
)
JOB_TRANSITIONS = MappingProxyType(
    {
        'draft': frozenset({'running'}),
        'running': frozenset({'stopped', 'done'}),
        'stopped': frozenset({'running'}),
        'done': frozenset(),
    }
)

# Codes: no 0 and O, no 1, I and L, which look alike in print. 31 ** 12 is about 2 ** 59.
CODE_ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'
CODE_CHARS = 12
CODE_GROUP_CHARS = 4
# What the API takes for a code; what is not a code is not searched.
CODE_INPUT = r'[0-9A-Za-z -]{12,32}'
CODES_AT_ONCE = 10_000

# Coupons inserted by one statement.
ROWS_AT_ONCE = 1_000
# Customers served by one step of a job, and rows changed by one statement of a scheduled action.
JOB_BATCH = 500
CRON_BATCH = 2_000
# A coupon is brought to mind that many days before its end.
REMIND_DAYS = 3
# Birthdays that the machine missed are made up for within this time.
BIRTHDAY_LATE_DAYS = 7

# Payment orders that make a customer no longer new.
PAID_STATES = frozenset({'paid', 'refunding'})

# What the reminder may say: the coupon that ends first, how many end soon, when the first does.
MESSAGE_SAMPLES = MappingProxyType(
    {'coupon': '5 yuan off', 'count': '2', 'expires': '2026-05-20 18:30'}
)
