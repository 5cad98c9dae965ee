"""Scenes of reconciliation with real processes; played inside Odoo by test_bills_killed."""

import gzip
import hashlib
import multiprocessing
import os
import signal
from datetime import timedelta
from unittest.mock import patch

from bench.bills_load import DAY, Load
from bench.ledger_crew import run_at_once, start

FORK = multiprocessing.get_context('fork')
LINES = 300
TABLES = ('wx_payment_bill_line', 'wx_payment_difference')


class Killer:
    """Ends its process, as kill -9 does, at one commit of those that it makes.

    :param number: of the commit, the first one is 1
    :param moment: `before` or `after` it
    """

    def __init__(self, env, number, moment):
        self.commit = env.cr.commit
        self.number, self.moment = number, moment
        self.seen = 0

    def __call__(self):
        self.seen += 1
        if self.seen == self.number and self.moment == 'before':
            os.kill(os.getpid(), signal.SIGKILL)
        self.commit()
        if self.seen == self.number:
            os.kill(os.getpid(), signal.SIGKILL)


def killed_at_each_commit(env):
    """Kill a worker at each commit of a day's reconciliation, and let another one go on.

    :return: for each moment what the end of every day looked like, the last one undisturbed
    """
    ends = {'before': [], 'after': []}
    day = DAY
    for moment, found in ends.items():
        survived = False
        while not survived:
            # A day apart, so that no bill is a neighbour of another.
            day += timedelta(days=10)
            survived = _reconcile(env, day, len(found) + 1, moment)
            found.append(_end_of(env, day))
    return ends


def _reconcile(env, day, number, moment):
    """Reconcile a day with a worker that dies and one that does not; tell if the first lived."""
    load = Load(env, LINES, day)
    bills = env['wx.payment.bill']._plan(load.channel, day, day)
    bills.filtered(lambda bill: bill.kind == 'fund')._job_done()
    env.cr.commit()
    lived = FORK.RawValue('b', 0)

    def work(env):
        killer = Killer(env, number, moment)
        with patch.object(env.cr, 'commit', killer):
            env['wx.payment.bill']._cron_run_jobs()
        lived.value = 1

    def go_on(env):
        env['wx.payment.bill']._cron_run_jobs()

    with load._provider():
        process, _receiver = start(env.registry, [work])[0]
        process.join()
        _end_leases(env)
        run_at_once(env.registry, [go_on])
    return bool(lived.value)


def _end_leases(env):
    """Let the lease of whoever has died be over, as it is some minutes later."""
    env.cr.execute(
        """UPDATE wx_payment_bill SET next_try_at = create_date - interval '1 minute'
            WHERE lease_until IS NOT NULL"""
    )
    env.cr.commit()


def _end_of(env, day):
    """Return what there is of a day in the end."""
    env.cr.commit()
    env.invalidate_all()
    bill = env['wx.payment.bill'].search([('day', '=', day), ('kind', '=', 'trade')])
    text = gzip.decompress(bill.attachment_id.raw) if bill.attachment_id else b''
    env.cr.execute(
        """SELECT count(*), COALESCE(sum(t.amount), 0)::bigint
             FROM wx_ledger_posting p JOIN wx_ledger_transfer t ON t.posting_id = p.id
            WHERE p.document_model = 'wx.payment.bill' AND p.document_id = %s""",
        (bill.id,),
    )
    postings, fees = env.cr.fetchone()
    return {
        'state': bill.state,
        'waits': bool(bill.next_try_at or bill.dead),
        'is_file_whole': hashlib.sha256(text).hexdigest() == bill.checksum,
        'files': env['ir.attachment'].search_count(
            [('res_model', '=', bill._name), ('res_id', '=', bill.id)]
        ),
        'lines': env['wx.payment.bill.line'].search_count([('bill_id', '=', bill.id)]),
        'differences': len(bill.difference_ids),
        'postings': postings,
        'fees': fees,
        'to_dos': bool(bill.activity_ids),
    }
