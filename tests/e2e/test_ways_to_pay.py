"""Every way to pay over HTTP: paid, told and not told, closed, refunded in parts; the books agree.

Customers use the JSON API and the provider's pages, staff the public methods of the models.
"""

import datetime

import pytest

from tests.e2e.floor import FUNDS, POINTS_PER_FEN, Floor, Purchase, wait
from tests.e2e.providers import Entry
from tests.e2e.ways import COUNTER, WAYS, Way

# Given back while the top-up is under way; it fails afterwards, so the rest follows by itself.
PART_FEN = 1000


@pytest.mark.parametrize('way', WAYS, ids=[way.id for way in WAYS])
def test_a_way_to_pay(floor: Floor, way: Way) -> None:
    floor.prefer(way)
    customer = floor.customer(way)
    owed = floor.owed(way.provider) if way.provider else 0
    # The supplier takes ten seconds for the first two, five minutes for the last one.
    given_up, served, returned = (floor.place(customer, end) for end in ('100', '100', '300'))

    give_up(floor, way, given_up)
    pay(floor, way, served)
    pay_untold(floor, way, returned)
    wait(lambda: floor.topups(served) and floor.topups(returned), 'the supplier to be asked')
    refund_a_part(floor, way, returned)
    refund_the_rest(floor, way, returned)

    expect_books_of_the_shop(floor, given_up, served, returned)
    # WeChat wants to know of deliveries that were paid for in the mini-program, of no others.
    in_wechat = bool(way.provider) and way.scene == 'miniprogram'
    assert floor.uploads(served) == in_wechat
    if way.provider and way.provider is not COUNTER:
        expect_books_of_the_provider(floor, way, given_up, served, returned)
    if way.provider:
        assert floor.owed(way.provider) - owed == channel_part(way, served)
    expect_wallets(way, served)


def test_the_ledger_is_proven(floor: Floor) -> None:
    """After all of them: every entry, balance and hold, and the chain of blocks."""
    proof = floor.prove()
    assert (proof['state'], proof['finding_count']) == ('clean', 0), proof
    assert proof['posting_count'] > len(WAYS)


# === PAYING === #


def start(floor: Floor, way: Way, purchase: Purchase, outcome: str = 'paid') -> dict[str, str]:
    """Begin to pay as customers or staff do, and return what the customer's client gets."""
    if way.scene == 'counter':
        floor.operate(floor.operator, 'action_take_offline', purchase)
        return {}
    if way.scene == 'code':
        code = way.provider.show_code(purchase.phone, outcome)
        answer = floor.operate(floor.operator, 'action_charge', purchase, code)
    else:
        answer = purchase.phone.pay(purchase.order_no, **way.choice)
    assert set(answer) == {'channel', 'scene', 'state', 'expires_at', 'invoke'}
    assert answer['channel'] == (way.provider.word if way.provider else '')
    assert answer['scene'] == (way.scene if way.provider else '')
    assert datetime.datetime.fromisoformat(answer['expires_at']).utcoffset()
    at_once = outcome == 'paid' and (not way.provider or way.scene == 'code')
    assert answer['state'] == ('paid' if at_once else 'pending'), answer
    return answer['invoke']


def press(way: Way, purchase: Purchase, invoke: dict[str, str]) -> None:
    """Have the customer press "pay" in the provider's app or on its page."""
    if way.scene == 'code':
        way.provider.type_password(purchase.phone, purchase.number)
    elif way.provider and way.provider is not COUNTER:
        way.provider.press(purchase.phone, way.scene, invoke, purchase.number)


def pay(floor: Floor, way: Way, purchase: Purchase) -> None:
    """Pay; the notice brings it, and asking afterwards changes nothing."""
    invoke = start(floor, way, purchase)
    if way.scene == 'counter':
        floor.take_in(purchase)
    elif way.scene != 'code':
        press(way, purchase, invoke)
    wait(lambda: is_paid(floor, purchase), 'the payment to be known')
    if invoke:
        assert floor.told(purchase) == ['done']
    purchase.phone.refresh(purchase.order_no)
    floor.operate(floor.finance, 'action_query', purchase)


def pay_untold(floor: Floor, way: Way, purchase: Purchase) -> None:
    """Pay while the notice is lost: "I have paid" of the customer, or of staff, brings it."""
    floor.world.play('/control/faults', fault='notify_never', target=purchase.number)
    invoke = start(floor, way, purchase, 'password' if way.scene == 'code' else 'paid')
    if way.provider:
        purchase.phone.refresh(purchase.order_no)
        assert not is_paid(floor, purchase)
        press(way, purchase, invoke)
    if way.scene == 'counter':
        floor.take_in(purchase)
    elif way.provider:
        assert not floor.told(purchase)
        floor.ask(purchase)
    wait(lambda: is_paid(floor, purchase), 'the payment to be asked for')
    assert not floor.told(purchase)
    floor.world.play('/control/faults', method='DELETE')


def is_paid(floor: Floor, purchase: Purchase) -> bool:
    payment = floor.payment(purchase)
    return payment['paid_fen'] == payment['amount_fen']


# === CLOSING AND REFUNDS === #


