"""Closed tables of the addon."""

from types import MappingProxyType

API_BASE = '/api/mp/v1'

# What clients say they run on, by the header X-Platform.
PLATFORMS = ('ios', 'android')

# Official host; spec/wechat_miniprogram.md, head.
WECHAT_API = 'https://api.weixin.qq.com'
# Where the sandbox listens unless WX_SANDBOX_URL says otherwise.
SANDBOX_URL = 'http://127.0.0.1:8070'

# Rows of work: gaps between tries, and how long a worker may hold a row, in seconds. The
# lease is longer than the longest call out (a supplier may hold a request for 90 seconds).
JOB_GAPS = (10, 30, 60, 300, 600, 1800, 3600)
JOB_LEASE_SECONDS = 300

# The stable token stays the same until 5 minutes before its end; spec §2.
TOKEN_MARGIN_SECONDS = 300
# How old the watermark of decrypted data may be.
WATERMARK_MAX_AGE_SECONDS = 600

USER_STATES = (('active', 'Active'), ('blocked', 'Blocked'))

# Outcomes of code2session that are the client's, not ours; spec §1.
LOGIN_CODE_ERRORS = frozenset({'40029', '40163'})
LOGIN_BLOCKED_ERRORS = frozenset({'40226'})

# How long an idempotency key is remembered.
IDEMPOTENCY_DAYS = 7

# Subscription messages: errcode → what became of the message; spec §5.
MESSAGE_OUTCOMES = MappingProxyType(
    {
        '40003': 'failed',  # bad openid
        '40037': 'failed',  # bad template id
        '41030': 'failed',  # page not released
        '43101': 'no_consent',  # not subscribed, used up or refused
        '43107': 'failed',  # template or ability banned
        '45168': 'failed',  # sensitive words
        '47003': 'failed',  # a value does not fit the template
    }
)
MESSAGE_STATES = (
    ('pending', 'To Send'),
    ('sent', 'Sent'),
    ('no_consent', 'No Consent'),
    ('failed', 'Failed'),
)

# What a customer answers in WeChat's dialogue, spec §5; each "accept" allows one message.
CONSENT_ANSWERS = (
    ('accept', 'Accepted'),
    ('reject', 'Rejected'),
    ('ban', 'Banned by WeChat'),
    ('filter', 'Filtered by WeChat'),
)
# Templates that one dialogue may name; older clients take 3.
CONSENTS_MAX = 5

# How long messages stay in the inbox, and how many are deleted at a time.
INBOX_DAYS = 365
INBOX_GC_BATCH = 1000
INBOX_PAGE_MAX = 100

# What dashboards look back on: their longest span, and the periods to choose from.
DASHBOARD_DAYS = 30
DASHBOARD_PERIODS = (1, 7, 30)
