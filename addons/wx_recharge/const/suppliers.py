"""Suppliers and their callbacks."""

ENDPOINTS = (
    ('production', 'Production'),
    ('supplier_sandbox', "Supplier's Sandbox"),
    ('simulator', 'Sandbox'),
)
# A token is renewed this long before its end.
TOKEN_MARGIN_SECONDS = 300
# A customer waits for the lookup: a slow supplier is not waited for.
LOOKUP_TIMEOUT_SECONDS = 4.0

# === CALLBACKS === #

CALLBACK_ROUTE = '/recharge/callback/<string:slug>'
CALLBACK_MAX_BYTES = 65536
SLUG_PATTERN = r'[0-9A-Za-z_-]{8,64}'
