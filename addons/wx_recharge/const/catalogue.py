"""What is sold."""

KINDS = (('airtime', 'Airtime'), ('data', 'Data'))
