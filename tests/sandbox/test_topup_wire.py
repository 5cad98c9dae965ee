"""The suite's supplier clients against the simulator: two readings of one specification.

For every supplier and every ending of a number: what the client says never contradicts the
supplier's own books (spec/topup_suppliers.md §0, §5.3, §5.4).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from sandbox.topup.scenario import endings
from tests.sandbox.topup_wire_shop import WISHES, TopupShop
from topup.normalized import NOT_EXECUTED, Result, State

DING_ENDINGS = ('001', '002', '003', '004', '005', '007', '008', '009')
COURSES = [
    (supplier, ending)
    for supplier in WISHES
    for ending in ('678', *endings(), *(DING_ENDINGS if supplier == 'ding' else ()))
]
# Fails, is told as failed, and is delivered after all: the case for a person.
LATE_SUCCESS = '810'
OUTCOMES = {
    'succeeded': State.SUCCEEDED,
    'partial': State.PARTIALLY_SUCCEEDED,
    'failed': State.FAILED,
    'reversed': State.REVERSED,
}


@pytest.fixture(scope='module')
def shop() -> Iterator[TopupShop]:
    """Return one world for all: every course has a number and a reference of its own."""
    with TopupShop() as shop:
        yield shop


def _says_not_executed(result: Result) -> bool:
    return result.state is State.FAILED and result.error_class in NOT_EXECUTED


@pytest.mark.parametrize(('supplier', 'ending'), COURSES)
def test_what_the_client_says_is_so(shop: TopupShop, supplier: str, ending: str) -> None:
    client, order = shop.client(supplier), shop.order(supplier, ending)
    first = client.submit(order)
    last = shop.ask(client, order, first)
    found = [item for item in shop.books(supplier)['orders'] if item['reference'] == order.our_ref]
    assert len(found) <= 1
    if not found:
        # Not executed: known at once, or unknown for good; never believed to be delivered.
        assert first.state in (State.FAILED, State.UNKNOWN)
        assert last.state is State.UNKNOWN
        return
    (booked,) = found
    wanted = OUTCOMES[booked['state']]
    if booked['state'] == 'reversed' and supplier != 'dtone':
        wanted = State.FAILED  # the others have no word of their own for it
    assert (last.state, last.duplicates) == (wanted, 0)
    assert last.supplier_ref == booked['id']
    if booked['times_served'] and ending != LATE_SUCCESS:
        assert not _says_not_executed(first)


@pytest.mark.parametrize('supplier', WISHES)
def test_the_whole_catalogue_can_be_read(shop: TopupShop, supplier: str) -> None:
    if supplier != 'juhe':  # it has a price list, and nothing to be made on demand
        shop.control('POST', f'suppliers/{supplier}/goods', products=2000)
    before = {product.sku for product in shop.client(supplier).fetch_catalogue()}
    if supplier == 'juhe':
        assert len(before) == 7
        return
    changed = shop.control('POST', f'suppliers/{supplier}/goods', add=7, remove=5, reprice=11)
    after = {product.sku for product in shop.client(supplier).fetch_catalogue()}
    assert len(before) >= 2000
    if supplier != 'reloadly':  # whose products have no number but their price
        assert len(after - before) == len(changed['added']) == 7
        assert len(before - after) == len(changed['removed']) == 5
    shop.control('POST', f'suppliers/{supplier}/goods', products=0)


@pytest.mark.parametrize('supplier', WISHES)
def test_the_balance_is_the_one_in_the_books(shop: TopupShop, supplier: str) -> None:
    books = shop.books(supplier)
    balance = shop.client(supplier).fetch_balance()
    assert balance.currency == books['currency']
    assert balance.amount == pytest.approx(Decimal(str(books['balance'])), abs=Decimal('0.01'))


def test_a_replayed_reference_at_ding_shows_as_a_duplicate(shop: TopupShop) -> None:
    client, order = shop.client('ding'), shop.order('ding', '600')
    client.submit(order)
    client.submit(order)
    found = client.query(order.our_ref)
    assert (found.state, found.duplicates) == (State.SUCCEEDED, 1)


def test_a_used_external_id_at_dt_one_leads_to_the_original(shop: TopupShop) -> None:
    client, order = shop.client('dtone'), shop.order('dtone', '600')
    first, second = client.submit(order), client.submit(order)
    assert not _says_not_executed(second)
    shop.control('POST', 'clock', advance=60)
    found = client.query(order.our_ref)
    assert (found.state, found.supplier_ref) == (State.SUCCEEDED, first.supplier_ref)


@pytest.mark.parametrize('supplier', ['yrapi', 'juhe'])
def test_a_used_number_of_the_chinese_is_no_failure(shop: TopupShop, supplier: str) -> None:
    client, order = shop.client(supplier), shop.order(supplier, '600')
    client.submit(order)
    assert not _says_not_executed(client.submit(order))
    assert len([o for o in shop.books(supplier)['orders'] if o['reference'] == order.our_ref]) == 1


@pytest.mark.parametrize(
    ('supplier', 'secret'),
    [('reloadly', 'whsec_test'), ('dtone', ''), ('ding', ''), ('yrapi', ''), ('juhe', '')],
)
def test_callbacks_are_understood_and_forged_ones_not_trusted(
    shop: TopupShop, supplier: str, secret: str
) -> None:
    client = shop.client(supplier, **({'deferred': True} if supplier == 'ding' else {}))
    order = shop.order(supplier, '699')
    shop.callbacks.clear()
    client.submit(order)
    shop.control('POST', 'clock', advance=60)
    assert shop.callbacks
    last = shop.callbacks[-1]
    event = client.parse_callback(dict(last.headers), last.content, secret)
    assert event.our_ref == order.our_ref
    # Juhe's signature does not cover the state.
    hint = State.UNKNOWN if supplier == 'juhe' else State.SUCCEEDED
    assert event.state_hint is hint
    assert event.authenticated is client.capabilities.callback_signed
