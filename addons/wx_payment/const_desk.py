"""Closed tables of channel choice, health, expiry and the repair desk."""

from types import MappingProxyType

# === HEALTH OF A CHANNEL === #

HEALTH_STATES = (
    ('up', 'Works'),
    ('degraded', 'Degraded'),
    ('down', 'Down'),
)
# Share of its weight that a channel takes part in the choice with.
HEALTH_SHARES = MappingProxyType({'up': 4, 'degraded': 1, 'down': 4})
CALL_OUTCOMES = (
    ('ok', 'Done'),
    ('refused', 'Refused'),
    ('locked', 'Not Let In'),
    ('unknown', 'No Answer'),
)
# The provider answered; that it said no is a matter of the payment, not of the channel.
WORKING_OUTCOMES = ('ok', 'refused')

# What is looked at, in seconds.
HEALTH_WINDOW = 15 * 60
# Failures in a row.
DEGRADED_AFTER = 2
DOWN_AFTER = 5
# Of that many calls or more, so few work.
HEALTH_MIN_CALLS = 10
DEGRADED_BELOW = 95
DOWN_BELOW = 50
# Half of the calls take longer, in milliseconds.
SLOW_MEDIAN = 5000
# Successes in a row after which a channel that was down works again.
UP_AFTER = 3
# A channel that does not work is asked once in so many seconds, if nothing else calls it.
PROBE_GAP = 30
# What calls are kept for people to look at, in seconds, and how many are removed at once.
CALL_KEEP = 24 * 3600
CALL_TRIM = 10_000

# === CHOICE === #

DEFAULT_WEIGHT = 10
MAX_WEIGHT = 1000

# === CERTIFICATES === #

# Days before the end on which finance is told.
EXPIRY_STEPS = (30, 7, 1, 0)
EXPIRY_STATES = (
    ('none', 'None'),
    ('valid', 'Valid'),
    ('soon', 'Expires Soon'),
    ('expired', 'Expired'),
)

# === REPAIR DESK === #

TROUBLES = (
    ('suspense', 'Money in suspense'),
    ('refund', 'Refund that does not go through'),
    ('abnormal', 'Refund that does not reach the customer'),
    ('notice', 'Notice that was not processed'),
    ('unknown', 'Payment of unknown outcome'),
    ('closing', 'Order that cannot be closed'),
)
# After so many seconds a thing that goes through by itself should have.
UNKNOWN_AFTER = 120
CLOSING_AFTER = 600

# === REFUNDS === #

# Providers take refunds for a year. Source: spec/wechat_pay_v3.md §8.
REFUND_DAYS = 365
