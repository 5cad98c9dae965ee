"""Shipping information for WeChat."""

# Source: spec/wechat_miniprogram.md §9. WeChat learns of a payment with some delay.
SHIPPING_FIRST_DELAY_SECONDS = 10
SHIPPING_STATES = (
    ('pending', 'To Upload'),
    ('done', 'Uploaded'),
    ('needless', 'Not Needed'),
    ('failed', 'Failed'),
)
SHIPPING_DONE_CODES = frozenset({'10060002', '10060003', '10060023'})
SHIPPING_RETRY_CODES = frozenset({'10060001', '10060012', '10060019', '-1'})
# The state of the payment allows no shipping: settled, or refunded meanwhile.
SHIPPING_NO_STATE_CODE = '10060004'

# To-dos about uploads, and how many late ones the scheduled action takes at a time.
SHIPPING_ACTIVITY = 'wx_recharge.mail_activity_type_shipping'
SHIPPING_BATCH = 200
