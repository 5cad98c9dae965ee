"""Whose network a number is in."""

# How long a supplier's answer about a number is believed.
LOOKUP_DAYS = 30
# How long it is kept how often a customer has asked.
USAGE_DAYS = 7
# Where candidates come from; `none`: nobody knew, or could be asked.
LOOKUP_SOURCES = ('prefix', 'supplier', 'none')
