"""Attempts at suppliers: states, classes of errors, gaps."""

from types import MappingProxyType

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
    {
        'accepted',
        'processing',
        'unknown',
        'succeeded',
        'partially_succeeded',
        'failed',
        'cancelled',
        'reversed',
    }
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
ATTEMPT_DELIVERED = ('succeeded', 'partially_succeeded')

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
# Times one reference is sent again after a certain "too many calls".
MAX_THROTTLED = 6
# Time between looks at a number another order is being delivered to.
BUSY_SECONDS = 15

# How many characters tell how a person knows what became of an attempt by hand.
HAND_REASON_CHARS = 5
# Times an answer is written before it is lost to other transactions.
ANSWER_TRIES = 5
