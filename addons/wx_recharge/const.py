"""Closed tables of the addon."""

from types import MappingProxyType

CALLBACK_ROUTE = '/recharge/callback/<string:slug>'
CALLBACK_MAX_BYTES = 65536
SLUG_PATTERN = r'[0-9A-Za-z_-]{8,64}'

KINDS = (('airtime', 'Airtime'), ('data', 'Data'))

# How long a customer has to pay, in seconds.
PAYMENT_SECONDS = 30 * 60

# === ORDERS === #

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
# top-up back; an anomaly only by a person, or because the supplier's answer came after all.
ORDER_TRANSITIONS = MappingProxyType(
    {
        'draft': frozenset({'awaiting_payment'}),
        'awaiting_payment': frozenset({'paid', 'closed', 'cancelled'}),
        'paid': frozenset({'fulfilling', 'failed'}),
        'fulfilling': frozenset({'delivered', 'failed', 'anomaly'}),
        'delivered': frozenset({'anomaly'}),
        'failed': frozenset({'refunding'}),
        'refunding': frozenset({'refunded'}),
        'refunded': frozenset(),
        'closed': frozenset(),
        'cancelled': frozenset(),
        'anomaly': frozenset({'delivered', 'failed'}),
    }
)

# Why an order failed, as the customer is told.
FAILURES = (
    ('invalid_number', 'The number cannot take this package.'),
    ('refused', 'The operator refused the top-up.'),
    ('unavailable', 'The operator is not available at the moment.'),
)

# === ATTEMPTS === #

# Source: spec/topup_suppliers.md §5.3
ATTEMPT_STATES = (
    ('draft', 'To Submit'),
    ('submitting', 'Submitting'),
    ('accepted', 'Accepted'),
    ('processing', 'Processing'),
    ('unknown', 'Unknown'),
    ('succeeded', 'Succeeded'),
    ('partially_succeeded', 'Partly Succeeded'),
    ('failed', 'Failed'),
    ('cancelled', 'Cancelled'),
    ('reversed', 'Reversed'),
    ('anomaly', 'Anomaly'),
)

_ANSWERS = frozenset(
    {'accepted', 'processing', 'unknown', 'succeeded', 'partially_succeeded', 'failed', 'cancelled'}
)

# `submitting` goes back to `draft` only when the supplier certainly executed nothing.
ATTEMPT_TRANSITIONS = MappingProxyType(
    {
        'draft': frozenset({'submitting', 'failed', 'cancelled'}),
        'submitting': _ANSWERS | {'draft'},
        'accepted': _ANSWERS - {'accepted'},
        'processing': _ANSWERS - {'accepted', 'processing'},
        'unknown': _ANSWERS - {'accepted', 'unknown'},
        'succeeded': frozenset({'reversed'}),
        'partially_succeeded': frozenset({'reversed'}),
        'failed': frozenset({'anomaly'}),
        'cancelled': frozenset({'anomaly'}),
        'reversed': frozenset({'anomaly'}),
        'anomaly': frozenset(),
    }
)

ATTEMPT_IN_FLIGHT = ('submitting', 'accepted', 'processing', 'unknown')
ATTEMPT_OPEN = ('draft', *ATTEMPT_IN_FLIGHT)

# Source: spec/topup_suppliers.md §5.4
RESULT_CLASSES = (
    ('final_input', 'Wrong Input'),
    ('final_operator', 'Refused by Operator'),
    ('retry_later', 'Try Later'),
    ('throttled', 'Too Many Calls'),
    ('account', 'Our Account'),
    ('duplicate_ref', 'Reference Used'),
    ('unknown', 'Unknown'),
)

# What the customer is told when the last attempt ended with this class.
FAILURE_OF_CLASS = MappingProxyType(
    {
        'final_input': 'invalid_number',
        'final_operator': 'refused',
        'retry_later': 'unavailable',
        'throttled': 'unavailable',
        'account': 'unavailable',
    }
)

# A product is tried this often when the supplier says "later", each time with a new reference.
MAX_RETRIES_LATER = 3
# Times one reference is sent again after a certain "too many calls", and the seconds between.
MAX_THROTTLED = 6
THROTTLED_SECONDS = 30
# Time between looks at a number another order is being delivered to.
BUSY_SECONDS = 15

# === SUPPLIERS === #

ENDPOINTS = (
    ('production', 'Production'),
    ('supplier_sandbox', "Supplier's Sandbox"),
    ('simulator', 'Sandbox'),
)
# A token is renewed this long before its end.
TOKEN_MARGIN_SECONDS = 300
# A customer waits for the lookup: a slow supplier is not waited for.
LOOKUP_TIMEOUT_SECONDS = 4.0

# === SHIPPING INFORMATION === #

# Source: spec/wechat_miniprogram.md §9. WeChat learns of a payment with some delay.
SHIPPING_FIRST_DELAY_SECONDS = 10
SHIPPING_STATES = (
    ('pending', 'To Upload'),
    ('done', 'Uploaded'),
    ('needless', 'Not Needed'),
    ('failed', 'Failed'),
)
SHIPPING_DONE_CODES = frozenset({'10060002', '10060003', '10060023'})
SHIPPING_RETRY_CODES = frozenset({'10060001', '10060012', '10060019', '-1'})
# The state of the payment allows no shipping: settled, or refunded meanwhile.
SHIPPING_NO_STATE_CODE = '10060004'
