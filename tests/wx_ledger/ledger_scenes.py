"""What several processes do to one ledger at once; runs inside Odoo and commits.

Each scene makes an asset of its own, takes an environment of the superuser and returns plain
values. A deadlock is no conflict that is started over: it fails the scene.
"""

from bench.ledger_crew import run_at_once, until_booked

CORRECTION = '900001'


def opened(env, code, customers, funds):
    """Make an asset with an account for each of so many customers, who get `funds`."""
    asset = env['wx.ledger.asset'].create(
        {'code': code, 'name': code, 'kind': 'points', 'transferable': True}
    )
    partners = env['res.partner'].create([{'name': f'{code} {n}'} for n in range(customers)])
    for partner in partners:
        env['wx.ledger.account']._of_owner(asset, partner, 'customer')
    book = Book(env, code)
    book.post(env, *((book.central, one, funds) for one in book.customers), key=f'{code} funds')
    return book


class Book:
    """An asset, its central and one hot account, and its customers."""

    def __init__(self, env, code):
        from odoo.addons.wx_ledger.values import Transfer

        self.env = env
        self.line = lambda source, target, amount: Transfer(source, target, amount, CORRECTION)
        self.asset = env['wx.ledger.asset'].search([('code', '=', code)])
        accounts = env['wx.ledger.account']
        self.central = accounts._central(self.asset).id
        self.hot = accounts._of_purpose(self.asset, 'sales').id
        owned = [('asset_id', '=', self.asset.id), ('kind', '=', 'user')]
        self.customers = accounts.search(owned, order='id').ids

    def post(self, env, *lines, key):
        """Book movements and return the answer, however often it has to start over."""
        lines = [self.line(*line) for line in lines]
        return until_booked(env, lambda: env['wx.ledger'].post(lines, key=key))[0]

    def run(self, *works):
        return run_at_once(self.env.registry, works)

    def state(self):
        """Return the balances as they are now and what the proof has found."""
        self.env.cr.commit()
        ledger = self.env['wx.ledger']
        found = ledger.balance([self.central, self.hot, *self.customers])
        return {
            'central': found[self.central].balance,
            'hot': found[self.hot].balance,
            'customers': [found[customer].balance for customer in self.customers],
            'held': sum(found[customer].held for customer in self.customers),
            'differences': [str(difference) for difference in ledger.prove()],
        }

    def row(self):
        """Return what the row of the hot account says, without what is not folded."""
        self.env.cr.execute('SELECT balance FROM wx_ledger_account WHERE id = %s', (self.hot,))
        return self.env.cr.fetchone()[0]

    def stored(self, prefix):
        self.env.cr.commit()
        self.env.cr.execute(
            'SELECT count(*) FROM wx_ledger_posting WHERE key LIKE %s', (f'{prefix}%',)
        )
        return self.env.cr.fetchone()[0]


def one_customer_pays_one_hot_account(env):
    """50 workers, five in each of ten processes, want 4 × 7 each; there is 7 × 150."""
    from odoo.addons.wx_ledger.exceptions import InsufficientFunds

    book = opened(env, 'HOT', 1, 7 * 150)

    def worker(number):
        def work(env):
            booked = 0
            for turn in range(4):
                for loop in range(5):
                    try:
                        line = (book.customers[0], book.hot, 7)
                        book.post(env, line, key=f'hot:{number}:{loop}:{turn}')
                        booked += 1
                    except InsufficientFunds:
                        env.cr.rollback()
            return booked

        return work

    booked = book.run(*map(worker, range(10)))
    return {'booked': sum(booked), 'stored': book.stored('hot:'), **book.state()}


def the_same_without_locks(env):
    """Ten processes read, decide and write as one must not: this machine does show races."""
    env.cr.execute('CREATE TABLE unlocked AS SELECT 7 * 150 AS balance')
    env.cr.commit()

    def work(env):
        booked = 0
        for _ in range(20):
            env.cr.execute('SET TRANSACTION ISOLATION LEVEL READ COMMITTED')
            env.cr.execute('SELECT balance, pg_sleep(0.001) FROM unlocked')
            balance = env.cr.fetchone()[0]
            if balance >= 7:
                env.cr.execute('UPDATE unlocked SET balance = %s', (balance - 7,))
                booked += 1
            env.cr.commit()
        return booked

    booked = sum(run_at_once(env.registry, [work] * 10))
    env.cr.execute('DROP TABLE unlocked')
    env.cr.commit()
    return {'booked': booked}


