"""When to ask again, and what silence proves. Source: spec/topup_suppliers.md §0, §5.4."""

from collections.abc import Sequence

QUERY_GAPS_S = (10, 30, 60, 120, 300, 600, 1800)
QUERY_GAP_LAST_S = 3600
ALERT_AFTER_S = 1800

NOT_FOUND_QUERIES = 3
NOT_FOUND_SPAN_S = 600
NOT_FOUND_MARGIN_S = 30


def query_gap(tries: int) -> int:
    """Return the seconds to wait after `tries` queries that did not settle an attempt."""
    return QUERY_GAPS_S[tries] if 0 <= tries < len(QUERY_GAPS_S) else QUERY_GAP_LAST_S


def absence_countable(submitted_at: int, asked_at: int, max_process_s: int) -> bool:
    """Tell whether a "not found" of this moment says anything.

    Earlier the original call may still be on its way. Source: spec/topup_suppliers.md §0 rule 3.
    """
    return asked_at >= submitted_at + max_process_s + NOT_FOUND_MARGIN_S


def proves_absence(submitted_at: int, not_found_at: Sequence[int], max_process_s: int) -> bool:
    """Tell whether the supplier's "not found" answers agree long enough to call a person.

    :param submitted_at: Unix time of the submitting call
    :param not_found_at: Unix times of the uninterrupted "not found" answers
    :param max_process_s: the supplier's longest processing time
    """
    counted = [at for at in not_found_at if absence_countable(submitted_at, at, max_process_s)]
    return len(counted) >= NOT_FOUND_QUERIES and max(counted) - min(counted) >= NOT_FOUND_SPAN_S
