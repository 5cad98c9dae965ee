"""What is sold."""

KINDS = (('airtime', 'Airtime'), ('data', 'Data'))

# How what was bought reaches the phone. Source: spec/topup_suppliers.md §4.
REDEMPTIONS = (
    ('immediate', 'At Once'),
    ('pin', 'By a Code'),
)
# What clients say they run on; a package may be hidden from either.
PLATFORMS = ('ios', 'android')
