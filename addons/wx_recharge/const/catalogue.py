"""What is sold."""

KINDS = (('airtime', 'Airtime'), ('data', 'Data'))

# How what was bought reaches the phone. Source: spec/topup_suppliers.md §5.2.
REDEMPTIONS = (
    ('immediate', 'At Once'),
    ('pin', 'By a Code'),
)

# Pictures of operators, for anybody; the rest of the address names operator and picture.
LOGO_PATH = '/recharge/logo'
