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
UNPAID_ORDER_STATES = frozenset({'draft', 'pending'})
REFUNDABLE_ORDER_STATES = frozenset({'paid', 'refunding'})

# One number at the provider. `suspense` holds money that pays for nothing: it is refunded.
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
        'queued': frozenset({'sent'}),
        'sent': frozenset({'processing', 'done', 'abnormal', 'closed'}),
        'processing': frozenset({'done', 'abnormal', 'closed'}),
        'abnormal': frozenset({'done', 'closed'}),
        'done': frozenset(),
        'closed': frozenset(),
    }
)
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

CHANNEL_KINDS = (('wxpay_v3', 'WeChat Pay v3'),)
ENDPOINTS = (
    ('production', 'WeChat Pay'),
    ('production2', 'WeChat Pay (disaster domain)'),
    ('simulator', 'Sandbox'),
)
# Source: spec/wechat_pay_v3.md §1.
ENDPOINT_URLS = MappingProxyType(
    {
        'production': 'https://api.mch.weixin.qq.com',
        'production2': 'https://api2.mch.weixin.qq.com',
    }
)
VERIFICATIONS = (
    ('public_key', 'WeChat Pay public key'),
    ('certificates', 'Platform certificates'),
    ('both', 'Both (while migrating)'),
)
SCENE_MINIPROGRAM = 'miniprogram'
SCENES = ((SCENE_MINIPROGRAM, 'Mini-program'),)

# === NOTICES === #

NOTIFY_PATH = '/payment/wechat/notify/'
NOTIFY_ROUTE = f'{NOTIFY_PATH}<string:slug>'
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
# Closing an expired order that the provider will not close yet.
CLOSE_GAPS = (10, 30, 60, 180, 300, 600)
# A refund under way: steps of a minute, then slower; source: spec/wechat_pay_v3.md §8. The
# first look is earlier, because small refunds are often through within seconds.
REFUND_GAPS = (10, 60, 60, 60, 60, 60, 300, 600, 1200, 1800)
# The merchant's balance is too low: somebody has to top it up first.
REFUND_NO_FUNDS_GAP = 600
REFUND_MAX_TRIES_UNKNOWN_THERE = 8
# Source: spec/wechat_pay_v3.md §8.
MAX_REFUNDS_PER_PAYMENT = 50
# A prepay_id lives 2 h; an older one than this is fetched anew.
PREPAY_REUSE_SECONDS = 100 * 60
# How soon platform certificates may be fetched again because of an unknown serial.
CERTIFICATES_MIN_GAP = 300

# === PROVIDER'S CODES; source: spec/wechat_pay_v3.md §5, §7, §8 === #

CODE_ORDER_PAID = 'ORDER_PAID'
CODE_ORDER_CLOSED = 'ORDER_CLOSED'
CODE_NOT_ENOUGH = 'NOT_ENOUGH'
# The number is of no use any more: another one has to be opened.
CODES_NUMBER_SPENT = frozenset({'ORDER_PAID', 'ORDER_CLOSED', 'OUT_TRADE_NO_USED'})
