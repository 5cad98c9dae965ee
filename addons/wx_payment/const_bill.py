"""Closed tables of the reconciliation."""

from types import MappingProxyType

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

# === BILLS === #

BILL_KINDS = (('trade', 'Trade'), ('fund', 'Fund Flow'))
BILL_STATES = (
    ('queued', 'To Fetch'),
    ('fetched', 'Fetched'),
    ('parsed', 'Read'),
    ('matched', 'Matched'),
    # The provider says that nothing happened on that day.
    ('none', 'No Bill'),
)
# In these the bill's lines are all here, if there are any.
READ_STATES = ('parsed', 'matched', 'none')
LINE_KINDS = (
    ('payment', 'Payment'),
    ('refund', 'Refund'),
    ('fee', 'Fee'),
    ('other', 'Other'),
)

# Bills of a day are ready after 10:00 of the next one, and not to be asked for before.
# Source: spec/wechat_pay_v3.md §12, alipay.md §5.8.
READY_HOUR = 10
# So many past days are made up for after a stop; WeChat Pay keeps bills for three months.
CATCH_UP_DAYS = 30

# === DIFFERENCES === #

DIFFERENCE_TYPES = (
    ('missing_here', 'Missing Here'),
    ('missing_there', 'Missing at the Provider'),
    ('amount', 'Other Amount'),
    ('state', 'Other State'),
    ('fee', 'Other Fee'),
    ('duplicate', 'Twice in the Bills'),
    ('waiting', 'Waiting for the Next Bill'),
)
DIFFERENCE_STATES = (('open', 'Open'), ('waiting', 'Waiting'), ('settled', 'Settled'))
SUBJECTS = (
    ('payment', 'Payment'),
    ('refund', 'Refund'),
    ('movement', 'Ledger Entry'),
    ('day', 'Whole Day'),
)
RESOLUTIONS = (
    ('gone', 'Gone by Itself'),
    ('accepted', 'Accepted with a Note'),
)
ACTIONS = (
    ('wait', 'Wait'),
    ('query', 'Query at the Provider'),
    ('push', 'Push Through'),
    ('refund', 'Refund'),
    ('adjust', 'Correct the Ledger'),
    ('look', 'Look It Up'),
    ('accept', 'Accept'),
)
ADVICE = MappingProxyType(
    {
        'wait': _lt('Nothing to do: a bill of a neighbouring day is expected to have it.'),
        'query': _lt('Ask the provider what became of it; what it says is booked.'),
        'push': _lt(
            'The provider has the money and this shop takes it as unpaid: have the payment asked '
            'for and booked, as if its notice had come.'
        ),
        'refund': _lt('The customer may have paid twice: compare, and refund what is too much.'),
        'adjust': _lt(
            'The bill and the payment agree, the ledger has another amount: have it corrected '
            'by an adjustment.'
        ),
        'look': _lt("Look the number up in the provider's merchant console, then settle it."),
        'accept': _lt('Compare with the contract, then accept it with a note or claim it back.'),
    }
)

# A person waits for the answers.
MAX_QUERIES = 20
# Words of a bill's line for what came to nothing. Source: spec/wechat_pay_v3.md §12.
VOID_WORDS = ('FAIL', 'CLOSED')
# A code payment that was taken back; no refund was asked for.
REVERSED_WORD = 'REVOKED'
# A payment so close to midnight may stand in the bill of the neighbouring day.
MIDNIGHT_SECONDS = 1800
# The fee rate of a channel counts in parts of so many.
FEE_RATE_UNIT = 100_000
REASON_FEE = '500002'

# === TIMES, in seconds === #

# "It is being made": ask again in half an hour. Source: spec/wechat_pay_v3.md §12.
UNFINISHED_GAP = 1800
# Tries of a bill that is still being made, after which finance is told: the evening has come.
UNFINISHED_ALARM_TRIES = 16
BILL_GAPS = (60, 300, 600, 1800)
MAX_TRIES = 12
# A fund-flow bill that waits for the trade bill of its day.
TRADE_BILL_GAP = 300
