from . import (
    test_access,
    test_channel,
    test_const,
    test_notification,
    test_notify_http,
    test_order,
    test_payment_concurrency,
    test_query_close,
    test_refund,
    test_suspense,
)
