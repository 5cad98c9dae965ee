"""Numbers that customers top up again and again."""

# How many numbers a customer may save, and how many more are offered from orders.
SAVED_MAX = 50
RECENT_MAX = 10
# How many of a customer's orders are looked through for them.
RECENT_ORDERS = 200
LABEL_CHARS = 40
