"""Closed tables of the addon."""

from types import MappingProxyType

# === STATES === #

# What a customer's payment goes through, and the moves that are allowed.
ORDER_STATES = (
    ('draft', 'Draft'),
    ('pending', 'Awaiting Payment'),
    ('paid', 'Paid'),
    ('refunding', 'Refunding'),
    ('refunded', 'Refunded'),
    ('closed', 'Closed'),
)
ORDER_MOVES = MappingProxyType(
    {
        'draft': frozenset({'pending', 'closed'}),
        'pending': frozenset({'paid', 'closed'}),
        'paid': frozenset({'refunding'}),
        # Back to paid when only a part was refunded, or a refund came to nothing.
        'refunding': frozenset({'paid', 'refunded'}),
        'refunded': frozenset(),
        'closed': frozenset(),
    }
)
# A part of an order: what a wallet gives, or what a channel brings.
LEG_KINDS = (('wallet', 'Wallet'), ('channel', 'Channel'))
LEG_STATES = (
    ('open', 'Open'),
    ('confirmed', 'Confirmed'),
    ('released', 'Released'),
)
LEG_MOVES = MappingProxyType(
    {
        # An open leg of a wallet is money on hold.
        'open': frozenset({'confirmed', 'released'}),
        'confirmed': frozenset(),
        'released': frozenset(),
    }
)
UNPAID_ORDER_STATES = frozenset({'draft', 'pending'})
REFUNDABLE_ORDER_STATES = frozenset({'paid', 'refunding'})

# One number at a provider. `suspense` holds money that pays for nothing: it is refunded.
ATTEMPT_STATES = (
    ('draft', 'Draft'),
    ('open', 'Open'),
    ('paid', 'Paid'),
    ('closed', 'Closed'),
    ('suspense', 'Suspense'),
)
ATTEMPT_MOVES = MappingProxyType(
    {
        # A notice may be quicker than the answer to our own prepay call.
        'draft': frozenset({'open', 'paid', 'closed', 'suspense'}),
        'open': frozenset({'paid', 'closed', 'suspense'}),
        'closed': frozenset({'suspense'}),
        'paid': frozenset(),
        'suspense': frozenset(),
    }
)
LIVE_ATTEMPT_STATES = frozenset({'draft', 'open'})
# The provider will not take money under this number any more.
CLOSED_TRADE_STATES = frozenset({'CLOSED', 'REVOKED', 'PAYERROR'})
SUSPENSE_REASONS = (
    ('late', 'Paid after closing'),
    ('double', 'Paid twice'),
    ('amount', 'Wrong amount'),
    ('payer', 'Paid by somebody else'),
    ('outside', 'Refunded outside'),
)

REFUND_STATES = (
    ('queued', 'To Send'),
    ('sent', 'Sent'),
    ('processing', 'Processing'),
    ('done', 'Refunded'),
    ('abnormal', 'Abnormal'),
    ('closed', 'Closed'),
)
REFUND_MOVES = MappingProxyType(
    {
        # What goes back to a wallet is there at once.
        'queued': frozenset({'sent', 'done'}),
        'sent': frozenset({'processing', 'done', 'abnormal', 'closed'}),
        'processing': frozenset({'done', 'abnormal', 'closed'}),
        'abnormal': frozenset({'done', 'closed'}),
        'done': frozenset(),
        'closed': frozenset(),
    }
)
FINAL_REFUND_STATES = frozenset({'done', 'closed'})
# Source: spec/wechat_pay_v3.md §8.
REFUND_STATUS_STATES = MappingProxyType(
    {
        'SUCCESS': 'done',
        'PROCESSING': 'processing',
        'ABNORMAL': 'abnormal',
        'CLOSED': 'closed',
    }
)

NOTIFICATION_STATES = (
    ('received', 'Received'),
    ('done', 'Processed'),
    ('ignored', 'Ignored'),
    ('refused', 'Refused'),
)

# === CHANNELS === #

