"""The till: a code that cannot pay is told at once, and the next one is charged."""

import pytest

from tests.client.staff import Refusal
from tests.e2e.floor import Floor, wait
from tests.e2e.providers import Entry
from tests.e2e.ways import WAYS, Way

CODES = [way for way in WAYS if way.scene == 'code']


@pytest.mark.parametrize('way', CODES, ids=[way.id for way in CODES])
def test_after_a_refused_code_the_next_one_is_charged(floor: Floor, way: Way) -> None:
    floor.prefer(way)
    purchase = floor.place(floor.customer(way), '100')
    refused = way.provider.show_code(purchase.phone, 'not_enough')
    with pytest.raises(Refusal, match='RefusedByProvider'):
        floor.operate(floor.operator, 'action_charge', purchase, refused)
    good = way.provider.show_code(purchase.phone, 'paid')
    answer = floor.operate(floor.operator, 'action_charge', purchase, good)
    assert (answer['state'], floor.payment(purchase)['state']) == ('paid', 'paid')
    # The first number cannot be paid any more, the second one was, and that is all.
    assert way.provider.find(floor.world, purchase.number).paid_fen == 0
    second = f'{purchase.number.removesuffix("_1")}_2'
    assert way.provider.find(floor.world, second) == Entry(purchase.amount_fen)


@pytest.mark.parametrize('way', CODES, ids=[way.id for way in CODES])
def test_one_charge_whatever_is_scanned_while_the_password_is_typed(floor: Floor, way: Way) -> None:
    floor.prefer(way)
    purchase = floor.place(floor.customer(way), '100')
    code = way.provider.show_code(purchase.phone, 'password')
    answer = floor.operate(floor.operator, 'action_charge', purchase, code)
    assert answer['state'] == 'pending'
    another = way.provider.show_code(purchase.phone, 'paid')
    with pytest.raises(Refusal, match='Conflict'):
        floor.operate(floor.operator, 'action_charge', purchase, another)
    way.provider.type_password(purchase.phone, purchase.number)
    floor.ask(purchase)
    wait(lambda: floor.payment(purchase)['state'] == 'paid', 'the payment to be asked for')
    assert way.provider.find(floor.world, purchase.number) == Entry(purchase.amount_fen)
