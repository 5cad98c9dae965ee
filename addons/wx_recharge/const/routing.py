"""Which supplier is tried first, and how suppliers are judged."""

STRATEGIES = (
    ('priority', 'By priority'),
    ('cost', 'Cheapest first'),
    ('success', 'Most reliable first'),
    ('value', 'Cheapest per delivery'),
)

# === JUDGEMENT === #

# A supplier is judged by its newest attempts, so many of so many hours at the most.
JUDGED_ATTEMPTS = 100
JUDGED_HOURS = 24
# Fewer tell nothing: the supplier counts as reliable as this, in per cent.
JUDGED_LEAST = 5
SHARE_UNKNOWN = 90
# Routing sees shares in steps, so that not every attempt empties what processes remember.
SHARE_STEP = 5
# An attempt without an outcome for so many seconds counts as a failure until it has one.
SILENT_SECONDS = 10 * 60

# === PAUSE AND RETURN === #

PAUSE_KINDS = (
    ('person', 'By a person'),
    ('account', 'Our account there'),
    ('failures', 'Failures in a row'),
)
# Failures in a row after which a supplier is paused, unless it says otherwise.
PAUSE_AFTER = 5
# Seconds until a supplier that was paused by the machine is asked whether it works: doubled
# with each pause after a return that did not last, and a person's matter after the last one.
PROBE_SECONDS = 15 * 60
PROBES_LAST = 4
