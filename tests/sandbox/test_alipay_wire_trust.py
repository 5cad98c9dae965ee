"""What the suite's own Alipay client believes of the running simulator, and the bills it reads."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from paywire.alipay import keys
from paywire.alipay.client import Client, Merchant
from paywire.alipay.errors import UntrustedCertificate
from paywire.alipay.writing import BEIJING
from paywire.errors import Malformed, NotFound, Unauthorized, Unfinished, UntrustedReply
from tests.sandbox.alipay_wire_shop import (
    MODES,
    Inbox,
    Shop,
    read_key,
    refund_of,
    running_sandbox,
)


@pytest.fixture(scope='module')
def sandbox() -> Iterator[httpx.Client]:
    """Return a way to the running simulator."""
    with running_sandbox() as client:
        yield client


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """Return the running notify route."""
    with Inbox() as server, server.served():
        yield server


@pytest.fixture(params=list(MODES))
def shop(request: pytest.FixtureRequest, sandbox: httpx.Client, inbox: Inbox) -> Shop:
    """Return a channel in each mode."""
    return Shop(sandbox, inbox, request.param)


@pytest.mark.parametrize(
    'fault',
    ['response_unsigned', 'response_wrong_signature', 'response_duplicate_root'],
)
def test_answer_that_is_not_proven_is_not_believed(shop: Shop, fault: str) -> None:
    number, _charged = shop.charge()
    shop.fault(fault, target='alipay.query')
    with pytest.raises((UntrustedReply, Malformed)):
        shop.client.query(number)
    assert shop.client.query(number).trade_state == 'SUCCESS'


def test_own_key_in_the_place_of_the_providers_is_found_out(shop: Shop) -> None:
    private_key = keys.load_private_key(read_key('alipay_public_key_2.key.pem'))
    merchant = Merchant(shop.app_id, shop.seller_id, private_key)
    stranger = Client(
        shop.client.base_url, merchant, shop.keys, shop.client.send, shop.client.clock
    )
    with pytest.raises(Unauthorized):
        stranger.query('X1')


def test_new_key_in_mid_flight_is_learnt_or_waited_for(shop: Shop) -> None:
    number, _charged = shop.charge()
    shop.fault('key_rotation', target='alipay.query')
    with pytest.raises(UntrustedReply) as caught:
        shop.client.query(number)
    if shop.mode == 'certificate':
        assert isinstance(caught.value, UntrustedCertificate)
        issuer = keys.load_certificate(read_key('alipay_certificate_1.crt.pem')).issuer
        found = shop.client.certificate(
            caught.value.serial_no, issuer=issuer, root_pem=read_key('alipay_root.crt.pem')
        )
        assert found.pem in read_key('alipay_certificate_2.crt.pem')
        shop.keys[found.serial_no] = found.public_key
    else:
        shop.keys['next'] = keys.load_public_key(read_key('alipay_public_key_2.pub.pem'))
    assert shop.client.query(number).trade_state == 'SUCCESS'


# === BILLS === #


def test_bills_agree_with_what_happened(shop: Shop) -> None:
    number, charged = shop.charge()
    shop.client.refund(refund_of(number))
    with pytest.raises(Unfinished):
        shop.bill('trade', shop.now().astimezone(BEIJING).date())
    shop.advance(86400 + 10 * 3600)
    payment, refund = shop.bill('trade')
    assert (payment.kind, payment.amount_fen, payment.fee_fen) == ('payment', 2590, 16)
    assert (payment.out_trade_no, payment.transaction_id) == (number, charged.transaction_id)
    assert payment.mchid == shop.seller_id
    assert payment.trade_time == charged.success_time
    assert (refund.kind, refund.amount_fen, refund.fee_fen) == ('refund', 1000, -6)
    assert refund.out_refund_no == f'{number}R1'
    moves = shop.bill('fund')
    assert [line.kind for line in moves] == ['payment', 'fee', 'refund', 'fee']
    assert sum(line.in_fen - line.out_fen for line in moves) == moves[-1].balance_fen == 1580


@pytest.mark.parametrize('mode', ['cut', 'flipped', 'sums'])
def test_broken_bill_is_malformed(shop: Shop, mode: str) -> None:
    shop.charge()
    shop.advance(86400 + 10 * 3600)
    shop.fault('bill_corrupt', mode=mode)
    with pytest.raises(Malformed):
        shop.bill('trade')
    assert len(shop.bill('trade')) == 1


def test_day_without_trades_has_no_bill(shop: Shop) -> None:
    shop.advance(86400 + 10 * 3600)
    with pytest.raises(NotFound):
        shop.bill('trade')
