"""Who and what is not sold to."""

BLACKLIST_KINDS = (
    ('user', 'Customer'),
    ('number', 'Number'),
    ('prefix', 'Prefix'),
    ('country', 'Country'),
)
# How long a refused order is remembered.
HIT_DAYS = 365