ENDPOINTS = (
    ('production', 'Production'),
    ('production2', 'Production (disaster domain)'),
    ('simulator', 'Sandbox'),
)
VERIFICATIONS = (
    ('public_key', 'WeChat Pay public key'),
    ('certificates', 'Platform certificates'),
    ('both', 'Both (while migrating)'),
)
SCENES = (
    ('miniprogram', 'Mini-program'),
    ('jsapi', 'Official account'),
    ('app', 'App'),
    ('h5', 'Mobile page'),
    ('page', 'Computer page'),
    ('native', 'QR code to scan'),
    ('code', "Customer's payment code"),
    ('counter', 'Paid to staff'),
)
# Those that customers use themselves; the others are for staff.
CUSTOMER_SCENES = ('miniprogram', 'jsapi', 'app', 'h5', 'page', 'native')
# Whose payment code it is; source: spec/wechat_pay_v2.md §3 (micropay), alipay.md §5.2.
PAYMENT_CODES = (('wechat', r'1[0-5][0-9]{16}'), ('alipay', r'(2[5-9]|30)[0-9]{14,22}'))
# In these the customer's openid of the channel's app is asked for.
OPENID_SCENES = frozenset({'miniprogram', 'jsapi'})
MAX_WALLETS = 10
# How soon a customer who says "I have paid" has the provider asked again.
REFRESH_GAP = 3

# === LEDGER; reasons stand in wx_ledger's data === #

REASON_PAYMENT = '200001'
REASON_REFUND = '200002'
REASON_TO_SUSPENSE = '200003'
REASON_FROM_SUSPENSE = '200004'
REASON_CONVERSION = '400001'

# === NOTICES === #

# What an address is for; the same kinds of message come to all of them.
NOTICE_TOPICS = (
    ('notify', 'Payments'),
    ('refund', 'Refunds'),
    ('transfer', 'Transfers'),
)

NOTICE_ROUTES = '/payment/<string:word>/<any(notify, refund, transfer):topic>/<string:slug>'
# The encrypted part may have 1,048,576 characters (spec/wechat_pay_v3.md §11); ours are of 2 kB.
MAX_NOTICE_BYTES = 256 * 1024
# Kept of a notice's headers: what its signature was made of, and what support asks for.
KEPT_HEADERS = (
    'Wechatpay-Timestamp',
    'Wechatpay-Nonce',
    'Wechatpay-Signature',
    'Wechatpay-Serial',
    'Wechatpay-Signature-Type',
    'Request-Id',
)

# === TIMES, in seconds === #

# Queries of an order whose notice does not come; source: spec/wechat_pay_v3.md §13.
QUERY_GAPS = (5, 30, 60, 180, 300, 600, 1800)
# A code that staff scanned: how often to look, and when to take the payment back.
# Source: spec/wechat_pay_v2.md §3 (micropay), alipay.md §7.
CODE_QUERY_SECONDS = 5
CODE_WAIT_SECONDS = 45
# Closing an expired order that the provider will not close yet.
CLOSE_GAPS = (10, 30, 60, 180, 300, 600)
# A refund under way: steps of a minute, then slower; source: spec/wechat_pay_v3.md §8. The
# first look is earlier, because small refunds are often through within seconds.
REFUND_GAPS = (10, 60, 60, 60, 60, 60, 300, 600, 1200, 1800)
# A wallet is frozen: somebody has to open it first.
FROZEN_GAP = 3600
# The merchant's balance is too low: somebody has to top it up first.
REFUND_NO_FUNDS_GAP = 600
REFUND_MAX_TRIES_UNKNOWN_THERE = 8
# Source: spec/wechat_pay_v3.md §8.
MAX_REFUNDS_PER_PAYMENT = 50
# A prepay_id lives 2 h; an older one than this is fetched anew.
PREPAY_REUSE_SECONDS = 100 * 60
QR_BOX_PIXELS = 6
# How soon platform certificates may be fetched again because of an unknown serial.
CERTIFICATES_MIN_GAP = 300

# === PROVIDER'S CODES; source: spec/wechat_pay_v3.md §5, §7, §8 === #

CODE_ORDER_CLOSED = 'ORDER_CLOSED'
CODE_NOT_ENOUGH = 'NOT_ENOUGH'
# The number is of no use any more: another one has to be opened.
CODES_NUMBER_SPENT = frozenset({'ORDER_PAID', 'ORDER_CLOSED', 'OUT_TRADE_NO_USED'})
