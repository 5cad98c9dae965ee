"""Refunds that customers ask for, and the receipt they confirm."""

REQUEST_STATES = (
    ('open', 'Open'),
    ('granted', 'Refunded'),
    ('refused', 'Refused'),
    ('withdrawn', 'Withdrawn'),
)
REASONS = (
    ('not_received', 'The top-up has not arrived.'),
    ('too_little', 'Less has arrived than was bought.'),
    ('wrong_number', 'It went to a wrong number.'),
    ('other', 'Something else'),
)
NOTE_CHARS = 200

# States in which a customer may ask. A person decides once the outcome is known: what is under
# way is refunded by itself when it fails.
REQUESTABLE_STATES = ('fulfilling', 'anomaly', 'delivered')

DECISIONS = (
    ('grant', 'Give the money back'),
    ('refuse', 'Refuse'),
)
ANSWER_CHARS = 5

CONFIRMED_BY = (
    ('customer', 'The Customer'),
    ('time', 'Time'),
)

# To-dos about requests.
REFUND_ACTIVITY = 'wx_recharge.mail_activity_type_refund'

# Rows that a scheduled action takes at a time.
SWEEP_BATCH = 200
# A refund that has not moved for so long is looked at.
RESUME_MINUTES = 10