def give_up(floor: Floor, way: Way, purchase: Purchase) -> None:
    """Begin to pay, then cancel: the number is closed at the provider as well."""
    if way.provider:
        invoke = start(floor, way, purchase, 'password')
        if way.provider.word == 'alipay' and way.scene != 'code':
            # Before that Alipay knows nothing that could be closed.
            way.provider.open(purchase.phone, way.scene, invoke, purchase.number)
    if way.scene == 'code':
        # WeChat Pay takes no charge back before.
        floor.world.play('/control/clock', advance=16)
    assert purchase.phone.cancel(purchase.order_no)['state'] == 'cancelled'


def refund_a_part(floor: Floor, way: Way, purchase: Purchase) -> None:
    """Have finance give a part back; a notice tells that it has arrived."""
    floor.operate(floor.finance, 'action_refund', purchase, PART_FEN, 'Goodwill')
    settle_refunds(floor, way, purchase)
    refunded = wait(lambda: refunded_fen(floor, purchase), 'the part to be refunded')
    assert refunded == PART_FEN
    assert floor.payment(purchase)['state'] == 'paid'


def refund_the_rest(floor: Floor, way: Way, purchase: Purchase) -> None:
    """Have the supplier fail: the rest is refunded, and as the notice is lost, asked for."""
    if way.provider and way.provider is not COUNTER:
        floor.world.play('/control/faults', fault='notify_never', target=purchase.number)
        way.provider.delay_refund(floor.world, purchase.number)
    [topup] = floor.topups(purchase)
    floor.world.play(f'/control/topups/{topup["transactionId"]}/finish', status='FAILED')
    wait(lambda: floor.payment(purchase)['state'] != 'paid', 'the rest to be asked back')
    settle_refunds(floor, way, purchase)
    told = floor.told(purchase)
    if way.provider and way.provider is not COUNTER:
        floor.operate(floor.finance, 'action_query', purchase)
    wait(lambda: refunded_fen(floor, purchase) == purchase.amount_fen, 'the rest to be refunded')
    # The one about the part, where the provider sends such.
    assert floor.told(purchase) == told
    assert len(told) <= 1
    floor.world.play('/control/faults', method='DELETE')


def settle_refunds(floor: Floor, way: Way, purchase: Purchase) -> None:
    """Let the time pass in which providers give money back, and staff hand theirs over."""
    wait(
        lambda: {found['state'] for found in floor.refunds(purchase)} <= {'processing', 'done'},
        'the refund to be accepted',
    )
    if way.provider is COUNTER:
        for refund in floor.refunds(purchase):
            if refund['state'] == 'processing':
                floor.hand_back(refund['id'])
    # A provider takes the next refund of an order a minute later.
    floor.world.play('/control/clock', advance=66)


def refunded_fen(floor: Floor, purchase: Purchase) -> int:
    payment = floor.payment(purchase)
    return 0 if payment['refunding_fen'] else payment['refunded_fen']


# === BOOKS === #


def channel_part(way: Way, purchase: Purchase) -> int:
    """Return what the wallets leave to the provider."""
    return purchase.amount_fen - sum(wallet_parts(way).values())


def wallet_parts(way: Way) -> dict[str, int]:
    """Return what each wallet gives, in fen; None of all is given by the only one."""
    worth = {'CNY': 1, 'POINTS': POINTS_PER_FEN}
    return {asset: (units or 0) // worth[asset] for asset, units in way.wallets.items()}


def expect_books_of_the_shop(
    floor: Floor, given_up: Purchase, served: Purchase, returned: Purchase
) -> None:
    """Each order was served once, or refunded once, or neither."""
    wait(lambda: served.phone.see(served.order_no)['state'] == 'delivered', 'the delivery')
    wait(lambda: returned.phone.see(returned.order_no)['state'] == 'refunded', 'the refund')
    assert given_up.phone.see(given_up.order_no)['state'] == 'cancelled'
    ends = {
        purchase.order_no: [topup['status'] for topup in floor.topups(purchase)]
        for purchase in (given_up, served, returned)
    }
    assert list(ends.values()) == [[], ['SUCCESSFUL'], ['FAILED']]
    assert floor.payment(given_up)['paid_fen'] == 0
    assert (floor.payment(served)['state'], refunded_fen(floor, served)) == ('paid', 0)
    assert floor.payment(returned)['state'] == 'refunded'
    parts = sum(refund['amount_fen'] for refund in floor.refunds(returned))
    assert parts == returned.amount_fen


def expect_books_of_the_provider(
    floor: Floor, way: Way, given_up: Purchase, served: Purchase, returned: Purchase
) -> None:
    part = channel_part(way, served)
    find = way.provider.find
    assert find(floor.world, given_up.number) == Entry(is_closed=True)
    assert find(floor.world, served.number) == Entry(part)
    entry = find(floor.world, returned.number)
    assert (entry.paid_fen, sum(entry.refunds)) == (part, part)
    assert len(entry.refunds) == sum(
        bool(refund['attempt_id']) for refund in floor.refunds(returned)
    )


def expect_wallets(way: Way, served: Purchase) -> None:
    """Only the order that was served has cost something; nothing is held any more."""
    wallets = served.phone.wallets()
    for asset, units in way.wallets.items():
        spent = units or served.amount_fen
        assert (wallets[asset]['balance'], wallets[asset]['held']) == (FUNDS - spent, 0)
