"""End the process as kill -9 does, right before or right after a commit that a test names.

Loaded by `--load`, so that it sees each commit of the process; never installed. All is in the
folder that WX_CRASH_FOLDER names: `plan` holds place, moment (`before`, `after`) and number of
the commit that is to be the last one, separated by tabs, and becomes `done`; `places` lists
where commits were.

A place is the chain of the methods that lead to the commit, after the model of the outermost
one, with the line of the innermost; or, when a request commits at its end, its method and path.
The line may be left out of a plan.
"""

import os
import re
import signal
import sys
import threading
import time
import weakref
from pathlib import Path

from odoo import http
from odoo.sql_db import Cursor
from odoo.tools import SQL

from odoo.addons.wx_base.models import wx_job_mixin

FOLDER = Path(os.environ['WX_CRASH_FOLDER'])
PLAN, DONE, PLACES = FOLDER / 'plan', FOLDER / 'done', FOLDER / 'places'
OURS = re.compile(r'/addons/(wx|rbac)_\w+/models/')
WRITES = re.compile(r'(INSERT INTO|UPDATE|DELETE FROM)\s+"?wx_|SELECT wx_ledger_', re.IGNORECASE)
# The sandbox's supplier answers sooner.
SUBMIT_SECONDS = 5

_lock = threading.Lock()
_met = {}
_writing = weakref.WeakSet()
_execute, _commit = Cursor.execute, Cursor.commit


def execute(cursor, query, params=None, log_exceptions=True):
    """Execute, and remember cursors that write something of ours."""
    text = query.code if isinstance(query, SQL) else query
    if WRITES.search(text.decode() if isinstance(text, bytes) else text):
        _writing.add(cursor)
    return _execute(cursor, query, params, log_exceptions)


def commit(cursor):
    """Commit, or be ended at it; transactions that have written nothing of ours do not count."""
    place, line = _find_place(sys._getframe(1))
    cursor.flush()
    if not place or cursor not in _writing:
        _commit(cursor)
        return
    _writing.discard(cursor)
    with _lock, PLACES.open('a') as file:
        file.write(f'{place}{line}\n')
    _meet({place, place + line}, 'before')
    _commit(cursor)
    _meet({place, place + line}, 'after')


def _find_place(frame):
    """Return where a commit is, its place empty when it is none of ours, and its line."""
    names, line, model = [], '', ''
    for name, place in _walk(frame):
        if name not in names[-1:]:  # an override and what it overrides are one
            names.append(name)
        line = line or f', line {place.f_lineno}'
        model = getattr(place.f_locals.get('self'), '_name', '')
    if names:
        return f'{model}: {" > ".join(reversed(names))}', line
    request = http.request and http.request.httprequest
    if not request or request.method == 'GET':
        return '', ''
    return f'{request.method} {re.sub("/[^/]*[0-9]{3}[^/]*", "/*", request.path)}', ''


def _walk(frame):
    """Yield names and frames of our models' methods, from the inside out."""
    while frame:
        if OURS.search(frame.f_code.co_filename):
            yield frame.f_code.co_name, frame
        frame = frame.f_back


def _meet(places, moment):
    """End the process when this is the planned commit."""
    try:
        planned = PLAN.read_text()
    except FileNotFoundError:
        return
    place, when, number = planned.split('\t')
    if place not in places or when != moment:
        return
    with _lock:
        _met[planned] = _met.get(planned, 0) + 1
        is_it = _met[planned] == int(number)
    if is_it:
        patience = time.monotonic() + SUBMIT_SECONDS
        while _is_submitting() and time.monotonic() < patience:
            time.sleep(0.01)
        PLAN.rename(DONE)
        os.kill(os.getpid(), signal.SIGKILL)


def _is_submitting():
    """Tell whether another thread is about to order at a supplier and has no answer.

    Died then, nobody can know whether the supplier has the order, and a person decides: that is
    wx_recharge's rule, and no accident of another customer's payment may lead there.
    """
    for thread, frame in sys._current_frames().items():
        if thread != threading.get_ident():
            names = {name for name, _place in _walk(frame)}
            if '_submit' in names and not names & {'_apply', '_lock_with_order'}:
                return True
    return False


Cursor.execute, Cursor.commit = execute, commit
# What a killed worker had in hand comes back after its lease; no test waits 5 minutes for it.
wx_job_mixin.JOB_LEASE_SECONDS = 15
