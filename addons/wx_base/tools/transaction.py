"""Commits before calls to the outside, and row locks.

Nothing outside the database happens before the commit: Odoo repeats a request on a
serialization failure, so a call inside an open writing transaction would be made twice.
Write the intent, `commit_intent`, call, write the outcome.

Order of locks, everywhere: payment order → its attempts → refunds → business document →
attempts → stock. Rows of one kind are locked in id order.
"""

from odoo.tools import SQL


def commit_intent(env):
    """Commit what was written so far, so that a call to the outside may follow.

    What was read before is forgotten: the next transaction sees what others did meanwhile, and
    the ORM would go on showing the old.
    """
    env.flush_all()
    _commit(env.cr)
    env.invalidate_all(flush=False)


def _commit(cursor):
    """Commit; a function of its own so that tests inside one transaction can replace it."""
    # The one commit of the suite outside scheduled actions; see the head of this file.
    cursor.commit()


def lock_rows(records, *, shared=False):
    """Lock the rows in id order, waiting for others, and forget what was read of them.

    `NO KEY UPDATE` lets others insert rows that refer to these. Under REPEATABLE READ a row
    changed since the transaction's first query raises a serialization failure, which the
    request loop and the job runner answer by starting over.

    :param bool shared: keep the rows as they are, together with others that want just that
    """
    if not records:
        return records
    env = records.env
    records.flush_recordset()
    env.cr.execute(
        SQL(
            'SELECT id FROM %s WHERE id IN %s ORDER BY id FOR %s',
            SQL.identifier(records._table),
            tuple(records.ids),
            SQL('SHARE') if shared else SQL('NO KEY UPDATE'),
        ),
        log_exceptions=False,  # losing against another transaction is expected
    )
    records.invalidate_recordset()
    return records
