"""Closed tables of the addon."""

# Owner of a customer's accounts, as the ledger keeps it.
OWNER_MODEL = 'wx.user'
OWNER_KIND = 'customer'
PURPOSE = 'wallet'

# What can be a code at all: part of a path, and a text for the database.
ASSET_CODE = r'[^/\x00]+'

# What another customer is told to send something to: 64 random bits: eighteen billion tries hit
# one of a billion wallets, at ten a minute. The database makes it, because customers
# are inserted by plain SQL when they log in for the first time.
WALLET_NO_SQL = 'upper(left(gen_random_uuid()::varchar, 8) || right(gen_random_uuid()::varchar, 8))'
WALLET_NO_PATTERN = r'[0-9A-F]{16}'

REASON_TRANSFER = '500003'

PAGE = 20
PAGE_MAX = 100
