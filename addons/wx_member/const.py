"""Closed tables of the addon."""

from types import MappingProxyType

# === PLANS === #

DURATION_UNITS = (('month', 'Month(s)'), ('day', 'Day(s)'))
# A plan of a hundred years is a slip of the finger.
MAX_DURATION = 1200
# So many are shown to customers; a shop has a handful.
PLANS_MAX = 100
# What a level multiplies points by when it says nothing: once.
PLAIN_PERCENT = 100

# === MEMBERSHIPS === #

MEMBERSHIP_STATES = (
    ('waiting', 'Waiting'),
    ('active', 'Active'),
    ('ended', 'Ended'),
)

# How long before its end a membership is reminded of, in days, unless the shop says otherwise.
REMIND_DAYS = 3
EVENT_ENDING = 'membership_ending'

# === ORDERS === #

ORIGINS = (
    ('sale', 'Bought'),
    ('grant', 'Granted by Staff'),
)
ORDER_STATES = (
    ('draft', 'Draft'),
    ('awaiting_payment', 'Awaiting Payment'),
    ('paid', 'Paid'),
    ('active', 'Booked'),
    ('refunding', 'Refunding'),
    ('refunded', 'Refunded'),
    ('closed', 'Closed'),
    ('cancelled', 'Cancelled'),
)
# What costs nothing is never awaited. A booked order is taken back when its whole price has
# gone back to the customer, or, if it cost nothing, by staff.
ORDER_TRANSITIONS = MappingProxyType(
    {
        'draft': frozenset({'awaiting_payment', 'paid'}),
        'awaiting_payment': frozenset({'paid', 'closed', 'cancelled'}),
        'paid': frozenset({'active'}),
        'active': frozenset({'refunding', 'refunded', 'cancelled'}),
        # Back to booked when a refund came to nothing.
        'refunding': frozenset({'active', 'refunded'}),
        'refunded': frozenset(),
        'closed': frozenset(),
        'cancelled': frozenset(),
    }
)

# How long a customer has to pay, in seconds.
PAYMENT_SECONDS = 30 * 60
ORDER_NO_PATTERN = r'M[0-9]{22}'
# How many characters tell why staff give or take something.
REASON_CHARS = 5

# === LEDGER; reasons stand in wx_ledger's data === #

OWNER_KIND = 'customer'
REASON_POINTS = '100003'

# What the texts of the reminder may name, each with an example.
MESSAGE_SAMPLES = MappingProxyType(
    {'level': 'Gold', 'plan': 'Gold, one month', 'until': '2026-12-20', 'days': '3'}
)
