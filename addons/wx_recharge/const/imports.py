"""Suppliers' products, import of catalogues, price rules."""

from types import MappingProxyType

# Source: spec/topup_suppliers.md §5.2
PRODUCT_KINDS = (
    ('airtime', 'Airtime'),
    ('data', 'Data'),
    ('bundle', 'Bundle'),
    ('pin', 'Voucher'),
    ('bill', 'Bill Payment'),
)
DENOMINATIONS = (('fixed', 'Fixed Amount'), ('range', 'Any Amount in a Range'))
REDEMPTIONS = (('immediate', 'Immediate'), ('pin', 'By PIN'))
PROCESSINGS = (('instant', 'Instant'), ('batch', 'In Batches'), ('slow', 'Slow'))

# Digits of costs and received amounts: suppliers have up to four, a share of a range more.
AMOUNT_DIGITS = (16, 6)

# === PRICE RULES === #

PRICE_ENDINGS = (
    ('none', 'As Computed'),
    ('00', 'Up to .00'),
    ('90', 'Up to .90'),
)

# A package is of these kinds; the key is what a supplier calls its product.
PACKAGE_KINDS = MappingProxyType({'airtime': 'airtime', 'data': 'data', 'bundle': 'data'})
