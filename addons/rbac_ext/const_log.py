"""Closed tables of approvals and logs."""

from types import MappingProxyType

# === APPROVALS === #

APPROVAL_STATES = (
    ('pending', 'To Decide'),
    ('approved', 'Approved'),
    ('executed', 'Done'),
    ('rejected', 'Rejected'),
    ('failed', 'Failed'),
    ('expired', 'Expired'),
    ('cancelled', 'Cancelled'),
)
# State → states that may follow. "Approved" lasts as long as the method runs; it stays only if
# the method committed halfway and then broke off, and then nobody knows how much was done.
APPROVAL_TRANSITIONS = MappingProxyType(
    {
        'pending': frozenset({'approved', 'rejected', 'failed', 'expired', 'cancelled'}),
        'approved': frozenset({'executed', 'failed'}),
        'executed': frozenset(),
        'rejected': frozenset(),
        'failed': frozenset(),
        'expired': frozenset(),
        'cancelled': frozenset(),
    }
)
APPROVAL_HOURS = 24
APPROVAL_HOURS_PARAMETER = 'rbac_ext.approval_hours'
# So many requests expire between two commits, and so many people get a to-do for one request.
APPROVAL_BATCH = 200
APPROVERS_TOLD = 30
# A request that is made while the act's own transaction waits gives up on that one's locks.
ASK_LOCK_TIMEOUT = '2s'

# === LOGS === #

LOG_RESULTS = (
    ('ok', 'Done'),
    ('asked', 'Approval Asked'),
    ('refused', 'Refused'),
    ('error', 'Error'),
)
CHANGE_OPERATIONS = (('create', 'Created'), ('write', 'Changed'), ('unlink', 'Deleted'))
# Months for which partitions are made ahead, and months that logs are kept (0: for ever).
LOG_MONTHS_AHEAD = 3
LOG_KEEP_MONTHS = 24
LOG_KEEP_PARAMETER = 'rbac_ext.log_keep_months'
LOG_NAMES = 10
LOG_IDS = 1000
LOG_TEXT = 4000
MASK = '•' * 8
# Types of fields whose values are logged; files and lists of lines are not.
CHANGE_TYPES = frozenset(
    {
        'boolean',
        'char',
        'date',
        'datetime',
        'float',
        'html',
        'integer',
        'many2many',
        'many2one',
        'many2one_reference',
        'monetary',
        'reference',
        'selection',
        'text',
    }
)
