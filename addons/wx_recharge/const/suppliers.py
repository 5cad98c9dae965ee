"""Suppliers and their callbacks."""

ENDPOINTS = (
    ('production', 'Production'),
    ('supplier_sandbox', "Supplier's Sandbox"),
    ('simulator', 'Sandbox'),
)
# Source: spec/topup_suppliers.md §4
CHINA_PRESETS = (
    ('yrapi', 'yrapi (panel of many resellers)'),
    ('juhe', 'Juhe'),
    ('custom', 'Own'),
)
# A token is renewed this long before its end.
TOKEN_MARGIN_SECONDS = 300
# A customer waits for the lookup: a slow supplier is not waited for.
LOOKUP_TIMEOUT_SECONDS = 4.0

# Minutes without an outcome after which a person is called; slow products: hours.
# Source: spec/topup_suppliers.md §5.4, §4.3
ALERT_MINUTES = 30
SLOW_ALERT_HOURS = 72

# What is done when a part was delivered. Source: spec/topup_suppliers.md §4.4
PARTIAL_POLICIES = (
    ('person', 'A person decides'),
    ('refund', 'Refund the difference'),
)

# === CALLBACKS === #

CALLBACK_ROUTE = '/recharge/callback/<string:slug>'
CALLBACK_MAX_BYTES = 65536
SLUG_PATTERN = r'[0-9A-Za-z_-]{8,64}'
# Refused callbacks stand on the desk for so many hours.
REFUSED_HOURS = 24
