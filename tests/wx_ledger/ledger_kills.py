"""Processes that are killed while they work on one ledger; runs inside Odoo and commits."""

import multiprocessing
import time

from bench.ledger_crew import answer, start
from ledger_scenes import fold, opened

FORK = multiprocessing.get_context('fork')


def killed_while_posting(env):
    """Four processes pay until they are killed, one after the other."""
    book = opened(env, 'KIL', 8, 10**9)
    heard = FORK.RawArray('q', 4)  # postings whose commit has returned

    def worker(number):
        def work(env):
            for turn in range(10**6):
                source, target = book.customers[number], book.customers[number + 4]
                book.post(
                    env, (source, target, 3), (target, book.hot, 1), key=f'kil:{number}:{turn}'
                )
                heard[number] += 1

        return work

    crew = start(env.registry, list(map(worker, range(4))))
    for process, _receiver in crew:
        time.sleep(0.3)
        process.kill()
        process.join()
    stored = [book.stored(f'kil:{number}:') for number in range(4)]
    return {'heard': list(heard), 'stored': stored, **book.state()}


def killed_while_folding(env):
    """A process that folds is killed again and again, while another one pays."""
    book = opened(env, 'FLD', 1, 10**9)
    lines = [(book.customers[0], book.hot, 1)] * 10_000
    for number in range(3):
        book.post(env, *lines, key=f'fld:big:{number}')
    paid = FORK.RawValue('q', 0)

    batches = FORK.RawValue('q', 0)

    def fold(env):
        while True:
            env.cr.execute('SELECT wx_ledger_fold(200)')
            env.cr.commit()
            batches.value += 1

    def pay(env):
        for turn in range(60):
            book.post(env, lines[0], key=f'fld:{turn}')
            paid.value += 1

    payer = start(env.registry, [pay])[0]
    left = []
    for number in range(6):
        before = batches.value
        folder = start(env.registry, [fold])[0][0]
        while batches.value == before:
            time.sleep(0.001)
        time.sleep(0.002 * number)  # each time at another place of the next batch
        folder.kill()
        folder.join()
        env.cr.commit()
        env.cr.execute('SELECT count(*) FROM wx_ledger_delta WHERE account_id = %s', (book.hot,))
        left.append(env.cr.fetchone()[0])
    env.cr.commit()
    answer(payer)
    _await_the_dead(env)
    return {'left': left, 'paid': paid.value, 'before': book.state(), **_folded(book)}


def _await_the_dead(env):
    """Wait until the server has ended the statement of the process that was killed last."""
    deadline = time.monotonic() + 30
    while True:
        env.cr.execute(
            """SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                  AND query = 'SELECT wx_ledger_fold(200)'"""
        )
        if not env.cr.fetchone()[0]:
            return
        assert time.monotonic() < deadline, 'a statement of a killed process still runs'
        env.cr.commit()  # the view is what it was at the transaction's first look
        time.sleep(0.01)


def _folded(book):
    """Fold all, and return the state and what the row of the hot account says then."""
    fold(book.env, 100_000)
    return {'row': book.row(), **book.state()}
