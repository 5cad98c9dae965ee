"""Orders: states, what a person may decide, what a customer is told."""

from types import MappingProxyType

# What companies begin with; each has its own in the settings.
PAYMENT_SECONDS = 30 * 60
CONFIRM_DAYS = 7
REFUND_REQUEST_DAYS = 7
SHIPPING_ALARM_HOURS = 24

# Coupons that one order may name.
COUPONS_MAX = 10

ORDER_NO_PATTERN = r'R[0-9]{22}'

ORDER_STATES = (
    ('draft', 'Draft'),
    ('awaiting_payment', 'Awaiting Payment'),
    ('paid', 'Paid'),
    ('fulfilling', 'In Progress'),
    ('delivered', 'Delivered'),
    ('failed', 'Failed'),
    ('refunding', 'Refunding'),
    ('refunded', 'Refunded'),
    ('closed', 'Closed'),
    ('cancelled', 'Cancelled'),
    ('anomaly', 'Needs a Person'),
)

# What a person may decide of an order that needs one, and how many characters tell why.
SETTLE_DECISIONS = (
    ('delivered', 'The customer has the top-up'),
    ('failed', 'Nothing was delivered: refund the customer'),
)
SETTLE_REASON_CHARS = 5

# state → states it may move to. A delivered order moves only when the supplier takes the
# top-up back, or a person gives the money back; an anomaly only by a person, or because the
# supplier's answer came after all.
ORDER_TRANSITIONS = MappingProxyType(
    {
        'draft': frozenset({'awaiting_payment'}),
        'awaiting_payment': frozenset({'paid', 'closed', 'cancelled'}),
        'paid': frozenset({'fulfilling', 'failed'}),
        'fulfilling': frozenset({'delivered', 'failed', 'anomaly'}),
        'delivered': frozenset({'anomaly', 'refunding'}),
        'failed': frozenset({'refunding'}),
        'refunding': frozenset({'refunded'}),
        'refunded': frozenset(),
        'closed': frozenset(),
        'cancelled': frozenset(),
        'anomaly': frozenset({'delivered', 'failed'}),
    }
)

# The customer has nothing of such an order: it does not count against limits.
ORDER_VOID_STATES = ('closed', 'cancelled', 'failed', 'refunding', 'refunded')

# Why an order failed, as the customer is told.
FAILURES = (
    ('invalid_number', 'The number cannot take this package.'),
    ('refused', 'The operator refused the top-up.'),
    ('unavailable', 'The operator is not available at the moment.'),
)

# What the texts of an order's messages may name, each with an example.
MESSAGE_SAMPLES = MappingProxyType(
    {
        'order_no': 'R2026112114050012345678',
        'package': 'AIS 100 THB',
        'operator': 'AIS',
        'phone': '+66812345678',
        'amount': '23.80',
        'time': '2026-11-21 14:05',
    }
)
