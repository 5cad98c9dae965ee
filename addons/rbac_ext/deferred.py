"""What has to be written although the transaction is rolled back."""

import logging

import psycopg2

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ConcurrencyError
from odoo.modules.registry import Registry

_logger = logging.getLogger(__name__)
QUEUE = 'rbac_ext.deferred'


def is_retried(error):
    """Tell whether Odoo starts the request over because of `error`: then it is no outcome."""
    return isinstance(
        error,
        psycopg2.OperationalError | psycopg2.errors.ReadOnlySqlTransaction | ConcurrencyError,
    )


def after_end(cr, function):
    """Call `function(env)` in a transaction of its own once this one has ended, either way.

    After a rollback it is the only trace; a transaction that catches the error and commits
    must not lose it either.
    """
    queue = cr.postrollback.data.get(QUEUE)
    if queue is None:
        queue = cr.postrollback.data[QUEUE] = []
        cr.postrollback.add(lambda: _run(cr.dbname, queue))
        cr.postcommit.add(lambda: _run(cr.dbname, queue))
    queue.append(function)


def _run(dbname, queue):
    functions, queue[:] = list(queue), []
    try:
        with Registry(dbname).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            for function in functions:
                function(env)
    except psycopg2.Error:
        # The request's own error is on its way to the person and must get there.
        _logger.exception('a refused or failed act could not be written down')
