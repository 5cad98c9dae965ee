"""Let the scheduler look for due jobs more often than once a minute.

Odoo polls every 60 seconds and wakes at once only for a trigger that is due when its
transaction commits, so a job planned for 5 seconds from now (the first query of a payment
whose notice is late) would wait for the poll. `WX_CRON_POLL_SECONDS` shortens it; it takes
effect when `wx_base` is among the server-wide modules.
Source: spec/odoo19_notes.md §7.
"""

from odoo.service import server

from .tools.settings import get_setting

_seconds = get_setting('wx_cron_poll_seconds')
if _seconds:
    server.SLEEP_INTERVAL = max(1, int(_seconds))