def one_key_a_hundred_times(env):
    book = opened(env, 'KEY', 2, 1000)
    return _one_key(book, (*book.customers, 10))


def one_key_without_locks(env):
    """Both accounts are deferred: nothing but the key keeps the processes apart."""
    book = opened(env, 'KEU', 1, 1000)
    return _one_key(book, (book.central, book.hot, 10))


def _one_key(book, line):
    def work(env):
        answers = [book.post(env, line, key=f'key:{book.asset.id}') for _ in range(5)]
        return [(posted.posting_id, posted.is_new) for posted in answers]

    answers = [one for found in book.run(*[work] * 20) for one in found]
    return {
        'answers': len(answers),
        'new': sum(is_new for _, is_new in answers),
        'postings': len({posting for posting, _ in answers}),
        **book.state(),
    }


def opposite_directions(env):
    """Half pay one way, half the other; every second act books twice in one transaction."""
    book = opened(env, 'OPP', 3, 10_000)

    def worker(number):
        def work(env):
            order = book.customers if number % 2 else book.customers[::-1]
            ledger = env['wx.ledger']

            def twice(key):
                ledger.post([book.line(order[1], order[2], 1)], key=f'{key}:a')
                ledger.post([book.line(order[0], order[1], 1)], key=f'{key}:b')

            for turn in range(25):
                key = f'opp:{number}:{turn}'
                book.post(env, (order[0], order[2], 2), (order[1], order[0], 1), key=key)
                until_booked(env, lambda key=key: twice(key))

        return work

    book.run(*map(worker, range(8)))
    return {'stored': book.stored('opp:'), **book.state()}


def captures_against_releases(env):
    """Eight processes want to end each of 20 holds of 50: four capture it, four release it."""
    from odoo.addons.wx_ledger.exceptions import HoldClosed
    from odoo.addons.wx_ledger.values import Portion

    book = opened(env, 'HLD', 1, 1000)
    ledger = env['wx.ledger']
    holds = [
        ledger.hold(book.customers[0], 50, key=f'hold:{n}', reason=CORRECTION).hold_id
        for n in range(20)
    ]
    env.cr.commit()

    def worker(number):
        def end(ledger, hold):
            if number % 2:
                return ledger.release(hold)
            return ledger.capture(hold, [Portion(book.hot)], key=f'capture:{hold}:{number}')

        def work(env):
            ended = []
            for hold in holds:
                try:
                    until_booked(env, lambda hold=hold: end(env['wx.ledger'], hold))
                    ended.append((hold, number % 2))
                except HoldClosed:
                    env.cr.rollback()
            return ended

        return work

    ended = [one for found in book.run(*map(worker, range(8))) for one in found]
    return {
        'ended': sorted(hold for hold, _ in ended) == holds,
        'captured': sum(not released for _, released in ended),
        **book.state(),
    }


def accounts_opened_at_once(env):
    book = opened(env, 'OPN', 1, 1)
    partner = env['res.partner'].create({'name': 'OPN'})
    env.cr.commit()

    def work(env):
        asset, owner = book.asset.with_env(env), partner.with_env(env)
        accounts = env['wx.ledger.account']

        def both():
            return (
                accounts._of_owner(asset, owner, 'customer').id,
                accounts._of_purpose(asset, 'gift').id,
            )

        return until_booked(env, both)[0]

    return {'pairs': len(set(book.run(*[work] * 12))), **book.state()}


def fold(env, batch):
    """Fold all, so many deltas in a transaction."""
    folded = None
    while folded != 0:
        env.cr.execute('SELECT folded FROM wx_ledger_fold(%s)', (batch,))
        folded = env.cr.fetchone()[0]
        env.cr.commit()
