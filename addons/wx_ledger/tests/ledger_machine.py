"""Acts that Hypothesis strings together: each on the ledger and on the model, which must agree."""

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
)
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from odoo import fields

from ..exceptions import InvalidPosting, LedgerError
from ..values import Portion, Reversal, Transfer
from .common import CORRECTION
from .ledger_model import FIRST_DAY, Model, Move

LONG_AGO = fields.Datetime.to_datetime('2020-01-01')
FAR_AWAY = fields.Datetime.to_datetime('2090-01-01')
# Source units give target units, of which a fee goes off first.
RATE, FEE_PERMILLE = (3, 2), 15
OVERDRAFT = 40  # of the first customer's money

assets = st.sampled_from(('money', 'points'))
customers = st.integers(0, 2)
amounts = st.integers(1, 120)
ways = st.sampled_from(('issue', 'pass on', 'pay', 'refund'))
days = st.none() | st.integers(1, 4)
lines = st.tuples(assets, ways, customers, customers, amounts, days)


class LedgerMachine(RuleBasedStateMachine):
    """A run of acts; what it books vanishes at its end.

    :param stage: test with `ledger`, `users` and `system` accounts by asset, and `outcomes`
    """

    holds = Bundle('holds')
    transfers = Bundle('transfers')

    def __init__(self, stage):
        super().__init__()
        self.stage = stage
        self.ledger, self.cr = stage.ledger, stage.env.cr
        self.users, self.system = stage.users, stage.system
        self.accounts = [
            *(account for users in self.users.values() for account in users),
            *(account for system in self.system.values() for account in system.values()),
        ]
        limits = dict.fromkeys((*self.users['money'], *self.users['points']), 0)
        limits[self.users['money'][0]] = OVERDRAFT
        self.model = Model(limits, expiring=set(self.users['points']))
        self.late_holds = set()
        self.key = 0
        self.start = self.cr.savepoint()

    def teardown(self):
        try:
            # A statement that failed has ended the run already.
            if self.cr.connection.get_transaction_status() != TRANSACTION_STATUS_INERROR:
                differences = self.ledger.prove()
                assert not differences, differences
        finally:
            self.start.close(rollback=True)
            self.stage.env.invalidate_all(flush=False)

    # === ACTS === #

    @initialize(target=transfers, funds=st.lists(st.integers(1, 300), min_size=6, max_size=6))
    def fund(self, funds):
        content = [
            (asset, 'issue', customer, 0, funds.pop(), None)
            for asset in self.users
            for customer in range(3)
        ]
        return self._post(content)

    @rule(target=transfers, content=st.lists(lines, min_size=1, max_size=4))
    def post(self, content):
        return self._post(content)

    def _post(self, content):
        moves = [self._movement(*line) for line in content]
        content = [
            Transfer(move.source, move.target, move.amount, CORRECTION, _moment(move.day))
            for move in moves
        ]
        expected = self.model.move(moves)
        posted = self._agree('post', expected, lambda key: self.ledger.post(content, key=key))
        if posted:
            again = self.ledger.post(content, key=self._last_key())
            assert (again.posting_id, again.is_new) == (posted.posting_id, False)
        return self._remember(posted, moves)

    @rule(target=holds, asset=assets, customer=customers, amount=amounts, is_late=st.booleans())
    def hold(self, asset, customer, amount, is_late):
        account = self.users[asset][customer]
        expires_at = LONG_AGO if is_late else None
        held = self._agree(
            'hold',
            self.model.hold(account, amount),
            lambda key: self.ledger.hold(
                account, amount, key=key, reason=CORRECTION, expires_at=expires_at
            ),
        )
        if not held:
            return multiple()
        self.model.holds[held.hold_id] = [account, amount]
        if is_late:
            self.late_holds.add(held.hold_id)
        return held.hold_id

    @precondition(lambda self: self._late())
    @rule()
    def expire_holds(self):
        late = self._late()
        self.cr.execute('SELECT wx_ledger_expire_holds(1, 100)')
        assert self.cr.fetchone()[0] == len(late)
        for hold in late:
            assert self.model.release(hold, None) is None
            self.stage.outcomes['expire_holds', None] += 1

    @rule(
        target=transfers,
        hold=holds,
        portions=st.lists(st.tuples(customers, st.integers(1, 60)), min_size=1, max_size=2),
        keep_open=st.booleans(),
    )
    def capture(self, hold, portions, keep_open):
        account, _left = self.model.holds[hold]
        asset = self._asset_of(account)
        # What would go back to the account itself goes to the sales.
        targets = [self.users[asset][customer] for customer, _amount in portions]
        sales = self.system[asset]['sales']
        moves = [
            Move(account, sales if target == account else target, amount)
            for target, (_customer, amount) in zip(targets, portions, strict=True)
        ]
        content = [Portion(move.target, move.amount) for move in moves]
        held = self._agree(
            'capture',
            self.model.capture(hold, moves, keep_open),
            lambda key: self.ledger.capture(hold, content, key=key, keep_open=keep_open),
        )
        return self._remember(held and held.posted, moves)

    @rule(hold=holds, amount=st.none() | amounts)
    def release(self, hold, amount):
        expected = self.model.release(hold, amount)
        self._agree('release', expected, lambda _key: self.ledger.release(hold, amount))

    @rule(transfer=transfers, amount=amounts)
    def reverse(self, transfer, amount):
        content = [Reversal(transfer, amount)]
        self._agree(
            'reverse',
            self.model.reverse(transfer, amount),
            lambda key: self.ledger.reverse(content, key=key),
        )

    @rule(target=transfers, customer=customers, amount=amounts)
    def convert(self, customer, amount):
        source, target = self.users['money'][customer], self.users['points'][customer]
        fee = -(-amount * FEE_PERMILLE // 1000)
        result = (amount - fee) * RATE[1] // RATE[0]
        used = -(-result * RATE[0] // RATE[1])
        money = self.system['money']
        moves = [
            Move(source, money['liquidity'], used),
            Move(source, money['rounding'], amount - fee - used),
            Move(source, money['fee'], fee),
            Move(self.system['points']['liquidity'], target, result),
        ]
        moves = [move for move in moves if move.amount]
        expected = self.model.move(moves) if result else InvalidPosting
        converted = self._agree(
            'convert', expected, lambda key: self.ledger.convert(source, target, amount, key=key)
        )
        return self._remember(converted, moves)

    @rule(customer=customers)
    def expire_lot(self, customer):
        """Let the lot end that would end first; what is held of it stays."""
        account = self.users['points'][customer]
        self.cr.execute(
            'SELECT id FROM wx_ledger_lot WHERE account_id = %s AND remaining > 0'
            ' ORDER BY expires_at, id LIMIT 1',
            (account,),
        )
        row = self.cr.fetchone()
        queue = self.model.queue(account)
        assert bool(row) == bool(queue)
        if not row:
            return
        amount = min(queue[0].left, self.model.free(account))
        self.ledger._expire_lot(row[0])
        if amount > 0:
            move = Move(account, self.system['points']['expiry'], amount)
            assert self.model.move([move]) is None
            self.stage.outcomes['expire_lot', None] += 1

    # === AGREEMENT === #

    @invariant()
    def balances_agree(self):
        found = self.ledger.balance(self.accounts)
        assert {
            account: (found[account].balance, found[account].held) for account in self.accounts
        } == {
            account: (self.model.balances.get(account, 0), self.model.held(account))
            for account in self.accounts
        }
        assert sum(balance.balance for balance in found.values()) == 0

    @invariant()
    def lots_agree(self):
        accounts = self.users['points']
        self.cr.execute(
            """SELECT account_id, remaining, CASE WHEN expires_at >= %s THEN expires_at END
                 FROM wx_ledger_lot WHERE account_id = ANY(%s) AND remaining > 0
                ORDER BY account_id, expires_at, id""",
            (FAR_AWAY, accounts),
        )
        assert self.cr.fetchall() == [
            (account, lot.left, _moment(max(lot.end - FIRST_DAY, 0)))
            for account in sorted(accounts)
            for lot in self.model.queue(account)
        ]

    @invariant()
    def nothing_else_is_booked(self):
        self.cr.execute(
            'SELECT count(*) FROM wx_ledger_transfer WHERE asset_id = ANY(%s)',
            (self.stage.asset_ids,),
        )
        assert self.cr.fetchone()[0] == self.model.moved

    def _agree(self, act, expected, call):
        """Do an act of the ledger: it is refused as the model says, or done."""
        self.key += 1
        refusal = done = None
        try:
            done = call(self._last_key())
        except LedgerError as error:
            refusal = type(error)
        assert refusal is expected, (act, refusal, expected)
        self.stage.outcomes[act, expected] += 1
        return done

    # === HELPERS === #

    def _last_key(self):
        return f'model:{self.key}'

    def _movement(self, asset, way, one, other, amount, day):
        users, system = self.users[asset], self.system[asset]
        source, target = {
            'issue': (system['central'], users[one]),
            'pass on': (users[one], users[other if other != one else (one + 1) % len(users)]),
            'pay': (users[one], system['sales']),
            'refund': (system['sales'], users[one]),
        }[way]
        return Move(source, target, amount, day if asset == 'points' else None)

    def _remember(self, posted, moves):
        """Note what was booked, and return the transfers for later acts."""
        if not posted:
            return multiple()
        self.model.transfers.update(zip(posted.transfers, moves, strict=True))
        return multiple(*posted.transfers)

    def _late(self):
        return [hold for hold in self.late_holds if self.model.holds[hold][1]]

    def _asset_of(self, account):
        return 'money' if account in self.users['money'] else 'points'


def _moment(day):
    return FAR_AWAY.replace(day=day) if day else None
