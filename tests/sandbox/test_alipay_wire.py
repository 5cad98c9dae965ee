"""The suite's own Alipay client against the running simulator, over HTTP, in both modes."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Iterator

import httpx
import pytest

from paywire.errors import (
    NotFound,
    Refused,
    UnknownOutcome,
)
from tests.sandbox.alipay_wire_shop import (
    CODE,
    MODES,
    Inbox,
    Shop,
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


# === SCENES === #


@pytest.mark.parametrize('scene', ['page', 'h5'])
@pytest.mark.parametrize('way', ['url', 'form'])
def test_customer_pays_on_a_page_and_comes_back(shop: Shop, scene: str, way: str) -> None:
    order = shop.order(scene)
    body = shop.client.prepare(order)
    assert shop.client.prepay(scene, body) == ''
    invoked = shop.client.invoke(scene, body, '', appid=shop.app_id)
    if way == 'url':
        answer = shop.sandbox.get(invoked['url'])
    else:
        action, content = (
            html.unescape(found)
            for found in re.findall(r'(?:action|value)="([^"]*)"', invoked['form'])
        )
        answer = shop.sandbox.post(action, data={'biz_content': content})
    assert answer.status_code == 302, answer.text
    with pytest.raises(NotFound):
        shop.client.query(order.out_trade_no)
    paid = shop.sandbox.post(answer.headers['location'], data={'action': 'pay'})
    assert paid.headers['location'].startswith(f'{order.return_url}&')
    assert shop.client.query(order.out_trade_no).trade_state == 'SUCCESS'
    (notice,) = shop.notices()
    assert notice.transaction is not None
    assert notice.transaction.total_fen == 2590
    assert (notice.appid, notice.seller_id) == (shop.app_id, shop.seller_id)


def test_customer_pays_in_the_app(shop: Shop) -> None:
    order = shop.order('app')
    body = shop.client.prepare(order)
    invoked = shop.client.invoke('app', body, '', appid=shop.app_id)
    shop.control('POST', 'alipay/app', order_string=invoked['order_string'])
    assert shop.client.query(order.out_trade_no).trade_state == 'NOTPAY'
    shop.control('POST', f'alipay/trades/{order.out_trade_no}/pay')
    assert shop.client.query(order.out_trade_no).trade_state == 'SUCCESS'


def test_customer_scans_a_code(shop: Shop) -> None:
    order = shop.order('native')
    body = shop.client.prepare(order)
    handle = shop.client.prepay('native', body)
    assert shop.client.prepay('native', body) == handle
    code_url = shop.client.invoke('native', body, handle, appid=shop.app_id)['code_url']
    with pytest.raises(NotFound):
        shop.client.close(order.out_trade_no)
    assert shop.sandbox.get(code_url).status_code == 200
    assert shop.client.query(order.out_trade_no).trade_state == 'NOTPAY'
    shop.client.close(order.out_trade_no)
    assert shop.client.query(order.out_trade_no).trade_state == 'CLOSED'


@pytest.mark.parametrize(
    ('ending', 'state', 'later'),
    [
        ('00', 'SUCCESS', 'SUCCESS'),
        ('01', 'USERPAYING', 'SUCCESS'),
        ('02', 'USERPAYING', 'NOTPAY'),
        ('04', 'PAYERROR', 'NOTPAY'),
        ('08', 'USERPAYING', 'CLOSED'),
    ],
)
def test_customer_shows_a_code(shop: Shop, ending: str, state: str, later: str) -> None:
    number, charged = shop.charge(ending)
    assert charged.trade_state == state
    shop.advance(10)
    assert shop.client.query(number).trade_state == later


@pytest.mark.parametrize(('ending', 'paid'), [('05', True), ('06', False), ('07', True)])
def test_unknown_charge_is_queried_and_reversed(shop: Shop, ending: str, paid: bool) -> None:
    order = shop.order('code', auth_code=f'{CODE}{secrets.randbelow(10**6):06d}{ending}')
    with pytest.raises(UnknownOutcome):
        shop.client.charge(shop.client.prepare(order))
    if paid:
        assert shop.client.query(order.out_trade_no).is_paid
    assert shop.client.reverse(order.out_trade_no) is True
    if paid:
        assert shop.client.query(order.out_trade_no).trade_state == 'REFUND'
    else:
        with pytest.raises(NotFound):
            shop.client.query(order.out_trade_no)


def test_reverse_is_repeated_until_it_is_done(shop: Shop) -> None:
    number, _charged = shop.charge()
    shop.fault('reverse_recall')
    assert [shop.client.reverse(number) for _ in range(2)] == [False, True]


# === CLOSE === #


def test_close_that_races_with_the_payment_is_refused(shop: Shop) -> None:
    number, _charged = shop.charge('02')
    shop.fault('close_race', seconds=5)
    with pytest.raises(Refused):
        shop.client.close(number)
    shop.advance(5)
    assert shop.client.query(number).trade_state == 'SUCCESS'


def test_money_after_the_close_is_told(shop: Shop) -> None:
    number, _charged = shop.charge('02')
    shop.fault('late_success', seconds=5)
    shop.client.close(number)
    assert shop.client.query(number).trade_state == 'CLOSED'
    shop.advance(5)
    (notice,) = shop.notices()
    assert notice.transaction is not None
    assert notice.transaction.trade_state == 'SUCCESS'


def test_trade_that_runs_out_is_told_as_closed(shop: Shop) -> None:
    shop.charge('02')
    shop.advance(3700)
    (notice,) = shop.notices()
    assert notice.transaction is not None
    assert notice.transaction.trade_state == 'CLOSED'


# === REFUND === #


def test_refund_is_made_once_and_told(shop: Shop) -> None:
    number, _charged = shop.charge()
    with pytest.raises(NotFound):
        shop.client.query_refund(number, f'{number}R1')
    assert shop.client.refund(refund_of(number)).status == 'SUCCESS'
    assert shop.client.refund(refund_of(number)).status == 'PROCESSING'
    found = shop.client.query_refund(number, f'{number}R1')
    assert (found.status, found.refund_fen, found.total_fen) == ('SUCCESS', 1000, 2590)
    assert found.success_time is not None
    assert shop.client.query(number).trade_state == 'SUCCESS'
    shop.client.refund(refund_of(number, 1590, 'R2'))
    assert shop.client.query(number).trade_state == 'REFUND'
    told = [(item.refunded_fen, item.out_refund_no[-2:]) for item in shop.notices()]
    assert told == [(None, ''), (1000, 'R1'), (2590, 'R2')]


def test_refund_that_takes_its_time_is_found_later(shop: Shop) -> None:
    number, _charged = shop.charge()
    shop.fault('refund_outcome', seconds=10)
    assert shop.client.refund(refund_of(number)).status == 'PROCESSING'
    with pytest.raises(NotFound):
        shop.client.query_refund(number, f'{number}R1')
    shop.advance(10)
    assert shop.client.query_refund(number, f'{number}R1').status == 'SUCCESS'


@pytest.mark.parametrize('fault', ['refund_not_found', 'error_500_after', 'garbage', 'reset'])
def test_refund_is_repeated_after_trouble(shop: Shop, fault: str) -> None:
    number, _charged = shop.charge()
    shop.fault(fault, target='alipay.refund' if fault != 'refund_not_found' else number)
    with pytest.raises((NotFound, UnknownOutcome)):
        shop.client.refund(refund_of(number))
    shop.client.refund(refund_of(number))
    assert shop.client.query_refund(number, f'{number}R1').status == 'SUCCESS'
    (trade,) = shop.control('GET', f'alipay/trades?out_trade_no={number}')['items']
    assert len(trade['refunds']) == 1


def test_empty_account_is_told_by_its_code(shop: Shop) -> None:
    number, _charged = shop.charge()
    shop.control('POST', 'alipay/settings', funds_fen=0)
    with pytest.raises(Refused) as caught:
        shop.client.refund(refund_of(number))
    assert caught.value.code == 'NOT_ENOUGH'
