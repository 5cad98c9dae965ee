"""Every supplier, every ending of a number: served once, or refunded once in full.

By default a sample; with WX_SUPPLIERS=all (twenty minutes) all of them. Batches of customers pay at
once, and in one of three batches the server is killed (SIGKILL) at a random moment and started
again. WX_SUPPLIERS_SEED repeats a run; the seed is printed. The books of the suppliers and of the
payment provider decide, not what the shop believes.
"""

import os
import random
import sys
from collections.abc import Callable, Iterator

import pytest

from bootstrap.serve import Stack
from sandbox.topup.scenario import endings
from tests.e2e.supplier_kinds import KINDS, Kind
from tests.e2e.suppliers_shop import PRICE, Row, SuppliersShop

EVERY = os.environ.get('WX_SUPPLIERS') == 'all'
SEED = int(os.environ.get('WX_SUPPLIERS_SEED') or random.randrange(1_000_000))
# Of ten: paid, told late, taken back, refused, lost, cut, throttled.
SAMPLE = ('100', '106', '402', '406', '802', '805', '806', '901', '903', '904', '906')
# Where a part is a state of its own.
SAMPLE_OF = {'yrapi': ('700',), 'dtone': ('810', '908'), 'ding': ('002',)}
DING_ENDINGS = ('001', '002', '003', '004', '005', '008', '009')
# The account is at fault: the supplier is paused, so nobody else buys there meanwhile.
ACCOUNT_ENDINGS = ('408',)
BATCH = 24
# Fails, and is delivered after all: the customer has both, and a person is told. A shop that was
# down in between sees the delivery only.
LATE_SUCCESS = '810'
# Served when nothing is killed; those that take longer than Ding may hold a line are apart.
SERVED = frozenset(
    '100 101 200 201 300 301 700 801 803 804 805 806 808 809 901 903 904 905 906'.split()
)
TOO_SLOW_TO_HOLD = frozenset({'300', '301', '801'})
# Nobody can know whether it was executed, or what is right: a person decides.
FOR_A_PERSON = frozenset({'407', '802', '902', '907', '908'})
PERSON_OF = {
    'yrapi': frozenset({'700', '402', '403', '404', '406', '409'}),
    'juhe': frozenset({'402', '403', '404', '406', '408', '409'}),
}
BOTH = """
SELECT count(*) FROM mail_activity a JOIN wx_recharge_order o ON o.id = a.res_id
 WHERE a.res_model = 'wx.recharge.order' AND o.order_no = '{order_no}'
"""
HOLDS = """
SELECT count(*) FROM wx_ledger_hold
 WHERE document_model = 'wx.payment.order' AND state = 'open'
"""


def _wanted() -> Iterator[tuple[Kind, str]]:
    for kind in KINDS:
        own = SAMPLE + SAMPLE_OF.get(kind.name, ())
        if EVERY:
            own = endings() + (DING_ENDINGS if kind.account == 'ding' else ())
        elif kind.name == 'ding-held':
            own = ('100', '106', '901')
        yield from ((kind, ending) for ending in own if ending not in ACCOUNT_ENDINGS)


@pytest.fixture(scope='module')
def shop(make_servers: Callable[..., Stack]) -> Iterator[SuppliersShop]:
    """Return the shop when all customers have come and gone."""
    sys.stderr.write(f'\nWX_SUPPLIERS_SEED={SEED}\n')
    chance = random.Random(SEED)
    shop = SuppliersShop(make_servers, chance)
    wanted = list(_wanted())
    chance.shuffle(wanted)
    batches = [wanted[start : start + BATCH] for start in range(0, len(wanted), BATCH)]
    killed = chance.randrange(3)
    for number, batch in enumerate(batches):
        shop.run(batch, kill=number % 3 == killed)
    if EVERY:
        for ending in ACCOUNT_ENDINGS:
            shop.run([(kind, ending) for kind in KINDS if kind.name != 'ding-held'], kill=False)
    yield shop


def _has_it(row: Row) -> bool:
    """Tell whether the customer is served when nothing else goes wrong."""
    if row.kind.name == 'ding-held' and row.ending in TOO_SLOW_TO_HOLD:
        return False
    # Ding has no word for taking back.
    return row.ending in SERVED or (row.ending == '802' and row.kind.account == 'ding')


def _has_both(row: Row, state: str) -> bool:
    """Tell whether the money went back before the supplier delivered after all."""
    seen_late = row.killed and state == 'delivered'
    return row.ending == LATE_SUCCESS and not seen_late


def test_everybody_is_served_once_or_refunded_once_in_full(shop: SuppliersShop) -> None:
    books = shop.world.books()
    found = {str(row): shop.found(row, books) for row in shop.rows}
    expected = {}
    for row in shop.rows:
        seen = found[str(row)]
        served = seen['has_it'] and not _has_both(row, seen['state'])
        expected[str(row)] = {
            'state': 'delivered' if served else 'refunded',
            'paid': [PRICE],
            'refunded': [] if served else [PRICE],
            'has_it': seen['has_it'],
            'executed': int(seen['executed'] > 0),
        }
    assert found == expected


def test_without_a_kill_it_ends_as_the_supplier_decided(shop: SuppliersShop) -> None:
    quiet = [row for row in shop.rows if not row.killed and row.ending != LATE_SUCCESS]
    found = {str(row): shop.phone_state(row) for row in quiet}
    assert found == {str(row): 'delivered' if _has_it(row) else 'refunded' for row in quiet}


def test_a_person_is_called_only_where_nobody_else_can_know(shop: SuppliersShop) -> None:
    called = {(row.kind.name, row.ending) for row in shop.rows if row.by_person and not row.killed}
    allowed = {
        (kind.name, ending)
        for kind in KINDS
        for ending in FOR_A_PERSON | PERSON_OF.get(kind.name, frozenset())
    }
    assert called <= allowed
    assert called


def test_no_reference_is_sent_twice_to_be_executed(shop: SuppliersShop) -> None:
    for row in shop.rows:
        references = [order['reference'] for order in shop.book(row)['orders']]
        assert len(set(references)) == len(references), str(row)
        assert set(references) <= {attempt['reference'] for attempt in shop.attempts(row)}


def test_who_has_both_is_told_to_a_person(shop: SuppliersShop) -> None:
    # Held transfers of Ding are never told of again.
    late = [row for row in shop.rows if row.kind.name != 'ding-held']
    both = [row for row in late if _has_both(row, shop.phone_state(row))]
    assert both
    told = {str(row): shop.number(BOTH.format(order_no=row.order_no)) > 0 for row in both}
    assert told == dict.fromkeys(told, True)


def test_the_server_was_killed(shop: SuppliersShop) -> None:
    assert {row.killed for row in shop.rows} == {True, False}


def test_the_ledger_owes_nothing_and_proves(shop: SuppliersShop) -> None:
    assert shop.number(HOLDS) == 0
    assert shop.prove() == 'clean'
